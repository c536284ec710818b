"""TOC204, TOC110: what is set is one of a few words or a time, and the sentence above says another one: "to warn" over `debug`, "to 60 seconds" over 6."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above, below, sentences

# Words of which a setting has one. The first of a group is what the others mean as well.
_ROWS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("trace",), ("debug", "verbose"), ("info", "information"), ("notice",), ("warn", "warning"), ("error",), ("critical", "fatal")),
    (("noeviction",), ("allkeys-lru",), ("allkeys-lfu",), ("volatile-lru",), ("volatile-lfu",), ("volatile-ttl",), ("allkeys-random",), ("volatile-random",)),
    (("roundrobin", "round-robin", "round_robin"), ("leastconn", "least_conn", "least-conn"), ("ip_hash", "source"), ("random",)),
    (("always",), ("everysec",),),
    (("enforcing",), ("permissive",)),
    (("readwrite", "read-write", "read_write"), ("readonly", "read-only", "read_only")),
    (("blue",), ("green",)),
)  # fmt: skip
_MEANT = {word: (place, words[0]) for place, row in enumerate(_ROWS) for words in row for word in words}
_ORDERS = r"\b(?:set|switch|lower|raise|change|turn|put|move|route|point|reset|shift|stell\w*|setz\w*|schalt\w*|umschalt\w*|cambi\w*|pon\w*|pasar?|baja\w*|sub[ei]\w*|passer|mettre|regler)\b"
_TO = re.compile(
    rf"{_ORDERS}[^.]{{0,60}}?\b(?:to|auf|a|sur) (?:the |den |die |el |la |level |mode )?[`\"']?(?P<word>{'|'.join(sorted(map(re.escape, _MEANT), key=len, reverse=True))})(?![\w-])"
)
_LEVELS = 0  # the row whose words are words of every day
_OF_LEVELS = re.compile(r"\blog|level|verbos|protokoll|stufe|nivel|niveau", re.IGNORECASE)
_SET = re.compile(
    rf"(?<![\w-])(?P<word>{'|'.join(sorted(map(re.escape, _MEANT), key=len, reverse=True))})(?![\w-])",
    re.IGNORECASE,
)
_SIGNS = tuple(_MEANT)


def another_word(view: View) -> Iterator[Diagnostic]:
    """ "Lower the level to warn" over `loglevel debug`; "switch traffic to blue" over `green`."""
    for _, line in view.steps_with(_SIGNS):
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = " ".join(sentences(above(view, line)) or sentences(line.step.title))
        said = {_MEANT[found["word"]] for found in _TO.finditer(told)}
        if len(said) != 1 or " from " in told or " von " in told:
            continue
        ((row, wanted),) = said
        if row == _LEVELS and not (_OF_LEVELS.search(told) and _OF_LEVELS.search(line.text)):
            continue
        given = {
            _MEANT[f["word"].lower()][1]
            for f in _SET.finditer(line.text)
            if _MEANT[f["word"].lower()][0] == row
        }
        if (
            len(given) == 1
            and wanted not in given
            and not re.search(rf"\b(?:not|no|never)\b[^.]{{0,20}}{re.escape(wanted)}", told)
        ):
            message = f"The text says {wanted}, the command says {given.pop()}."
            yield view.on("TOC204", line, message)


_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(
    r"\b(?:to|auf|a) (?P<number>\d{1,5}) ?(?P<unit>ms|milliseconds?|s|secs?|seconds?|sekunden|segundos|secondes|min|minutes?|minuten|minutos|h|hours?|stunden|horas|heures|d|days?|tage[n]?|dias|jours)\b"
)
_KEY = re.compile(
    r"(?<![\w.-])(?P<key>[\w.-]{0,40}?(?:time-?_?out|ttl|interval|delay|keep-?_?alive|expir\w*|lease|grace|deadline|ttl-?seconds)[\w.-]*)[\"']?(?:\s{0,2}[=:]\s{0,2}|\s+(?:TO\s+)?)[\"']?(?P<value>\d{1,9})(?P<unit>ms|s|m|min|h|d)?(?![\w.])",
    re.IGNORECASE,
)


def another_time(view: View) -> Iterator[Diagnostic]:
    """ "Lengthen the timeout to 60 seconds" over `timeout 6`: in no unit the number is the one that is told."""
    for _, line in view.steps_with(
        ("ime", "IME", "ttl", "TTL", "nterval", "elay", "live", "xpir", "ease", "race", "eadline")
    ):
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        # The sentence first: fewer have one than commands have a number.
        said = {
            _seconds(found)
            for sentence in _told(view, line)
            if (_OF_TIMES.search(sentence) and _ORDERS_TIME.search(sentence)) or _ORDERS_LIMIT.match(sentence)
            for found in _TIME.finditer(sentence)
        }
        given = list(_KEY.finditer(line.text)) if len(said) == 1 else []
        if len(given) != 1 or given[0]["key"].startswith("-") or int(given[0]["value"]) == 0:
            continue
        wanted = said.pop()
        value = int(given[0]["value"])
        unit = {"m": "min"}.get(given[0]["unit"] or "", given[0]["unit"])
        units = [_UNITS[unit]] if unit else list(_UNITS.values())
        if not any(abs(value * each - wanted) <= wanted / 50 for each in units):
            message = f"{given[0]['key']} is {given[0]['value']}{given[0]['unit'] or ''}: that is not what the text says."
            yield view.on("TOC110", line, message, level=Level.WARNING)


_OF_TIMES = re.compile(
    r"time-?_? ?out|\bttl\b|interval|delay|keep-?_? ?alive|expir|\blease\b|\bgrace\b|deadline|lifetime|frist|wartezeit|ablauf|espera|caduc|delai|expiration"
)
_ORDERS_TIME = re.compile(
    r"\b(?:set|lower|raise|change|lengthen|shorten|extend|increase|decrease|reduce|put|reset|erhoh\w*|verlanger\w*|verkurz\w*|setz\w*|stell\w*|sub[ei]\w*|baja\w*|cambi\w*|augmenter|reduire|passer|mettre)\b"
)

_ORDERS_LIMIT = re.compile(
    r"\W*(?:\d+[.)] )?(?:then |now )?(?:set|lower|raise|change|lengthen|shorten|extend|increase|reduce) (?:the |its |this )?(?:\w+ )?(?:limit|maximum|minimum|value|setting|bound|window|cap)\b"
)


def _told(view: View, line: Line) -> tuple[str, ...]:
    """What is said of a step, above it and below, sentence by sentence."""
    return (*(sentences(above(view, line)) or sentences(line.step.title)), *sentences(below(view, line)))


def _seconds(found: re.Match[str]) -> float:
    unit = found["unit"]
    if unit.startswith(("ms", "milli")):
        return int(found["number"]) * 0.001
    if unit.startswith(("min",)):
        return int(found["number"]) * 60.0
    if unit.startswith("stund"):
        return int(found["number"]) * 3600.0
    return int(found["number"]) * {"s": 1.0, "h": 3600.0, "d": 86400.0, "t": 86400.0, "j": 86400.0}[unit[0]]


_KEPT = re.compile(
    r"\b(?:back-?ups?|dumps?|snapshots?|sicherungen|copias|sauvegardes)\b[^.]{0,40}\b(?:kept|keep|retained|retention|stored|deleted after|removed after|aufbewahrt|behalten|guardan|conserv\w*)\b[^.]{0,20}?\b(?P<days>\d{1,4}) (?:days|tage|dias|jours)\b"
)
_THERE = re.compile(
    r"\b(?:back-?ups?|dumps?|snapshots?|sicherungen|copias|sauvegardes)\b[^.]{0,20}\b(?:of the last|from the last|up to|der letzten|de los ultimos|des derniers) (?P<days>\d{1,4}) (?:days|tage|dias|jours)\b"
)
_COPIES = ("ackup", "ack-up", "ump", "napshot", "icherung", "opias", "auvegarde")


def copies_that_are_gone(view: View) -> Iterator[Diagnostic]:
    """ "Backups are kept for 14 days", and "the backups of the last 30 days are there"."""
    kept: tuple[int, int] | None = None
    there: list[tuple[int, Diagnostic]] = []
    for raw in view.prose_with(_COPIES):
        told = " ".join(sentences(raw.text))
        if (found := _KEPT.search(told)) is not None and kept is None:
            kept = (int(found["days"]), raw.number)
        if (found := _THERE.search(told)) is not None:
            message = f'"{found[0]}": they are kept for a shorter time.'
            there.append((int(found["days"]), view.remark("TOC110", raw.span, message, level=Level.WARNING)))
    for days, remark in there:
        if kept is not None and days > kept[0] and remark.span.first_line != kept[1]:
            yield remark


RULES = (copies_that_are_gone, another_word, another_time)
