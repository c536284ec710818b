"""What a page is, and what its maker sees of a visit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.responses import Response

from tocsin.app.accounts import LoggedIn
from tocsin.app.build import App
from tocsin.errors import InputError
from tocsin.kit.ids import PersonId, sha256
from tocsin.oncall.person import AccessRole
from tocsin.web.api.operation import Caller
from tocsin.web.pages.live import Live


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as the maker of a page sees it: checked, decoded, and who made it.

    Attributes:
        cookie: of the session, or "". path, query, form: texts; of a field that came twice the last.
        sheet: the page is wanted alone, to be put into a dialog. quiet: a script wants one sentence instead of a page.
        theme: "light", "dark" or "" (as the machine says). secure: it came by https.
        host: the name we were called by.
    """

    app: App
    live: Live
    who: LoggedIn | None
    now: datetime
    cookie: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    sheet: bool = False
    quiet: bool = False
    theme: str = ""
    secure: bool = False
    address: str = ""
    host: str = ""
    agent: str = ""
    last_event: str = ""

    @property
    def me(self) -> LoggedIn:
        """Who visits. Only for pages that need somebody."""
        assert self.who is not None
        return self.who

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return csrf(self.cookie)

    @property
    def caller(self) -> Caller:
        """The same person as the API knows them."""
        return Caller(self.me.person, self.me.role, f"session {self.me.session.id} ({self.me.account.login})")

    def name(self, person: PersonId | str | None) -> str:
        """A person's name as people say it."""
        if person is None:
            return ""
        known = self.app.settings.roster.person(PersonId(person))
        return known.name if known is not None else str(person)

    def text(self, name: str) -> str:
        """A field of the form. Raises InputError if it is not there."""
        found = self.form.get(name, "").strip()
        if not found:
            raise InputError(f"The form came without {name}.")
        return found


def csrf(cookie: str) -> str:
    """What a form must carry to be of the session with this cookie."""
    return sha256(f"tocsin form {cookie}")


@dataclass(frozen=True, slots=True)
class Page:
    """One page or form.

    Attributes:
        method: GET changes nothing; POST carries the session's token. needs: the role below which it is forbidden, or
            None where nobody has to be logged in. make: runs in a thread; raises TocsinError for what it refuses.
    """

    method: str
    path: str
    needs: AccessRole | None
    make: Callable[[Visit], Response]
