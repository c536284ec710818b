"""PrepChef's nightly comparison of payouts and ledger as a job of the room: the same `tocsin reconcile`, every few seconds."""

import csv
import shlex
import sys
from pathlib import Path

from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.prepchef import DATABASE, PrepChefRoom
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import RECORD_THEN_BECOME, Daemon, Launch

JOB = "payouts"
DAY = "2025-01-20"
PERIOD_SECONDS = 3
_SETTINGS = """\
[tocsin]
name = "prepchef-jobs"
runbook = "runbook.md"
data = "."

[reconcile.payouts]
schedule = "0 2 * * *"

[reconcile.payouts.left]
name = "host payouts"
postgres = "${PAYOUTS_URL}"
query = "SELECT payout_id, amount_cents, currency FROM payouts WHERE paid_on = {day}"
key = "payout_id"
amount = "amount_cents"
unit = "minor"
currency = "currency"

[reconcile.payouts.right]
name = "ledger entries"
csv = "ledger-{day}.csv"
key = "reference"
amount = "amount"
currency = "currency"
"""
# Started like this it is the same as by `start`: a session of its own, written down before it becomes the program.
_SYSTEMCTL = """\
verb= unit=
for word in "$@"; do
  case "$word" in
    -*) ;;
    payouts|payouts.timer|payouts.service) unit=payouts ;;
    *) [ -n "$verb" ] || verb=$word ;;
  esac
done
running() {{ [ -s {pidfile} ] && kill -0 "$(cut -d' ' -f1 <{pidfile})" 2>/dev/null; }}
case "$verb $unit" in
  "start payouts")
    running && exit 0
    rm -f {pidfile}
    cd {home} || exit 1
    setsid env -i {environment} /bin/sh -c {record} {pidfile} {argv} </dev/null >>{log} 2>&1 &
    until [ -s {pidfile} ]; do kill -0 $! 2>/dev/null || exit 1; done
    exit 0 ;;
  "stop payouts") running && kill -TERM -- "-$(cut -d' ' -f1 <{pidfile})"; exit 0 ;;
  "is-active payouts") if running; then echo active; exit 0; else echo inactive; exit 3; fi ;;
  "show payouts") running && echo ActiveState=active || echo ActiveState=inactive; echo UnitFileState=enabled; exit 0 ;;
esac
echo "systemctl $*: not simulated in this sandbox" >&2
exit 3
"""
# A night lasts three seconds in here.
_NIGHTS = f'while :; do "$@"; sleep {PERIOD_SECONDS}; done'


class PayoutJob(Daemon):
    """Compares, waits until the next night, compares again.

    Attributes:
        home: its folder. result: what it writes anew every night.
    """

    def __init__(self, room: OpenRoom, postgres: Postgres, home: Path) -> None:
        super().__init__(room.scratch, "payout-job")
        self.home = home
        self.result = self.home / "reconcile" / JOB / f"{DAY}.json"
        self._postgres = postgres

    def launch(self) -> Launch:
        """Write its settings and the exported ledger, the first time."""
        if not (self.home / "tocsin.toml").exists():
            self.home.mkdir(exist_ok=True)
            (self.home / "tocsin.toml").write_text(_SETTINGS, encoding="utf-8")
            (self.home / "runbook.md").write_text("# Jobs of PrepChef\n", encoding="utf-8")
            self._export()
        return self._launch()

    def _launch(self) -> Launch:
        command = (sys.executable, "-m", "tocsin", "reconcile", JOB, "--day", DAY, "--config", "tocsin.toml")
        return Launch(
            argv=(
                "/bin/bash",
                "-c",
                _NIGHTS,
                "payout-job",
                *command,
            ),
            directory=self.home,
            environment={
                **self.scratch.base_environment(),
                "PYTHONPATH": ":".join(path for path in sys.path if path),
                "PAYOUTS_URL": self._postgres.url(DATABASE),
            },
            log=self.launch_log(),
        )

    def unit(self) -> str:
        """The text of a `systemctl` that knows this job as `payouts.timer`, and nothing else."""
        launch = self._launch()
        return _SYSTEMCTL.format(
            pidfile=shlex.quote(str(self.scratch.pidfile(self.name))),
            home=shlex.quote(str(launch.directory)),
            environment=shlex.join(f"{name}={value}" for name, value in launch.environment.items()),
            record=shlex.quote(RECORD_THEN_BECOME),
            argv=shlex.join(launch.argv),
            log=shlex.quote(str(launch.log)),
        )

    def ready(self) -> bool:
        """Whether there is a result."""
        return self.result.exists()

    def _export(self) -> None:
        """What the ledger says of that day: every payout, booked."""
        text = "SELECT payout_id, round(amount_cents / 100.0, 2), currency FROM payouts WHERE paid_on = date "
        rows = self._postgres.query(f"{text} '{DAY}' ORDER BY 1", DATABASE)
        with (self.home / f"ledger-{DAY}.csv").open("w", encoding="utf-8", newline="") as file:
            written = csv.writer(file)
            written.writerow(("reference", "amount", "currency"))
            written.writerows(line.split("|") for line in rows.splitlines())


class PrepChefJobsRoom(PrepChefRoom):
    """PrepChef with its nightly job.

    Attributes:
        job: the comparison of payouts.
    """

    def __init__(self, room: OpenRoom) -> None:
        """Lay the room out; nothing is started. Use `start`."""
        super().__init__(room)
        self.job = PayoutJob(room, self.postgres, self.jobs)
        room.shims.link("tocsin", room.tools.program("tocsin"))
        room.shims.write("systemctl", "knows the nightly job only", self.job.unit())
        room.set(PAYOUTS_URL=self.postgres.url(DATABASE))

    def _leave_result(self) -> None:
        """Nothing: the job itself will."""

    def _begin(self) -> None:
        super()._begin()
        self.room.begin(self.job)

    @property
    def results(self) -> Path:
        """Where the results of every night are."""
        return self.job.result.parent
