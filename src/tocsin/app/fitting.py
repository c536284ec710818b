"""What is made of one reading of tocsin.toml and the runbook: made whole, before any of it is used, and replaced as one.

Whatever can be wrong with a text is found while its fitting is made. So a running tocsin either takes all of a new text
up or nothing of it; parts whose own tables say what they said before are handed on from the fitting before.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.app.check_problems import refuse_wrong
from tocsin.app.heralds import Heralds
from tocsin.app.jobs import catalog
from tocsin.app.places import Places
from tocsin.app.probing import REACH, make_probers, working_folder
from tocsin.app.reload.difference import RUNBOOK
from tocsin.app.settings import PagerSettings, Settings
from tocsin.app.status_page import StatusPage
from tocsin.app.vigil import Vigil
from tocsin.connectors import registry
from tocsin.connectors.api import OpensRooms, Pager, Runner, Settles
from tocsin.engine.decisions import Surroundings
from tocsin.engine.for_channels import Wishes
from tocsin.engine.identities import Watcher
from tocsin.engine.jobs.heartbeat_spec import Catalog
from tocsin.engine.library import Edition, Library
from tocsin.engine.paging.links import Links
from tocsin.engine.perform import Means
from tocsin.engine.run_step import Workshop
from tocsin.engine.scripts import Scripts
from tocsin.engine.secret_store import SecretStore
from tocsin.engine.write_up import writer
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.probe.crews import CheckChanges, check_changes
from tocsin.probe.notes import Notes
from tocsin.probe.registry import ASKING
from tocsin.store import lease
from tocsin.store.database import Database

EVERYTHING = frozenset(("*",))


@dataclass(frozen=True, slots=True)
class House:
    """What stays while settings come and go.

    Attributes:
        link_secret: of the tokens in pages. held: the lease of this process. healthy: for whoever listens to our heartbeat.
        notes: what the probers remember of each check, whatever becomes of the probers.
    """

    database: Database
    clock: Clock
    redactor: Redactor
    library: Library
    link_secret: str
    held: Callable[[], lease.Lease]
    healthy: Callable[[], tuple[bool, str]]
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class Fitting:
    """All parts that follow from one reading.

    Attributes:
        checks: what becomes of the checks of the fitting before.
        watcher: asks the targets who they are.
    """

    settings: Settings
    edition: Edition
    pagers: Mapping[str, Pager]
    links: Links
    places: Places
    scripts: Scripts
    means: Means
    surroundings: Surroundings
    checks: CheckChanges
    catalog: Catalog
    watcher: Watcher
    vigil: Vigil
    status: StatusPage
    heralds: Heralds


def fit(
    house: House,
    settings: Settings,
    edition: Edition,
    before: Fitting | None = None,
    changed: Collection[str] = EVERYTHING,
) -> Fitting:
    """Make the parts; nothing is begun and nothing in use is touched.

    Args:
        before: the fitting in use, whose unchanged parts are handed on. changed: tables that say something else than there,
            and "the runbook".

    Raises:
        ConfigError: a check, a pager, a listener or a heartbeat cannot be made as written.
        StoreError: the store could not be read.
    """
    probers = make_probers(settings, house.clock, house.notes)
    anew = ASKING if _says_else(changed, *REACH) else frozenset[str]()
    checks = check_changes(before.settings.checks if before is not None else (), settings.checks, anew)
    refuse_wrong(settings, probers, checks.begun)
    pagers = _pagers(settings, before)
    links = Links(house.link_secret, settings.paging.public_url)
    if before is not None and not _says_else(changed, *REACH):
        places, scripts = before.places, before.scripts
    else:
        places = Places(settings, house.redactor, house.clock)
        scripts = Scripts(working_folder(settings))
    workshop = _workshop(house, settings, places, scripts)
    means = _means(house, settings, pagers, links, workshop)
    expected = catalog(settings, edition.book)
    same = before is not None and places is before.places
    watcher = before.watcher if before is not None and same else Watcher(house.database, workshop.runners)
    vigil = before.vigil if before is not None else None
    if vigil is None or _says_else(changed, RUNBOOK, "people", "oncall", "pagers", "canary", "heartbeat"):
        policy = edition.book.policy
        vigil = Vigil(house.database, settings, house.clock, policy, house.held, house.healthy)
    status = before.status if before is not None else None
    if status is None or _says_else(changed, "status", "checks", "pagers", "web", "tocsin"):
        status = StatusPage(house.database, settings, pagers, house.redactor, house.clock)
    heralds = before.heralds if before is not None else None
    if heralds is None or _says_else(changed, "listeners", "web"):
        heralds = Heralds(house.database, settings, house.redactor, house.clock, house.held)
    around = Surroundings(
        house.library, settings.oncall, settings.targets, settings.response, _wishes(pagers), scripts
    )
    return Fitting(
        settings, edition, pagers, links, places, scripts, means, around, checks, expected, watcher, vigil,
        status, heralds,
    )  # fmt: skip


def _says_else(changed: Collection[str], *tables: str) -> bool:
    return changed == EVERYTHING or any(table in changed for table in tables)


def runners(places: Places) -> Mapping[str, Runner]:
    """One runner for each bound target."""
    return places


def _workshop(house: House, settings: Settings, places: Places, scripts: Scripts) -> Workshop:
    return Workshop(
        runners(places),
        house.redactor,
        house.clock,
        settings.step_timeout,
        settings.change_timeout,
        working_folder(settings),
        Places(settings, house.redactor, house.clock, writing=True),
        secrets=SecretStore(settings.sources),
        scripts=scripts,
    )


def _means(
    house: House, settings: Settings, pagers: Mapping[str, Pager], links: Links, workshop: Workshop
) -> Means:
    write_draft = writer(
        house.database,
        house.library,
        settings.data / "postmortems",
        settings.response,
        subjects(settings, house.redactor),
    )
    return Means(
        pagers,
        frozenset(pager.name for pager in settings.pagers if pager.drill),
        settings.roster,
        workshop,
        write_draft,
        settings.outlets,
        settings.paging.paging,
        links,
        house.database.installation[:12],
    )


def _pagers(settings: Settings, before: Fitting | None) -> dict[str, Pager]:
    """The pagers by name; one whose settings are the same keeps its connections."""
    if before is None:
        return make_pagers(settings)
    was = {each.name: each for each in before.settings.pagers}
    return {
        each.name: before.pagers[each.name] if was.get(each.name) == each else _pager(each, settings.data)
        for each in settings.pagers
    }


def _wishes(pagers: Mapping[str, Pager]) -> Wishes:
    return Wishes(
        any(isinstance(pager, Settles) for pager in pagers.values()),
        any(isinstance(pager, OpensRooms) and pager.opens_rooms for pager in pagers.values()),
    )


def subjects(settings: Settings, redactor: Redactor) -> dict[CheckName, str]:
    """What each check looks at, as people say it; without the password an address may hold."""
    urls = {spec.name: spec.settings.get("url") for spec in settings.checks}
    return {name: redactor.redact(url) for name, url in urls.items() if isinstance(url, str)}


def make_pagers(settings: Settings) -> dict[str, Pager]:
    """The pagers of this installation, by name."""
    return {pager.name: _pager(pager, settings.data) for pager in settings.pagers}


def _pager(pager: PagerSettings, data: Path) -> Pager:
    settings = dict(pager.settings)
    path = settings.get("path")
    if isinstance(path, str) and not Path(path).is_absolute():
        settings["path"] = str(data / path)
    return registry.pager(pager.kind, settings)
