"""The demo's incidents for browsers: real services, a real `tocsin serve` in front of them, and people who are logged in."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
from tests.browser.people import people
from tests.conftest import Deadline

from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId
from tocsin.sandbox.rehearse import Rehearsal
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.tools import Tools

ROOT = Path(__file__).parents[2]
LONG = timedelta(seconds=300)


class Played:
    """A scene that is being played, where it is served, and the cookies of ana, bo, chen and vera."""

    def __init__(self, scene: str, folder: Path, rooms: Path) -> None:
        self.play = Rehearsal(SCENES[scene], folder, ROOT / "examples", SystemClock(), anew=True)
        self.play.open(rooms, Tools.find(ROOT / ".tools"))
        try:
            self.play.serve({"TOCSIN_LISTEN": "127.0.0.1:0", "TOCSIN_RESPONSE_WATCH": "1 s"})
            self.play.baseline(LONG)
            self.cookies = people(self.play.database, SystemClock().now())
        except BaseException:
            self.play.close()
            raise

    @property
    def url(self) -> str:
        """Where its pages are."""
        found = self.play.address
        assert found is not None
        return found.removesuffix("/healthz")

    @property
    def incident(self) -> Incident:
        """The incident of this room."""
        found = self.play.incident()
        assert found is not None
        return found

    def asks(self, name: str) -> bool:
        """Whether this incident waits for a yes."""
        found = self.play.incident()
        return found is not None and found.id == IncidentId(name) and found.open_ask is not None

    def break_it(self, deadline: Deadline, name: str) -> None:
        """Break it, and wait until tocsin has looked and asks."""
        self.play.inject()
        deadline(lambda: self.asks(name), what=f"{name} asks for a yes", within=LONG)

    def break_it_again(self, deadline: Deadline, name: str) -> None:
        """The same trouble once more, as a person would make it in the room."""
        env = {"PATH": "/usr/bin:/bin", **self.play.variables}
        subprocess.run(["bash", "-ec", SCENES[self.play.scene.name].again], env=env, check=True, timeout=600)
        deadline(lambda: self.asks(name), what=f"{name} asks for a yes", within=LONG)

    def begin_again(self, deadline: Deadline) -> None:
        """Start what was killed once more, at the same place."""
        here = self.url
        self.play.serve({"TOCSIN_LISTEN": here.removeprefix("http://"), "TOCSIN_RESPONSE_WATCH": "1 s"})
        deadline(lambda: _healthy(here), what="it serves again", within=LONG)


def _healthy(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", timeout=60).status_code == 200
    except httpx2.HTTPError:
        return False


@contextmanager
def played(scene: str, folder: Path) -> Iterator[Played]:
    """A scene from its beginning to its end; nothing of it is left."""
    # Unix sockets have short names, so the room has a short path.
    with tempfile.TemporaryDirectory(prefix="tb-", dir="/tmp") as rooms:
        made = Played(scene, folder / "run", Path(rooms))
        try:
            yield made
        finally:
            made.play.close()
