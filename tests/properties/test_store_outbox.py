"""Random use of the outbox against a model of what it promises."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tocsin.kit.ids import IncidentId
from tocsin.store import outbox
from tocsin.store.database import Database

START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
KEYS = [f"k{number}" for number in range(8)]


class Outbox(RuleBasedStateMachine):
    """The model: a state for each key, and what was ever asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = Database.open(Path(self.folder.name) / "tocsin.db")
        self.now = START
        self.state: dict[str, str] = {}
        self.priority: dict[str, int] = {}
        self.due: dict[str, datetime] = {}
        self.ids: dict[str, int] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def incident(self, key: str) -> IncidentId:
        return IncidentId(f"INC-{KEYS.index(key) % 2}")

    @rule(key=st.sampled_from(KEYS), priority=st.integers(0, 3), wait=st.integers(0, 2))
    def put(self, key: str, priority: int, wait: int) -> None:
        due = self.now + timedelta(minutes=wait)
        with self.database.write() as tx:
            new = outbox.put(tx, [outbox.OutboxRow(key, self.incident(key), "Page", "{}", priority, due)])
        assert bool(new) == (key not in self.state), "a key is one command for ever"
        if new:
            self.state[key], self.priority[key], self.due[key], self.ids[key] = (
                "queued",
                priority,
                due,
                new[0],
            )

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        ready = [key for key, state in self.state.items() if state == "queued" and self.due[key] <= self.now]
        ready.sort(key=lambda key: (self.priority[key], self.ids[key]))
        with self.database.write() as tx:
            claimed = [command.key for command in outbox.claim(tx, self.now, limit=limit, holder="node-1")]
        assert claimed == ready[:limit], "the most urgent first, and nothing that is not due or taken"
        for key in claimed:
            self.state[key] = "started"

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), again=st.booleans())
    def end(self, data: st.DataObject, again: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.ids)))
        later = self.now + timedelta(minutes=1)

        def settle() -> None:
            with self.database.write() as tx:
                if again:
                    outbox.retry(tx, self.ids[key], later, "HTTP 503")
                else:
                    outbox.finish(tx, self.ids[key], "done", self.now)

        if self.state[key] != "started":
            with pytest.raises(outbox.Conflict):
                settle()
            return
        settle()
        self.state[key] = "queued" if again else "finished"
        self.due[key] = later

    @rule(which=st.sampled_from([IncidentId("INC-0"), IncidentId("INC-1")]))
    def cancel(self, which: IncidentId) -> None:
        with self.database.write() as tx:
            cancelled = outbox.cancel(tx, which)
        gone = [key for key, state in self.state.items() if state == "queued" and self.incident(key) == which]
        assert cancelled == tuple(sorted(gone, key=self.ids.__getitem__))
        self.state.update(dict.fromkeys(gone, "cancelled"))

    @rule()
    def time_passes(self) -> None:
        self.now += timedelta(minutes=1)

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.database = Database.open(Path(self.folder.name) / "tocsin.db")

    @invariant()
    def counts_and_started_agree(self) -> None:
        with self.database.read() as tx:
            counts = outbox.counts(tx)
            started = {command.key for command in outbox.started(tx)}
        queued = [key for key, state in self.state.items() if state == "queued"]
        assert started == {key for key, state in self.state.items() if state == "started"}
        assert (counts.queued, counts.started) == (len(queued), len(started))
        assert counts.oldest == min((self.due[key] for key in queued), default=None)


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
