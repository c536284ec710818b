"""A small installation with an engine running in this process, and the command line beside it."""

import json
import os
import subprocess
import threading
from pathlib import Path

from tests.cli.ready import called

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.kit.clock import SystemClock

ROOT = Path(__file__).parents[2]
SETTINGS = """
[response]
watch = "1 s"
settle = "30 s"
[people.ana]
name = "Ana"
page = ["sink:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo"]
[people.dana]
name = "Dana"
role = "commander"
[people.admin-of-shop]
name = "Max"
role = "admin"
[people.vic]
name = "Vic"
role = "viewer"
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

### 1. Lamp Dark
**Symptoms**: the lamp is dark

**Investigation**:
```bash
# Look at the lamp
cat lamp
```

**Resolution**:
```bash
# Light the lamp
echo lit >> lamp
```
"""


class Shop:
    """A small installation with an engine running in this process."""

    def __init__(self, folder: Path, web: str = 'listen = "none"') -> None:
        self.folder = folder
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        self.config = folder / "tocsin.toml"
        self.config.write_text(f"{SETTINGS}{web}\n", encoding="utf-8")
        self.lamp = folder / "lamp"
        self.lamp.write_text("dark\n", encoding="utf-8")
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "TOCSIN_CWD": str(folder), "TOCSIN_CONFIG": str(self.config),
            "NO_COLOR": "1", "LANG": "C.UTF-8",
        }  # fmt: skip
        self.app = App(load(self.config, self.environment), SystemClock())
        self.app.start(threading.Event())

    def alert(self, state: AlertState = AlertState.FIRING) -> None:
        now = self.app.clock.now()
        accept_alert(
            self.app.database,
            Alert("lamp", state, "the lamp is dark", "api", now, {}, "Complete service outage"),
            "{}",
            now,
        )

    def tocsin(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, cwd=self.folder, **{**self.environment, **variables})

    def json(self, *arguments: str) -> dict[str, object]:
        done = self.tocsin(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["schema"] == 1
        assert isinstance(found, dict)
        return found


def run(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    return called(*arguments, cwd=cwd, environment=variables or os.environ)
