"""From samples to alerts: every sample is kept, every change of a check's mind becomes an alert, in one transaction."""

import logging
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, observe
from tocsin.detection.hold import hold
from tocsin.engine.intake import put_alert
from tocsin.errors import InputError, StoreError
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.store import checks
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.engine")


class Watch:
    """Holds the state of every check, as the store has it, and turns samples into alerts.

    Args:
        drill: whether what these checks find is a rehearsal.
        redactor: hides secrets in what a check saw, before it is stored, logged or sent.
    """

    def __init__(
        self,
        database: Database,
        specs: Iterable[CheckSpec],
        clock: Clock,
        drill: bool = False,
        redactor: Redactor | None = None,
    ) -> None:
        self._database = database
        self._specs = {spec.name: spec for spec in specs}
        self._clock = clock
        self._drill = drill
        self._redactor = redactor or Redactor()
        self._lock = threading.Lock()
        with database.read() as tx:
            kept = checks.states(tx)
        self._states = {name: _read(name, kept.get(name)) for name in self._specs}
        self._taken: Counter[tuple[CheckName, Verdict]] = Counter()

    def states(self) -> dict[CheckName, CheckState]:
        """The present state of every check."""
        with self._lock:
            return dict(self._states)

    def taken(self) -> dict[tuple[CheckName, Verdict], int]:
        """How many samples this process has kept, by check and what each alone said."""
        with self._lock:
            return dict(self._taken)

    def take(self, sample: Sample) -> None:
        """Take one sample in. The state moves on only if the store has it."""
        spec = self._specs[sample.check]
        hide = self._redactor.redact
        facts = {name: hide(value) for name, value in sample.facts.items()}
        sample = replace(sample, message=hide(sample.message), facts=facts)
        with self._lock:
            holding = hold(spec, sample, self._states)
            state, alert = observe(spec, self._states[sample.check], sample, holding)
            try:
                with self._database.write() as tx:
                    checks.record(tx, [sample], {sample.check: codec.encode(state)})
                    if alert is not None:
                        at = self._clock.now()
                        put_alert(tx, replace(alert, drill=self._drill), codec.encode(sample), at)
            except StoreError as problem:
                # The sample is lost, the state is as it was: the next sample says the same again.
                logger.error("sample of %s not kept: %s", sample.check, problem)
                return
            self._states[sample.check] = state
            self._taken[sample.check, sample.verdict] += 1
        if alert is not None:
            logger.warning("check=%s alert=%s %s", sample.check, alert.state.value, alert.title)


def _read(name: CheckName, text: str | None) -> CheckState:
    if text is None:
        return CheckState()
    try:
        return codec.decode(text, CheckState)
    except InputError as problem:
        logger.warning("the stored state of check %s cannot be read and begins anew: %s", name, problem)
        return CheckState()
