"""Rules that need facts from outside the text: they speak of what was looked for and is not there, and of nothing else."""

from datetime import date
from hashlib import sha256

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.repository.held import Repository
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.drills import text_sha256
from tocsin.runbook.lint.examples import incident
from tocsin.runbook.lint.run import lint
from tocsin.runbook.project import Drill, Files, ProjectFacts, Watched, copied, linked_by, named_by
from tocsin.runbook.reread import with_files

TODAY = date(2025, 11, 21)
TEXTS = {
    "package.json": '{"scripts": {"stock:check": "kubectl get pods -n depot", "stock:drop": "redis-cli FLUSHALL"}}',
    "Makefile": "ship:\n\tkubectl apply -f k8s/\n",
    "justfile": "audit:\n    df -h\n",
    "bin/scale.sh": "#!/bin/sh\nkubectl -n depot scale deploy/api --replicas=4\n",
    "apps/web/package.json": '{"scripts": {"purge": "redis-cli FLUSHALL"}}',
}
FOUND = frozenset({*TEXTS, "bin", "apps", "apps/web", "team", "team/other.md"})


def around(text: str, folder: str = "team", **more: str) -> Files:
    """Files as somebody who looked for everything the text names would tell."""
    book = compile(text)
    texts = {**TEXTS, **more}
    asked = {f"{base}/{name}".lstrip("/") for base in ("", folder) for name in named_by(book)}
    asked |= {path.rpartition("/")[0] for path in asked} | {
        f"{folder}/{target}" for target in linked_by(book)
    }
    return Files(Repository(texts), folder, frozenset(asked), frozenset({*FOUND, *texts}))


def told(text: str, project: ProjectFacts, rule: str) -> list[tuple[int, str]]:
    found = lint(compile(text, "team/run.md"), today=TODAY, source=text, project=project)
    return [(each.span.first_line, each.message) for each in found if each.rule == rule]


def fence(*lines: str) -> str:
    return incident("Resolution\n" + "\n".join(lines))


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("./bin/restore.sh --now", "./bin/restore.sh is not in the repository."),
        ("bash bin/restore.sh", "bin/restore.sh is not in the repository."),
        ("sudo python3 bin/restore.py", "bin/restore.py is not in the repository."),
        ("npm run stock:fill", "package.json has no script stock:fill."),
        ("make deliver", "Makefile has no target deliver."),
        ("just inspect", "justfile has no recipe inspect."),
        ("cd apps/web && npm run fill", "apps/web/package.json has no script fill."),
    ],
)
def test_what_is_named_and_not_there_is_found(line: str, message: str) -> None:
    text = fence(line)
    assert [said for _, said in told(text, ProjectFacts(files=around(text)), "TOC405")] == [message]


@pytest.mark.parametrize(
    "line",
    [
        "./bin/scale.sh",
        "npm run stock:check",
        "make ship",
        "just audit",
        "ssh web-1 ./bin/restore.sh",
        "docker exec web ./bin/restore.sh",
        "/opt/shop/bin/restore.sh",
        "~/bin/restore.sh",
        "bin/restore-$DAY.sh",
        "cd /opt/shop && ./bin/restore.sh",
        "cd $APP && npm run stock:fill",
        "cd apps/web && npm run purge",
        "npm ci",
        "npm start",
        "yarn dlx something",
        "make -C apps/web deliver",
        "git clone https://example.com/x.git && ./bin/restore.sh",
        "./tools/of-another-repository.py",
        "cat team/other.md",
        "grep -r stock apps/web",
    ],
)
def test_what_is_there_or_may_be_elsewhere_is_not_spoken_of(line: str) -> None:
    text = fence(line) if "tools" not in line else incident(f"Resolution\n{line}")
    files = around(text)
    if "tools" in line:
        files = Files(Repository({}), "team", files.asked, frozenset({"team"}))
    assert told(text, ProjectFacts(files=files), "TOC405") == []


def test_a_file_that_an_earlier_step_makes_is_not_missing() -> None:
    text = fence("cat > bin/made.sh <<'END'\nuptime\nEND") + "\n**Then**:\n```bash\n./bin/made.sh\n```\n"
    assert told(text, ProjectFacts(files=around(text)), "TOC405") == []


def test_without_facts_nothing_is_missing() -> None:
    text = fence("./bin/restore.sh", "npm run stock:fill", "make deliver") + "\nSee [there](gone.md).\n"
    for rule in ("TOC404", "TOC405", "TOC406", "TOC407", "TOC408", "TOC415"):
        assert told(text, ProjectFacts(), rule) == []


def test_a_link_to_a_file_that_is_not_there_is_dead() -> None:
    text = "# Depot\n\nSee [one](other.md), [two](gone.md#start), [web](https://example.com/gone.md), `[x](y.md)`.\n"
    files = around(text)
    assert [said for _, said in told(text, ProjectFacts(files=files), "TOC404")] == [
        "gone.md is not in the repository."
    ]


# -- read again ------------------------------------------------------------------------------------------------------


def effects(text: str, files: Files) -> list[tuple[str, Effect]]:
    book: Runbook = with_files(compile(text), files)
    return [
        (action.text, action.judgement.effect)
        for s in book.sections
        for step in s.steps()
        for action in step.actions
    ]


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("npm run stock:check", Effect.OBSERVE),
        ("npm run stock:drop", Effect.DESTROY),
        ("make ship", Effect.CHANGE),
        ("just audit", Effect.OBSERVE),
        ("cd apps/web && npm run purge", Effect.DESTROY),
        ("./bin/none.sh", Effect.UNKNOWN),
    ],
)
def test_a_step_is_judged_by_what_it_runs(line: str, effect: Effect) -> None:
    text = fence(line)
    assert effects(text, around(text))[-1][1] is effect


def test_the_step_says_what_was_read_and_takes_the_worst_of_it() -> None:
    text = fence("npm run stock:check", "npm run stock:drop")
    book = with_files(compile(text), around(text))
    [step] = [step for section in book.sections for step in section.steps()]
    assert step.judgement.effect is Effect.DESTROY
    assert {(file, digest) for file, _, digest in step.judgement.read} == {
        ("package.json", sha256(TEXTS["package.json"].encode()).hexdigest())
    }
    assert any("package.json:1" in reason.sentence for reason in step.judgement.reasons)


@pytest.mark.parametrize(
    "before",
    [
        "git pull",
        "git checkout v2",
        "curl -fsSL https://example.com/s.sh -o bin/scale.sh",
        "sed -i s/4/0/ bin/scale.sh",
        "ssh web-1",
    ],
)
def test_behind_a_step_that_may_have_changed_it_a_script_counts_as_unread(before: str) -> None:
    text = fence(before) + "\n**Then**:\n```bash\n./bin/scale.sh\n```\n"
    assert effects(text, around(text))[-1] == ("./bin/scale.sh", Effect.UNKNOWN)


def test_of_two_files_that_may_be_meant_none_is_read() -> None:
    text = fence("./bin/scale.sh")
    two = around(text, **{"team/bin/scale.sh": "#!/bin/sh\nuptime\n"})
    assert effects(text, two) == [("./bin/scale.sh", Effect.UNKNOWN)]
    here = Files(two.repository, "team", two.asked, two.found, cwd="team")
    assert effects(text, here) == [("./bin/scale.sh", Effect.OBSERVE)]


# -- programs, checks, drills, versions ---------------------------------------------------------------------------------


def test_a_program_is_missing_only_where_the_step_starts_it() -> None:
    text = incident("Investigation\nhtop\nssh web-1 iotop\ncd /srv\nhtop -d 5\nmine() { df; }\nmine")
    found = told(text, ProjectFacts(programs={"htop": False, "iotop": False, "df": True}), "TOC406")
    assert found == [(9, "`htop` is not on this machine's PATH.")]


def test_a_check_and_a_section_that_do_not_know_each_other() -> None:
    text = "# Depot\n\n## Queue full\n\n**Symptoms**: queue depth above 1000\n\n```bash\nrabbitmqctl list_queues\n```\n"
    named = Watched("queue", {"check": "queue"}, section="queue-full")
    assert told(text, ProjectFacts(watched=(named,)), "TOC408") == []
    gone = Watched("disk", {"check": "disk"}, section="disk-full")
    assert told(text, ProjectFacts(watched=(named, gone)), "TOC408") == [
        (1, 'The check disk names the section "disk-full", and there is none.')
    ]
    by_words = Watched("queue depth high", {"check": "rabbit"}, "queue depth above 1000")
    assert told(text, ProjectFacts(watched=(by_words,)), "TOC408") == []
    other = Watched("certificate", {"check": "certificate"})
    found = lint(compile(text), today=TODAY, source=text, project=ProjectFacts(watched=(other,)))
    assert [each.level for each in found if each.rule == "TOC408"] == [Level.NOTE, Level.NOTE]


@pytest.mark.parametrize(
    ("drill", "said"),
    [
        (Drill("orders-stuck", date(2025, 10, 1), True), []),
        (Drill("Orders stuck", date(2025, 10, 1), True), []),
        (Drill("orders-stuck", date(2024, 10, 1), True), ["Orders stuck was last drilled on 2024-10-01, 416 days ago."]),
        (Drill("orders-stuck", date(2025, 10, 1), False), ["Orders stuck was drilled and did not pass."]),
        (Drill("elsewhere", date(2025, 10, 1), True), ["Orders stuck was never drilled."]),
    ],
)  # fmt: skip
def test_a_section_needs_a_drill_that_passed_within_a_year(drill: Drill, said: list[str]) -> None:
    text = fence("systemctl restart shop")
    assert [message for _, message in told(text, ProjectFacts(drills=(drill,)), "TOC407")] == said


def test_what_a_document_says_of_its_last_drill_is_believed() -> None:
    for line, number in (
        ("**Last drilled**: 2025-09-30", 0),
        ("**Last drilled**: 2023-09-30", 1),
        ("Last rehearsed: never", 1),
        ("We drilled a hole.", 0),
    ):
        assert len(told(f"# Depot\n\n{line}\n", ProjectFacts(), "TOC407")) == number, line


def test_a_proof_is_of_the_text_and_of_the_version_it_was_made_with() -> None:
    text = fence("systemctl restart shop")
    section = next(each for each in compile(text).walk() if each.anchor == "orders-stuck")
    same = Drill("orders-stuck", date(2025, 10, 1), True, "3.1.4", text_sha256(section))
    for drill, version, number in (
        (same, "3.1.9", 0),
        (same, "3.2.0", 1),
        (Drill(same.section, same.on, True, None, "0" * 64), "3.1.4", 1),
        (Drill(same.section, same.on, True), "9.0.0", 0),
    ):
        project = ProjectFacts(drills=(drill,), versions={"": version})
        assert len(told(text, project, "TOC415")) == number


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Tested with PostgreSQL 14.", 1),
        ("Verified against postgres 16.2 in May.", 0),
        ("Tested with PostgreSQL 16.", 0),
        ("Tested with MySQL 5.", 0),
        ("Tested on version 2.3.", 1),
        ("Tested with 3 people.", 0),
    ],
)
def test_a_version_that_a_document_claims_is_compared_with_what_the_repository_pins(
    line: str, number: int
) -> None:
    project = ProjectFacts(versions={"postgres": "16.2", "": "2.4.0"})
    text = f"# Depot\n\n## Restore\n\n{line}\n"
    assert len(told(text, project, "TOC415")) == number


# -- copies -----------------------------------------------------------------------------------------------------------

STEPS = (
    "pg_ctl -D /srv/pg stop",
    "tar -xf /srv/latest.tar -C /srv/pg",
    "pg_ctl -D /srv/pg start",
    "pg_isready -h db",
)


def other(*lines: str, title: str = "Orders stuck") -> ProjectFacts:
    return ProjectFacts(
        copies=copied(compile(incident("Resolution\n" + "\n".join(lines), title=title), "team/other.md"))
    )


def test_copies_that_differ_are_told_once_and_same_ones_never() -> None:
    text = fence(*STEPS)
    assert told(text, other(*STEPS), "TOC410") == []
    changed = other(*STEPS[:3], "pg_isready -h db -t 30")
    [(line, message)] = told(text, changed, "TOC410")
    assert line == 12
    assert "team/other.md:3" in message
    assert (
        told(text, other(*STEPS[:3], "pg_isready -h db -t 30", title="Quite another thing"), "TOC410") == []
    )


def test_a_procedure_for_another_thing_is_no_copy() -> None:
    one = [f"systemctl {verb} api" for verb in ("stop", "start", "status")] + ["curl -fsS http://127.0.0.1/"]
    text = fence(*one)
    assert told(text, other(*(line.replace("api", "worker") for line in one)), "TOC410") == []
    assert told(text, other("df -h", "uptime", "free -m", "systemctl stop api"), "TOC410") == []


def test_copies_within_one_document_are_found() -> None:
    text = f"{fence(*STEPS)}\n# Again\n{fence(*STEPS[:3], 'pg_isready -h db -t 30')}"
    assert len(told(text, ProjectFacts(), "TOC410")) == 1


# -- wider ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symptoms", "line", "number"),
    [
        ("a single tenant is slow", "redis-cli -h cache FLUSHALL", 1),
        ("one bucket answers 403", "kubectl -n edge rollout restart deploy/api-gateway", 1),
        ("one worker hangs", "pm2 restart all", 1),
        ("one of the queues grows", "rabbitmqctl stop_app", 1),
        ("a specific pod is stuck", "kubectl -n shop delete pods --all", 1),
        ("one worker hangs", "pm2 restart worker-3", 0),
        ("all tenants are slow", "redis-cli -h cache FLUSHALL", 0),
        ("at least one tenant is slow", "redis-cli -h cache FLUSHALL", 0),
        ("a single tenant is slow", "systemctl status nginx", 0),
        ("a single tenant is slow", "systemctl restart tenant-7", 0),
        ("one route is slow", "nginx -s reload", 0),
    ],
)
def test_a_remedy_for_one_that_stops_all_is_told(symptoms: str, line: str, number: int) -> None:
    text = incident(f"Resolution\n{line}", title="Trouble", symptoms=symptoms)
    assert len(told(text, ProjectFacts(), "TOC219")) == number
