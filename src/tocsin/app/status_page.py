"""The status page of a running tocsin: its keeper and its postman, or one build by hand."""

import secrets
import threading
from collections.abc import Mapping

from tocsin.app.settings import Settings
from tocsin.app.settings_status import StatusSettings
from tocsin.connectors.api import Pager
from tocsin.connectors.email_pager import EmailPager
from tocsin.connectors.status_webhook import StatusWebhook
from tocsin.engine.paging.links import SECRET
from tocsin.engine.paging.links import secret as link_secret
from tocsin.engine.status.board import Sight
from tocsin.engine.status.days import roll
from tocsin.engine.status.keeper import Keeper
from tocsin.engine.status.links import SubscriberLinks
from tocsin.engine.status.post import Means, Postman
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.status.board import Board
from tocsin.store import meta
from tocsin.store.database import Database

_STOP_SECONDS = 20.0


class StatusPage:
    """The threads that keep the page true and tell subscribers, as far as the settings want them."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        pagers: Mapping[str, Pager],
        redactor: Redactor,
        clock: Clock,
    ) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._postman: Postman | None = None
        self._webhook: StatusWebhook | None = None
        wanted = settings.status
        if wanted is None:
            return
        keeper = Keeper(database, sight(database, settings, redactor), settings.checks, clock, wanted.places)
        self._webhook = StatusWebhook(clock)
        mail = pagers.get(wanted.mail) if wanted.mail is not None else None
        means = Means(
            mail if isinstance(mail, EmailPager) else None,
            subscriber_links(database, settings),
            self._webhook,
        )
        postman = self._postman = Postman(database, means, clock)
        self._threads = [
            threading.Thread(target=keeper.watch, args=(self._stop,), name="tocsin-status", daemon=True),
            threading.Thread(
                target=postman.watch, args=(self._stop,), name="tocsin-status-post", daemon=True
            ),
        ]

    def start(self) -> None:
        """Begin; what was being sent when the last one stopped goes out again."""
        if self._postman is not None:
            self._postman.resume()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is being written or sent is waited for."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_SECONDS)
        if self._webhook is not None:
            self._webhook.close()


def wanted(settings: Settings) -> StatusSettings:
    """The settings of the page. Raises ConfigError if there are none."""
    if settings.status is None:
        raise ConfigError(
            f"{settings.file}: there is no [status].",
            hint='Add [status] with url = "https://status.example.org" and its components.',
        )
    return settings.status


def sight(database: Database, settings: Settings, redactor: Redactor) -> Sight:
    """What reads the page from the store. Raises ConfigError if none is set."""
    return Sight(wanted(settings).plan, settings.checks, database.installation, redactor)


def look(database: Database, settings: Settings, clock: Clock, count: bool = True) -> Board:
    """The page as it is now.

    Args:
        count: whether samples that are not counted into days yet are counted first, which writes.
    """
    reading = sight(database, settings, Redactor(settings.secrets))
    if count:
        roll(database, settings.checks)
    with database.read() as tx:
        return reading.board(tx, clock.now())


def subscriber_links(database: Database, settings: Settings) -> SubscriberLinks | None:
    """Makes and reads the links in mails; None where nobody could reach us by them."""
    base = settings.paging.public_url
    if base is None:
        return None
    with database.read() as tx:
        known = meta.get(tx, SECRET)
    if known is None:
        with database.write() as tx:
            known = link_secret(tx, secrets.token_hex(32))
    return SubscriberLinks(known, base)
