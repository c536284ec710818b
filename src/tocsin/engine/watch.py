"""From samples to alerts: every sample is kept, every change of a check's mind becomes an alert, in one transaction."""

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.detection import mild
from tocsin.detection.alert import Alert
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, observe
from tocsin.detection.cut_off import CutOffRule, CutOffState, watched, witness
from tocsin.detection.cut_off import observe as observe_cut_off
from tocsin.detection.hold import hold
from tocsin.engine.intake import put_alert
from tocsin.errors import InputError, StoreError
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.probe.notes import Notes
from tocsin.store import checks, lease, meta
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.engine")

_CUT_OFF = "cut off"
_CALM = CutOffState()
_KEEP_EVERY = timedelta(seconds=5)


class Watch:
    """Holds the state of every check, as the store has it, and turns samples into alerts.

    Args:
        drill: whether what these checks find is a rehearsal.
        redactor: hides secrets in what a check saw, before it is stored, logged or sent.
        notes: what probers remember; loaded from the store, and stored with the samples.
        cut_off: when it is told that we cannot measure from here; None: never.
    """

    def __init__(
        self,
        database: Database,
        specs: Iterable[CheckSpec],
        clock: Clock,
        drill: bool = False,
        redactor: Redactor | None = None,
        notes: Notes | None = None,
        cut_off: CutOffRule | None = None,
    ) -> None:
        self._database = database
        self._specs = {spec.name: spec for spec in specs}
        self._rule = None if drill else cut_off  # a room of a drill has no network, and that is no news
        self._asked = watched(self._specs.values())
        self._cut_off = CutOffState()
        self._clock = clock
        self._drill = drill
        self._redactor = redactor or Redactor()
        self._notes = notes if notes is not None else Notes()
        self._lock = threading.Lock()
        self._taken: Counter[tuple[CheckName, Verdict]] = Counter()
        self._kept: dict[CheckName, datetime] = {}  # when the state of a check was stored last
        self._states = self.stored(self._specs.values())
        self._load()

    def stored(self, specs: Iterable[CheckSpec]) -> dict[CheckName, CheckState]:
        """The states of these checks as the store has them. Raises StoreError."""
        with self._database.read() as tx:
            kept = checks.states(tx)
        return {spec.name: _read(spec.name, kept.get(spec.name)) for spec in specs}

    def take_up(
        self,
        specs: Iterable[CheckSpec],
        stored: Mapping[CheckName, CheckState],
        cut_off: CutOffRule | None = None,
    ) -> tuple[CheckName, ...]:
        """From now on these are the checks. One that was here before keeps its state; of others it is the stored one.

        Returns those that are gone while their alert is open: nothing will measure that they are well again.
        """
        wanted = {spec.name: spec for spec in specs}
        with self._lock:
            firing = tuple(
                name for name, state in self._states.items() if name not in wanted and state.firing
            )
            self._states = {name: self._states.get(name, stored[name]) for name in wanted}
            self._kept = {name: at for name, at in self._kept.items() if name in wanted}
            self._specs = wanted
            self._rule = None if self._drill else cut_off
            self._asked = watched(wanted.values())
        return firing

    def read_anew(self) -> None:
        """Trust the store only: another process watched until now. Raises StoreError."""
        stored = self.stored(self._specs.values())
        with self._lock:
            self._states = stored
        self._load()

    def _load(self) -> None:
        with self._database.read() as tx:
            self._notes.load(checks.notes(tx))
            text = meta.get(tx, _CUT_OFF)
        self._cut_off = _CALM if text is None else codec.decode(text, CutOffState)

    def states(self) -> dict[CheckName, CheckState]:
        """The present state of every check."""
        with self._lock:
            return dict(self._states)

    def taken(self) -> dict[tuple[CheckName, Verdict], int]:
        """How many samples this process has kept, by check and what each alone said."""
        with self._lock:
            return dict(self._taken)

    def take(self, samples: Sequence[Sample], right: lease.Lease | None = None) -> None:
        """Take samples in, in one transaction. The states move on only if the store has them.

        Args:
            right: they are stored only while it is held.
        """
        samples = [self._without_secrets(sample) for sample in samples]
        alerts: list[tuple[Alert, Sample]] = []
        with self._lock:
            samples = [sample for sample in samples if sample.check in self._specs]
            if not samples:
                return
            states = dict(self._states)
            for sample in samples:
                spec = self._specs[sample.check]
                holding = hold(spec, sample, states)
                states[sample.check], alert = observe(spec, states[sample.check], sample, holding)
                # First what is bad: it must not wait behind what is mild.
                states[sample.check], milder = mild.observe(spec, states[sample.check], sample, holding)
                told = (each for each in (alert, milder) if each is not None)
                alerts += [(replace(each, drill=self._drill), sample) for each in told]
            keep = {sample.check: states[sample.check] for sample in samples if self._to_keep(states, sample)}
            cut_off, ours = self._observe_ourselves(states, samples)
            if ours is not None:
                alerts.append((replace(ours, drill=self._drill), samples[-1]))
            notes = self._notes.of({sample.check for sample in samples})
            try:
                with self._database.write() as tx:
                    if right is not None:
                        lease.check(tx, right)
                    kept = {name: codec.encode(state) for name, state in keep.items()}
                    checks.record(tx, samples, kept, notes)
                    if cut_off != self._cut_off:
                        meta.put(tx, _CUT_OFF, codec.encode(cut_off))
                    for alert, sample in alerts:
                        put_alert(tx, alert, codec.encode(sample), self._clock.now())
            except lease.Lost:
                logger.info("%d samples not kept: another process measures now", len(samples))
                return
            except StoreError as problem:
                # The samples are lost, the states are as they were: the next samples say the same again.
                logger.error("%d samples not kept, of %s first: %s", len(samples), samples[0].check, problem)
                return
            self._states, self._cut_off = states, cut_off
            self._taken.update((sample.check, sample.verdict) for sample in samples)
            self._kept |= {name: state.last.at for name, state in keep.items() if state.last is not None}
        for alert, _ in alerts:
            logger.warning("source=%s alert=%s %s", alert.source, alert.state.value, alert.title)

    def _observe_ourselves(
        self, states: Mapping[CheckName, CheckState], samples: Sequence[Sample]
    ) -> tuple[CutOffState, Alert | None]:
        """Whether we are cut off; without a sample that says so, and nothing remembered, there is nothing to look at."""
        if self._cut_off == _CALM and not any(witness(sample) for sample in samples):
            return _CALM, None
        return observe_cut_off(self._rule, self._cut_off, self._asked, states, self._clock.now())

    def _to_keep(self, states: Mapping[CheckName, CheckState], sample: Sample) -> bool:
        """Whether the state after this sample is stored now. One that stays well is stored every few seconds only: of it
        a restart forgets how often it was well, and nothing that could wake anybody or let anybody sleep."""
        before, state = self._states[sample.check], states[sample.check]
        kept = self._kept.get(sample.check)
        if kept is None or not _well(before) or not _well(state):
            return True
        return abs(sample.at - kept) >= _KEEP_EVERY

    def _without_secrets(self, sample: Sample) -> Sample:
        """The sample as it may be stored, logged and sent."""
        together = "\n".join((sample.message, *sample.facts.values()))  # no value in quotes goes over a line
        if self._redactor.redact(together) == together:
            return sample  # what is nowhere in the whole is in no part
        hide = self._redactor.redact
        facts = {name: hide(value) for name, value in sample.facts.items()}
        return replace(sample, message=hide(sample.message), facts=facts)


def _well(state: CheckState) -> bool:
    """Whether nothing is remembered of this check but that it is well."""
    return (
        state.verdict is Verdict.UP
        and state.burn is None
        and state.held is None
        and not state.firing
        and not state.mild
        and all(verdict is Verdict.UP for verdict in state.recent)
    )


def _read(name: CheckName, text: str | None) -> CheckState:
    if text is None:
        return CheckState()
    try:
        return codec.decode(text, CheckState)
    except InputError as problem:
        logger.warning("the stored state of check %s cannot be read and begins anew: %s", name, problem)
        return CheckState()
