"""`tocsin reconcile` as finance and operations use it: results, exit codes, reruns, deadlines."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.ready import called
from tests.conftest import Deadline

from tocsin.app.database import open_database
from tocsin.app.reconcile import job
from tocsin.app.settings import load
from tocsin.cli import reconcile as command
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import Waiting
from tocsin.engine.jobs.job_log import JobLog
from tocsin.errors import ConfigError, InputError, NotFound, Refused
from tocsin.jobs.summary import Verdict
from tocsin.kit import codec
from tocsin.sandbox.postgres import Postgres
from tocsin.store import signals

ROOT = Path(__file__).parents[2]
NIGHT = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
SETTINGS = """
[tocsin]
runbook = "{runbook}"
[reconcile.payouts]
tolerance = "0.02"
{more}
[reconcile.payouts.left]
name = "host payouts"
csv = "payouts-{{day}}.csv"
key = "id"
amount = "amount"
currency = "currency"
[reconcile.payouts.right]
name = "ledger entries"
{right}
key = "reference"
amount = "amount"
currency = "currency"
"""


class Hands:
    """A clock moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class Shop:
    """An installation with a clock of its own."""

    folder: Path
    clock: Hands

    @property
    def desk(self) -> command._Desk:
        return command._Desk(load(self.folder / "tocsin.toml", {}), self.clock)

    def settings(self, *, more: str = "", right: str = 'csv = "ledger-{day}.csv"') -> None:
        runbook = ROOT / "examples" / "prepchef" / "runbook.md"
        text = SETTINGS.format(runbook=runbook, more=more, right=right)
        (self.folder / "tocsin.toml").write_text(text, encoding="utf-8")

    def records(self, name: str, header: str, *lines: str, day: str = "2026-11-20") -> None:
        text = "\n".join((f"{header},amount,currency", *lines, ""))
        (self.folder / f"{name}-{day}.csv").write_text(text, encoding="utf-8")

    def run(self, day: str = "2026-11-20", *, once: bool = False) -> Verdict:
        summary = command._reconcile(
            job(self.desk.found, "payouts"), date.fromisoformat(day), self.desk, once
        )
        assert summary is not None, "it was to be done once, and is done"
        return summary.verdict

    def deadlines(self) -> int:
        return command._deadlines((job(self.desk.found, "payouts"),), self.desk)

    @property
    def results(self) -> Path:
        return self.folder / "var" / "reconcile" / "payouts"

    def alerts(self) -> list[Alert]:
        with open_database(self.desk.found) as database, database.read() as tx:
            return [codec.decode(each.body, Waiting).alert for each in signals.next_unhandled(tx)]

    def metric(self) -> str:
        return (self.folder / "var" / "reconcile" / "metrics.prom").read_text().splitlines()[-1]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path, Hands(NIGHT))
    found.settings()
    found.records("payouts", "id", "po_1,10.00,USD", "po_2,20.00,USD", "po_3,5.00,EUR")
    found.records("ledger", "reference", "po_3,5.01,EUR", "po_1,10.00,USD", "po_2,20.00,USD")
    return found


def tocsin(shop: Shop, *words: str) -> subprocess.CompletedProcess[str]:
    settings = str(shop.folder / "tocsin.toml")
    return called(
        "reconcile", *words, "--config", settings, cwd=shop.folder, environment={"PATH": os.environ["PATH"]}
    )


def test_schedule_and_section_are_the_runbooks_own(shop: Shop) -> None:
    found = job(shop.desk.found, "payouts")
    assert found.plan is not None
    assert (found.plan.cron, found.plan.zone.key, found.section) == (
        "0 2 * * *",
        "UTC",
        "finance-payout-reconciliation",
    )
    assert found.day_at(NIGHT) == date(2026, 11, 20)
    assert found.due_of(date(2026, 11, 20)) == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_records_that_agree_end_with_zero(shop: Shop) -> None:
    ran = tocsin(shop, "payouts", "--day", "2026-11-20")
    assert ran.returncode == 0, ran.stderr
    assert "3 host payouts against 3 ledger entries, all agree, 1 of them within the tolerance" in ran.stdout
    said = json.loads((shop.results / "2026-11-20.json").read_text())
    assert said["verdict"] == "clean"
    assert said["tolerated_minor"] == {"EUR": -1}


def test_findings_end_with_one_and_are_all_written_down(shop: Shop) -> None:
    shop.records("ledger", "reference", "po_1,10.00,USD", "po_1,10.00,USD", "po_2,21.00,USD", "po_9,1.00,USD")
    ran = tocsin(shop, "payouts", "--day", "2026-11-20", "--format", "json")
    assert ran.returncode == 1, ran.stderr
    said = json.loads(ran.stdout)
    assert {kind: count for kind, count in said["findings"].items() if count} == {
        "missing_right": 1, "missing_left": 1, "duplicate_right": 1, "amount": 1,
    }  # fmt: skip
    assert ran.stdout == (shop.results / "2026-11-20.json").read_text()
    findings = (shop.results / "2026-11-20.findings.jsonl").read_bytes()
    assert hashlib.sha256(findings).hexdigest() == said["findings_file"]["sha256"]
    assert [json.loads(line)["key"] for line in findings.splitlines()] == [
        ["po_1"],
        ["po_2"],
        ["po_3"],
        ["po_9"],
    ]
    assert (
        said["left"]["proof"]
        == f"sha256:{hashlib.sha256((shop.folder / 'payouts-2026-11-20.csv').read_bytes()).hexdigest()}"
    )


def test_every_sum_can_be_recomputed_from_what_is_written(shop: Shop) -> None:
    shop.records(
        "payouts", "id", "a,10.00,USD", "a,1.00,USD", "b,5.00,EUR", "c,7.00,USD", "d,1.00,USD", "e,3,JPY"
    )
    shop.records("ledger", "reference", "a,10.00,USD", "b,5.02,EUR", "c,7.00,EUR", "e,5,JPY", "f,9.99,USD")
    shop.run()
    said = json.loads((shop.results / "2026-11-20.json").read_text())
    findings = [
        json.loads(line) for line in (shop.results / "2026-11-20.findings.jsonl").read_text().splitlines()
    ]
    explained = dict.fromkeys(said["difference_minor"], 0)
    for finding in findings:
        for side, sign in (("left", 1), ("right", -1)):
            for currency, amount in (finding[side] or {"minor": {}})["minor"].items():
                explained[currency] += sign * amount
    for currency, amount in said["tolerated_minor"].items():
        explained[currency] += amount
    assert explained == said["difference_minor"] == {"EUR": -702, "JPY": -2, "USD": -99}
    keys = said["keys"]
    both = keys["exact"] + keys["tolerated"] + keys["different"] + keys["undecided"]
    assert said["left"]["keys"] == both + keys["missing_right"]
    assert said["right"]["keys"] == both + keys["missing_left"]


def test_finance_reads_markdown_in_which_a_key_is_no_markup(shop: Shop) -> None:
    shop.records("ledger", "reference", "po_1,10.00,USD", "po_2,20.00,USD", "<b>|*x*,1.00,EUR")
    ran = tocsin(shop, "payouts", "--day", "2026-11-20", "--format", "markdown")
    assert ran.returncode == 1
    assert "| EUR | 5.00 EUR | 1.00 EUR | 4.00 EUR |" in ran.stdout
    assert r"\<b\>\|\*x\*" in ran.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [("po_4,1.0x,USD", "ledger-2026-11-20.csv:5:2: amount '1.0x' is not an amount"), (None, "No such file")],
)
def test_what_cannot_be_read_ends_with_two_and_writes_no_result(
    shop: Shop, line: str | None, said: str
) -> None:
    ledger = shop.folder / "ledger-2026-11-20.csv"
    if line is None:
        ledger.unlink()
    else:
        ledger.write_text(ledger.read_text() + line + "\n")
    ran = tocsin(shop, "payouts", "--day", "2026-11-20")
    assert ran.returncode == 2
    assert said in ran.stderr
    assert sorted(path.name for path in shop.results.iterdir()) == ["lock", "log.jsonl"]


def test_nothing_on_either_side_is_no_success(shop: Shop) -> None:
    shop.records("payouts", "id")
    shop.records("ledger", "reference")
    assert shop.run() is Verdict.EMPTY
    shop.settings(more="may_be_empty = true")
    assert shop.run() is Verdict.CLEAN


def test_a_rerun_gives_the_same_bytes(shop: Shop) -> None:
    shop.records("ledger", "reference", "po_2,21.00,USD", "po_9,1.00,USD")
    results = []
    for hour in (2, 14):
        shop.clock.at = datetime(2026, 11, 21, hour, 10, tzinfo=UTC)
        shop.run()
        results.append({path.name: path.read_bytes() for path in shop.results.glob("2026*")})
    assert results[0] == results[1]
    assert len(results[0]) == 3


def test_a_killed_run_leaves_nothing_that_looks_like_a_result_and_is_run_again(
    shop: Shop, deadline: Deadline
) -> None:
    (shop.folder / "payouts-2026-11-20.csv").unlink()
    os.mkfifo(shop.folder / "payouts-2026-11-20.csv")  # it waits for the first side for ever
    argv = [sys.executable, "-m", "tocsin", "reconcile", "payouts", "--day", "2026-11-20", "--config",
            str(shop.folder / "tocsin.toml")]  # fmt: skip
    running = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline(
            lambda: (shop.results / "log.jsonl").exists(), what="it has begun", within=timedelta(seconds=60)
        )
        with pytest.raises(Refused, match="running already"):
            shop.run()
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert sorted(path.name for path in shop.results.iterdir()) == ["lock", "log.jsonl"]
    (shop.folder / "payouts-2026-11-20.csv").unlink()
    shop.records("payouts", "id", "po_1,10.00,USD", "po_2,20.00,USD", "po_3,5.00,EUR")
    assert shop.run() is Verdict.CLEAN


def test_postgres_is_compared_with_a_file(shop: Shop, postgres: Postgres) -> None:
    postgres.query(
        "CREATE TABLE booked AS SELECT DATE '2026-11-20' AS day, 'po_' || n AS reference, n * 10.00 AS amount,"
        " 'USD' AS currency FROM generate_series(1, 3) n"
    )
    postgres.query("INSERT INTO booked VALUES ('2026-11-19', 'po_0', 1, 'USD')")
    query = "SELECT reference, amount, currency FROM booked WHERE day = {day}"
    shop.settings(right=f'postgres = "{postgres.url()}"\nquery = "{query}"')
    shop.records("payouts", "id", "po_1,10,USD", "po_2,20,USD", "po_3,30,USD")
    assert shop.run() is Verdict.CLEAN
    ran = tocsin(shop, "payouts", "--day", "2026-11-19")
    assert ran.returncode == 2  # no file of that day
    assert postgres.password not in ran.stdout + ran.stderr + (shop.results / "2026-11-20.json").read_text()


@pytest.mark.parametrize(
    "query", ["DELETE FROM booked", "SELECT pg_terminate_backend(1)", "SELECT 1; DROP TABLE x"]
)
def test_a_query_that_would_do_more_than_look_is_refused(shop: Shop, query: str) -> None:
    shop.settings(right=f'postgres = "postgresql://127.0.0.1:1/x"\nquery = "{query}"')
    with pytest.raises(ConfigError, match="more than look"):
        shop.run()


def test_a_missed_deadline_is_one_alert_one_line_and_one_count(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.settings(more='impact = "limited user impact"')
    shop.clock.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert shop.deadlines() == 0  # from now on somebody watches
    shop.clock.at = datetime(2026, 11, 21, 2, 29, tzinfo=UTC)
    assert shop.deadlines() == 0
    shop.clock.at = datetime(2026, 11, 21, 2, 31, tzinfo=UTC)
    capsys.readouterr()
    assert [shop.deadlines(), shop.deadlines()] == [1, 0]
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["event"] == "sla_missed"
    assert said["deadline_at"] == "2026-11-21T02:30:00+00:00"
    assert said["last_state"] == "never_seen"
    assert said["runbook_url"].endswith("runbook.md#finance-payout-reconciliation")
    (alert,) = shop.alerts()
    assert (alert.fingerprint, alert.state) == ("job:payouts", AlertState.FIRING)
    assert alert.impact == "limited user impact"
    assert alert.labels["section"] == "finance-payout-reconciliation"
    assert shop.metric() == 'tocsin_job_sla_missed_total{job="payouts"} 1'


def test_a_result_that_comes_after_all_ends_the_alert(shop: Shop) -> None:
    shop.clock.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    shop.deadlines()
    shop.clock.at = datetime(2026, 11, 21, 3, tzinfo=UTC)
    assert shop.deadlines() == 1
    shop.clock.at = datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert shop.run() is Verdict.CLEAN
    assert [alert.state for alert in shop.alerts()] == [AlertState.FIRING, AlertState.RESOLVED]
    assert shop.deadlines() == 0
    assert shop.run() is Verdict.CLEAN
    assert len(shop.alerts()) == 2


def test_a_result_in_time_leaves_nothing_to_tell(shop: Shop) -> None:
    shop.clock.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    shop.deadlines()
    shop.clock.at = NIGHT
    shop.run()
    shop.clock.at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert shop.deadlines() == 0
    assert shop.alerts() == []


def test_a_run_that_failed_until_its_deadline_missed_it(shop: Shop) -> None:
    shop.clock.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    shop.deadlines()
    (shop.folder / "ledger-2026-11-20.csv").unlink()
    shop.clock.at = NIGHT
    with pytest.raises(InputError):
        shop.run()
    shop.clock.at = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    assert shop.deadlines() == 1
    assert shop.alerts()[0].labels["last_state"] == "failed"


def test_a_crash_between_alert_and_note_tells_it_once_all_the_same(shop: Shop) -> None:
    shop.clock.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    shop.deadlines()
    log = shop.results / "log.jsonl"
    before = log.read_bytes()
    shop.clock.at = datetime(2026, 11, 21, 3, tzinfo=UTC)
    shop.deadlines()
    log.write_bytes(before + b'{"event":"sla_mis')  # the note was cut off
    assert shop.deadlines() == 1
    assert len(shop.alerts()) == 1
    assert JobLog(shop.results).missed_count == 1


def test_findings_raise_an_alert_where_that_is_wanted(shop: Shop) -> None:
    shop.settings(more="alert_on_findings = true")
    whole = (shop.folder / "ledger-2026-11-20.csv").read_text()
    shop.records("ledger", "reference", "po_1,10.00,USD")
    assert shop.run() is Verdict.FINDINGS
    assert shop.run() is Verdict.FINDINGS
    (shop.folder / "ledger-2026-11-20.csv").write_text(whole)
    assert shop.run() is Verdict.CLEAN
    assert [(alert.fingerprint, alert.state) for alert in shop.alerts()] == [
        ("job:payouts:findings", AlertState.FIRING),
        ("job:payouts:findings", AlertState.RESOLVED),
    ]


def test_a_job_nobody_set_up_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound, match="payuots"):
        job(shop.desk.found, "payuots")
    assert tocsin(shop).returncode == 2
    assert tocsin(shop, "payouts", "--day", "yesterday").returncode == 2


@pytest.mark.parametrize(
    ("more", "right", "said"),
    [
        ('tolerance_ = "1"', 'csv = "x"', "unknown key 'tolerance_'"),
        ('schedule = "nightly"', 'csv = "x"', "not a cron expression"),
        ("", 'csv = "x"\nunit = "cents"', '"major" (12.50) or "minor" (1250)'),
        ("", 'csv = "x"\nparquet = "y"', "one of csv, parquet and postgres"),
        ("", 'csv = "x"\nfixed_currency = "USD"', "one of them"),
        ("", 'csv = "x"\ndelimiter = ";;"', "one character"),
    ],
)
def test_a_mistake_in_the_settings_is_named(shop: Shop, more: str, right: str, said: str) -> None:
    shop.settings(more=more, right=right)
    with pytest.raises(ConfigError) as caught:
        load(shop.folder / "tocsin.toml", {})
    assert said in str(caught.value)
