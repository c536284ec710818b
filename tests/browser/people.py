"""People with accounts, logged in, for browsers."""

from datetime import datetime

from tocsin.app import accounts
from tocsin.kit.ids import PersonId
from tocsin.store import accounts as kept
from tocsin.store.database import Database

PASSWORD = "a long sentence nobody guesses"
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ROLES = {"ana": "admin", "bo": "responder", "chen": "commander", "vera": "viewer"}


def people(database: Database, now: datetime) -> dict[str, str]:
    """Makes ana, bo, chen and vera, who only looks; the cookie of each one's session."""
    found = {}
    password = accounts.hashed(PASSWORD)
    for login, role in ROLES.items():
        person = PersonId(login) if login != "vera" else None
        with database.write() as tx:
            kept.put(tx, kept.Account(0, login, person, role, password, TOTP, 0, "tests", now, None))
            account = kept.by_login(tx, login)
        assert account is not None
        found[login] = accounts.open_session(database, account, "127.0.0.1", "tests", now)
    return found
