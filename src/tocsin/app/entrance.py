"""The ways into the pages of one installation: what the settings and the store say of each, ready to be used."""

import threading

from tocsin.app import accounts
from tocsin.app.oidc import OidcDesk
from tocsin.app.passkeys import Desk, site
from tocsin.app.settings import Settings
from tocsin.connectors import logins
from tocsin.connectors.login_api import Ceremony, Provider
from tocsin.kit.sealing import Sealer
from tocsin.store.database import Database


class Entrance:
    """Passwords, passkeys, the company's own provider.

    Attributes:
        sealer: how second factors are kept. oidc: the provider, or None where the settings name none.

    Raises:
        ConfigError: the settings name a provider, and the extra is not installed.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self.sealer = Sealer(settings.web.keys)
        self._known = self._provider()
        self.oidc = self._oidc_desk()
        self._lock = threading.Lock()
        self._ceremony: Ceremony | None = None

    def take_up(self, settings: Settings) -> None:
        """From the next visit on these are the people, and the name we are reached by. `web.oidc` stays as it is."""
        self._settings = settings
        self.oidc = self._oidc_desk()

    def prepare(self) -> None:
        """Seal what stands in the store in the clear, where there is a key for it."""
        accounts.seal_all(self._database, self.sealer)

    def passkeys(self, host: str) -> Desk | None:
        """Passkeys as whoever calls us by this name can use them; None: under this name none can work."""
        found = site(self._settings, host)
        if found is None:
            return None
        with self._lock:
            if self._ceremony is None:
                self._ceremony = logins.ceremony()
            return Desk(self._database, self._ceremony, found)

    def _oidc_desk(self) -> OidcDesk | None:
        wanted = self._settings.web.oidc
        if wanted is None or self._known is None:
            return None
        return OidcDesk(self._database, self._settings.roster, wanted, self._known)

    def _provider(self) -> Provider | None:
        wanted = self._settings.web.oidc
        if wanted is None:
            return None
        return logins.provider(
            {
                "issuer": wanted.issuer, "client": wanted.client,
                **({"secret": wanted.secret} if wanted.secret else {}),
                "scopes": list(wanted.scopes), "wanted": sorted({wanted.person, wanted.roles}),
            }
        )  # fmt: skip
