"""What the runbook says should be seen, beside what was seen. In doubt the answer asks a person."""

import pytest

from tocsin.effects.expected import State, compare

CASES = [
    ("http_status", "200", "should return 200", "", {"status": "200"}, State.MET),
    ("http_status", "200", "should return 200", "", {"status": "502"}, State.NOT_MET),
    ("http_status", "200", "should return 200", "HTTP/2 200\r\nserver: x\n", {}, State.MET),
    ("http_status", "200", "should return 200", "HTTP/1.1 301 Moved\n\nHTTP/1.1 503 x\n", {}, State.NOT_MET),
    ("http_status", "200", "should return 200", "200\n", {}, State.MET),
    ("http_status", "200", "should return 200", "", {"curl": "7"}, State.NOT_MET),
    ("http_status", "200", "should return 200", '{"uptime": 200}', {}, State.UNKNOWN),
    ("empty", "", "should be empty", " \n", {}, State.MET),
    ("empty", "", "should be empty", "one error\n", {}, State.NOT_MET),
    ("contains", "running", "should show running", "state: RUNNING", {}, State.MET),
    ("contains", "running", "should show running", "state: stopped", {}, State.NOT_MET),
    ("json", '{"status":"ok"}', "Expected: ...", '{"status": "ok", "db": {"up": true}}', {}, State.MET),
    ("json", '{"status":"ok"}', "Expected: ...", '{"status": "degraded"}', {}, State.NOT_MET),
    ("json", '{"status":"ok"}', "Expected: ...", "<html>502</html>", {}, State.NOT_MET),
    ("json", '{"n":1}', "Expected: ...", '{"n": true}', {}, State.NOT_MET),
    ("number", ">= 3", "at least 3 replicas", "", {"replicas": "2"}, State.NOT_MET),
    ("number", "== 3", "expected: 3 replicas", "", {"replicas": "3"}, State.MET),
    ("number", "< 80", "less than 80 %", "", {"used": "91%"}, State.NOT_MET),
    ("number", "<= 100", "at most 100 connections", " 87\n", {}, State.MET),
    ("number", "== 0", "should be 0", "12 of 40", {}, State.UNKNOWN),
    ("number", "== 0", "should be 0", "nothing here", {}, State.UNKNOWN),
    ("exit_status", "0", "should be 0", "0\n", {}, State.MET),
    ("exit_status", "0", "should be 0", "7\n", {}, State.NOT_MET),
    ("prose", "all is well", "should look normal", "normal", {}, State.UNKNOWN),
    ("a kind of tomorrow", "", "", "", {}, State.UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "text", "stdout", "facts", "state"), CASES)
def test_an_expectation_is_answered(
    kind: str, value: str, text: str, stdout: str, facts: dict[str, str], state: State
) -> None:
    assert compare(kind, value, text, stdout, 0, facts).state is state


def test_a_hostile_output_is_compared_and_never_raises() -> None:
    for stdout in ("[" * 100_000, "{" * 100_000, '{"a":' * 50_000, "9" * 100_000, "\x1b[2J" * 1000):
        for kind, value in (
            ("json", '{"a":1}'),
            ("number", ">= 3"),
            ("contains", "x"),
            ("http_status", "200"),
        ):
            compare(kind, value, "at least 3", stdout, 0, {})


def test_what_was_seen_is_short() -> None:
    assert len(compare("contains", "x", "", "y " * 10_000, 0, {}).seen) <= 80
