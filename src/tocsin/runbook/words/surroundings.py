"""What a sentence says about where the commands below it run, beside a host: "In namespace `shop`", "Inside the container", "From `/srv/app`".

Heard only where a sentence introduces something to do; what is merely named ("pods in namespace `shop` restart") says nothing.
A container or user without a name is a hole: somebody has to say which.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tocsin.runbook.book import Hop
from tocsin.runbook.words.wording import unaccented

_NAME = (
    r"(?:[`*\"“]{1,2}(?P<name>[A-Za-z0-9$<{][^`*\"“”\n]{0,80})[`*\"”]{1,2}"
    r"|(?P<bare>(?!(?:the|this|that|your|each|and|or|is|where|of|with|for|if|when|as|to|on|in|below|above)\b)[A-Za-z0-9$<][\w.$<>-]{0,80}))"
)
_RUNS = (
    r"(?:(?:please |then |now |next |first |finally )?(?:(?:run|execute|type|enter|issue|use|try|do|apply|repeat)\b|(?:all|every|each|any|the following|these|the next)\b[^.;:\n]{0,40}?\bcommands?\b"
    r"|everything\b|alle\b[^.;:\n]{0,40}?\bbefehle\b|toutes\b[^.;:\n]{0,40}?\bcommandes\b|todos\b[^.;:\n]{0,40}?\bcomandos\b))"
)
_IN = r"(?:in|within|inside|against|for|im|in dem|dans|en|no|on|auf)(?: the| le| el| o| dem)?"
_SPACES = tuple(
    re.compile(rf"(?:{_RUNS}[^.;\n]{{0,60}}?\s)?{_IN} {words}(?![-\w])", re.IGNORECASE)
    for words in (
        rf"namespace {_NAME}",
        r"[`*]{1,2}(?P<name>[A-Za-z0-9][\w.-]{0,80})[`*]{1,2} namespace",
    )
)
_CLUSTERS = tuple(
    re.compile(rf"(?:{_RUNS}[^.;\n]{{0,60}}?\s)?(?:{_IN}|of(?: the)?|des) {words}(?![-\w])", re.IGNORECASE)
    for words in (
        rf"cluster {_NAME}",
        r"[`*]{1,2}(?P<name>[A-Za-z0-9][\w.-]{0,80})[`*]{1,2} cluster",
    )
)
_END = r"(?=\s*(?:[:,.]|$|\s(?:run|execute|type|issue|do|check|delete|remove|restart|then)\b))"
_INSIDE = re.compile(
    rf"(?:{_RUNS}[^.;:\n]{{0,60}}?\s)?(?:inside|within|from inside|from within|in|im|dans|dentro d[eo]l?|en)(?: of)?\s+"
    r"(?:(?:the|a|an|each|every|any|one of the|that|this|der|dem|den|le|la|el|o|a)\s+)?"
    rf"(?:[`*]{{1,2}}(?P<before>[A-Za-z0-9][\w./-]{{0,80}})[`*]{{1,2}}\s+|(?P<words>(?:[a-z][\w-]*\s+){{0,2}}?))"
    rf"(?P<noun>container|pod)(?:\s+[`*]{{1,2}}(?P<name>[A-Za-z0-9][\w./-]{{0,80}})[`*]{{1,2}})?{_END}",
    re.IGNORECASE,
)
_AS = re.compile(
    rf"(?:{_RUNS}[^.;:\n]{{0,60}}?\s)?(?:as|become|als|como|en tant qu[e'])\s+(?:(?:the|der|el|o|l')\s+)?(?:(?:unix |system |os |linux )?(?:user|benutzer|usuario|utilisateur)\s+)?"
    r"(?:`(?P<coded>[a-z_][\w-]{0,31})`|\*\*(?P<bold>[a-z_][\w-]{0,31})\*\*|(?P<plain>postgres|mysql|redis|rabbitmq|oracle|www-data|nginx|git|elasticsearch|kafka|zookeeper|hdfs|app|deploy))"
    rf"(?:\s+(?:user|account|benutzer))?{_END}",
    re.IGNORECASE,
)
_FOLDER = re.compile(
    r"(?P<lasts>(?:(?:then|now|next|first),? )?(?:go|change|cd|switch|move|navigate|wechsle|wechseln sie|allez|vaya|va)\s+(?:in)?(?:to|nach|in|dans|a|au)|)"
    r"(?:from|in|inside|within|out of|im|aus|depuis|dans|desde|en)?\s*(?:(?:the|das|dem|le|el|o)\s+)?(?P<noun>(?:working |project )?(?:directory|folder|dir|verzeichnis|ordner|dossier|repertoire|directorio|carpeta|diretorio|pasta)\s+)?"
    r"`(?P<path>(?:/|~/|\$\{?\w+\}?/|\./|(?=[\w.-]+/))[^\s`]{0,200})`(?P<after>\s+(?:directory|folder|dir|verzeichnis|ordner))?(?:\s+(?:on|of|auf|of the)\b[^.;:\n]{0,40})?\s*(?::|,|$|and\b|then\b|und\b|et\b|y\b|run\b|execute\b)",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.[A-Za-z][\w]{0,9}$")
_HERE = re.compile(
    r"(?:back\s+|then,? )?(?:on|from|at|auf|von|desde|en|depuis|sur)\s+(?:your|a|the|deinem|ihrem|tu|su|votre|ton)\s+(?:own |local |lokalen )?(?:laptop|workstation|computer|notebook|desktop|pc|poste|ordinateur|portatil|rechner)\b"
    r"|(?:back\s+)?(?:on|from)\s+(?:your (?:own )?(?:local )?|the local |a local )(?:machine|terminal|host|shell)\b|(?:then |run )?(?:this |these |it )?locally\b|lokal\b|localmente\b|en local\b",
    re.IGNORECASE,
)
_OUT = re.compile(
    r"(?:(?:then|now|finally|when done|afterwards),? )?(?:log ?(?:out|off)|sign out|disconnect|exit|leave|abmelden|ausloggen|deconnectez-vous|desconectese|saia)"
    r"(?:\s+(?:of|from|vom|de|du|do|da))?(?:\s+(?:the|that|this|your))?(?:\s+(?:ssh|database|psql|mysql|db|container|pod|remote))?(?:\s+(?:host|server|box|machine|node|vm|session|shell|container|pod|prompt|console|client|bastion|again))?(?:\s+again)?\s*[.!]?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Around:
    """What a sentence says about the place of what follows.

    Attributes:
        enters: sessions one stands in. sets: the directory, namespace or cluster. lasts: whether for the rest of the section.
        here: whether it is the reader's own machine.
    """

    enters: tuple[Hop, ...] = ()
    sets: tuple[Hop, ...] = ()
    lasts: bool = False
    here: bool = False


# A quick no for most: no part of the words of which every reading below has one. Plain looks into the text, because one
# expression over all of them takes ten times as long.
_NOUNS = (
    "pod", "host", "namespace", "cluster", "container", "director", "folder", "dir", "verzeichnis", "ordner", "dossier",
    "repertoire", "carpeta", "pasta", "laptop", "workstation", "computer", "notebook", "desktop", "pc", "poste",
    "ordinateur", "portatil", "rechner", "machine", "terminal", "shell", "local", "lokal",
)  # fmt: skip
_AS_WHOM = frozenset(("as", "become", "als", "como", "tant"))


def _may_tell(plain: str) -> bool:
    low = plain.lower()
    if "`" in low and ("/" in low or "`~" in low or "`$" in low or "`." in low):
        return True
    return any(map(low.__contains__, _NOUNS)) or not _AS_WHOM.isdisjoint(low.split())


@lru_cache(maxsize=4096)
def surroundings(text: str) -> Around | None:
    """The place beside a host that a sentence names by how it begins, or None.

    >>> surroundings("Inside the container:").enters[0].name
    '<container>'
    >>> surroundings("All commands below in namespace `cache`:").sets[0].name
    'cache'
    >>> surroundings("Pods in namespace `cache` restart.") is None
    True
    """
    plain = (text if text.isascii() else unaccented(text)).lstrip(" *_")[:400]
    if not _may_tell(plain):
        return None
    if _HERE.match(plain):
        return Around(here=True)
    sets: list[Hop] = []
    for kind, patterns in (("namespace", _SPACES), ("cluster", _CLUSTERS)):
        found = next((f for p in patterns if (f := _begins(p, plain, sets))), None)
        if found is not None:
            sets.append(Hop(kind, _named(found)))
    if sets:
        return Around(sets=tuple(sets), lasts=bool(_ALL_BELOW.match(plain)))
    if (inside := _INSIDE.match(plain)) is not None and (
        inside["words"] or ""
    ).strip().lower() not in _NO_PLACE:
        kind = inside["noun"].lower()
        some = " ".join(f"{inside['words'] or ''} {kind}".lower().split())
        return Around(enters=(Hop(kind, inside["name"] or inside["before"] or f"<{some}>"),))
    if (user := _AS.match(plain)) is not None:
        name = user["coded"] or user["bold"] or user["plain"]
        return Around(enters=(Hop("user", name),)) if name.lower() != "root" else None
    folder = _FOLDER.match(plain)
    if folder is not None and (
        folder["noun"] or folder["after"] or folder["lasts"] or not _FILE.search(folder["path"])
    ):
        if not folder["noun"] and not folder["after"] and folder["path"][0] not in "/~$.":
            return None
        return Around(sets=(Hop("cwd", folder["path"]),), lasts=bool(folder["lasts"]))
    return None


_ALL_BELOW = re.compile(r"(?:all|every|everything|alle|toutes|todos)\b", re.IGNORECASE)
_NO_PLACE = frozenset({"new", "a new", "every new"})


def _named(found: re.Match[str]) -> str:
    return (found["name"] or found.groupdict().get("bare") or "").rstrip(".").strip()


def _begins(pattern: re.Pattern[str], text: str, before: list[Hop]) -> re.Match[str] | None:
    """A place at the start of a sentence; a second one ("of cluster `x`") may stand behind the first."""
    return pattern.search(text) if before else pattern.match(text)


def comes_home(text: str) -> bool:
    """Whether a sentence sends the reader to their own machine: "Back on your laptop:"."""
    return _HERE.match(text.strip()) is not None


def goes_out(text: str) -> bool:
    """Whether a sentence is nothing but the order to leave the session one is in: "Log out of the server." """
    return _OUT.match(text.strip()) is not None
