"""`count` of an integration: which types of events are counted, and how many are an alert."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.counting import MOST_WITHIN, CountRule
from tocsin.errors import ConfigError
from tocsin.kit.keys import Keys

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MOST = 100_000
_HOLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CountedTypes:
    """A rule, and the types of events that are bad for it and good for it."""

    rule: CountRule
    bad: frozenset[str]
    good: frozenset[str]

    def verdict(self, name: str) -> bool | None:
        """Whether an event of this type is a bad one; None if it is not counted."""
        return True if name in self.bad else False if name in self.good else None


def read_rules(what: str, tables: Iterable[object]) -> tuple[CountedTypes, ...]:
    """The tables of `count` as rules.

    Args:
        what: whose they are, for messages.

    Raises:
        ConfigError: names the key.
    """
    found: dict[str, CountedTypes] = {}
    for table in tables:
        if not isinstance(table, dict):
            raise ConfigError(
                f"{what}: key 'count' must be a list of tables, not {table!r}.",
                hint="For example [[integrations.count]] with name, events, at_least and within.",
            )
        each = _rule(Keys(f"{what}: count", {str(key): value for key, value in table.items()}))
        if each.rule.name in found:
            raise ConfigError(f"{what}: count: {each.rule.name!r} is the name of two rules.")
        found[each.rule.name] = each
    return tuple(found.values())


def _rule(keys: Keys) -> CountedTypes:
    name = keys.text("name")
    if _NAME.fullmatch(name) is None:
        raise keys.wrong("name", f"must be of small letters, digits, - and _, not {name!r}")
    bad, good = _types(keys, "events"), _types(keys, "against")
    if not bad:
        raise keys.wrong(
            "events", 'is missing: which types are counted, as in ["payment_intent.payment_failed"]'
        )
    if bad & good:
        raise keys.wrong("against", f"names what is counted as bad already: {', '.join(sorted(bad & good))}")
    share = keys.share_or_none("share")
    if (share is None) is bool(good):
        raise keys.wrong("share", "and against belong together: a part of what")
    if share == 0:
        raise keys.wrong("share", "must be above 0")
    within = keys.duration_or_none("within")
    if within is None or not timedelta(seconds=10) <= within <= MOST_WITHIN:
        raise keys.wrong("within", 'must be a duration from "10 s" to "24 h"')
    rule = CountRule(
        name=name,
        at_least=keys.whole("at_least", least=2, most=_MOST),
        within=within,
        share=share,
        hold=keys.duration_or_none("hold") or _HOLD,
        what=keys.text_or_none("what") or "events",
        severity=keys.text_or_none("severity") or "error",
        impact=keys.text_or_none("impact"),
        section=keys.text_or_none("section"),
    )
    keys.done()
    return CountedTypes(rule, bad, good)


def _types(keys: Keys, key: str) -> frozenset[str]:
    found = keys.list_of(key)
    for each in found:
        if not isinstance(each, str) or not each.strip():
            raise keys.wrong(key, f"must be a list of types of events, not {each!r}")
    return frozenset(str(each) for each in found)
