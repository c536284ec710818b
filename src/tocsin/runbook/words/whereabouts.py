"""The host a sentence sends its reader to: "On `db-1.prod`:", "Auf dem Server `web3`:", "SSH into the affected node and run …".

A name counts that is said to be a host, or looks like nothing else; what is only named ("the host `x` is slow") sends nobody.
A host without a name ("the affected node") is a hole: somebody has to say which.
"""

import re
from functools import lru_cache

from tocsin.runbook.words.instructions import is_instruction
from tocsin.runbook.words.wording import unaccented

_NOUN = (
    r"(?:(?:\w+[ -]){0,2}?(?:host|server|machine|box|node|vm|instance|bastion|primary|replica|standby|master|rechner|knoten|maschine|instanz"
    r"|serveur|hote|noeud|servidor|maquina|nodo|instancia)\s*,?\s+)"
)
_SENT = re.compile(
    r"(?:(?:then|now|next|first|again|finally|dann|nun|zuerst|danach|puis|ensuite|luego|despues|depois)[, ]+)?"
    r"(?:(?:log ?in|connect|go|switch|ssh|change|hop|jump|sign in) (?:on )?(?:in)?to|on|from|at|auf|sur|depuis|en|desde|no|na|em)\s+"
    r"(?:(?:the|a|an|your|our|der|dem|den|die|das|la|le|el|o|do|da)\s+)?(?P<noun>"
    + _NOUN
    + r")?`(?P<name>[A-Za-z0-9][\w.-]{1,80})`",
    re.IGNORECASE,
)
# Without a noun before it, a name has to look like a host's: two labels and no file, or letters with a number.
_HOSTLIKE = re.compile(
    r"(?!(?:sd|hd|vd|xvd)[a-z]\d|(?:eth|ens|enp|eno|bond|wlan|tty|lo|nvme|md|dm-?|pg|v|us|eu|ap|python|php|java|node|http|ipv|utf|sha|md)-?\d|[a-z]{2}-(?:gov-|iso-)?(?:north|south|east|west|central)[a-z]*-?\d[a-d]?$)(?:"
    r"[a-z][a-z0-9-]*(?:\.(?!(?:conf|cfg|ya?ml|json|sh|py|js|log|txt|sql|md|service|timer|socket|env|toml|ini|xml|gz|zip|tf|pem|crt|key|html?|rb|go|properties)$)[a-z][a-z0-9-]*)+"
    r"|[a-z]{2,}(?:-[a-z]+)*-?\d{1,3})|\d{1,3}(?:\.\d{1,3}){3}",
    re.IGNORECASE,
)
# "Run the following on `cache-1`", "Repeat on `vault-2` and `vault-3`"; "on the dashboard `x`" is no host.
_DONE_ON = re.compile(
    r"(?:(?:then|now|next|first|again|finally|dann|nun|zuerst|danach|puis|ensuite|luego|despues|depois)[, ]+)?"
    r"(?:run|re-?run|execute|issue|type|do|repeat|perform|start|stop|restart|the same|same|fuhr\w*|wiederhol\w*|starte\w*|repete[rz]?|execut\w*|ejecut\w*|repita|repite)\b"
    r"(?:(?![.;:!?](?:\s|$))[^`\n]|`[^`\n]*`(?!\s*$)){0,120}?\s(?:on|auf|sur|en|no|na|em)\s+(?:both\s+|all of\s+|each of\s+)?"
    r"(?:(?:the|a|an|your|our|der|dem|den|die|das|la|le|el|o|do|da)\s+)?(?P<noun>"
    + _NOUN
    + r")?`(?P<name>[A-Za-z0-9][\w.-]{1,80})`",
    re.IGNORECASE,
)
# "On web1:" without any mark: only a name that can be nothing else, and right before what is to be run there.
_BARE = re.compile(
    r"(?:on|from|auf|sur|en|no|na|em)\s+(?P<name>[A-Za-z0-9][\w.-]{1,80})(?P<more>(?:\s*(?:,|and|und|et|y|e|&)\s*[A-Za-z0-9][\w.-]{1,80}){0,8})"
    r"\s*(?::|,|$|\s(?:do|run|execute|type|repeat|check|start|stop|restart)\b)",
    re.IGNORECASE,
)
# "On web1 add the subnet:" goes on with what is to be done there.
_BARE_THEN = re.compile(
    r"(?:on|auf|sur|en|no|na|em)\s+(?P<name>[A-Za-z0-9][\w.-]{1,80})(?P<more>(?:\s*(?:,|and|und|et|y|e|&)\s*[A-Za-z][\w.-]{0,80}\d\b){0,8})\s+(?=[a-z])",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:day|days?|week|step|phase|tier|level|page|line|port|version|section|part|round|try|attempt|sprint|quarter|q|p|sev|stage|layer|l|s|ring|wave|run|rack|ipv|v|ami|ec|rhel|centos|debian|ubuntu|fedora|rocky|alma|sles|windows|win|macos|ios|android|el|jdk|java)-?\d+|\d+",
    re.IGNORECASE,
)
# One machine among several, by what it is for: never the one the reader happens to stand on.
_ONE_OF_THEM = re.compile(
    r"(?:(?:then|now|next|first|run|execute|do|repeat|dann|nun|puis|luego)\b[^.:;`]{0,60}?\s)?(?:on|auf|sur|en|no|na|em)\s+"
    r"(?:the|each|every|any|one of the|der|dem|den|jedem|la|le|el|cada|chaque|o)\s+"
    r"(?P<host>(?:(?:current|old|new|former|healthy|failed|other|second|first|db|database|postgres|mysql|redis|kafka|etcd)\s+)?"
    r"(?:primary|replicas?|standbys?|secondary|secondaries|leader|followers?|bastion|jump ?(?:host|box|server)|brokers?|controller)"
    r"|(?:db|database|postgres|mysql|redis|kafka|etcd|control[- ]plane|worker|master|build|app|web|cache|monitoring|backup|current|old|new|healthy|failed|other)\s+(?:nodes?|hosts?|servers?|machines?|vms?|box))"
    r"(?:\s+(?:node|host|server|machine|instance|vm|box|one))?\s*(?::|,|$|\s(?:run|execute|do|type|check|start|stop|restart)\b)",
    re.IGNORECASE,
)
_BOLD = re.compile(r"(\*\*|__)([A-Za-z0-9][\w.-]{1,80})\1")
_MORE = re.compile(r"\s*(?:,|and|or|und|oder|et|ou|y|o|e)\s*`([A-Za-z0-9][\w.-]{1,80})`")
_ANOTHER_THING = re.compile(
    r"\s*(?:branch|namespace|cluster|database|db|schema|table|topic|queue|repo|repository|dashboard|channel|page|port|version|tag|image|bucket|disk|volume"
    r"|deployment|pod|container|project|account|environment|region|zone|interface|device|partition|slot|index|column|branche|zweig|tabla|tabelle)\b",
    re.IGNORECASE,
)

_A_HOST = (
    r"(?:hosts?|servers?|machines?|box(?:es)?|nodes?|vms?|instances?|bastion(?: host)?|jump ?(?:host|box)|workers?|primary|secondary|leader|follower|master|replicas?|standby|rechner|knoten|maschine|instanz"
    r"|serveur|noeud|servidor|maquina|nodo|instancia)"
)
_STANDS = r"(?!\s+(?:is|are|was|were|must|should|can|can[’']?t|cannot|may|might|will|works?|requires?|needs?|fails?|access|keys?|port|config\w*|ist|sind|est|es)\b)"
_ENTERS = re.compile(
    r"(?:^|[.;!?]\s+|(?:^|[\s,])(?:then|and|now|next|first|dann|und|puis|et|luego|y|depois|e)[ ,]+)"
    r"(?:ssh(?:ing)? (?:on ?|in ?)?to|ssh (?:in|on)|(?:log ?in|sign in|log|connect|hop|jump)(?: on| in)?(?:to| to)?(?= .{1,60}\b(?:by|via|over|with|using|through) ssh\b)"
    r"|(?:per|via|mit|en|por) ssh (?:auf|zu[mr]?|mit|a|au|al|ao|em|no|na|sur|dans|en))\s+"
    r"(?:(?P<pronoun>it|that|them|(?:each|one) of them)\b|(?:(?:the|an?|your|our|each|every|any|all(?: the)?|one of the|der|dem|den|die|das|la|le|el|les|los|o|do|da)\s+)?"
    r"(?:`?(?P<name>[A-Za-z0-9][\w.-]{0,80})`?|)(?P<noun>(?:(?:^|\s*)(?:[a-z][\w-]*\s+){0,3}?"
    + _A_HOST
    + r")?))"
    + _STANDS,
    re.IGNORECASE,
)
# "On the affected node:": which one it is somebody has to say; "on the server:" may well be where we are.
_SOME = re.compile(
    r"(?:(?:then|now|next|first|again|run|execute|do|dann|nun|puis|luego)\b[^.:;]{0,30}?\s+)?(?:on|from|auf|sur|en|no|na|em|in)\s+"
    r"(?:the|an?|each|every|any|all(?: the)?|one of the|der|dem|den|jedem|la|le|el|cada|chaque|o)\s+"
    r"(?P<host>(?:(?:affected|impacted|failing|failed|faulty|broken|bad|problem(?:atic)?|unhealthy|given|respective|corresponding|relevant|offending|target|slow|full|alerting|other|new|old"
    r"|remote|betroffenen?|fehlerhaften?|neuen?|alten?|concern[e]?|afectado|afetado|con problemas)\s+(?:\w+\s+)?"
    + _A_HOST
    + r"|"
    + _A_HOST
    + r"\s+(?:concerne|affecte|touche|afectad[oa]|afetad[oa]|in question|from the alert|of the alert|that alerted|named in the alert)))\b"
    + _STANDS,
    re.IGNORECASE,
)


# "On the primary (`pg-1`), look at …": which one it is stands behind what it is.
_NAMED_BEHIND = re.compile(
    r"(?:(?:then|now|next|first|again|run|execute|do|dann|nun|zuerst|puis|luego)\b[^.:;`(]{0,30}?\s+)?(?:on|from|auf|sur|en|no|na|em|in)\s+"
    r"(?:the|our|your|der|dem|den|die|das|la|le|el|o)\s+(?:[\w-]+\s+){0,2}?(?P<noun>(?P<host>(?:[\w-]+-)?"
    + _A_HOST
    + r")|[\w-]+)\s+\(`?(?P<name>[A-Za-z0-9][\w.-]{1,80})`?\)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def session_in(text: str) -> str | None:
    """The host on which all that follows in the section is meant to run, entered by SSH in words; None where nobody enters any.

    >>> session_in("SSH to lb-1")
    'lb-1'
    >>> session_in("Find the node, then ssh into it.")
    '<host>'
    >>> session_in("SSH to the host is disabled.") is None
    True
    """
    if "ssh" not in text.lower():
        return None
    plain = text if text.isascii() else unaccented(text)
    found = _ENTERS.search(plain)
    if found is None:
        return None
    if found["pronoun"]:
        return "<host>"
    name, noun = found["name"] or "", (found["noun"] or "").strip()
    if name and not noun and re.fullmatch(_A_HOST, name, re.IGNORECASE):
        return f"<{name.lower()}>"
    coded = plain[found.start("name") - 1 : found.start("name")] == "`" if name else False
    if name and (coded or _HOSTLIKE.fullmatch(name.rstrip("."))):
        return name.rstrip(".")
    if noun:
        return f"<{' '.join(f'{name} {noun}'.lower().split())}>"
    return None


@lru_cache(maxsize=4096)
def host_in(text: str) -> str | None:
    """The host on which what follows is meant to run, told by how a sentence begins; None where nothing tells.

    Several are one name ("web1, web2") that no target has: what is meant for both runs on neither by itself.

    >>> host_in("On `db-1.prod`:")
    'db-1.prod'
    >>> host_in("On the `main` branch:") is None
    True
    """
    plain = (text if text.isascii() else unaccented(text)).lstrip()
    if "**" in plain or "__" in plain:
        plain = _BOLD.sub(r"`\2`", plain)
    if (behind := _NAMED_BEHIND.match(plain)) is not None:
        thing = _ANOTHER_THING.fullmatch(behind["noun"]) is not None
        if not thing and (behind["host"] or _HOSTLIKE.fullmatch(behind["name"])):
            return behind["name"]
    if (some := _SOME.match(plain) or _ONE_OF_THEM.match(plain)) is not None:
        return f"<{' '.join(some['host'].lower().split())}>"
    if plain.rstrip().endswith(":"):
        if (behind := _BEHIND.search(plain)) is not None:
            return host_in(behind[1] + behind[2])
        if (each := _ON_EACH.search(plain)) is not None:
            return f"<{' '.join(each[1].lower().split())}>"
    if "`" not in plain:
        return _bare_host(plain)
    found = _SENT.match(plain) or _DONE_ON.match(plain)
    if found is None or _ANOTHER_THING.match(plain, found.end()):
        return None
    if not (found["noun"] or _HOSTLIKE.fullmatch(found["name"])):
        return None
    names, end = [found["name"]], found.end()
    while more := _MORE.match(plain, end):
        names.append(more[1])
        end = more.end()
    return ", ".join(names)


# "Planned, on the secondary:", "Stop it (on `db2`):"
_BEHIND = re.compile(
    r"[,;–—(]\s*((?:on|auf|sur|en) (?!(?:each|every|all|both|jede[mnr]?|alle[nr]?|beiden|chaque|tou[st]\w*|cada|tod[oa]s|ambos)\b)[^,;:()]{2,60})\)?(?:, [^,;:()]{2,40})?(:)\s*$",
    re.IGNORECASE,
)
# "Put it in place (on each of the three servers):", "Restart it on every web server, one at a time:": several machines, so never just where one stands.
_ON_EACH = re.compile(
    r"(?:^|[\s(])(?:on|auf|sur|en|no|na|em) ((?:each|every|all|both|jede[mnr]|allen?|beiden|chaque|tou(?:s|tes)|cada|tod[oa]s|ambos)(?: (?:of|von|de|d'))?(?: (?:the|these|our|your|der|den|die|les|los|las|os|as))?"
    r"(?: (?!(?:in|on|of|and|the|with|for)\b)[\w-]{1,20}){0,3}? (?:hosts?|servers?|machines?|box(?:es)?|nodes?|vms?|brokers?|routers?|rechnern?|knoten|maschinen?|servern|serveurs?|noeuds?|servidor(?:es)?|maquinas?|nodos?))\)?"
    r"(?:, [^,;:()]{2,40})?:\s*$",
    re.IGNORECASE,
)


def _bare_host(plain: str) -> str | None:
    """ "On web1 and web2:", without any mark."""
    found = _BARE.match(plain) or _BARE_THEN.match(plain)
    if found is None:
        return None
    if found.re is _BARE_THEN and not is_instruction(plain[found.end() :]):
        return None
    names = [
        found["name"],
        *re.findall(r"[A-Za-z0-9][\w.-]*(?=\s*(?:,|&|$|\s))", _JOINED.sub(" ", found["more"])),
    ]
    sure = all(_HOSTLIKE.fullmatch(name) and not _COUNTED.fullmatch(name) for name in names)
    return ", ".join(names) if sure else None


_MAY_NAME = re.compile(r"(?:^|\s)(?:on|auf|sur|en)\s", re.IGNORECASE)  # a quick no for most
_IN_COMMENT = re.compile(
    r"(?:(?:\d{1,2}[.)]|[a-e]\)|then|now|next|first|again|run|do|execute|the same|this)\s+){0,3}(?:on|auf|sur|en)\s+(?:(?:the|der|dem)\s+)?(?:(?:host|server|node|machine|box|rechner)\s+)?"
    r"(?P<name>[A-Za-z][\w-]*(?:\.[\w-]+)*)\s*(?:$|[:,(–—]|-\s|\b(?:if|only|as|when|run|do|first|again|then|wenn|nur)\b)",
    re.IGNORECASE,
)
# Two words joined that are a machine's name, and no word of the language ("on pre-prod", "on read-only replicas").
_HYPHENATED = re.compile(
    r"(?!(?:pre|non|re|multi|self|on|off|read|write|bare|high|low|cross|stand|fail|roll|start|set|clean|follow|sign|log|build|plug|add|auto|co|sub|week|work|first|second|third|last|docker|x86|call|ad|all|any|each|every|both|one|two)-)"
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", re.IGNORECASE,
)  # fmt: skip


def host_in_comment(text: str) -> str | None:
    """The host on which the lines below a comment are meant to run; None where it names none.

    >>> host_in_comment("on web-a, if it still answers")
    'web-a'
    >>> host_in_comment("on failure: restart") is None
    True
    """
    found = _IN_COMMENT.match(text.strip()) if _MAY_NAME.search(text) else None
    if found is None or _COUNTED.fullmatch(found["name"]):
        return None
    name = found["name"].rstrip(".")
    return name if _HOSTLIKE.fullmatch(name) or _HYPHENATED.fullmatch(name) else None


_JOINED = re.compile(r",|&|\b(?:and|und|et|y|e)\b")
