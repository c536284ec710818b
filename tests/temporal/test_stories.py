"""The same stories, the same results: each story is played once more, with every decision made inside Temporal."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from tests.stories.test_stories import STORIES, runbook
from tests.temporal.conftest import Loop

from tocsin.connectors.api import Runner
from tocsin.engine.run_step import Workshop
from tocsin.engine.temporal.acts import Hands
from tocsin.engine.temporal.flow import IncidentFlow
from tocsin.engine.temporal.wire import Begin, Said, Word, record_of, site_queue
from tocsin.engine.temporal.worker import make_worker
from tocsin.incident import codec as event_codec
from tocsin.incident.events import Event
from tocsin.incident.incident import fold
from tocsin.kit import codec
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.oncall.escalation import Roster, roster_at
from tocsin.response.decide import Decision
from tocsin.testing.story import tell
from tocsin.testing.world import World

ROOT = Path(__file__).parents[2]
NOBODY: dict[str, Runner] = {}


class TemporalWorld(World):
    """A world whose incident lives in a workflow: words and time go there, and what came of them is read back."""

    @classmethod
    def of(cls, world: World, client: Client, loop: Loop) -> "TemporalWorld":
        made = cls(**{each.name: getattr(world, each.name) for each in fields(World)})
        begin = Begin(
            incident=made.incident.id,
            text=(ROOT / made.book.path).read_text(encoding="utf-8"),
            path=made.book.path,
            today="2025-10-07",
            waivers="[]",
            settings=codec.encode(made.settings),
            targets=codec.encode(made.targets),
            by_hand=True,
        )
        made._loop = loop
        made._flow = loop.run(
            client.start_workflow(IncidentFlow.run, begin, id=f"story-{uuid4()}", task_queue=site_queue(""))
        )
        made.until(made.now)
        return made

    _loop: Loop
    _flow: WorkflowHandle[IncidentFlow, str]

    def happen(self, event: Event, actor: str = "tocsin") -> Decision:
        word = Word(event_codec.kind_of(event), event_codec.encode(event), actor)
        said: Said = self._loop.run(self._flow.execute_update(IncidentFlow.say, word))
        if said.refusal is not None:
            self.refusals.append(said.refusal)
        self._read()
        return Decision(self.incident, (), (), said.refusal)

    def until(self, moment: datetime) -> None:
        self._loop.run(self._flow.execute_update(IncidentFlow.until, moment.isoformat()))
        self.now = moment
        self._read()

    def _read(self) -> None:
        log = self._loop.run(self._flow.query(IncidentFlow.log))
        self.log = [record_of(position, line) for position, line in enumerate(log, start=1)]
        asked = self._loop.run(self._flow.query(IncidentFlow.asked))
        self.asked = [event_codec.decode_command(kind, body) for kind, body, _ in asked]
        self.asked_at = [datetime.fromisoformat(at) for _, _, at in asked]
        self.incident = fold(self.incident.id, self.log)


def on_call(world: World, moment: datetime) -> Roster:
    return world.roster if world.plan is None else roster_at(world.plan, world.amendments, moment)


@pytest.fixture
def driven(client: Client, loop: Loop) -> Iterator[Callable[[World], World]]:
    """Plays one story's world in Temporal, with a worker of its own."""
    playing: list[World] = []
    clock = SystemClock()
    hands = Hands(
        clock,
        Workshop(NOBODY, Redactor(), clock, timedelta(seconds=1)),
        lambda moment: on_call(playing[-1], moment),
        dict,
        {},
        lambda: (playing[-1].files, ""),
    )
    worker = make_worker(client, hands)
    running = loop.begin(worker.run())

    def take_over(world: World) -> World:
        playing.append(world)  # the worker asks for its roster from the first moment on
        playing.append(TemporalWorld.of(world, client, loop))
        return playing[-1]

    yield take_over
    loop.run(worker.shutdown())
    running.result(60)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_goes_as_written_when_temporal_drives_it(
    path: Path, driven: Callable[[World], World]
) -> None:
    told = tell(path.read_text(encoding="utf-8"), runbook, driven)
    assert told.text == path.read_text(encoding="utf-8")
