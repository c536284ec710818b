"""A systemd of the machine, where TOCSIN_SYSTEMD names its program; without it nothing here is collected.

Run by hand and as root, for a service manager wants control groups of its own:
`TOCSIN_SYSTEMD=/lib/systemd/systemd scripts/test tests/probe/on_real_systemd`.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.probe.test_asking_probes import Bench

VARIABLE = "TOCSIN_SYSTEMD"
collect_ignore_glob = [] if os.environ.get(VARIABLE) else ["test_*.py"]

# It refuses to run unless a systemd has booted the machine, which it tells by this folder: one in a /run of its own.
# Among processes of its own it can end nothing else, whatever it is told; and with the first of them all are gone.
BEGIN = (
    'mount -t tmpfs run /run && mkdir -p /run/systemd/system && { "$0" --user --unit=basic.target & wait; }'
)
WORLD = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
ENDS_WITHIN_SECONDS = 60


class Manager:
    """A user's service manager with units of our own, in a world of its own; its `systemctl` enters that world."""

    def __init__(self, home: Path) -> None:
        self.units = home / "config" / "systemd" / "user"
        self.units.mkdir(parents=True)
        (home / "run").mkdir(mode=0o700)
        variables = {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        self._environment = {"PATH": f"{home}:{os.environ['PATH']}", **variables}
        self.bench = Bench(home, **variables)
        self.process = subprocess.Popen(
            [*WORLD, "sh", "-c", BEGIN, os.environ[VARIABLE]], env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        self.bench.program(
            "systemctl", f'exec nsenter --mount --pid --target $(cat {children}) /usr/bin/systemctl "$@"'
        )

    def unit(self, name: str, **service: str) -> None:
        """A unit with this [Service], started as often as it likes."""
        lines = (f"{key}={value}" for key, value in service.items())
        text = "\n".join(("[Unit]", "StartLimitIntervalSec=0", "[Service]", *lines, ""))
        (self.units / name).write_text(text, encoding="ascii")
        self.control("daemon-reload")

    def control(self, *words: str) -> str:
        """`systemctl --user`; what it printed, "" if it failed."""
        done = subprocess.run(
            ["systemctl", "--user", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def end(self) -> None:
        """End it with every unit of it."""
        self.control("exit")
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDS_WITHIN_SECONDS)
        self.process.kill()
        self.process.wait()


@pytest.fixture
def manager(deadline: Deadline) -> Iterator[Manager]:
    """Running, and ended with everything it started."""
    with tempfile.TemporaryDirectory(prefix="sd-", dir="/tmp") as name:
        made = Manager(Path(name))
        try:
            deadline(
                lambda: (
                    made.control("is-active", "basic.target") == "active" or made.process.poll() is not None
                ),
                what="it runs",
            )
            assert made.process.poll() is None, "it ended; is this root?"
            yield made
        finally:
            made.end()
