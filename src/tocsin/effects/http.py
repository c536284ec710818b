"""Judging HTTP: one request, whoever sends it.

The method says most; paths and bodies that name a verb say the rest.
Source: docs/reference/effects.md, section on judging HTTP.
"""

import re

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.words import HOLE

_VERB = re.compile(
    r"(?:^|[/?&=._-])(?:re(?:load|start|index|set|boot|build|size|store|route|balance|vert|voke|move|try|play|queue)|flush\w*|delete|destroy|"
    r"remove|purge|drop|wipe|clear|quit|kill|stop|start|shutdown|terminate|drain|trigger|execute|run|failover|failback|rollback|"
    r"promote|enable|disable|toggle|deploy|migrate|invalidate|truncate|cancel|abort|pause|resume|logout|unregister|deregister|"
    r"retire|expire|evict|compact|snapshot|dump|heapdump|gc|rotate|refresh|unlock|lock|ban|unban|approve|send|pay|charge|refund|"
    r"[Dd]rop\w*|set|update|create|add|write|put|post|admin/reindex|leave|quitquitquit|evacuate|decommission|quietdown|undeploy|unsubscribe|reset_counters|drain_listeners|fail)(?:$|[/?&=._-])",
    re.I,
)
# The word that asks must be the last of the path: `/api/search/reindex` does something else.
_ASKS = re.compile(
    r"/_(?:search|count|msearch|mget|validate/query|field_caps|analyze|async_search|sql|sql/translate|rank_eval|render/template|search/template|"
    r"msearch/template|search_shards|cluster/allocation/explain|explain/[^/?]+|termvectors/[^/?]+)/?(?:$|\?)"
    r"|/api/v\d+/(?:query|query_range|query_exemplars|series|labels|format_query|parse_query|ds/query)/?(?:$|\?)"
    r"|/loki/api/v1/(?:query|query_range|series|labels|index/stats)/?(?:$|\?)|/api/(?:search|traces/search|ds/query|tsdb/query)/?(?:$|\?)"
    r"|/select/logsql/\w+/?(?:$|\?)|/api/v2/query(?:/analyze)?(?:$|\?)|/(?:search|graphql/query)(?:$|\?)|/v3(?:alpha|beta)?/(?:kv/range|maintenance/(?:status|hash)|cluster/member/list)$"
    r"|/(?:points|entities)/(?:search|query|count|scroll)$",
)
# What changes where a body is only asked with: Flux writes with `to`, and some frameworks take the method from the body.
_SAYS_MORE = re.compile(
    r"(?:^|[^\w])(?:\|>\s*(?:\w+\.)?(?:to|wideTo)\s*\(|_method=|http\.post|import\s+\"(?:http|sql|experimental))|\b(?:DROP|DELETE|TRUNCATE|INSERT|UPDATE|ALTER|CREATE)\s",
    re.I,
)
_TOKEN = re.compile(r"/(?:oauth2?|token|login|auth|signin|sessions?)(?:/token)?(?:$|[/?])", re.I)
_LOSES = re.compile(
    r"_delete_by_query|delete_series|/v1/(?:refunds|charges|payouts|transfers|payment_intents)\b|/clean_tombstones|_rollover/delete|/purge(?:$|[/?])|/_snapshot/[^/]+/[^/]+/_restore|/flushall|/truncate|/wipe|/destroy",
    re.I,
)
# Elasticsearch: data given up for lost, an index removed by an alias, deletes in bulk or by a policy.
_LOSES_BY_BODY = re.compile(
    r"accept_data_loss|allocate_(?:empty|stale)_primary|\"remove_index\"|\"delete\"\s*:\s*\{", re.I
)
_BREAKS = re.compile(
    r"restart|reboot|failover|disable|drain|shutdown|(?<!re)stop|kill|suspend|terminate|evict|maintenance|step-?down|pause|_close\b|rollback",
    re.I,
)
_TELLS = re.compile(
    r"hooks\.slack\.com|slack\.com/api/chat|events\.pagerduty\.com|api\.pagerduty\.com|api\.opsgenie\.com|statuspage\.io|discord(?:app)?\.com/api/webhooks|webhook\.office\.com|api\.telegram\.org|api\.twilio\.com|api\.sendgrid\.com|mailgun\.net|hooks\.zapier\.com|ntfy\.sh",
    re.I,
)
_SOFT_DELETE = re.compile(
    r"/silences?/|/schedules/[^/]+/overrides|/maintenance_windows/|/downtime/|/(?:sessions?|locks?|cache)/[^/]+$",
    re.I,
)
# Caches fill again by themselves; until then everything behind them gets the load.
_EMPTIES_CACHE = re.compile(
    r"/(?:purge_?cache|cache/(?:purge|clear|flush|invalidate)|_cache/clear|invalidations?)(?:$|[/?])", re.I
)
_DELETES = re.compile(r"delete|destroy|remove|purge|truncate|drop|wipe|refund|charge|revoke", re.I)
# Clouds hand out credentials at these addresses, and some frameworks show their settings.
_SECRETS = re.compile(
    r"security-credentials/.|/service-accounts/[^/]+/token|/metadata/identity|/actuator/(?:env|configprops|heapdump)|/v1/secret",
    re.I,
)
_NO_FLAGS: frozenset[Flag] = frozenset()


def read_request(method: str, url: str, body: str | None = None) -> Reading:
    """What one request does.

    Args:
        method: as written; a hole means any method.
        url: with or without scheme.
        body: what is sent, if it is known.
    """
    method = method.upper()
    path = (
        re.sub(r"^[a-z][\w+.-]*://[^/?#]*", "", url, flags=re.I)
        if "://" in url
        else re.sub(r"^[^/?#]*", "", url)
    )
    flags = frozenset({Flag.NOTIFIES}) if _TELLS.search(url) else _NO_FLAGS
    path = path.split("#", 1)[0]
    if HOLE in method or not method:
        return unknown("http.method", "a request whose method is not written here")
    if method in ("GET", "HEAD", "OPTIONS"):
        return _asked(method, url, path)
    shown = f"{method} {path or '/'}".replace(HOLE, "…")[:80]
    if method == "DELETE":
        if _SOFT_DELETE.search(path):
            return Reading(
                Effect.CHANGE, "http.delete.soft", f"{shown}: removes something that can be made again", flags
            )
        return Reading(Effect.DESTROY, "http.delete", f"{shown}: deletes what the URL names", flags)
    if method in ("POST", "PUT") and _EMPTIES_CACHE.search(path):
        return Reading(Effect.DISRUPT, "http.cache", f"{shown}: empties a cache")
    if _LOSES.search(path):
        return Reading(Effect.DESTROY, "http.loses", f"{shown}: content or money goes", flags)
    if body and "mutation" in body and _DELETES.search(body):
        return Reading(
            Effect.DESTROY, "http.graphql.mutation", f"{shown}: a mutation that speaks of deleting", flags
        )
    asked = _only_asked(path, body, shown) if method == "POST" else None
    if asked is not None:
        return asked
    if body and _LOSES_BY_BODY.search(body):
        return Reading(Effect.DESTROY, "http.loses", f"{shown}: what is sent says that content goes", flags)
    if flags:
        return Reading(Effect.CHANGE, "http.tells", "tells people; this cannot be unsaid", flags)
    if method not in ("POST", "PUT", "PATCH", "PURGE"):
        return unknown("http.method", f"the method {method[:12]} is not known")
    if re.search(r"delete|destroy|purge|wipe|truncate|drop(?:_|-|$)", path, re.I):
        return Reading(Effect.DESTROY, "http.loses", f"{shown}: the address speaks of deleting", flags)
    if _BREAKS.search(path) or (body and _BREAKS.search(body)):
        return Reading(Effect.DISRUPT, "http.breaks", f"{shown}: interrupts or switches something", flags)
    return Reading(Effect.CHANGE, f"http.{method.lower()}", f"{shown}: sends a change", flags)


def _only_asked(path: str, body: str | None, shown: str) -> Reading | None:
    """A POST that asks something and changes nothing; None if it does more."""
    if _ASKS.search(path) and ".." not in path:
        if (body and "query" in path and _SAYS_MORE.search(body)) or (body and "_method=" in body):
            return unknown("http.post.statement", f"{shown}: what is asked may write")
        return Reading(Effect.OBSERVE, "http.post.asks")
    if path.rstrip("/").endswith("/graphql") and body is not None and HOLE not in body[:40]:
        if not re.search(r"(?:\b|\\n)(?:mutation|subscription)\b", body):
            return Reading(Effect.OBSERVE, "http.graphql.query")
    if re.search(r"/oauth2?/token|/token(?:$|\?)", path):
        return Reading(Effect.OBSERVE, "http.token", flags=frozenset({Flag.SENSITIVE}))
    if body and re.search(
        r'"method"\s*:\s*"(?:eth_(?:get\w+|call|blockNumber|chainId|syncing|gasPrice)|net_\w+|web3_\w+|get\w+)"',
        body,
    ):
        return Reading(Effect.OBSERVE, "http.rpc.read")
    return None


# A file that lies there, whatever it is called; `.json` and `.php` are answers somebody computes.
_STATIC = re.compile(
    r"[\w-]\.(?:sh|ya?ml|md|txt|tar|gz|tgz|zip|deb|rpm|pem|asc|crt|patch|diff|sql|toml|conf|iso|img|whl)$"
)


_SWITCHES = re.compile(
    r"[?&](?:reset|enable|disable|clear|flush|purge|force_?reload)=(?:y|yes|1|true|on|all)(?:$|&)|/runtime_modify\?|/topic/empty|/channel/empty",
    re.I,
)


_SETS = re.compile(
    r"[?&](?:level|loglevel|paths)=\w|/jolokia/(?:write|exec)/|;csv;(?:disable|enable)|[?&](?:add|remove|drain|down|up|stream\.body)=",
    re.I,
)
_OF_A_SERVER = re.compile(
    r"logging|log_?level|loggers|/jolokia/|;csv;|upstream_conf|dynamic|stream\.body", re.I
)


def _asked(method: str, url: str, path: str) -> Reading:
    where = path.split("?", 1)
    query = where[1] if len(where) > 1 else ""
    if "/api/v1/query" in where[0] or "/loki/api" in where[0] or "/_search" in where[0]:
        query = ""
    acting = re.search(
        r"(?:action|cmd|command|op|do|method|mutation)=(?!get|list|show|status|search|info|stats|query|read|view|ping|check|clusterstatus|requeststatus|overview|colstatus)[a-z]",
        query,
        re.I,
    )
    if "?" in path and _SWITCHES.search(path):
        return unknown("http.get.verb", f"a {method} whose address sets something: {path[:60]}")
    if _SETS.search(path) and _OF_A_SERVER.search(path):
        return unknown("http.get.verb", f"a {method} whose address sets something: {path[:60]}")
    if method != "OPTIONS" and (
        (_acts(where[0]) and ("cgi" in where[0] or not _STATIC.search(where[0])))
        or acting
        or (_VERB.search("?" + query) and "=" not in query)
    ):
        return unknown("http.get.verb", f"a {method} whose address names an action: {path[:60]}")
    said = _STATEMENT.search(where[1] if len(where) > 1 else "")
    if said is not None:
        return unknown("http.get.statement", f"a {method} that carries a statement: {said[0][:40]}")
    if where[0].endswith("/graphql") and re.search(r"\b(?:mutation|subscription)\b", query):
        return unknown("http.get.verb", f"a {method} that carries a mutation: {path[:60]}")
    if _MAKES.search(where[0]):
        return Reading(
            Effect.CHANGE, "http.get.credentials", f"{method} {where[0][:60]}: makes new credentials"
        )
    if _HOOK.search(url) and method == "GET":
        return unknown("http.get.hook", "a hook, which starts what hangs on it")
    if _TELLS.search(url) and method == "GET" and "slack.com/api/chat" in url:
        return unknown("http.get.tells", "a GET that tells people")
    if _SECRETS.search(path):
        return Reading(Effect.OBSERVE, "http.get.secrets", flags=frozenset({Flag.SENSITIVE}))
    return Reading(Effect.OBSERVE, "http.get")


# Vault answers a read of these with credentials it has just made.
_MAKES = re.compile(r"/v1/(?:[\w-]+/)+(?:creds|static-creds-none|sts)/[^/]+$")
# Addresses that are called to start something; a list of hooks (`/repos/o/r/hooks`) is not one.
_HOOK = re.compile(
    r"^(?:https?://)?(?:hooks?|webhooks?)\.[\w.-]+/|/(?:webhooks?|hooks/catch|generic-webhook-trigger)/[\w-]+|/job/[^/?]+/(?:build|buildWithParameters|polling)/?(?:$|\?)|/buildByToken/",
    re.I,
)
_STATEMENT = re.compile(
    r"(?:^|[=&;+]|%20|%3B)\s*(?:drop|delete|truncate|alter|insert|update|create|grant|revoke|kill|system|optimize|detach|attach|rename|exchange)"
    r"(?:\+|%20|\s)+(?:table|database|measurement|series|user|shard|from|into|query|view|index|retention|continuous|subscription|all|dictionary|"
    r"drop|stop|shutdown|reload|flush|[a-z_.]+(?:\+|%20|\s)+(?:set|delete|drop|update))",
    re.I,
)
_QUIET = re.compile(
    r"^(?:status|set|run|start|update|create|add|snapshot|gc|post|write|put|send|lock|refresh|dump|admin)$",
    re.I,
)


def _acts(path: str) -> bool:
    """Whether a segment of the path is an action word. Words that are common nouns count only at the end."""
    segments = [segment for segment in path.strip("/").split("/") if segment]
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        stem = segment.partition(".")[0].lstrip("-_")
        if not _VERB.search("/" + stem + "/"):
            continue
        if re.search(
            r"(?:^|[-_.]|(?<=[a-z])(?=[A-Z]))(?:status|state|health|info|list|history|stats|metrics|logs?|counts?|config_dump)(?:$|[-_.])",
            segment,
            re.I,
        ):
            continue
        if _QUIET.match(stem) and not last:
            continue
        return True
    return False


def read_http_text(text: str) -> Reading:
    """A request by itself: `GET https://…`, optionally with headers and a body behind it."""
    first, _, rest = text.strip().partition("\n")
    match = re.match(r"(?P<method>[A-Za-z]+)\s+(?P<url>\S+)(?:\s+HTTP/[\d.]+)?\s*$", first)
    if match is None:
        if re.fullmatch(r"https?://\S+", first) and not rest.strip():
            return read_request("GET", first)
        return unknown("http.unknown", "not a request that can be read")
    return read_request(match["method"], match["url"], rest or None)
