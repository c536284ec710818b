"""TOC204 and TOC203: label and command point opposite ways, in any of five languages and in tables as well: to block and `allow`, older and `-mtime -14`,
read access and `GRANT ALL`, "by 20 GB" and `+50G`, "on staging" and `--context prod`, one pool by its name and another one's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.told import sentences
from tocsin.runbook.lint.told_rows import Told


@dataclass(frozen=True, slots=True)
class _Way:
    """One of two opposite ways: how sentences say it, and how commands do."""

    said: re.Pattern[str]
    done: re.Pattern[str]


def _way(said: str, done: str) -> _Way:
    return _Way(re.compile(rf"\b(?:{said})\b"), re.compile(rf"(?<![\w./-])(?:{done})(?![\w./-])"))


# Verbs at the beginning of an order, or at the end of a German one.
_WAYS: tuple[tuple[_Way, _Way], ...] = (
    (_way(r"block|ban|deny|reject|lock out|shut out|sperren|aussperren|blockieren|verbieten|bloquea\w*|bloquer|interdire|denegar|rechazar|banir", r"deny|block|ban|reject|drop|DROP|REJECT|blacklist|denylist|--deny|--block|add-deny"),
     _way(r"allow|permit|unblock|unban|let in|accept|whitelist|erlauben|zulassen|freigeben|entsperren|permitir|desbloquea\w*|autoriser|debloquer|liberar", r"allow|accept|ACCEPT|permit|unban|unblock|whitelist|allowlist|--allow|--unblock|--unban")),
    (_way(r"enable|activate|(?:turn|switch) on|einschalten|aktivieren|activar|habilitar|encender|activer|allumer|ativar|ligar", r"enable|activate|on|--enable|enabled"),
     _way(r"disable|deactivate|(?:turn|switch) off|abschalten|ausschalten|deaktivieren|desactivar|deshabilitar|apagar|desactiver|eteindre|desativar|desligar", r"disable|deactivate|off|--disable|disabled")),
    (_way(r"stop|halt|shut down|anhalten|stoppen|beenden|herunterfahren|detener|parar|arreter|stopper", r"stop|halt|shutdown|poweroff|down"),
     _way(r"start|launch|bring up|starten|hochfahren|anfahren|iniciar|arrancar|demarrer|lancer|ligar", r"start|up|run|poweron")),
    (_way(r"pause|suspend|freeze|hold|pausieren|aussetzen|einfrieren|pausar|suspender|congelar|suspendre|geler", r"pause|suspend|freeze|hold"),
     _way(r"resume|unpause|continue|unfreeze|fortsetzen|weiterlaufen lassen|reanudar|continuar|reprendre|relancer|retomar", r"resume|unpause|continue|unfreeze|thaw|release")),
    (_way(r"lock|verriegeln|verrouiller|travar", r"lock|-L|--lock"), _way(r"unlock|entriegeln|entsperren|deverrouiller|destravar|desbloquear", r"unlock|-U|--unlock")),
    (_way(r"mount|einhangen|montar|monter", r"mount"), _way(r"unmount|umount|aushangen|desmontar|demonter", r"umount|unmount")),
    (_way(r"attach|anhangen|adjuntar|attacher", r"attach|attach-\w+"), _way(r"detach|abhangen|separar|detacher", r"detach|detach-\w+")),
    (_way(r"promote|befordern|promover|promouvoir", r"promote"), _way(r"demote|herabstufen|degradar|retrograder", r"demote")),
    (_way(r"upload|hochladen|subir|televerser", r"upload|push|put"), _way(r"download|fetch|herunterladen|descargar|bajar|telecharger", r"download|pull|get")),
    (_way(r"encrypt|verschlusseln|cifrar|chiffrer", r"encrypt|-e|--encrypt"), _way(r"decrypt|entschlusseln|descifrar|dechiffrer", r"decrypt|-d|--decrypt")),
)  # fmt: skip
_LEAD = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:(?:then|now|next|first|finally|please|again|dann|jetzt|zuerst|danach|luego|ahora|ensuite|puis)\W+)*(?:(?:die|den|das|der|alle|eine|einen|the)\s[\w\s-]{2,40}?\s)?$"
)
_NOT_SO = re.compile(
    r"\b(?:not|never|no|without|don't|nicht|kein\w*|nie|ohne|sin|ne|pas|nao|or|oder|and then|until|before|after|again if|instead|if)\b"
)
# A brake that is put on to stop something else.
_BRAKES = re.compile(
    r"kill|freeze|block|deny|disabl|maint|lock|stop|off|no-|no_|quarant|read-?only|throttl|limit|circuit|breaker|fallback|bypass",
    re.I,
)


def against_its_label(view: View) -> Iterator[Diagnostic]:
    """Every command with a label of its own or a sentence above it, in whatever layout."""
    for row in view.told_rows:
        for told in row:
            paragraph = sentences(told.label or told.above)
            whole = " ".join(paragraph)
            if not paragraph or len(whole) > _LONG:
                continue
            counted = _DIGIT_OR_PLACE.search(whole) is not None
            for rule in (_opposite, _rights, _age, _by_so_much, _environment):
                if not counted and rule in (_age, _by_so_much, _environment):
                    continue
                found = rule(paragraph[-1] if rule in (_opposite, _environment) else whole, told, row)
                if found is not None:
                    span = view.raw[view.place_of(told.number)].span
                    yield view.remark(found[0], span, found[1])
                    break


_LONG = 400  # letters of a paragraph that is about one command
_DIGIT_OR_PLACE = re.compile(r"\d|prod|live|stag|test|dev|qa|uat|sandbox|demo")
_Found = tuple[str, str] | None


def _opposite(said: str, told: Told, row: list[Told]) -> _Found:
    for ways in _WAYS:
        for mine, other in (ways, ways[::-1]):
            order = mine.said.search(said)
            if order is None or other.said.search(said):
                continue
            done = other.done.search(told.text)
            if done is None or mine.done.search(told.text) or _NOT_SO.search(said):
                continue
            ordered = _LEAD.match(said[: order.start()]) is not None
            if not ordered or _BRAKES.search(told.text.replace(done[0], " ")):
                continue
            if _of_the_same(said.replace(order[0], " "), told.text, done[0]) and _only(told, row):
                return "TOC204", f'The text says "{order[0]}", the command says {done[0].lstrip("-")}.'
    return None


def _only(told: Told, row: list[Told]) -> bool:
    """Whether the sentence is about this command alone: its own label, or the only command below the paragraph."""
    return bool(told.label) or len(row) == 1


_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_PLAIN = frozenset(
    "from sudo ssh with force quiet the and for all systemctl kubectl service to in any proto port state env name yes".split()
)


def _of_the_same(said: str, text: str, verb: str) -> bool:
    """Whether sentence and command share a word, or the command names nothing but a hole, an address or a number."""
    rest = (
        re.sub(r"^\s*(?:sudo |ssh \S+ )*\S+|<[^>]*>|\$\{?\w+\}?", " ", text)
        .lower()
        .replace(verb.lower(), " ")
    )
    names = set(_WORD.findall(rest)) - _PLAIN
    return not names or bool(names & set(_WORD.findall(said)))


_READ_TOLD = re.compile(
    r"\b(?:read(?:[- ]only)?|view(?:er|ing)?|lese\w*|lesend\w*|lectura|lecture|leitura)[ -]?(?:access|rights?|permissions?|privileges?|rechte?n?|zugriff|berechtigung\w*|role|rolle)\b|\b(?:right|permission|allowed|rechte?|permiso|droit)\w* (?:to|zum|de) (?:read|lesen|leer|lire|lecture)\b|"
    r"\b(?:permisos?|acceso|acces|droits?|acesso) (?:de|en) (?:solo )?(?:lectura|lecture|leitura)\b"
)
_WRITE_TOLD = re.compile(
    r"\b(?:writ\w*|chang\w*|full|admin\w*|all rights|schreib\w*|escri\w*|ecri\w*|revok\w*|entzieh\w*|retir\w*|quitar)\b"
)
_WRITE_GIVEN = re.compile(
    r"\bGRANT\s+(?:ALL\b|[\w, ]*\b(?:INSERT|UPDATE|DELETE|TRUNCATE|CREATE|ALTER|DROP)\b)|--clusterrole[= ](?:cluster-admin|admin|edit)\b|\b(?:AdministratorAccess|PowerUserAccess|\w+FullAccess)\b|\bchmod\s+(?:-R\s+)?(?:[ugoa]*\+[rx]*w|[0-7]?[0-7]{2}[2367]\b|777)|roles/(?:owner|editor)\b|\bdb_(?:owner|datawriter)\b|--role[= ][\"']?(?:Owner|Contributor|admin|readWrite)\b|-Access\w*\s+(?:Full|Change)\b|\bFullControl\b",
)


def _rights(said: str, told: Told, row: list[Told]) -> _Found:
    if "re" not in said and "le" not in said and "view" not in said:
        return None
    read = _READ_TOLD.search(said)
    given = _WRITE_GIVEN.search(told.text) if read is not None else None
    if read is None or given is None or _WRITE_TOLD.search(said):
        return None
    return "TOC204", f'The text says "{read[0]}", the command gives more: `{" ".join(given[0].split())}`.'


_OLDER = re.compile(
    r"\b(?:older than|more than [\d\w]+ (?:\w+ )?old|before the last|not (?:touched|used|changed|modified) for|alter als|mas antigu\w* (?:de|que)|plus (?:vieux|anciens?|vieilles|anciennes?) (?:de|que)|mais (?:de|antig\w* que))\b"
)
_YOUNGER = re.compile(
    r"\b(?:newer than|younger than|less than [\d\w]+ (?:\w+ )?old|(?:in|of|from|within) the (?:last|past)|junger als|neuer als|der letzten|in den letzten|menos de|de los ultimos|moins de|des derniers?|dernieres)\b"
)
_FIND_AGE = re.compile(r"-(?:mtime|mmin|ctime|cmin|atime|amin) (?P<sign>[+-])\d")
_SQL_AGE = re.compile(r"(?<![\w)])[\w.]*(?:_at|_on|date|time|ts|stamp|created|updated|datum|fecha)\w*\s*(?P<sign>[<>])=?\s*(?:now\(|current_|sysdate|getdate\(|date_sub\(|dateadd\(|datetime\(|today)", re.IGNORECASE)  # fmt: skip
_PS_AGE = re.compile(
    r"-(?P<sign>lt|le|gt|ge) \(?(?:\(Get-Date\)|\$\w+)?\.?Add(?:Days|Hours|Minutes)\(-", re.IGNORECASE
)


_AGE_UNSAID = re.compile(
    r"\b(?:keep|except|not|never|no|none|nothing|if|when|once|unless|behalt\w*|nicht|nichts|kein\w*|ausser|wenn|falls|salvo|nada|cuando|sauf|rien|quand)\b"
)


def _age(said: str, told: Told, row: list[Told]) -> _Found:
    orders = [each for each in sentences(said) if _AGE_UNSAID.search(each) is None]
    older = next((found for each in orders if (found := _OLDER.search(each)) is not None), None)
    younger = next((found for each in orders if (found := _YOUNGER.search(each)) is not None), None)
    if (older is None) == (younger is None):
        return None
    ages = [found["sign"] == "+" for found in _FIND_AGE.finditer(told.text)]
    ages.extend(found["sign"] == "<" for found in _SQL_AGE.finditer(told.text))
    ages.extend(found["sign"].lower() in ("lt", "le") for found in _PS_AGE.finditer(told.text))
    if len(set(ages)) != 1 or ages[0] == (older is not None):
        return None
    words = older or younger
    told_words = words[0] if words is not None else ""
    return (
        "TOC204",
        f'The text says "{told_words}", the command takes what is {"younger" if older else "older"}.',
    )


_BY = re.compile(
    r"\b(?:by|um|en|de|por|additional|another|further|weitere) (?P<number>\d{1,5}) ?(?P<unit>[kmgt])(?:i?b|o)?\b"
)
_PLUS = re.compile(r"[ =]\+(?P<number>\d{1,5})(?P<unit>[kmgtKMGT])i?[bB]?\b")


def _by_so_much(said: str, told: Told, row: list[Told]) -> _Found:
    by = {(found["number"], found["unit"]) for found in _BY.finditer(said)}
    plus = {(found["number"], found["unit"].lower()) for found in _PLUS.finditer(told.text)}
    if len(by) != 1 or len(plus) != 1 or by == plus:
        return None
    ((wanted, unit),), ((given, of),) = by, plus
    if unit != of and int(wanted) * _THOUSANDS[unit] in (
        int(given) * _THOUSANDS[of],
        int(given) * _THOUSANDS[of] * 1000 // 1024,
    ):
        return None
    return "TOC204", f"The text says {wanted}{unit.upper()}, the command says {given}{of.upper()}."


_THOUSANDS = {"k": 1, "m": 1024, "g": 1024**2, "t": 1024**3}

_LIVE, _TRIAL = "production", "a place to try"
_ENVIRONMENTS = {
    **dict.fromkeys(("prod", "production", "prd", "live", "produktion", "produccion", "producao"), _LIVE),
    **dict.fromkeys(("staging", "stage", "stg", "test", "testing", "dev", "development", "qa", "uat", "sandbox", "preprod", "integration", "demo"), _TRIAL),
}  # fmt: skip
_SAID_WHERE = re.compile(
    rf"\b(?:on|in|against|im|auf|en|sur|dans|em) (?:the |our |der |dem |die |el |la |le )?(?P<name>{'|'.join(_ENVIRONMENTS)})\b(?!-)"
)
_SAID_ANY = re.compile(rf"\b(?:{'|'.join(_ENVIRONMENTS)})\b")
_WHERE = re.compile(
    r"(?:--(?:kube-)?(?:context|env(?:ironment)?|profile|project|cluster|namespace|app|stage|workspace|resource-group|host|target|inventory|server|url|endpoint|realm|tenant)|-(?:n|h|g|a|i|e))[ =][\"']?(?P<option>[\w.@:/-]+)|\bssh (?:-\S+ )*(?P<host>[\w.@-]+)|https?://(?P<url>[\w.-]+)"
)


def _environment(said: str, told: Told, row: list[Told]) -> _Found:
    where = _SAID_WHERE.search(said)
    if where is None or re.search(
        r"\b(?:as|like|not|never|wie|nicht|como|comme|later|then|before)\b", said[: where.start()]
    ):
        return None
    wanted = _ENVIRONMENTS[where["name"]]
    if {_ENVIRONMENTS[name] for name in _SAID_ANY.findall(said)} != {wanted}:
        return None
    given: dict[str, str] = {}
    for found in _WHERE.finditer(told.text):
        name = found["option"] or found["host"] or found["url"]
        for label in re.split(r"[-_./@:]|\d+", name.lower()):
            if label in _ENVIRONMENTS:
                given[_ENVIRONMENTS[label]] = name
    if len(given) != 1 or wanted in given:
        return None
    return "TOC203", f'The text says "{where[0]}", the command goes to {next(iter(given.values()))}.'


_NAMED = re.compile(
    r"(?P<option>(?<![\w-])-(?:Name|TaskName|VMName|Identity)|--(?:name|queue|topic|service|app|job|unit|function-name|service-name|pool|site|instance|instance-id|container|index|flag|bucket)|(?:deployment|deploy|statefulset|cronjob)(?=/)|systemctl (?:restart|stop|start|reload)(?= ))[ =/][\"']?(?P<name>[A-Za-z][\w.@-]*[A-Za-z0-9])(?![\w/])"
)


def another_by_name(view: View) -> Iterator[Diagnostic]:
    """TOC203: the sentence names one of the things the document knows, its command another one."""
    known: dict[str, set[str]] = {}
    for raw in view.raw_with(
        (
            "-Name",
            "-TaskName",
            "-VMName",
            "-Identity",
            "--",
            "deploy",
            "systemctl ",
            "statefulset/",
            "cronjob/",
        )
    ):
        for found in _NAMED.finditer(raw.text):
            known.setdefault(_option(found["option"]), set()).add(found["name"])
    known = {option: names for option, names in known.items() if len(names) > 1}
    for row in view.told_rows if known else ():
        for told in row:
            said = next(reversed(sentences(told.label or told.above)), "")
            named = _NAMED.search(told.text) if said and _only(told, row) else None
            if named is None:
                continue
            names = known.get(_option(named["option"]), set())
            meant = [name for name in names if _word_in(name.lower(), said)]
            if (
                len(meant) == 1
                and meant[0] != named["name"]
                and not _word_in(meant[0].lower(), told.text.lower())
            ):
                if _NOT_SO.search(said) or _part_of(meant[0], named["name"]):
                    continue
                span = view.raw[view.place_of(told.number)].span
                yield view.remark(
                    "TOC203", span, f"The text speaks of {meant[0]}, the command of {named['name']}."
                )


def _option(text: str) -> str:
    return "deployment" if text.startswith("deploy") else text.split(" ", 1)[0]


def _part_of(one: str, other: str) -> bool:
    """Whether one name is within the other: "web" and `web-migrate` may well belong to one thing."""
    return one.lower() in other.lower() or other.lower() in one.lower()


def _word_in(name: str, text: str) -> bool:
    return (
        len(name) > 2
        and name in text
        and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None
    )


RULES = (against_its_label, another_by_name)
