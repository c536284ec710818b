"""TOC110: the right number in the wrong unit: "three days" over `retention.ms=259200`, "60 %" over 6.0, "a year of monthly" over one."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.told import above, sentences

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"b": 1.0, "kb": 1024.0, "mb": 1024.0**2, "gb": 1024.0**3, "tb": 1024.0**4}
_UNIT_WORDS = (
    (r"ms|milli-?s\w*", "ms"), (r"s|secs?|seconds?|sekunden?|segundos?|secondes?", "s"), (r"mins?|minutes?|minuten?|minutos?", "min"),
    (r"h|hours?|stunden?|horas?|heures?", "h"), (r"d|days?|tagen?|tage?|dias?|jours?", "d"), (r"weeks?|wochen?|semanas?|semaines?", "w"),
    (r"kb|kib|kilobytes?", "kb"), (r"mb|mib|megabytes?", "mb"), (r"gb|gib|gigs?|gigabytes?", "gb"), (r"tb|tib|terabytes?", "tb"),
)  # fmt: skip
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
            "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "zehn": 10, "dos": 2, "tres": 3, "cinco": 5, "deux": 2, "trois": 3}  # fmt: skip
_TOLD = re.compile(
    rf"(?<![\w.,:-])(?:(?P<number>\d{{1,6}}(?:\.\d{{1,3}})?) ?|(?P<word>{'|'.join(_NUMBERS)}) )(?P<unit>{'|'.join(words for words, _ in _UNIT_WORDS)})\b"
)
_UNITS = tuple((re.compile(words), unit) for words, unit in _UNIT_WORDS)
# A setting that says its unit in its name, or whose unit is written in the manual of its program.
_NAMED = re.compile(
    r"(?P<key>[A-Za-z][\w.-]{0,60}?[._-]?(?P<unit>ms|millis|msec|milliseconds|secs?|seconds|minutes|hours|days|bytes|kb|mb|gb))[\"']?\s{0,2}[=: ]\s{0,2}[\"']?(?P<value>\d{1,15})(?![\w.])",
    re.IGNORECASE,
)
_KNOWN = {
    "statement_timeout": "ms", "lock_timeout": "ms", "idle_in_transaction_session_timeout": "ms", "log_min_duration_statement": "ms", "message-ttl": "ms",
    "x-message-ttl": "ms", "x-expires": "ms", "pexpire": "ms", "px": "ms", "expire": "s", "ex": "s", "setex": "s", "visibility-timeout": "s",
    "visibilitytimeout": "s", "messageretentionperiod": "s", "maxmemory": "b", "wait_timeout": "s", "interactive_timeout": "s", "innodb_lock_wait_timeout": "s",
    "max_execution_time": "ms", "long_query_time": "s", "maxtimems": "ms", "innodb_buffer_pool_size": "b", "--grace-period": "s", "--memory-swap": "b",
    "tcp_keepalive_time": "s", "max-age": "s", "s-maxage": "s", "ttl": "s", "retention.bytes": "b", "--duration-seconds": "s",
}  # fmt: skip
_SET = re.compile(
    rf"(?<![\w-])(?P<key>{'|'.join(re.escape(key) for key in sorted(_KNOWN, key=len, reverse=True))})[\"']?(?:\s{{0,2}}[=:]\s{{0,2}}|\s+(?:TO\s+)?)(?:[\w:.-]{{1,60}}\s+)?[\"']?(?P<value>\d{{1,15}})(?![\w.])",
    re.IGNORECASE,
)
_VALUED = re.compile(r"[=:\s\"']\d")  # what is set has its number behind a sign or a blank
_UNIT_SIGNS = ("ms", "milli", "sec", "minutes", "hours", "days", "bytes", "kb", "mb", "gb")
_SUFFIX = {"millis": "ms", "msec": "ms", "milliseconds": "ms", "sec": "s", "secs": "s", "seconds": "s", "minutes": "min", "hours": "h", "days": "d", "bytes": "b"}  # fmt: skip
_WRONG_BY = (1000.0, 60.0, 3600.0, 1024.0, 1024.0**2, 1e6, 1024.0**3, 1e9, 86400.0)
_CLOSE = 0.03  # of a value: 2 GB is 2,000,000,000 to some


def wrong_units(view: View) -> Iterator[Diagnostic]:
    """A number that is the one that is told, in another unit."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        given = _given(line.text)
        if not given:
            continue
        told = " ".join(sentences(f"{above(view, line)}\n{line.step.title}"))
        said = [_measure(found) for found in _TOLD.finditer(told)]
        for key, shown, value, table in given:
            same = [amount for amount, kind in said if kind is table]
            if not same or any(_near(value, amount) for amount in same):
                continue
            by_much = (*_WRONG_BY, 10.0, 100.0) if len(set(same)) == 1 else _WRONG_BY
            if any(
                _near(value * by, amount) or _near(value, amount * by) for amount in same for by in by_much
            ):
                message = f"{key} is {shown}: in its unit that is not what the text says."
                yield view.on("TOC110", line, message)
                break


_Given = tuple[str, str, float, dict[str, float]]


def _given(text: str) -> list[_Given]:
    """What a command sets: the key, its number as written, its value in seconds or bytes, and which of them."""
    found: list[_Given] = []
    if not _VALUED.search(text):
        return found
    # The plain searches first: the patterns are tried at every letter of every command.
    told = text.casefold()
    for each in _NAMED.finditer(text) if any(map(told.__contains__, _UNIT_SIGNS)) else ():
        unit = each["unit"].lower()
        if each["key"].lower() in ("ms", "sec", "seconds", "days", "hours", "minutes", unit):
            continue
        found.append(_valued(each["key"], each["value"], _SUFFIX.get(unit, unit)))
    for each in _SET.finditer(text) if any(map(told.__contains__, _KNOWN)) else ():
        found.append(_valued(each["key"], each["value"], _KNOWN[each["key"].lower()]))
    return found


def _valued(key: str, number: str, unit: str) -> _Given:
    table = _SECONDS if unit in _SECONDS else _BYTES
    return key, number, int(number) * table[unit], table


def _measure(found: re.Match[str]) -> tuple[float, dict[str, float]]:
    """What is told, in seconds or bytes."""
    number = float(_NUMBERS[found["word"]]) if found["word"] else float(found["number"])
    unit = next(unit for pattern, unit in _UNITS if pattern.fullmatch(found["unit"]))
    table = _SECONDS if unit in _SECONDS else _BYTES
    return number * table[unit], table


def _near(one: float, other: float) -> bool:
    return other > 0 and abs(one - other) <= _CLOSE * other


_PERCENT = re.compile(r"\b(\d{1,3})(?:[.,]0)? ?(?:%|percent|prozent|por ciento|pour ?cent)")
_DECIMAL = re.compile(r"(?<![\w./:-])(\d{1,3}\.\d{1,4})(?![\w.:/])")


def wrong_shares(view: View) -> Iterator[Diagnostic]:
    """ "To 60 %" over 6.0 or 0.06: a point in the wrong place."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        given = _DECIMAL.findall(line.text)
        said = (
            _PERCENT.findall(" ".join(sentences(f"{above(view, line)}\n{line.step.title}")))
            if len(given) == 1
            else []
        )
        if len(set(said)) != 1:
            continue
        share, value = int(said[0]) / 100, float(given[0])
        if (
            share > 0
            and any(_near(value * by, share) for by in (10.0, 0.1, 0.01))
            and not _near(value, share * 100)
        ):
            message = f"The text says {said[0]} %, the command says {given[0]}."
            yield view.on("TOC110", line, message)


_WEIGHED = re.compile(
    r"\"(?:subset|host|name)\"\s*:\s*\"(?P<name>[\w-]{3,40})\"\s{0,3}\}[^{}]{0,20}\"weight\"\s*:\s*(?P<weight>\d{1,3})\b|\b(?P<named>[\w-]{3,40})=(?P<given>\d{1,3})(?=[,\s'\"]|$)"
)
_SHARE = re.compile(
    r"\b(?P<share>\d{1,3}|five|ten|twenty|thirty|fifty) ?(?:%|percent\b|prozent\b|por ciento\b|pour cent\b)"
)
_TENS = {"five": 5, "ten": 10, "twenty": 20, "thirty": 30, "fifty": 50}


def swapped_weights(view: View) -> Iterator[Diagnostic]:
    """ "Give the canary ten percent" over 90 for the canary and 10 for the rest."""
    for _, line in view.lines():
        if "weight" not in line.text and "traffic" not in line.text:
            continue
        weights = {
            (f["name"] or f["named"]).lower(): int(f["weight"] or f["given"])
            for f in _WEIGHED.finditer(line.text)
        }
        told = (
            " ".join(sentences(f"{above(view, line)}\n{line.step.title}"))
            if len(weights) == 2 and sum(weights.values()) == 100
            else ""
        )
        said = {found["share"] for found in _SHARE.finditer(told)}
        named = [name for name in weights if re.search(rf"\b{re.escape(name)}\b", told)]
        if len(said) != 1 or len(named) != 1:
            continue
        word = said.pop()
        share = _TENS.get(word) or int(word)
        if share != weights[named[0]] and share in weights.values():
            message = f"The text says {share} % for {named[0]}, the command gives it {weights[named[0]]}."
            yield view.on("TOC110", line, message)


_LIFE = re.compile(
    r"--?(?P<key>[\w-]{0,40}(?:expir\w*|retention|retain|keep|ttl|max-age|older|lifetime|noncurrent)[\w-]{0,30}?-?(?P<unit>days|hours|minutes|seconds))[= ](?P<value>\d{1,6})\b"
)
_LIVES = re.compile(
    r"\b(?:live|kept?|keep|expir\w*|retain\w*|retention|older|delet\w*|age|lifetime|aufbewahr\w*|conserv\w*|guarda\w*)\b"
)


def other_lifetimes(view: View) -> Iterator[Diagnostic]:
    """ "Let objects live 30 days" over `--expire-days 3`."""
    for _, line in view.lines():
        given = (
            _LIFE.search(line.text)
            if "days" in line.text or "hours" in line.text or "minutes" in line.text
            else None
        )
        told = " ".join(sentences(f"{above(view, line)}\n{line.step.title}")) if given is not None else ""
        said = {_measure(found)[0] for found in _TOLD.finditer(told) if _measure(found)[1] is _SECONDS}
        if given is None or len(said) != 1 or not _LIVES.search(told):
            continue
        value = int(given["value"]) * _SECONDS[_SUFFIX[given["unit"]]]
        if not _near(value, said.pop()):
            message = f"{given['key']} is {given['value']}, which is not what the text says."
            yield view.on("TOC110", line, message)


_KEEP = re.compile(r"--keep-(?P<unit>hourly|daily|weekly|monthly|yearly)[= ](?P<number>\d{1,4})\b")
_KEPT = re.compile(
    rf"\b(?P<number>\d{{1,3}}|{'|'.join(_NUMBERS)}) (?P<span>day|week|month|year)s? of (?P<unit>hourly|daily|weekly|monthly)\b|"
    rf"\b(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)}) (?P<each>hourly|daily|weekly|monthly|yearly)\b"
)
_IN_A = {("year", "monthly"): 12, ("year", "weekly"): 52, ("year", "daily"): 365, ("month", "daily"): 30, ("month", "weekly"): 4, ("week", "daily"): 7, ("day", "hourly"): 24}  # fmt: skip


def wrong_retention(view: View) -> Iterator[Diagnostic]:
    """ "Keep a year of monthly snapshots" over `--keep-monthly 1`."""
    if "--keep-" not in view.text:
        return
    for _, line in view.lines():
        given = {found["unit"]: int(found["number"]) for found in _KEEP.finditer(line.text)}
        told = " ".join(sentences(f"{above(view, line)}\n{line.step.title}")) if given else ""
        for found in _KEPT.finditer(told):
            unit = found["unit"] or found["each"]
            wanted = _wanted(found)
            if wanted is not None and unit in given and given[unit] != wanted:
                message = f'The text says "{found[0]}", the command keeps {given[unit]}.'
                yield view.on(
                    "TOC110", line, message, level=Level.ERROR if given[unit] < wanted else Level.WARNING
                )


def _wanted(found: re.Match[str]) -> int | None:
    word = found["number"] or found["count"]
    number = _NUMBERS[word] if word in _NUMBERS else int(word)
    if found["count"]:
        return number if word not in ("a", "an") else None
    times = _IN_A.get((found["span"], found["unit"]))
    return None if times is None else number * times


RULES = (wrong_units, wrong_shares, swapped_weights, other_lifetimes, wrong_retention)
