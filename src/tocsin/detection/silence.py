"""Silences: alerts of these labels open no incident for a while. They are kept, shown, and resolve all the same (NOI-02)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.detection.alert import Alert
from tocsin.errors import InputError

_MATCHER = re.compile(r"([^=!~\"{}]+)(=~|!~|!=|=)(.*)", re.DOTALL)
_PATTERN_CHARS = 1_000
SCOPE = "integration"  # the name under which matchers see who sent an alert
SENDER_SEVERITY = "sender_severity"  # the severity as the sender wrote it, where ours is another word


@dataclass(frozen=True, slots=True)
class Matcher:
    """What one label has to be. A label that is missing counts as empty.

    Attributes:
        regex: whether `value` is a pattern for the whole of the label. equal: whether it has to match, or must not.
    """

    name: str
    value: str
    regex: bool = False
    equal: bool = True

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels are meant."""
        found = labels.get(self.name, "")
        same = re.fullmatch(self.value, found, re.DOTALL) is not None if self.regex else found == self.value
        return same is self.equal

    def __str__(self) -> str:
        sign = ("=~" if self.equal else "!~") if self.regex else ("=" if self.equal else "!=")
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{sign}"{value}"'


@dataclass(frozen=True, slots=True)
class Silence:
    """Who holds what back, from when to when, and why."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    comment: str
    made_at: datetime
    updated_at: datetime

    def state(self, now: datetime) -> str:
        """ "pending", "active" or "expired"."""
        if now >= self.ends_at:
            return "expired"
        return "active" if now >= self.starts_at else "pending"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether every matcher is met."""
        return all(each.matches(labels) for each in self.matchers)


def meant_labels(alert: Alert) -> dict[str, str]:
    """The labels matchers look at: those the sender knows, and who sent it."""
    labels = {**alert.labels, SCOPE: alert.source}
    if SENDER_SEVERITY in labels:
        labels["severity"] = labels[SENDER_SEVERITY]
    return labels


def holding(silences: Iterable[Silence], labels: Mapping[str, str], now: datetime) -> Silence | None:
    """The silence that holds an alert of these labels back now, or None."""
    return next((each for each in silences if each.state(now) == "active" and each.matches(labels)), None)


def checked(matchers: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Matchers that can be meant.

    Raises:
        InputError: there is none, a pattern is none, or all of them match an alert without any label: such a silence
            would hold everything back.
    """
    found = tuple(matchers)
    if not found:
        raise InputError("A silence needs at least one matcher.", hint='For example alertname="DiskFull".')
    for each in found:
        if not each.name:
            raise InputError("A matcher needs the name of a label.")
        if each.regex and (why := _no_pattern(each.value)):
            raise InputError(f'"{each.value[:_PATTERN_CHARS]}" is not a pattern: {why}.')
    if all(each.matches({}) for each in found):
        raise InputError(
            "at least one matcher must not match the empty string",
            hint="Name a label that the alerts to be silenced have.",
        )
    return found


def parse_matcher(text: str) -> Matcher:
    """`alertname="DiskFull"`, `instance=~db-.*`, `team!=web`: a name, an operator and a value, in quotes or not.

    Raises InputError: "bad matcher format".

    >>> parse_matcher('job=~"api|web"')
    Matcher(name='job', value='api|web', regex=True, equal=True)
    """
    found = _MATCHER.fullmatch(text)
    if found is None or not found[1].strip():
        raise InputError(f"bad matcher format: {text}", hint='Write name="value", with one of = != =~ !~.')
    name, sign, value = found[1].strip(), found[2], found[3].strip()
    if value.startswith('"') and value.endswith('"') and len(value) >= 2:
        value = re.sub(r"\\(.)", lambda quoted: "\n" if quoted[1] == "n" else quoted[1], value[1:-1])
    elif '"' in value:
        raise InputError(f"bad matcher format: {text}", hint="Close the quotes.")
    made = Matcher(name, value, "~" in sign, not sign.startswith("!"))
    if made.regex and (why := _no_pattern(made.value)):
        raise InputError(f"bad matcher format: {text}", hint=f"{why}.")
    return made


def _no_pattern(text: str) -> str | None:
    """Why this is no pattern, or None if it is one."""
    if len(text) > _PATTERN_CHARS:
        return f"a pattern has at most {_PATTERN_CHARS} characters"
    try:
        re.compile(text)
    except (
        re.error,
        OverflowError,
        RecursionError,
    ) as problem:  # a{99999999999} overflows, deep brackets recurse
        return str(problem)
    return None


def parse_filter(text: str) -> tuple[Matcher, ...]:
    """`{alertname="A", job=~"x"}` or the same without braces. Raises InputError."""
    inner = text.strip()
    if inner.startswith("{") != inner.endswith("}"):
        raise InputError(f"bad matcher format: {text}")
    if inner.startswith("{"):
        inner = inner[1:-1]
    parts = re.findall(r'(?:[^,"]|"(?:\\.|[^"\\])*")+', inner)
    if not parts:
        raise InputError(f"bad matcher format: {text}")
    return tuple(parse_matcher(part) for part in parts)
