"""What people on call may rely on when the two seeds are read."""

from pathlib import Path

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.runbook.book import Choice, ChoiceKind, ConditionKind, Role, Runbook, Section, Step, StepKind
from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def cookcam() -> Runbook:
    return compile((EXAMPLES / "cookcam" / "runbook.md").read_bytes(), "runbook.md")


@pytest.fixture(scope="module")
def prepchef() -> Runbook:
    return compile((EXAMPLES / "prepchef" / "runbook.md").read_bytes(), "runbook.md")


def section(book: Runbook, name: str) -> Section:
    found = book.section(name)
    assert found is not None, name
    return found


def step(book: Runbook, number: str) -> Step:
    found = book.step(number)
    assert found is not None, number
    return found


def choice(book: Runbook, name: str) -> Choice:
    return next(node for node in section(book, name).nodes() if isinstance(node, Choice))


def texts(found: Step) -> list[str]:
    return [action.text for action in found.actions]


def test_the_incident_sections_are_the_eleven_that_say_how_to_recognise_them(
    cookcam: Runbook, prepchef: Runbook
) -> None:
    assert [s.title for s in cookcam.incidents()] == [
        "API Not Responding", "Database Connection Issues", "Stripe Webhook Failures", "Memory Leak", "Rate Limit Triggered",
    ]  # fmt: skip
    assert [s.number for s in prepchef.incidents()] == ["1", "2", "3", "4", "5", "6"]


def test_symptoms_are_phrases(cookcam: Runbook, prepchef: Runbook) -> None:
    assert section(cookcam, "1-api-not-responding").symptoms == ("Health check failing", "502/503 errors")
    assert section(cookcam, "2").symptoms == ('"Too many connections"', "timeout errors")
    assert section(prepchef, "5").symptoms == ("Redis eviction", "OOM errors")


def test_an_unresponsive_api_is_looked_at_first(cookcam: Runbook) -> None:
    looking = [s for s in section(cookcam, "1").steps() if s.role is Role.INVESTIGATION]
    assert [texts(s) for s in looking] == [
        ["pm2 status cookcam-api"], ["sudo netstat -tlnp | grep 3000"], ["top -bn1 | head -20"],
    ]  # fmt: skip
    assert all(s.judgement.effect is Effect.OBSERVE for s in looking)


def test_force_restart_is_a_fallback_and_the_log_check_is_not_part_of_it(cookcam: Runbook) -> None:
    found = choice(cookcam, "1")
    assert found.kind is ChoiceKind.FALLBACK
    first, second = found.options
    assert first.condition is None
    assert second.condition is not None
    assert second.condition.kind is ConditionKind.IF_FAILED
    assert texts(step(cookcam, "1.4a")) == ["pm2 restart cookcam-api"]
    assert texts(step(cookcam, "1.4b")) == [
        "pm2 delete cookcam-api",
        "pm2 start ecosystem.config.production.js",
    ]
    last = step(cookcam, "1.5")
    assert last.title == "Check logs for root cause"
    assert last.judgement.effect is Effect.OBSERVE


def test_what_follows_ssh_runs_on_that_host_only(cookcam: Runbook) -> None:
    inside = [s for s in section(cookcam, "2-initial-response--5-minutes").steps() if s.context]
    assert [texts(s) for s in inside] == [["htop"], ["df -h"], ["pm2 status"]]
    assert all(s.context[0].kind == "host" and s.context[0].name == "production-server" for s in inside)
    assert all(Flag.REMOTE in s.judgement.flags for s in inside)
    assert not any("ssh" in text for s in cookcam.sections[0].steps() for text in texts(s))


def test_lines_after_psql_are_sql_until_the_first_shell_line(cookcam: Runbook) -> None:
    steps = section(cookcam, "3-investigation-p0p1--15-minutes").steps()
    sql = [s for s in steps if s.kind is StepKind.SQL]
    assert [texts(s)[0].split()[0] for s in sql] == ["SELECT", "SELECT"]
    assert all(s.context[-1].kind == "database" and s.context[-1].name == "$DATABASE_URL" for s in sql)
    tail = [s for s in steps if any("tail -f" in text for text in texts(s))]
    assert tail
    assert all(not s.context for s in tail)
    blocked = {key for d in cookcam.diagnostics if d.rule == "TOC103" for key in d.steps}
    assert blocked == {s.id for s in sql}
    assert all(d.level is Level.ERROR for d in cookcam.diagnostics if d.rule == "TOC103")


def test_options_of_the_mitigation_are_one_choice_and_the_fastest_is_preferred(cookcam: Runbook) -> None:
    found = choice(cookcam, "4-mitigation")
    assert found.kind is ChoiceKind.ALTERNATIVES
    assert [o.label.split(":")[0] for o in found.options] == ["Option A", "Option B", "Option C", "Option D"]
    assert [o.recommended for o in found.options] == [True, False, False, False]


def test_looking_before_the_checkout_offers_the_commits_to_choose_from(cookcam: Runbook) -> None:
    looking, changing = step(cookcam, "IRP 4.1a.1"), step(cookcam, "IRP 4.1a.2")
    assert texts(looking) == ["cd /path/to/cookcam", "git log --oneline -10"]
    assert looking.judgement.effect is Effect.OBSERVE
    (hole,) = changing.placeholders
    assert (hole.name, hole.type) == ("previous_stable_commit", "ref")
    assert hole.offered_by == (looking.id,)
    assert changing.context[-1].name == "/path/to/cookcam"


def test_an_incident_keeps_its_number_against_the_process(cookcam: Runbook) -> None:
    assert step(cookcam, "4.1").title == "Monitor memory over time"
    assert step(cookcam, "IRP 4.1c.1a").title == "Increase PM2 instances"


def test_a_command_in_a_comment_is_a_manual_step_behind_its_condition(cookcam: Runbook) -> None:
    found = step(cookcam, "2.5")
    assert found.kind is StepKind.MANUAL
    assert not found.actions
    assert found.condition is not None
    assert found.condition.kind is ConditionKind.IF_NEEDED
    assert "ALTER SYSTEM" in found.text
    assert any(d.rule == "TOC113" and found.id in d.steps for d in cookcam.diagnostics)


def test_traffic_spike_and_attack_are_cases_with_the_edit_and_its_content(cookcam: Runbook) -> None:
    found = choice(cookcam, "5")
    assert found.kind is ChoiceKind.CASES
    assert [o.label for o in found.options] == ["If legitimate traffic spike", "If DDoS attack"]
    edit = step(cookcam, "5.3a.1")
    assert edit.kind is StepKind.EDIT
    assert "limit_req zone=api_limit:10m rate=20r/s;" in edit.text
    block = step(cookcam, "5.3a.4")
    assert block.kind is StepKind.EDIT
    assert block.text.rstrip().endswith("}")


def test_short_medium_and_long_term_are_told_apart(cookcam: Runbook, prepchef: Runbook) -> None:
    assert [s.horizon for s in section(cookcam, "4").steps()] == [None, None, None, "short", "medium", "long"]
    assert step(prepchef, "5.5").horizon == "long"


def test_full_redis_offers_flushall_and_the_pattern_as_alternatives_both_destroying(
    prepchef: Runbook,
) -> None:
    found = choice(prepchef, "5")
    assert found.number == "5.2"
    assert found.kind is ChoiceKind.ALTERNATIVES
    flush, scan = step(prepchef, "5.2a"), step(prepchef, "5.2b")
    assert texts(flush) == ["redis-cli FLUSHALL ASYNC"]
    assert flush.warned
    assert Flag.WARNED in flush.judgement.flags
    assert scan.title == "more conservative"
    assert flush.judgement.effect is scan.judgement.effect is Effect.DESTROY


def test_full_redis_is_looked_at_first_and_set_last(prepchef: Runbook) -> None:
    assert texts(step(prepchef, "5.1")) == ["redis-cli INFO memory"]
    assert step(prepchef, "5.1").role is Role.INVESTIGATION
    assert texts(step(prepchef, "5.3")) == [
        "kubectl set env deployment/redis REDIS_MAXMEMORY=2gb -n prepchef"
    ]
    assert texts(step(prepchef, "5.4")) == ["redis-cli CONFIG SET maxmemory-policy allkeys-lru"]
    assert step(prepchef, "5.4").role is Role.MITIGATION


def test_list_items_give_titles_and_numbers_although_the_list_is_broken(prepchef: Runbook) -> None:
    assert step(prepchef, "1.2").title == "Stop application servers"
    assert step(prepchef, "1.2").title_from == "item"
    assert step(prepchef, "1.3.4").condition is not None
    assert any(d.rule == "TOC122" for d in prepchef.diagnostics)


def test_the_way_back_is_bound_to_its_section(prepchef: Runbook) -> None:
    assert step(prepchef, "1.6").role is Role.ROLLBACK
    assert step(prepchef, "3.6").role is Role.ROLLBACK
    assert "kubectl delete ingress payments-maintenance -n prepchef" in texts(step(prepchef, "3.6"))


def test_a_manifest_is_a_step_that_changes_and_prose_bullets_are_manual(prepchef: Runbook) -> None:
    manifest = step(prepchef, "3.3")
    assert manifest.kind is StepKind.MANIFEST
    assert manifest.judgement.effect is Effect.CHANGE
    assert [s.kind for s in section(prepchef, "2").steps()[:8]] == [StepKind.MANUAL] * 8


def test_a_command_in_a_bullet_is_a_step(prepchef: Runbook) -> None:
    found = step(prepchef, "3.5.1")
    assert texts(found) == ["kubectl logs -l app=payments-svc --since=1h"]
    assert found.title == "Check logs"


def test_toolbox_steps_stand_alone(cookcam: Runbook, prepchef: Runbook) -> None:
    for book, count in ((cookcam, 9), (prepchef, 5)):
        steps = section(book, "useful-commands").steps()
        assert len(steps) == count
        assert {s.role for s in steps} == {Role.TOOLBOX}


def test_no_destroying_or_disrupting_command_of_the_seeds_runs_by_itself(
    cookcam: Runbook, prepchef: Runbook
) -> None:
    dangerous = (
        "delete",
        "restart",
        "FLUSHALL",
        "DEL",
        "terminate",
        "pg_restore",
        "RENAME",
        "--replicas=0",
        "heapdump",
        "undo",
    )
    for book in (cookcam, prepchef):
        for found in book.sections[0].steps():
            for action in found.actions:
                if any(word in action.text for word in dangerous):
                    assert not found.judgement.runs_by_itself, action.text
