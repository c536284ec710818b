"""A house for tests of the pages: a real engine behind a real door, and people with sessions of every role."""

import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import httpx2

from tocsin.app import accounts
from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept
from tocsin.web.pages.page import csrf
from tocsin.web.server import Door

SETTINGS = """
[people.ana]
name = "Ana"
role = "commander"
page = ["sink:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo"]
[people.chen]
name = "Chen"
role = "commander"
page = ["sink:chen"]
[oncall]
level1 = ["ana"]
level2 = ["bo"]
level3 = ["chen"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
[targets]
name = "shop-1"
cwd = "shop"
[response]
look = "100 ms"
settle = "100 ms"
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

### 1. Cache Full
**Symptoms**: cache is full, 507 errors

**Investigation**:
```bash
# Who are we
hostname
```

**Mitigation**:
```bash
# Drop the cache
rm -rf cache
```

### 2. Flag Missing
**Symptoms**: the flag is gone, 404 errors at checkout

**Investigation**:
```bash
# Look for it
ls flags
```

**Mitigation**:
```bash
# Put it back
mkdir flags/on
```
"""
WHO = {
    AccessRole.VIEWER: None,
    AccessRole.RESPONDER: PersonId("bo"),
    AccessRole.COMMANDER: PersonId("ana"),
    AccessRole.ADMIN: PersonId("chen"),
}
PASSWORD = "a long sentence nobody guesses"
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the secret of RFC 6238's own examples


class Guest:
    """Somebody with a session, and the token of its forms."""

    def __init__(self, url: str, cookie: str | None) -> None:
        self.cookie = cookie or ""
        self.csrf = csrf(self.cookie)
        cookies = {"tocsin_session": self.cookie} if cookie else {}
        self.http = httpx2.Client(base_url=url, cookies=cookies, timeout=60)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(path, headers=headers)

    def post(self, path: str, **fields: str) -> httpx2.Response:
        return self.http.post(path, data={"csrf": self.csrf, **fields})


class House:
    """One running tocsin.

    Args:
        more: further settings. variables: further names of its environment.

    Attributes:
        guests: one logged in for each role. nobody: not logged in.
    """

    def __init__(self, folder: Path, more: str = "", variables: Mapping[str, str] | None = None) -> None:
        (folder / "shop/flags").mkdir(parents=True)
        (folder / "shop/cache").mkdir()
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        file = folder / "tocsin.toml"
        file.write_text(SETTINGS + more, encoding="utf-8")
        self.folder = folder
        settings = load(file, {"PATH": "/usr/bin:/bin", "HOME": str(folder), **(variables or {})})
        door = Door.bind(settings)
        assert door is not None
        self.door = door
        self.app = App(settings, SystemClock())
        self.app.start(threading.Event())
        self.door.open(self.app)
        self.url = f"http://{door.address}"
        self.nobody = Guest(self.url, None)
        self.guests = {role: Guest(self.url, self.session(role)) for role in AccessRole}

    def session(self, role: AccessRole) -> str:
        """The cookie of a new session of this role."""
        login = f"a-{role.value}"
        with self.app.database.write() as tx:
            known = kept.by_login(tx, login)
            if known is None:
                account = kept.Account(
                    0, login, WHO[role], role.value, accounts.hashed(PASSWORD), TOTP, 0, "tests", self.now, None
                )  # fmt: skip
                kept.put(tx, account)
            known = kept.by_login(tx, login)
        assert known is not None
        return accounts.open_session(self.app.database, known, "127.0.0.1", "tests", self.now)

    @property
    def now(self) -> datetime:
        return self.app.clock.now()

    def alert(self, title: str, **more: object) -> None:
        """Hand an alert in by the API, with TOCSIN's own words."""
        body = {"title": title, **more}
        answer = httpx2.post(f"{self.url}/api/v1/alerts", json=body, timeout=60)
        assert answer.status_code == 202, answer.text

    def stop(self) -> None:
        self.door.close()
        self.app.stop()
