"""Machine fixes: certain, small, idempotent, and never worse than what they mend."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.runbook.lint.cases import CASES, Case, incident

from tocsin.app.lint_settings import LintSettings
from tocsin.app.linting import Choice, Linter
from tocsin.runbook.compile import compile
from tocsin.runbook.lint.fixes import apply
from tocsin.runbook.lint.plainly import plainly
from tocsin.runbook.lint.run import lint
from tocsin.runbook.plan.as_json import as_json
from tocsin.runbook.plan.outlook import plan

TODAY = date(2025, 11, 21)
LINTER = Linter("r.md", Path("r.md"), LintSettings(), Choice(), TODAY)


def mended(text: str) -> str:
    return LINTER.mend(text)[0]


def worst(text: str) -> list[int]:
    book = compile(text)
    return sorted((s.judgement.effect.value for part in book.sections for s in part.steps()), reverse=True)


@pytest.mark.parametrize(
    ("label", "before", "after"),
    [
        ("Verification", "curl https://shop.internal/health", "curl -fsS -m 10 https://shop.internal/health"),
        ("Verification", "curl -s https://shop.internal/health", "curl -fS -m 10 -s https://shop.internal/health"),
        ("Verification", "curl -sS --max-time 3 https://a.internal/", "curl -f -sS --max-time 3 https://a.internal/"),
        ("Resolution", "find /srv/tmp -name '*.old' | xargs rm", "find /srv/tmp -name '*.old' | xargs -r rm"),
        ("Investigation", "kubectl logs -l app=api -n s | grep ERROR", "kubectl logs --tail=-1 -l app=api -n s | grep ERROR"),
        ("Investigation", "kubectl –n shop get pods", "kubectl -n shop get pods"),
        ("Investigation", "psql -h db -d shop -c “select 1”", 'psql -h db -d shop -c "select 1"'),
        ("Investigation", "df -h\u00a0/srv", "df -h /srv"),
        ("Investigation", "df -h\u200b /srv", "df -h /srv"),
        ("Investigation", "uptime &amp;&amp; df -h", "uptime && df -h"),
        ("Resolution", "certbot renew --cert-name shop", "certbot renew --no-random-sleep-on-renew --cert-name shop"),
    ],
)  # fmt: skip
def test_what_is_certain_is_mended(label: str, before: str, after: str) -> None:
    text = incident(f"{label}\n{before}")
    assert mended(text) == text.replace(before, after)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (
            "Investigation",
            "curl https://shop.internal/health",
        ),  # there the body of an error is what they look for
        ("Verification", "# should be 401 without a token\ncurl https://shop.internal/admin"),
        ("Verification", "curl --retry 9 https://shop.internal/health"),
        ("Verification", "curl -o dump.tgz https://shop.internal/dump"),
        ("Investigation", "kubectl logs -l app=api -n shop"),  # all of it on a screen helps nobody
        ("Investigation", "find /srv –name x"),  # one dash or two?
        ("Investigation", "echo it’s late"),
        ("Investigation", 'grep “a "b" c” /srv/log'),
        ("Investigation", "cat /srv/\u202etxt.sh"),  # what people see is not what stands there
        ("Investigation", "echo 'no\u00a0break' \u00a0x"),  # one of them is data
        ("Resolution", "sh -c 'find /srv | xargs rm'"),
    ],
)
def test_what_may_have_been_meant_otherwise_is_left_to_a_person(label: str, text: str) -> None:
    document = incident(f"{label}\n{text}")
    assert mended(document) == document


def test_a_fence_of_commands_gets_its_label_and_the_plan_stays_the_same() -> None:
    text = incident("Investigation\ndf -h\n# memory\nfree -m").replace("```bash", "```")
    after = mended(text)
    assert after == text.replace("```\ndf", "```bash\ndf")
    assert as_json(plan(compile(after))) == as_json(plan(compile(text)))


@pytest.mark.parametrize(
    "text", ["some words\nmore words", "df -h\nFilesystem Size Used", '{"a": 1}', "host: a\nport: 1"]
)
def test_a_fence_of_anything_else_gets_no_label(text: str) -> None:
    document = incident(f"Investigation\n{text}").replace("```bash", "```")
    assert mended(document) == document


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{CASES.index(case)}")
def test_mending_twice_changes_nothing_and_nothing_gets_worse(case: Case) -> None:
    for text in (case.bad, case.good):
        once = mended(text)
        assert mended(once) == once
        before = {(d.rule, d.span.first_line) for d in lint(compile(text), today=TODAY, source=text)}
        after = {(d.rule, d.span.first_line) for d in lint(compile(once), today=TODAY, source=once)}
        assert after <= before
        assert all(new <= old for new, old in zip(worst(once), worst(text), strict=True))


@pytest.mark.parametrize("name", ["cookcam", "prepchef"])
def test_the_examples_are_mended_without_a_new_finding(name: str) -> None:
    text = (Path(__file__).parents[4] / "examples" / name / "runbook.md").read_text(encoding="utf-8")
    once = mended(text)
    assert mended(once) == once
    found = lint(compile(text), today=TODAY, source=text)
    fixable = [d for d in found if d.fix is not None]
    left = lint(compile(once), today=TODAY, source=once)
    assert len(left) <= len(found) - len([d for d in fixable if d.rule != "TOC206"])


def test_line_ends_and_wide_characters_stay() -> None:
    text = incident("Verification\necho 😀; curl https://shop.internal/ü").replace("\n", "\r\n")
    assert mended(text) == text.replace("curl ", "curl -fsS -m 10 ")


WORDS = st.sampled_from(
    ["curl https://a/", "| xargs rm", "“", "”", "‘", "’", "–n", "—all", "\u00a0", "\u200b", "&amp;", "'", '"', "\n", "kubectl logs -l a", "| grep x",
     "certbot renew", "\\", "$X", "```", "echo", " ", "😀", "rm -rf /", ";"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=10))
def test_any_command_is_mended_to_something_no_worse(words: list[str]) -> None:
    text = incident("Verification\n" + " ".join(words))
    once = mended(text)
    assert mended(once) == once
    assert sum(worst(once)) <= sum(worst(text))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab “”‘’–—\u00a0\u200b\u202e'\"&amp;\n", max_size=25))
def test_a_plain_text_has_nothing_left_to_mend(text: str) -> None:
    found = plainly(text)
    assert found is None or plainly(found) is None


def test_of_two_fixes_that_overlap_the_first_is_made() -> None:
    text = incident("Verification\ncurl https://a.internal/")
    (fix,) = [d.fix for d in lint(compile(text), today=TODAY, source=text) if d.fix is not None]
    assert apply(text, [fix, fix])[1] == 1
