"""Judging HTTP: `curl`, `wget`, and a request by itself.

The method says most; paths and bodies that name a verb say the rest.
Source: docs/reference/effects.md, section on judging HTTP.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects import paths
from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import Call, Reading, unknown
from tocsin.effects.words import HOLE, Word

_VERB = re.compile(
    r"(?:^|[/?&=._-])(?:re(?:load|start|index|set|boot|build|size|store|route|balance|vert|voke|move|try|play|queue)|flush\w*|delete|destroy|"
    r"remove|purge|drop|wipe|clear|quit|kill|stop|start|shutdown|terminate|drain|trigger|execute|run|failover|failback|rollback|"
    r"promote|enable|disable|toggle|deploy|migrate|invalidate|truncate|cancel|abort|pause|resume|logout|unregister|deregister|"
    r"retire|expire|evict|compact|snapshot|dump|heapdump|gc|rotate|refresh|unlock|lock|ban|unban|approve|send|pay|charge|refund|"
    r"[Dd]rop\w*|set|update|create|add|write|put|post|admin/reindex|exitexitexit)(?:$|[/?&=._-])",
    re.I,
)
_ASKS = re.compile(
    r"/_(?:search|count|msearch|mget|validate/query|explain|field_caps|analyze|async_search|sql|rank_eval|render/template|search/template)(?:$|[/?])"
    r"|/api/v\d+/(?:query|query_range|query_exemplars|series|labels|format_query|ds/query)(?:$|[/?])"
    r"|/loki/api/v1/(?:query|query_range|series|labels|index/stats)(?:$|[/?])|/api/(?:search|traces/search|ds/query|tsdb/query)(?:$|[/?])"
    r"|/select/logsql/|/api/v2/query(?:$|\?)|/(?:search|graphql/query)(?:$|\?)",
)
_TOKEN = re.compile(r"/(?:oauth2?|token|login|auth|signin|sessions?)(?:/token)?(?:$|[/?])", re.I)
_LOSES = re.compile(
    r"_delete_by_query|delete_series|/v1/(?:refunds|charges|payouts|transfers|payment_intents)\b|/clean_tombstones|_rollover/delete|/purge(?:$|[/?])|/flushall|/truncate|/wipe|/destroy",
    re.I,
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
    if _LOSES.search(path):
        return Reading(Effect.DESTROY, "http.loses", f"{shown}: content or money goes", flags)
    if method == "POST":
        if _ASKS.search(path):
            return Reading(Effect.OBSERVE, "http.post.asks")
        if path.rstrip("/").endswith("/graphql") and body is not None and HOLE not in body[:40]:
            if not re.search(r"\bmutation\b|\bsubscription\b", body):
                return Reading(Effect.OBSERVE, "http.graphql.query")
        if re.search(r"/oauth2?/token|/token(?:$|\?)", path):
            return Reading(Effect.OBSERVE, "http.token", flags=frozenset({Flag.SENSITIVE}))
        if body and re.search(
            r'"method"\s*:\s*"(?:eth_(?:get\w+|call|blockNumber|chainId|syncing|gasPrice)|net_\w+|web3_\w+|get\w+)"',
            body,
        ):
            return Reading(Effect.OBSERVE, "http.rpc.read")
    if flags:
        return Reading(Effect.CHANGE, "http.tells", "tells people; this cannot be unsaid", flags)
    if method not in ("POST", "PUT", "PATCH", "PURGE"):
        return unknown("http.method", f"the method {method[:12]} is not known")
    if re.search(r"delete|destroy|purge|wipe|truncate|drop(?:_|-|$)", path, re.I):
        return Reading(Effect.DESTROY, "http.loses", f"{shown}: the address speaks of deleting", flags)
    if _BREAKS.search(path) or (body and _BREAKS.search(body)):
        return Reading(Effect.DISRUPT, "http.breaks", f"{shown}: interrupts or switches something", flags)
    return Reading(Effect.CHANGE, f"http.{method.lower()}", f"{shown}: sends a change", flags)


def _asked(method: str, url: str, path: str) -> Reading:
    where = path.split("?", 1)
    query = where[1] if len(where) > 1 else ""
    if "/api/v1/query" in where[0] or "/loki/api" in where[0] or "/_search" in where[0]:
        query = ""
    acting = re.search(
        r"(?:action|cmd|command|op|do|method|mutation)=(?!get|list|show|status|search|info|stats|query|read|view|ping|check)[a-z]",
        query,
        re.I,
    )
    if method != "OPTIONS" and (
        _acts(where[0]) or acting or (_VERB.search("?" + query) and "=" not in query)
    ):
        return unknown("http.get.verb", f"a {method} whose address names an action: {path[:60]}")
    if _TELLS.search(url) and method == "GET" and "slack.com/api/chat" in url:
        return unknown("http.get.tells", "a GET that tells people")
    return Reading(Effect.OBSERVE, "http.get")


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
            r"(?:status|state|health|info|list|history|stats|metrics|log|logs|count)", segment, re.I
        ):
            continue
        if _QUIET.match(stem) and not last:
            continue
        return True
    return False


_CURL_VALUES = frozenset(
    [
        "-X",
        "--request",
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-ascii",
        "--data-urlencode",
        "-F",
        "--form",
        "--form-string",
        "--json",
        "-H",
        "--header",
        "-o",
        "--output",
        "-u",
        "--user",
        "-A",
        "--user-agent",
        "-e",
        "--referer",
        "-b",
        "--cookie",
        "-c",
        "--cookie-jar",
        "-m",
        "--max-time",
        "--connect-timeout",
        "-w",
        "--write-out",
        "-T",
        "--upload-file",
        "-x",
        "--proxy",
        "-K",
        "--config",
        "-E",
        "--cert",
        "--key",
        "--cacert",
        "--capath",
        "--resolve",
        "--connect-to",
        "--retry",
        "--retry-delay",
        "--retry-max-time",
        "-y",
        "-Y",
        "-z",
        "-r",
        "--range",
        "--limit-rate",
        "--interface",
        "-D",
        "--dump-header",
        "--output-dir",
        "--url",
        "-C",
        "--continue-at",
        "--max-redirs",
        "--ciphers",
        "--tls-max",
        "--unix-socket",
        "--abstract-unix-socket",
        "--proto",
        "--oauth2-bearer",
        "--aws-sigv4",
        "--trace",
        "--trace-ascii",
        "--stderr",
        "--expect100-timeout",
        "--keepalive-time",
        "--dns-servers",
        "--pass",
        "--cert-type",
        "--key-type",
        "--local-port",
        "--socks5",
        "--socks5-hostname",
        "--noproxy",
        "--proxy-user",
        "-U",
        "--url-query",
        "--variable",
        "-Q",
        "--quote",
        "-P",
        "-t",
        "--max-filesize",
        "--happy-eyeballs-timeout-ms",
    ]
)
_CURL = Grammar(values=_CURL_VALUES)
_BODY = (
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-ascii",
    "--data-urlencode",
    "-F",
    "--form",
    "--form-string",
    "--json",
)
_SECRET_HEADER = re.compile(r"authorization|api-?key|token|secret|cookie|private-token|x-auth", re.I)


def read_curl(call: Call) -> Reading:
    """`curl`: its options decide the method; each URL is a request."""
    args = parse(call.words, _CURL)
    if args.has("-K", "--config"):
        return unknown("curl.config", "reads its options from a file")
    if args.has("-V", "--version", "-h", "--manual"):
        return Reading(Effect.OBSERVE, "curl.version")
    urls = [*args.operands, *args.values("--url")]
    if not urls:
        return unknown("curl.unknown", "curl without an address")
    bodies = args.values(*_BODY)
    body = "&".join(word.text for word in bodies) if bodies else None
    method = args.value("-X", "--request")
    if method is None:
        method = "GET" if not bodies else "POST"
        if args.has("-T", "--upload-file"):
            method = "PUT"
        if args.has("-G", "--get"):
            method = "GET"
        if args.has("-I", "--head"):
            method = "HEAD"
    if args.has("-Q", "--quote") or any(
        re.match(r"(?:s?ftp|smtps?|imaps?|telnet|dict|gopher|ldaps?|scp|mqtt|pop3s?)://", url.text, re.I)
        and not url.text.lower().startswith("ftp://")
        for url in urls
    ):
        return unknown("curl.protocol", "speaks something other than HTTP")
    flags = _secrets(args, urls)
    sent = None if body is not None and body.startswith("@") else body
    readings = [_one(method, url, sent, bool(bodies) and sent is None) for url in urls]
    for name in args.values(
        "-o", "--output", "-D", "--dump-header", "-c", "--cookie-jar", "--trace", "--trace-ascii", "--stderr"
    ):
        reading = written(name, elsewhere=call.place.elsewhere, rule="curl.output")
        if reading is not None:
            readings.append(replace(reading, silent=False))
    if args.has("-O", "--remote-name", "--remote-name-all", "-J"):
        own = not call.place.elsewhere
        readings.append(
            Reading(
                Effect.OBSERVE if own else Effect.CHANGE,
                "curl.output",
                "" if own else "writes a file",
                frozenset({Flag.LOCAL}),
            )
        )
    worst = max(readings, key=lambda reading: reading.effect.value)
    together = frozenset().union(*(reading.flags for reading in readings))
    return replace(
        worst,
        flags=worst.flags | flags | together,
        targets=tuple(f"http:{url.raw.strip(chr(34) + chr(39))}" for url in urls),
    )


def _one(method: str, url: Word, body: str | None, unread: bool) -> Reading:
    reading = read_request(method, url.text, body)
    if (
        url.text.startswith(HOLE)
        and method in ("GET", "HEAD")
        and reading.effect is Effect.OBSERVE
        and url.text == HOLE
    ):
        if re.search(r"(?:HEALTH|URL|API|BASE|ENDPOINT|HOST|SITE|PROM|GRAFANA)", url.raw, re.I):
            return reading
        return Reading(Effect.OBSERVE, "http.get.open")
    return reading


def _secrets(args: Args, urls: list[Word]) -> frozenset[Flag]:
    """A secret stands in the text only if it is written out; a variable or a file keeps it out."""
    given = [word for word in args.values("-H", "--header") if _SECRET_HEADER.match(word.text)]
    given += args.values("-u", "--user", "--oauth2-bearer", "-U", "--proxy-user", "-b", "--cookie")
    given += [
        url
        for url in urls
        if re.search(
            r"://[^/@]*:[^/@]*@|[?&](?:token|api_?key|secret|password|access_token)=", url.text, re.I
        )
    ]
    return frozenset({Flag.SECRET}) if any(word.known for word in given) else _NO_FLAGS


_WGET = Grammar(values=frozenset(["-O", "--output-document", "-o", "--output-file", "-P", "--directory-prefix", "--header", "--post-data", "--post-file", "--method", "--body-data", "--body-file", "-T", "--timeout", "-t", "--tries", "--user", "--password", "-U", "--user-agent", "-e", "--execute", "-i", "--input-file", "-w", "--wait", "--limit-rate"]))  # fmt: skip


def read_wget(call: Call) -> Reading:
    """`wget`: fetches into files, or asks with --method, --post-data."""
    args = parse(call.words, _WGET)
    if args.has("-e", "--execute", "-i", "--input-file", "--use-askpass"):
        return unknown("wget.config", "reads addresses or options from elsewhere")
    if not args.operands:
        if args.has("-V", "--version"):
            return Reading(Effect.OBSERVE, "wget.version")
        return unknown("wget.unknown", "wget without an address")
    method = args.value("--method") or ("POST" if args.has("--post-data", "--post-file") else "GET")
    readings = [
        read_request(method, url.text, args.value("--post-data", "--body-data")) for url in args.operands
    ]
    output = args.values("-O", "--output-document")
    flags: frozenset[Flag] = _NO_FLAGS
    if args.has("--spider") or (output and output[-1].text in ("-", "/dev/null", "/dev/stdout")):
        pass
    elif output:
        reading = written(output[-1], elsewhere=call.place.elsewhere, rule="wget.output")
        if reading is not None:
            readings.append(replace(reading, silent=False))
    else:
        prefix = args.values("-P", "--directory-prefix")
        scratch = (
            not call.place.elsewhere
            if not prefix
            else paths.temporary(prefix[-1]) or not prefix[-1].text.startswith("/")
        )
        readings.append(
            Reading(
                Effect.OBSERVE if scratch else Effect.CHANGE,
                "wget.output",
                "" if scratch else "writes files",
                frozenset({Flag.LOCAL}),
            )
        )
    if args.has("--password") or any(re.search(r"://[^/@]*:[^/@]*@", url.text) for url in args.operands):
        flags = frozenset({Flag.SECRET})
    worst = max(readings, key=lambda reading: reading.effect.value)
    return replace(
        worst, flags=worst.flags | flags, targets=tuple(f"http:{url.raw}" for url in args.operands)
    )


_HTTPIE = Grammar(
    values=frozenset(
        [
            "-a",
            "--auth",
            "-A",
            "--auth-type",
            "-o",
            "--output",
            "--timeout",
            "-s",
            "--style",
            "--verify",
            "--proxy",
            "--session",
            "-p",
            "--print",
            "--cert",
            "--boundary",
            "--raw",
        ]
    )
)


def read_httpie(call: Call) -> Reading:
    """`http`, `https`, `xh`: a method word, or data items that mean POST."""
    args = parse(call.words, _HTTPIE)
    words = list(args.operands)
    method = ""
    if (
        words
        and re.fullmatch(r"[A-Za-z]+", words[0].text)
        and len(words) > 1
        and words[0].text.upper() in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE")
    ):
        method = words.pop(0).text
    if not words:
        return unknown(f"{call.name}.unknown", "a request without an address")
    items = [word.text for word in words[1:]]
    sends = any(re.match(r"[^=:@]+(?:=(?!=)|:=|@)", item) for item in items) or args.has(
        "--raw", "-f", "--form"
    )
    return replace(
        read_request(method or ("POST" if sends else "GET"), words[0].text, "&".join(items)),
        targets=(f"http:{words[0].raw}",),
    )


def read_http_text(text: str) -> Reading:
    """A request by itself: `GET https://…`, optionally with headers and a body behind it."""
    first, _, rest = text.strip().partition("\n")
    match = re.match(r"(?P<method>[A-Za-z]+)\s+(?P<url>\S+)(?:\s+HTTP/[\d.]+)?\s*$", first)
    if match is None:
        if re.fullmatch(r"https?://\S+", first) and not rest.strip():
            return read_request("GET", first)
        return unknown("http.unknown", "not a request that can be read")
    return read_request(match["method"], match["url"], rest or None)


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    "curl": read_curl,
    "wget": read_wget,
    **dict.fromkeys(("http", "https", "xh", "httpie"), read_httpie),
}
