"""Objectives that a runbook promises: "p95 below 200 ms over 5 samples", "99 % of webhooks within 60 s", "Availability: 99.9 %".

Source: runbook-language, section 10.6.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import replace

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.terms import Slo
from tocsin.runbook.policy.text import Entry, Part
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_SLO = re.compile(
    r"\b(p\d{2}(?:\.\d+)?|\d{2}(?:\.\d+)?th percentile|median|average|avg|mean|max(?:imum)?|availability|uptime|success rate|error rate)\s+"
    r"((?:(?:of |for |on )?[a-z/][\w/.{}:-]*\s+){0,5}?)(?:is |of |must be |should be |stays? )?"
    r"(<=|>=|<|>|≤|≥|below|under|less than|at most|above|over|at least|more than)\s*"
    r"(\d+(?:\.\d+)?)\s*(%|ms|milliseconds?|s\b|seconds?|min(?:utes)?\b|rps)?",
    re.IGNORECASE,
)
_SIGN = {
    "below": "<", "under": "<", "less than": "<", "at most": "<=", "≤": "<=", "above": ">", "over": ">",
    "more than": ">", "at least": ">=", "≥": ">=",
}  # fmt: skip
_SAMPLES = re.compile(r"(\d+)\s+(?:samples?|runs?|requests?|measurements?|probes?)", re.IGNORECASE)
_SETTING = re.compile(
    r"configurable\s+(?:via|with|by|through)\s+`?([A-Z][A-Z0-9_]+)`?|\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b"
)


_SLO_TITLE = re.compile(r"\bsl[oi]s?\b|objective|ziele?\b|objetivo|objectif")


def slos(parts: tuple[Part, ...]) -> tuple[Slo, ...]:
    """SLO sentences: statistic, metric, comparison, value and unit, samples, object, setting. Not from symptoms."""
    found: list[Slo] = []
    for part in parts:
        if part.inside(Role.SYMPTOMS) or part.inside(Role.INCIDENT):
            continue
        about = part.inside(Role.MONITORING) or _SLO_TITLE.search(fold(part.title)) is not None
        for entry in part.entries():
            if entry.code:
                continue
            found.extend(_of_entry(entry, about))
        tables = part.tables()
        if tables and about:
            for table in tables:
                for row in table.rows:
                    text = " ".join(plain(cell) for cell in row.cells)
                    found.extend(_slo(match, text, row.span) for match in _SLO.finditer(text))
    return tuple(found)


def _of_entry(entry: Entry, about: bool) -> Iterator[Slo]:
    """The objectives of one statement; `about`: whether its section speaks of nothing else."""
    text = html.unescape(entry.text) if "&" in entry.text else entry.text
    named = entry.name is not None and _SLO_TITLE.search(fold(entry.name)) is not None
    plainly = [_slo(match, text, entry.span) for match in _SLO.finditer(text)]
    for one in plainly:
        # "End-to-end delay: p99 <= 5s"
        bare = one.metric == one.statistic and entry.name is not None and not named and len(plainly) == 1
        yield replace(one, metric=entry.name or one.metric) if bare else one
    for share in _SHARE.finditer(text):
        yield _of_share(share, text, entry.span)
    if (
        about
        and not plainly
        and entry.name is not None
        and (value := _BARE_VALUE.match(entry.value)) is not None
    ):
        good = _GOOD.search(fold(entry.name)) is not None
        if good or _BAD.search(fold(entry.name)) is not None:
            yield Slo(
                statistic=entry.name.lower(), metric=entry.name.lower(),
                comparison=_SIGN.get(value[1] or "", value[1] or (">=" if good else "<=")), value=float(value[2]), unit="%", samples=None,
                per=_per(entry.value[value.end() :]), setting=None, text=text, span=entry.span,
            )  # fmt: skip


# "99 % of webhooks are processed within 60 seconds" is a p99; "99.9 % of logins succeed" is a rate of success.
_SHARE = re.compile(
    r"(\d{2}(?:\.\d+)?)\s*%\s+of\s+(?:all\s+)?((?:[a-z/][\w/.-]*\s+){1,5}?)(?:(?:are|is|get|must be|should be|have to be)\s+)?"
    r"(?:(succeed\w*|work|are successful|complete successfully|return 2xx)\b|(?:[a-z]+ed\s+|complete\s+|finish\s+|respond\s+|arrive\s+|answer\s+)?"
    r"(?:within|in under|in less than|under|in)\s+(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s\b|seconds?|min(?:utes)?\b))",
    re.IGNORECASE,
)
_BARE_VALUE = re.compile(
    r"\s*(<=|>=|<|>|≤|≥|at least|at most|below|above)?\s*(\d{1,3}(?:\.\d+)?)\s*%", re.IGNORECASE
)
_GOOD = re.compile(r"availab|uptime|success|verfugbar|disponib")
_BAD = re.compile(r"error|fail|fehler|taux d.erreur|tasa de error")
_UNITS = {"milliseconds": "ms", "millisecond": "ms", "second": "s", "seconds": "s", "minutes": "min"}


def _of_share(share: re.Match[str], text: str, span: Span) -> Slo:
    metric = share[2].strip().lower()
    if share[3] is not None:
        return Slo(
            "success rate",
            metric,
            ">=",
            float(share[1]),
            "%",
            None,
            _per(text[share.end() :]),
            None,
            text,
            span,
        )
    unit = share[5].lower()
    return Slo(f"p{share[1].rstrip('0').rstrip('.') if '.' in share[1] else share[1]}", metric, "<=", float(share[4]),
               _UNITS.get(unit, unit), None, _per(text[share.end() :]), None, text, span)  # fmt: skip


def _per(text: str) -> str | None:
    found = _PER.search(text)
    return (found[1] or _SPANS[found[2].lower()]).lower() if found is not None else None


_PER = re.compile(r"\bper\s+([a-z][\w-]*)|\b(monthly|weekly|daily|quarterly|yearly)\b", re.IGNORECASE)
_SPANS = {"monthly": "month", "weekly": "week", "daily": "day", "quarterly": "quarter", "yearly": "year"}


def _slo(match: re.Match[str], text: str, span: Span) -> Slo:
    samples = _SAMPLES.search(text, match.end())
    setting = _SETTING.search(text)
    sign = match[3].lower()
    unit = (match[5] or "").strip()
    return Slo(
        statistic=match[1].lower(),
        metric=match[2].strip() or match[1].lower(),
        comparison=_SIGN.get(sign, sign),
        value=float(match[4]),
        unit=_UNITS.get(unit.lower(), unit),
        samples=int(samples[1]) if samples else None,
        per=_per(text[match.end() :]),
        setting=(setting[1] or setting[2]) if setting else None,
        text=text,
        span=span,
    )
