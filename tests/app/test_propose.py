"""What `tocsin init` proposes from a runbook: everything has its line, nothing is invented, and the file loads."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.app import propose
from tocsin.app.propose import Proposal
from tocsin.app.propose_file import settings_text
from tocsin.app.settings import load
from tocsin.cli.init import init
from tocsin.connectors.api import RunRequest
from tocsin.connectors.process import LocalRunner
from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.errors import InputError
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.probe.registry import Probers
from tocsin.runbook.compile import compile as compile_runbook

ROOT = Path(__file__).parents[2]
SEEDS = [ROOT / "examples/cookcam/runbook.md", ROOT / "examples/prepchef/runbook.md"]
OTHERS = sorted((ROOT / "tests/data/runbooks").glob("*.md"))


def proposed(text: str) -> dict[str, Proposal]:
    return {each.name: each for each in propose.checks(compile_runbook(text, "runbook.md"))}


def from_seed(name: str) -> dict[str, Proposal]:
    return proposed((ROOT / f"examples/{name}/runbook.md").read_text())


def test_cookcam_is_watched_where_its_runbook_looks() -> None:
    found = from_seed("cookcam")
    assert {(each.kind, name) for name, each in found.items() if not each.missing} >= {
        ("http", "api-cookcam-app-health"),
        ("http", "api-cookcam-app-api-v1-reconciliation-health"),
        ("pm2", "cookcam-api"),
        ("systemd", "nginx"),
        ("disk", "disk"),
        ("memory", "memory"),
        ("cpu", "cpu"),
    }
    assert dict(found["database"].keys) == {"dsn": "${DATABASE_URL}"}
    assert found["database"].missing
    assert dict(found["limiting-requests"].keys)["path"] == "/var/log/nginx/error.log"


def test_prepchef_is_watched_where_its_runbook_looks() -> None:
    found = from_seed("prepchef")
    assert dict(found["prepchef-com-certificate"].keys) == {"host": "prepchef.com", "port": 443}
    assert dict(found["redis"].keys) == {"host": "127.0.0.1", "port": 6379}
    assert dict(found["prepchef-backups-backup"].keys) == {
        "bucket": "prepchef-backups",
        "prefix": "postgres/",
    }
    assert dict(found["payments-svc"].keys) == {"namespace": "prepchef", "deployment": "payments-svc"}
    assert all(each.missing for each in found.values() if each.kind in ("kubernetes", "s3"))


def test_jobs_objectives_levels_and_contacts_are_told_with_their_lines() -> None:
    prepchef = settings_text(compile_runbook(SEEDS[1].read_text(), "runbook.md"), "runbook.md", "x")
    assert "# Finance payout reconciliation: 0 2 * * * UTC  (line 44)" in prepchef
    assert "#   Security Team: security@prepchef.com  (line 8)" in prepchef
    cookcam = settings_text(compile_runbook(SEEDS[0].read_text(), "runbook.md"), "runbook.md", "x")
    assert "# level1 = []  # On-Call Engineer, the next after 30 min (line 354)" in cookcam
    assert "#   CTO: the runbook leaves this open  (line 378)" in cookcam
    assert '# hosts = ["production-server"]' in cookcam
    assert 'secrets = ["DATABASE_URL"]' in cookcam


@pytest.mark.parametrize("file", [*SEEDS, *OTHERS], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_is_proposed_loads_and_every_check_of_it_can_be_made(file: Path, tmp_path: Path) -> None:
    (tmp_path / "runbook.md").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    done = CliRunner().invoke(init, [str(tmp_path / "runbook.md"), "--write"])
    assert done.exit_code == 0, done.output
    settings = load(tmp_path / "tocsin.toml", {})
    runner = LocalRunner("local", {}, Redactor(), SystemClock())
    probers = Probers(
        SystemClock(), run=lambda text, limit: runner.run(RunRequest(text, timeout=limit)), variables={}
    )
    for spec in settings.checks:
        probers.validate(spec)
    assert settings.runbook == tmp_path / "runbook.md"


@pytest.mark.parametrize("file", [*SEEDS, *OTHERS], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_check_stands_at_the_line_it_names(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    for one in propose.checks(compile_runbook(text, "runbook.md")):
        near = "\n".join(lines[max(0, one.line - 2) : one.line + 12])
        assert one.text.split()[0] in near


@pytest.mark.parametrize("file", [*SEEDS, *OTHERS], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_is_to_be_completed_is_toml_once_it_is_uncommented(file: Path) -> None:
    text = settings_text(compile_runbook(file.read_text(encoding="utf-8"), "runbook.md"), "runbook.md", "x")
    begun, lines = False, []
    for line in text.splitlines():
        begun = (begun or line == "# [[checks]]") and line != ""
        lines.append(
            line.removeprefix("# ")
            if begun and (" = " in line or line.startswith("# [")) and "…" not in line
            else line
        )
    tomllib.loads("\n".join(lines))


def test_the_synthetics_a_runbook_promises_are_ready_to_run() -> None:
    text = settings_text(compile_runbook(SEEDS[1].read_text(), "runbook.md"), "runbook.md", "x")
    assert tomllib.loads(text)["synthetics"] == {
        "base_url": "https://api.prepchef.com",
        "paths": ["/city/{slug}/requirements", "/city/{slug}/requirements/estimate"],
        "threshold": "200 ms",
        "percentile": 95,
        "samples": 5,
        "threshold_variable": "SYNTHETIC_THRESHOLD_MS",
        "values": {"slug": ["san-francisco", "joshua-tree"]},
    }
    assert "# runbook.md:32: SLO: p95 latency < 200 ms across 5 samples per endpoint" in text


def test_a_promise_without_paths_is_to_be_completed() -> None:
    text = "# Shop\n\n## SLO\n\n- **SLO**: p95 latency < 300 ms across 5 samples per endpoint\n"
    proposed_text = settings_text(compile_runbook(text, "r.md"), "r.md", "x")
    assert "synthetics" not in tomllib.loads(proposed_text)
    assert "# To complete first: base_url, paths, and values for each placeholder of a path." in proposed_text
    assert '# threshold = "300 ms"' in proposed_text


def test_a_promised_job_gets_the_tables_that_watch_it() -> None:
    text = settings_text(compile_runbook(SEEDS[1].read_text(), "runbook.md"), "runbook.md", "x")
    for line in (
        "# [reconcile.finance-payout-reconciliation]",
        "# [reconcile.finance-payout-reconciliation.left]",
        "# [reconcile.finance-payout-reconciliation.right]",
        "# [[heartbeats]]",
        '# name = "finance-payout-reconciliation"',
        '# schedule = "0 2 * * *"',
    ):
        assert f"\n{line}\n" in text, line


def test_rows_the_runbook_takes_for_failed_are_counted_by_its_own_condition() -> None:
    rule = from_seed("cookcam")["stripe-webhook-events-failed"]
    assert dict(rule.keys) == {
        "dsn": "${DATABASE_URL}",
        "query": "SELECT count(*) FROM stripe_webhook_events "
        "WHERE status = 'failed' AND created_at > NOW() - INTERVAL '1 hour'",
    }
    assert rule.section == "3-stripe-webhook-failures"
    assert "above_degraded or above_down" in rule.missing


@pytest.mark.parametrize(
    "condition",
    [
        "status = 'failed' AND id = <id>",  # a hole
        "status = 'failed' AND id = $1",
        "status = 'failed' AND pg_terminate_backend(pid)",
        "status = 'open'",  # not failed
        "status = 'failed' AND note = 'it",  # cut off
        "id IN (SELECT id FROM x WHERE state = 'failed'",
    ],
)
def test_a_condition_that_is_not_whole_or_says_nothing_of_failures_is_no_rule(condition: str) -> None:
    text = f'# Shop\n## Queue stuck\n**Symptoms**: x\n```bash\npsql $DATABASE_URL -c "SELECT * FROM jobs WHERE {condition}"\n```\n'
    assert not [each for each in proposed(text).values() if each.kind == "sql"]


def test_a_rule_that_is_proposed_only_reads() -> None:
    for file in [*SEEDS, *OTHERS]:
        for one in propose.checks(compile_runbook(file.read_text(encoding="utf-8"), "runbook.md")):
            if one.kind == "sql":
                assert judge(str(dict(one.keys)["query"]), "sql").effect is Effect.OBSERVE


def test_the_sentry_a_runbook_sends_people_to_is_offered_once() -> None:
    found = from_seed("cookcam")["sentry-errors"]
    assert dict(found.keys) == {"organization": "cookcam", "token": "${SENTRY_TOKEN}"}
    assert found.line == 57
    assert "project" in found.missing


def test_no_section_is_chosen_for_a_check() -> None:
    """A health check at the end of "restore the backup" must not lead an alert to restoring the backup."""
    for seed in SEEDS:
        text = settings_text(compile_runbook(seed.read_text(), "runbook.md"), "runbook.md", "x")
        assert all("section" not in check for check in tomllib.loads(text).get("checks", []))


def test_an_address_with_a_hole_a_password_or_a_change_is_not_proposed() -> None:
    text = """# Shop
## API down
**Symptoms**: 502
```bash
curl https://<host>/health
curl https://ana:secret@shop.test/private
curl -X POST https://shop.test/restart
curl "https://shop.test/find?token=abc"
curl https://shop.test/health
```
"""
    assert [dict(each.keys) for each in proposed(text).values()] == [{"url": "https://shop.test/health"}]


def test_a_status_the_runbook_expects_is_expected() -> None:
    text = "# Shop\n## API down\n**Symptoms**: 502\n```bash\n# Should return 204\ncurl -i https://shop.test/ready\n```\n"
    (one,) = proposed(text).values()
    assert dict(one.keys) in (
        {"url": "https://shop.test/ready", "status": 204},
        {"url": "https://shop.test/ready"},
    )


def test_words_of_a_runbook_never_leave_their_comment() -> None:
    text = '# Shop\n## Contacts\n- **Ops "x"\u2028[[checks]]**: ops@shop.test\n\n## Down\n**Symptoms**: x\n```\ndf -h\n```\n'
    assert tomllib.loads(settings_text(compile_runbook(text, "r.md"), "r.md", 'a"b')).keys() >= {"tocsin"}


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "runbook.md").write_text("# Shop\n\n## Down\n\n```bash\ndf -h\n```\n")
    (tmp_path / "tocsin.toml").write_text("# ours\n")
    done = CliRunner().invoke(init, [str(tmp_path / "runbook.md"), "--write"])
    assert isinstance(done.exception, InputError)
    assert (tmp_path / "tocsin.toml").read_text() == "# ours\n"
    assert CliRunner().invoke(init, [str(tmp_path / "runbook.md")]).output.startswith("# Proposed by")
