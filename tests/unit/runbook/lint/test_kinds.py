"""What is told by kind, and not by a tool's name, finds its defect and stays quiet on the corrected text."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_kinds import CASES_KINDS
from tests.unit.runbook.lint.linted import is_found_and_then_quiet

from tocsin.runbook.lint.deeds import Doing, alike, deed
from tocsin.runbook.lint.says import Promise, promised
from tocsin.runbook.lint.shell import read


@pytest.mark.parametrize("case", CASES_KINDS, ids=lambda case: f"{case.rule}-{CASES_KINDS.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)


@pytest.mark.parametrize(
    ("text", "doing"),
    [
        ("echo 'disable server web/web3'", Doing.OUT),
        ("anytool node:drain n-4", Doing.OUT),
        ("anytool maintenance:disable", Doing.BACK),
        ("mysql -e 'SET GLOBAL read_only = OFF'", Doing.BACK),
        ("anytool key remove 4f", Doing.REMOVES),
        ("anytool --delete-keys bank", Doing.REMOVES),
        ("anytool user add bo", Doing.MAKES),
        ("anytool show node-out", None),
        ("anytool get app.disable.flag", None),
        ("ssh web-1 'systemctl stop web'", None),
    ],
)
def test_a_verb_says_what_is_done_in_any_tool(text: str, doing: Doing | None) -> None:
    read_as = deed(read(text).commands[0])
    assert (read_as.doing if read_as is not None else None) is doing


def test_names_of_one_row_are_alike_and_others_are_not() -> None:
    assert alike("web-1", "web-2")
    assert alike("cache.eu1.internal", "cache.us1.internal")
    assert not alike("web-1", "web-1")
    assert not alike("orders", "payments")


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        ("Nothing is lost by that.", Promise.KEEPS),
        ("The orders stay where they are:", Promise.KEEPS),
        ("Dabei gehen keine Nachrichten verloren.", Promise.KEEPS),
        ("No se borra nada.", Promise.KEEPS),
        ("Aucun fichier n'est supprimé.", Promise.KEEPS),
        ("This leaves the uploads untouched.", Promise.KEEPS),
        ("Das zeigt nur die Einträge an.", Promise.LOOKS),
        ("Nothing gets changed.", Promise.LOOKS),
        ("It only counts them:", Promise.LOOKS),
        ("Nobody notices.", Promise.SERVES),
        ("Ohne Unterbrechung:", Promise.SERVES),
        ("Sin ningún corte:", Promise.SERVES),
        ("The new value is used right away.", Promise.AT_ONCE),
        ("A restart is not needed.", Promise.AT_ONCE),
        ("El valor nuevo se aplica al instante.", Promise.AT_ONCE),
        ("Der neue Wert gilt sofort.", Promise.AT_ONCE),
        ("Harmless, can be repeated.", Promise.HARMLESS),
        ("Das ist ungefährlich.", Promise.HARMLESS),
    ],
)
def test_a_promise_is_known_in_whatever_words(text: str, promise: Promise) -> None:
    assert promise in [found for found, _ in promised(text)]


@pytest.mark.parametrize(
    "text",
    [
        "All carts are deleted by this.",
        "What was lost is listed below.",
        "Nothing younger than 14 days is removed.",
        "Users are cut off for some seconds.",
        "Now use the new key.",
        "Call the bank immediately.",
        "Not every mail arrives.",
        "Die Daten gehen verloren.",
        "La base se borra.",
        "Restart it after the change.",
        "Take the block away, otherwise nothing can be written.",
    ],
)
def test_what_promises_nothing_is_no_promise(text: str) -> None:
    assert promised(text) == ()
