"""Claims about what is not typed: output, logs, data, sentences and queries in fences labelled as shell."""

from pathlib import Path

import pytest

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Note, Step, StepKind
from tocsin.runbook.compile import compile
from tocsin.runbook.shell.printed import is_promql, names_a_file, none_typed

DATA = Path(__file__).parents[2] / "data" / "runbooks" / "printed_lines.md"


def steps(text: str) -> list[Step]:
    return list(compile(f"## Disk full\n\n**Symptoms**: x\n\n**Steps**:\n\n{text}\n").sections[0].steps())


def shell(text: str) -> list[str]:
    return [a.text for step in steps(text) for a in step.actions if step.kind is not StepKind.QUERY]


def test_nothing_printed_in_a_runbook_becomes_a_command() -> None:
    found = compile(DATA.read_bytes())
    actions = [a.text for s in found.sections[0].steps() for a in s.actions if s.kind is StepKind.SHELL]
    assert actions == [
        "kubectl -n billing get queue orders -o yaml",
        "kubectl -n billing get endpoints broker -o json",
        "brokerctl purge orders --older-than 1h\n--dry-run",
        'drain() {\n  for queue in "$@"; do\n    if [[ -n "${queue}" ]]; then\n      brokerctl drain "$queue"\n    fi\n  done\n}',
        "drain orders refunds",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "-delete the lock(rm /var/lock/app)",
        "- node = worker-3",
        "I0917 11:21:46.203938 1688435 daemon.go:662] rm of the old socket failed",
        "update.go:2641] reboot of the node",
        "1 drain.go:173] node worker-3: evicting",
        "level=warn ts=2026-01-05T10:00:00Z msg=slow",
        "health: HEALTH_WARN",
        "6)",
        "3 pool(s) full",
        "replicas = 2",
        '"failed to stop: %v", err',
        "notAfter=Aug  6 13:11:20 2026 GMT",
        "Found two nodes that match the selector for this pool.",
        "unexpected status from the registry: 500 Internal Server Error",
        "Customer Impact: none",
        "[",
        "{",
        "...",
        "<output of the command above>",
        "Warning  FailedScheduling  3m53s  default-scheduler  no node fits",
    ],
)
def test_a_line_no_shell_would_run_is_never_a_command(line: str) -> None:
    assert none_typed(line)
    assert shell(f"```bash\n{line}\n```") == []
    below = steps(f"```bash\nuptime\n{line}\n```")
    assert [a.text for step in below for a in step.actions] == ["uptime"]
    assert below[0].sample == line


@pytest.mark.parametrize(
    "line",
    [
        "acme-deploy --force web",
        "acme-deploy web production",
        "LIMIT=5 acme-deploy web",
        "./scripts/restart.sh web",
        "Rscript report.R",
        'acme-notify "Deploy: started, wait"',
        "[ -f /run/lock ] && rm /run/lock",
        "{ uptime; df -h; }",
        "(cd /srv/app && git pull)",
        "7z x dump.7z",
        "test -f /run/lock",
        "$HOME/bin/acme web",
        "<your-cli> restart web",
    ],
)
def test_a_program_nobody_knows_stays_a_command(line: str) -> None:
    assert not none_typed(line)
    assert shell(f"```bash\n{line}\n```") == [line]


@pytest.mark.parametrize(
    "text",
    [
        "sum(rate(http_requests_total[5m]))",
        'up{job="api"} == 0',
        "histogram_quantile(0.99,\n  sum by (le) (rate(latency_seconds_bucket[5m])))",
        "(disk_free_bytes / disk_size_bytes) * 100 < 10",
        "node_filesystem_free_bytes",
        "max by(namespace) (\n  pods_ready == pods_wanted\n)",
    ],
)
def test_a_query_labelled_as_shell_is_a_query(text: str) -> None:
    assert is_promql(text)
    (step,) = steps(f"```bash\n{text}\n```")
    assert (step.kind, step.language, step.judgement.effect) == (StepKind.QUERY, "promql", Effect.OBSERVE)


@pytest.mark.parametrize(
    "text",
    [
        "sort -u names.txt",
        "sum data.bin",
        "count=$(ls | wc -l)",
        "backup_prod_db --now",
        "run_all_jobs /srv/*",
        "foo{a,b}",
        "drain() { uptime; }",
        "min_wait=5",
    ],
)
def test_shell_that_looks_a_little_like_a_query_is_none(text: str) -> None:
    assert not is_promql(text)


def test_a_line_that_lost_its_backslash_is_kept_with_its_rest_and_never_runs_alone() -> None:
    (step,) = steps("```bash\nkubectl delete pod web-0\n--dry-run=client\n```")
    assert [a.text for a in step.actions] == ["kubectl delete pod web-0\n--dry-run=client"]
    assert step.judgement.effect is Effect.UNKNOWN


def test_paths_alone_are_files_unless_they_are_programs() -> None:
    assert names_a_file("/var/log/nginx/error.log")
    assert not names_a_file("/opt/app/bin/restart")
    assert not names_a_file("/srv/restart.sh")
    assert not names_a_file("/usr/bin/df -h")
    assert shell("```\n/platform/database/password\n/platform/config\n```") == []


def test_names_of_services_without_a_label_are_no_commands() -> None:
    assert shell("```\nnginx\nredis-server\n```") == []
    assert shell("```\nuptime\ndf\n```") == ["uptime", "df"]


def test_a_comment_between_a_command_and_its_output_stays_with_the_output() -> None:
    (step,) = steps("```bash\nrabbitmqctl list_queues\n# shows\n3 queues listed\n```")
    assert step.sample == "shows\n3 queues listed"


def test_labels_of_an_alert_are_shown_not_ticked() -> None:
    text = "```text\n - alertname = DiskFull\n...\n - node = worker-3\n```"
    assert steps(text) == []
    notes = [n for n in compile(f"## Disk full\n\n{text}\n").sections[0].nodes() if isinstance(n, Note)]
    assert any("worker-3" in note.text for note in notes)


MANIFEST = "```yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n{}\n```"


def kinds(text: str) -> list[StepKind]:
    return [step.kind for step in compile(text).sections[0].steps()]


def test_an_object_somebody_printed_is_a_sample_and_one_to_apply_is_a_step() -> None:
    printed = MANIFEST.format("  resourceVersion: '7'\nstatus:\n  phase: Failed")
    assert kinds(f"# DiskFull\n\n## Mitigation\n\nIt is:\n\n{printed}\n") == []
    assert kinds(f"# DiskFull\n\n## Diagnosis\n\nThe object is:\n\n{MANIFEST.format('')}\n") == []
    assert kinds(f"# DiskFull\n\n## Diagnosis\n\nCreate a probe:\n\n{MANIFEST.format('')}\n") == [
        StepKind.MANIFEST
    ]
    assert kinds(f"# DiskFull\n\n## Mitigation\n\nIt is:\n\n{MANIFEST.format('')}\n") == [StepKind.MANIFEST]


def test_a_fragment_of_an_object_is_merged_by_a_person_and_never_applied() -> None:
    fragment = MANIFEST.format("...\ndata:\n  ...\n  a: b")
    assert kinds(f"# DiskFull\n\n## Mitigation\n\nChange it:\n\n{fragment}\n") == [StepKind.EDIT]


def test_a_space_behind_a_backslash_does_not_cut_a_command_in_two() -> None:
    (step,) = steps("```bash\nkubectl delete configmap \\ \nold-settings\n```")
    assert [a.text for a in step.actions] == ["kubectl delete configmap \\ \nold-settings"]
    assert step.judgement.effect is not Effect.OBSERVE
