"""Every page as a picture, with real content: `scripts/shots FOLDER`. For people to look at; nothing is compared.

The pages are those of CookCam's demo, before and after the yes, and of a small house with drills, a status page, a gap
and an empty twin. Each is taken at a desk and on a phone, in light and in dark; the room also as it is printed.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import DESK, PHONE, driven
from tests.browser.rooms import Played, played
from tests.conftest import Deadline
from tests.web import house as building
from tests.web.drilled import kept
from tests.web.drilling import Rehearsed
from tests.web.house import House
from tests.web.test_status_editor import STATUS

from tocsin.oncall.person import AccessRole

SIZES = {"desk": DESK, "phone": PHONE}
ROTATION = '\n[oncall.level2]\nzone = "UTC"\n[[oncall.level2.layers]]\npeople = ["bo"]\nhandover = "Mon 09:00"\nonly = ["Mon-Fri 08:00-20:00"]\nstart = "2025-10-06"\n'


class Camera:
    """Takes each page four times."""

    def __init__(self, chromium: Browser, folder: Path) -> None:
        self._chromium = chromium
        self.folder = folder

    @contextmanager
    def _page(self, url: str, cookie: str | None, size: str, scheme: str) -> Iterator[Page]:
        width, height = SIZES[size]
        context = self._chromium.new_context(
            base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
            is_mobile=size == "phone", has_touch=size == "phone", reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(120_000)
        if cookie is not None:
            context.add_cookies([{"name": "tocsin_session", "value": cookie, "url": url}])
        yield context.new_page()
        context.close()

    def take(
        self, name: str, url: str, path: str, cookie: str | None, *, press: str = "", whole: bool = True
    ) -> None:
        """One page. press: a selector that is clicked before."""
        for size in SIZES:
            for scheme in ("light", "dark"):
                with self._page(url, cookie, size, scheme) as page:
                    page.goto(path)
                    if page.locator("#live .word").count():
                        page.locator("#live[data-state=live]").wait_for()
                    if press:
                        page.locator(press).locator("visible=true").first.click()
                        page.locator("#sheet h1").wait_for()
                    page.screenshot(path=self.folder / f"{name}-{size}-{scheme}.png", full_page=whole)

    def lost(self, name: str, url: str, path: str, cookie: str, *, press: str) -> None:
        """A live page whose server does not answer any more, half a minute later; something was pressed meanwhile."""
        for size in SIZES:
            for scheme in ("light", "dark"):
                with self._page(url, cookie, size, scheme) as page:
                    page.clock.install()
                    page.goto(path)
                    page.locator("#live[data-state=live]").wait_for()
                    page.context.set_offline(True)
                    page.clock.run_for(30_000)
                    page.locator(press).locator("visible=true").first.click()
                    page.locator("#toasts .bad").wait_for()
                    page.screenshot(path=self.folder / f"{name}-{size}-{scheme}.png")

    def print(self, name: str, url: str, path: str, cookie: str) -> None:
        """As it would come out of a printer."""
        with self._page(url, cookie, "desk", "light") as page:
            page.goto(path)
            page.emulate_media(media="print")
            page.screenshot(path=self.folder / f"{name}-print.png", full_page=True)


def rooms(camera: Camera, deadline: Deadline, folder: Path) -> None:
    """CookCam's incident: it asks, it is reviewed, it is over; and what it leaves on the other pages."""
    with played("cookcam", folder) as made:
        ana = made.cookies["ana"]
        camera.take("incidents-empty", made.url, "/incidents", ana)
        made.break_it(deadline, "INC-1")
        camera.take("incidents", made.url, "/incidents", ana)
        camera.take("room", made.url, "/incidents/INC-1", ana)
        camera.take(
            "review", made.url, "/incidents/INC-1", ana, press="[data-decision],.phone-tabs .go", whole=False
        )
        camera.lost("room-lost", made.url, "/incidents/INC-1", ana, press="form[action$=acknowledge] button")
        for what in ("escalate", "resolve", "role", "call", "step"):
            camera.take(f"form-{what}", made.url, f"/incidents/INC-1/ask/{what}", ana)
        camera.take("checks", made.url, "/checks", ana)
        camera.take("runbooks", made.url, "/runbooks", ana)
        camera.take("oncall", made.url, "/oncall", ana)
        _resolve(camera, made)
        camera.take("room-over", made.url, "/incidents/INC-1", ana)
        camera.print("room-over", made.url, "/incidents/INC-1", ana)
        camera.take("postmortems", made.url, "/postmortems", ana)
        camera.take("postmortem", made.url, "/postmortems/INC-1", ana)
        camera.take("insights", made.url, "/insights", ana)


def tried(camera: Camera, deadline: Deadline, folder: Path) -> None:
    """A change that has a dry run, asked for; and a form that is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "RUNBOOK", building.RUNBOOK.replace("mkdir flags/on", "git add flags"))
        patch.setattr(building, "SETTINGS", building.SETTINGS + STATUS)
        made = House(folder)
    try:
        shop = made.folder / "shop"
        subprocess.run(("git", "init", "-q", str(shop)), check=True)
        for name in ("checkout", "search", "payments"):
            (shop / "flags" / name).write_text("on")
        made.alert("the flag is gone", impact="Partial service outage")
        guest = made.guests[AccessRole.COMMANDER]
        deadline(
            lambda: "It answered" in guest.get("/incidents/INC-1/asks/INC-1.a1").text,
            what="the dry run has answered",
            within=timedelta(seconds=120),
        )
        camera.take(
            "tried",
            made.url,
            "/incidents/INC-1",
            guest.cookie,
            press="[data-decision],.phone-tabs .go",
            whole=False,
        )
        camera.take("tried-page", made.url, "/incidents/INC-1/asks/INC-1.a1", guest.cookie)
        camera.take("tried-room", made.url, "/incidents/INC-1", guest.cookie)
        camera.take("evidence", made.url, "/incidents/INC-1/evidence/INC-1.r2.e", guest.cookie)
        camera.take("section", made.url, "/runbooks/2-flag-missing", guest.cookie)
    finally:
        made.stop()


def _resolve(camera: Camera, made: Played) -> None:
    with camera._page(made.url, made.cookies["ana"], "desk", "dark") as page:
        page.goto("/incidents/INC-1")
        page.get_by_role("button", name="Acknowledge").first.click()
        page.get_by_role("link", name="Review", exact=False).first.click()
        page.get_by_role("button", name="Approve and run").click()
        page.locator(".phases .past", has_text="Resolved").wait_for()


def houses(camera: Camera, folder: Path) -> None:
    """What a demo does not have: drills on record and one that runs, the status page's editor, settings, a gap."""
    with pytest.MonkeyPatch.context() as patch:
        settings = building.SETTINGS.replace('level2 = ["bo"]\n', "") + STATUS + ROTATION
        patch.setattr(building, "SETTINGS", settings)
        made = House(folder)
    try:
        app, admin = made.app, made.guests[AccessRole.ADMIN].cookie
        desk = Rehearsed("drill-0", "drill-1", "cache-full")
        app.drilling = desk
        camera.take("drills-first", made.url, "/drills", admin)
        for number, sandbox in enumerate((None, "redis did not start")):
            kept(
                app.database, app.library.current, str(app.settings.runbook), made.now - timedelta(days=number + 1),
                scenario=f"drill-{number}", sandbox=sandbox, passed=sandbox is None,
            )  # fmt: skip
        desk.start("drill-0", "person:bo")
        for state, what in (
            ("provision", "files, in a capsule"),
            ("inject", "the flag is taken away"),
            ("detect", "flag-missing fires"),
        ):
            desk.enter(state, what)
        camera.take("drills", made.url, "/drills", admin)
        camera.take("drill", made.url, "/drills/1", admin)
        begin = made.now + timedelta(days=1)
        times = {"start": f"{begin:%Y-%m-%dT%H:%M}", "end": f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
        made.guests[AccessRole.ADMIN].post(
            "/status/work", name="New disks for the shop", text="Checkout is away for two hours.", **times,
            **{"component.1": "Checkout"},
        )  # fmt: skip
        for name in ("status/work", "status/work/1"):
            camera.take(f"house-{name.replace('/', '-')}", made.url, f"/{name}", admin)
        for name in (
            "status",
            "settings",
            "audit",
            "me",
            "keys",
            "jump",
            "oncall",
            "incidents",
            "nowhere",
            "declare",
        ):
            camera.take(f"house-{name}", made.url, f"/{name}", admin)
        camera.take("login", made.url, "/login", None)
    finally:
        made.stop()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "var/shots").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with driven() as chromium, tempfile.TemporaryDirectory() as scratch:
        camera = Camera(chromium, folder)
        houses(camera, Path(scratch) / "house")
        tried(camera, Deadline(), Path(scratch) / "tried")
        rooms(camera, Deadline(), Path(scratch))
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")


if __name__ == "__main__":
    main()
