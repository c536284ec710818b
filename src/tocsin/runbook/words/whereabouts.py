"""The host a sentence sends its reader to: "On `db-1.prod`:", "Auf dem Server `web3`:", "Then, on node `worker-2`, run …".

Only a name in code that is said to be a host, or looks like nothing else; what is only named ("the host `x` is slow") sends nobody.
"""

import re

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
    r"(?!(?:sd|hd|vd|xvd)[a-z]\d|(?:eth|ens|enp|eno|bond|wlan|tty|lo|nvme|md|dm-?|pg|v|us|eu|ap|python|php|java|node|http|ipv|utf|sha|md)-?\d|[a-z]{2}-\w+-\d$)(?:"
    r"[a-z][a-z0-9-]*(?:\.(?!(?:conf|cfg|ya?ml|json|sh|py|js|log|txt|sql|md|service|timer|socket|env|toml|ini|xml|gz|zip|tf|pem|crt|key|html?|rb|go|properties)$)[a-z][a-z0-9-]*)+"
    r"|[a-z]{2,}(?:-[a-z]{2,})*-?\d{1,3})|\d{1,3}(?:\.\d{1,3}){3}",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s*(?:,|and|or|und|oder|et|ou|y|o|e)\s*`([A-Za-z0-9][\w.-]{1,80})`")
_ANOTHER_THING = re.compile(
    r"\s*(?:branch|namespace|cluster|database|db|schema|table|topic|queue|repo|repository|dashboard|channel|page|port|version|tag|image|bucket|disk|volume"
    r"|deployment|pod|container|project|account|environment|region|zone|interface|device|partition|slot|index|column|branche|zweig|tabla|tabelle)\b",
    re.IGNORECASE,
)


def host_in(text: str) -> str | None:
    """The host on which what follows is meant to run, told by how a sentence begins; None where nothing tells.

    Several are one name ("web1, web2") that no target has: what is meant for both runs on neither by itself.

    >>> host_in("On `db-1.prod`:")
    'db-1.prod'
    >>> host_in("On the `main` branch:") is None
    True
    """
    plain = (text if text.isascii() else unaccented(text)).lstrip()
    found = _SENT.match(plain)
    if found is None or _ANOTHER_THING.match(plain, found.end()):
        return None
    if not (found["noun"] or _HOSTLIKE.fullmatch(found["name"])):
        return None
    names, end = [found["name"]], found.end()
    while more := _MORE.match(plain, end):
        names.append(more[1])
        end = more.end()
    return ", ".join(names)
