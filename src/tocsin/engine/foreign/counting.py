"""What is counted becomes an alert when there is too much of it, and is over by itself when there is not.

The alert tells how many there were when it began and stays in these words, so that whoever reads the incident reads one
thing; as long as the rule is broken its end moves on (`store.standings`), and the intake's keeper ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.detection import counting
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.counting import Counted, CountRule, Tally
from tocsin.kit.duration import spell
from tocsin.store import occurrences
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken: the alert as it would begin now, and when it is over if nothing bad comes any more."""

    integration: str
    alert: Alert
    until: datetime


@dataclass(slots=True)
class Counter:
    """What is counted in one transaction."""

    touched: dict[tuple[str, str], CountRule] = field(default_factory=dict)

    def take(self, tx: Tx, integration: str, told: tuple[Counted, ...]) -> None:
        """Keep what a request told."""
        occurrences.put(tx, integration, told)
        self.touched |= {(integration, each.rule.name): each.rule for each in told}

    def broken(self, tx: Tx, now: datetime) -> tuple[Broken, ...]:
        """The rules that what was taken breaks, or keeps broken."""
        found = []
        for (integration, _), rule in self.touched.items():
            tally = occurrences.tally(tx, integration, rule, now)
            until = counting.until(rule, tally, now)
            if until is not None:
                found.append(Broken(integration, _alert(integration, rule, tally, now), until))
        return tuple(found)


def _alert(integration: str, rule: CountRule, tally: Tally, now: datetime) -> Alert:
    said = f"{tally.bad} {rule.what} within {spell(rule.within)}"
    if rule.share is not None:
        said += f", {tally.bad / (tally.bad + tally.good):.0%} of {tally.bad + tally.good}"
    labels: Mapping[str, str] = {
        "rule": rule.name,
        "severity": rule.severity,
        "threshold": f"{rule.at_least} within {spell(rule.within)}"
        + (f" and {rule.share:.0%}" if rule.share is not None else ""),
        **({"section": rule.section} if rule.section is not None else {}),
    }
    return Alert(
        fingerprint=f"{integration}:count:{rule.name}",
        state=AlertState.FIRING,
        title=f"{integration}: {said}",
        source=integration,
        at=now,
        labels=dict(labels),
        impact=rule.impact,
    )
