"""What a run has seen so far, and the record that it becomes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tocsin.drill.record import (
    Answer,
    Detection,
    Differs,
    Kind,
    Run,
    StepSeen,
    Times,
    Turned,
)
from tocsin.drill.scenario import Shown
from tocsin.incident import events as ev
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.sandbox.drill.job import Job
from tocsin.sandbox.drill.journal import Journal
from tocsin.sandbox.fault import Oracles, differences


@dataclass(slots=True)
class Moments:
    """When each thing was first true; filled in as it happens."""

    began: datetime
    up: datetime | None = None
    injected: datetime | None = None
    detected: datetime | None = None
    paged: datetime | None = None
    acknowledged: datetime | None = None
    evidence: datetime | None = None
    approved: datetime | None = None
    mitigated: datetime | None = None
    verified: datetime | None = None
    restored: datetime | None = None
    ended: datetime | None = None


@dataclass(slots=True)
class Seen:
    """What is known of a run so far; see `drill.record.Run` for what each of it means."""

    times: Moments
    section: str = ""
    anchor: str | None = None
    text_sha256: str = ""
    before: Oracles = field(default_factory=dict)
    during: Oracles = field(default_factory=dict)
    after: Oracles = field(default_factory=dict)
    restored: Oracles = field(default_factory=dict)
    false_alarms: tuple[str, ...] = ()
    first: Detection | None = None
    green: bool = False
    gone: bool = False
    by: str | None = None
    ways_back: tuple[Answer, ...] = ()
    incident: Incident | None = None
    broken: str | None = None

    def detected(self, incident: Incident) -> None:
        """An incident was opened."""
        self.incident = incident
        self.times.detected = incident.declared_at
        declared = incident.declared
        if declared is None:
            return
        self.first = Detection(
            incident=str(incident.id),
            severity=incident.severity,
            checks=tuple(alert.title for alert in incident.alerts.values()),
            section=declared.section_title,
            anchor=declared.section,
            reasons=declared.match_reasons,
            right=declared.section is not None and declared.section == self.anchor,
        )

    def follow(self, incident: Incident) -> None:
        """Keep the newest look at it."""
        self.incident = incident
        if self.times.acknowledged is None:
            self.times.acknowledged = incident.acknowledged_at

    def record(
        self,
        job: Job,
        journal: Journal,
        *,
        turned: tuple[Turned, ...],
        log: tuple[Recorded, ...],
        shown: Mapping[str, str],
        shims: tuple[str, ...],
        stand_ins: tuple[str, ...],
        pages: Path,
        rule: timedelta | None,
    ) -> Run:
        """The record of the run.

        Args:
            log: of the incident. shown: what each run of a step showed. pages: the file that took every message.
            rule: how long the checks' own rule takes.
        """
        self._times_of(log)
        return Run(
            scenario=job.scenario.name,
            kind=job.kind,
            runbook=job.runbook,
            section=self.section,
            text_sha256=self.text_sha256,
            seed=job.seed,
            walls=job.walls,
            times=_times(self.times),
            states=tuple(journal.moved),
            left_out=job.left_out,
            broken=self.broken,
            false_alarms=self.false_alarms,
            detection=_with_pages(self.first, pages),
            steps=_steps(log),
            turned=(*turned, *_refused(log)),
            shown=_answers(job.scenario.shows, log, shown) if job.kind is Kind.TRIAL else (),
            green=self.green,
            gone=self.gone,
            by=self.by,
            ways_back=self.ways_back,
            differs=_differs(self.before, self.after, self.during),
            left=_differs(self.before, self.restored),
            shims=shims,
            stand_ins=stand_ins,
            open_by_hand=_open_by_hand(self.incident),
            rule=rule,
        )

    def _times_of(self, log: tuple[Recorded, ...]) -> None:
        for record in log:
            match record.event:
                case ev.PageSent() if self.times.paged is None:
                    self.times.paged = record.at
                case ev.StepFinished() if self.times.evidence is None:
                    self.times.evidence = record.at
                case ev.Approved() if self.times.approved is None:
                    self.times.approved = record.at


def _times(found: Moments) -> Times:
    return Times(**{name: getattr(found, name) for name in Times.__dataclass_fields__})


def _differs(before: Oracles, after: Oracles, broken: Oracles | None = None) -> tuple[Differs, ...]:
    """What is not as it was. What the fault itself changed, and nobody touched since, is the fault and no side effect."""
    if not after:
        return ()
    return tuple(
        Differs(name, was, now)
        for name, (was, now) in differences(before, after).items()
        if broken is None or broken.get(name, "absent") != now
    )


def _steps(log: tuple[Recorded, ...]) -> tuple[StepSeen, ...]:
    """Every run of a step that came to its end, in the order they began."""
    queued: dict[str, tuple[datetime, ev.StepQueued]] = {}
    found: dict[str, StepSeen] = {}
    for record in log:
        match record.event:
            case ev.StepQueued() as event:
                queued[str(event.run)] = (record.at, event)
            case ev.StepFinished() as event if str(event.run) in queued:
                _, run = queued[str(event.run)]
                found[str(event.run)] = StepSeen(
                    run.number, run.title, run.text, run.purpose, run.effect, event.outcome, event.sentence,
                    event.started_at, event.took, run.ask is not None,
                )  # fmt: skip
            case _:
                pass
    return tuple(found[name] for name in queued if name in found)


def _refused(log: tuple[Recorded, ...]) -> tuple[Turned, ...]:
    newest = {record.event.number: record.event for record in log if isinstance(record.event, ev.StepRefused)}
    return tuple(Turned(one.number, one.text, "tocsin", "; ".join(one.reasons)) for one in newest.values())


def _answers(
    wanted: tuple[Shown, ...], log: tuple[Recorded, ...], shown: Mapping[str, str]
) -> tuple[Answer, ...]:
    """Whether each thing was brought to light by a step that only looked."""
    looked = {
        str(record.event.run): record.event.number
        for record in log
        if isinstance(record.event, ev.StepQueued) and record.event.ask is None
    }
    found = []
    for each in wanted:
        held_by = [
            number
            for run, number in looked.items()
            if each.step in (None, number) and re.search(each.pattern, shown.get(run, ""))
        ]
        where = f"by {held_by[0]}" if held_by else f"not by {each.step or 'any step'}"
        found.append(Answer(each.pattern, bool(held_by), where))
    return tuple(found)


def _open_by_hand(incident: Incident | None) -> tuple[str, ...]:
    if incident is None:
        return ()
    return tuple(number for number, task in incident.doing.manual.items() if task.done is None)


def _with_pages(first: Detection | None, pages: Path) -> Detection | None:
    """How many messages went out, and whether each says that this is a drill."""
    if first is None:
        return None
    lines = pages.read_text(encoding="utf-8").splitlines() if pages.exists() else []
    told = [json.loads(line) for line in lines]
    subjects = [str(page["subject"]) for page in told if str(page["key"]).startswith(first.incident)]
    return Detection(
        **{
            **{name: getattr(first, name) for name in Detection.__dataclass_fields__},
            "pages": len(subjects),
            "page_says_drill": all("DRILL" in subject for subject in subjects),
        }
    )
