"""What differs between two readings of an installation's files: pure, and never a false alarm."""

from tocsin.app.fitting import RUNBOOK
from tocsin.app.reload.difference import Sources, difference, named_files

BASE = """
[people.ana]
name = "Ana"
[oncall]
level1 = ["ana"]
[pagers.sms]
kind = "twilio"
token = "${file:token.txt}"
[web]
listen = "127.0.0.1:8410"
"""


def sources(settings: str = BASE, runbook: str = "# Shop\n", token: str | None = "old") -> Sources:
    return Sources(settings, runbook, {"token.txt": token})


def test_the_same_texts_do_not_differ() -> None:
    found = difference(sources(), sources())
    assert (found.changed, found.waits) == (frozenset(), ())


def test_comments_order_and_defaults_that_are_written_out_are_no_difference() -> None:
    said = """
    # as before
    [web]
    token_variable = "TOCSIN_TOKEN"
    listen = "127.0.0.1:8410"
    [reload]
    by_itself = true
    [people.ana]
    name = "Ana"
    role = "responder"
    [pagers.sms]
    token = "${file:token.txt}"
    kind = "twilio"
    [oncall]
    level1 = ["ana"]
    """
    assert difference(sources(), sources(said)).changed == frozenset()


def test_a_table_that_says_something_else_is_named() -> None:
    found = difference(sources(), sources(BASE.replace('"Ana"', '"Anna"')))
    assert (found.tables, found.runbook, found.waits) == ({"people"}, False, ())


def test_a_table_that_is_new_or_gone_is_named() -> None:
    more = sources(BASE + '[canary]\nperson = "ana"\n')
    assert difference(sources(), more).tables == {"canary"}
    assert difference(more, sources()).tables == {"canary"}


def test_another_runbook_is_named() -> None:
    assert difference(sources(), sources(runbook="# Shop 2\n")).changed == {RUNBOOK}


def test_a_table_that_names_a_file_with_another_content_is_named() -> None:
    assert named_files(BASE) == ("token.txt",)
    assert difference(sources(), sources(token="new")).tables == {"pagers"}
    assert difference(sources(), sources(token=None)).tables == {"pagers"}


def test_what_holds_from_a_start_only_is_named_by_its_key() -> None:
    other = BASE.replace("8410", "8411") + '[drills]\nschedule = "0 3 * * *"\n[tocsin]\ndata = "elsewhere"\n'
    found = difference(sources(), sources(other))
    assert found.waits == ("tocsin.data", "web.listen", "drills")
    assert found.tables == {"web", "drills", "tocsin"}


def test_a_default_that_is_written_out_waits_for_nothing() -> None:
    silent = BASE.replace('[web]\nlisten = "127.0.0.1:8410"\n', "")
    assert difference(sources(silent), sources()).waits == ()


def test_texts_with_secrets_are_not_shown() -> None:
    assert "twilio" not in repr(sources())
    assert "old" not in repr(sources())
