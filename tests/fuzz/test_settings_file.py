"""A tocsin.toml is read or refused in a sentence: whatever its bytes, and whichever one value of a good one is another."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.app.check_problems import refuse_wrong
from tocsin.app.settings import load
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.probe.registry import Probers

KEY = "0123456789abcdef0123456789abcdef"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "DATABASE_URL": "postgresql://db/shop",
    "TOKEN": KEY,
}
QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
Table = dict[str, object]


def check(kind: str, **more: object) -> Table:
    return {"name": f"a-{kind}", "kind": kind, "every": "10 s", "timeout": "5 s", "impact": "Slow", **more}


# One of everything that can stand in the file; not all of it makes sense together, but each part can be read.
FULL: Table = {
    "tocsin": {"name": "shop", "runbook": "runbook.md", "data": "var"},
    "response": {"watch": "10 min", "rounds": 3, "reopen": "1 h", "hop": "5 min", "step_timeout": "30 s"},
    "people": {
        "ana": {"name": "Ana", "page": ["sink:ana", "mail:ana@example.org"], "role": "commander"},
        "bo": {"name": "Bo", "page": ["sink:bo"]},
    },
    "oncall": {
        "level1": ["ana"],
        "level2": {
            "zone": "Europe/Berlin",
            "layers": [{"people": ["ana", "bo"], "handover": "Mon 09:00", "start": date(2026, 1, 7), "every": "1 week"}],
        },
    },
    "pagers": {
        "sink": {"kind": "file", "path": "pages.jsonl"},
        "mail": {"kind": "email", "host": "127.0.0.1", "port": 25, "security": "none", "from": "tocsin@example.org"},
        "hook": {"kind": "webhook", "url": "https://hooks.example.org/x"},
        "pd": {"kind": "pagerduty", "routing_key": KEY},
    },
    "targets": {
        "name": "web-1", "hosts": ["web-1"], "environment": ["LANG"], "secrets": ["DATABASE_URL"], "database": "DATABASE_URL",
        "ssh": {"db": {"address": "10.0.0.4", "port": 22, "user": "ops", "host_key": "ssh-ed25519 AAAA"}},
    },
    "parameters": {"app": "shop"},
    "updates": {"team": ["hook:team"]},
    "web": {"listen": "127.0.0.1:0", "public_url": "https://ops.example.org"},
    "paging": {"bundle": "30 s", "link_life": "1 h", "fallback": "1 min"},
    "canary": {"person": "ana", "every": "1 h", "within": "5 min"},
    "heartbeat": {"url": "https://hc.example.org/ping/x", "every": "1 min"},
    "cut_off": {"share": 0.5},
    "lint": {"ignore": ["TOC204"], "fail_on": "error", "paths": {"docs/*.md": {"ignore": ["TOC101"]}}},
    "waive": [{"rule": "TOC204", "step": "1", "reason": "known", "until": date(2027, 1, 1)}],
    "reload": {"by_itself": True, "every": "10 s"},
    "drills": {"schedule": "0 4 * * 1", "names": ["one"]},
    "heartbeats": [
        {"name": "backup", "schedule": "0 2 * * *", "zone": "Europe/Berlin", "grace": "1 h", "impact": "Slow"},
        {"name": "queue", "every": "5 min", "grace": "1 min", "success_words": ["done"], "fail_words": ["ERROR"]},
    ],
    "integrations": [
        {"name": "pd", "kind": "pagerduty-events", "key": KEY},
        {"name": "am", "kind": "alertmanager", "key": "am-0123456789abcdef012345", "severity": {"ticket": "record"}, "group_by": ["job"]},
        {"name": "gf", "kind": "grafana", "key": "gf-0123456789abcdef012345", "secret": "s" * 20, "timestamp_header": "X-Stamp"},
        {"name": "st", "kind": "stripe", "key": "st-0123456789abcdef012345", "secret": "whsec_x", "alert_on": ["charge.failed"]},
        {"name": "gh", "kind": "github", "key": "gh-0123456789abcdef012345", "secret": "x" * 20, "branches": ["main"]},
        {"name": "js", "kind": "json", "key": "js-0123456789abcdef012345", "map": {"title": "$.a", "labels": {"x": "$.b"}}},
    ],
    "listeners": [{"name": "crm", "url": "https://crm.example.org/in", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw"}],
    "status": {
        "name": "Shop", "url": "https://status.example.org", "directory": "page", "every": "1 min", "mail": "mail",
        "components": [{"name": "API", "checks": ["a-http"], "group": "Front", "about": "The API"}],
    },
    "synthetics": {"base_url": "https://api.example.org", "threshold": "200 ms", "samples": 5, "impact_slow": "Slow"},
    "reconcile": {
        "payouts": {
            "schedule": "0 2 * * *", "tolerance": "0.01", "lag_days": 1,
            "left": {"csv": "payouts-{day}.csv", "key": ["id"], "amount": "amount", "currency": "currency", "delimiter": ";"},
            "right": {"postgres": "${DATABASE_URL}", "query": "SELECT 1", "key": "id", "amount": "a", "fixed_currency": "USD", "within": "1 min"},
        }
    },
    "checks": [
        check("http", url="https://api.example.org/health", status=[200], contains="ok", total_down="1 s", depends_on=["a-tcp"]),
        check("http_steps", steps=[{"url": "https://x.example/a", "name": "one", "capture": {"id": "json:id"}}, {"url": "https://x.example/{id}"}]),
        check("tcp", host="db", port=5432, failures=3, of=5),
        check("dns", domain="example.org", server="127.0.0.1", answers=["10.0.0.1"], least_ttl="30 s"),
        check("tls", host="example.org", left_down="7 d"),
        check("postgres", dsn="${DATABASE_URL}", query_down="5 s", writable=True),
        check("redis", host="127.0.0.1", port=6379, write_probe=True),
        check("sql", dsn="${DATABASE_URL}", query="SELECT count(*) FROM t", above_down=1),
        check("log", path="/var/log/x", matching="error (\\d+)", rate_down=30),
        check("file", path="/x/*.json", age_down="1 d"),
        check("disk", path="/", used_down=0.95),
        check("memory", used_down=0.95),
        check("cpu", busy_down=0.95),
        check("process", process="nginx", least=1),
        check("systemd", unit="nginx.service"),
        check("pm2", app="shop", memory_down="300 MB"),
        check("kubernetes", context="shop", deployment="shop", namespace="default"),
        check("s3", bucket="b", prefix="p/", access_key="k", secret_key="s", age_down="26 h"),
        check("sentry", organization="o", project=42, token="${TOKEN}", rate_down=10),
        check("command", command="true", exit_status=0),
    ],
}  # fmt: skip

WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        ["", " ", "0 s", "-5 s", "5 min", "1e9999 s", "999999999 d", "0 2 * * *", "* * 31 2 *", "@daily", "Europe/Berlin", "Mars/X", "sink:ana",
         "sink:", ":", "127.0.0.1:99999", "[::1", "http://", "http://[", "https://u:p@h:x/", "http://h:99999999/", "${", "${}", "${NOBODY}", "${file:/nonexistent}",
         "$", "$.[", "(", "[a-", "a{99999999999}", "2026-02-31", "Monday 25:00", "0", "-1", "100 %", "²", "٣", "\x00", "postgresql://", "../../x"]
    ),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.dates(), WORDS,
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def toml(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case bool(truth):
            return "true" if truth else "false"
        case int(number):
            return str(number)
        case float(number):
            return repr(number)
        case date() as day:
            return day.isoformat()
        case str(text):
            return json.dumps(text).replace("\x7f", "\\u007F")
        case list(items):
            return f"[{', '.join(toml(each) for each in items)}]"
        case dict(members):
            return f"{{{', '.join(f'{toml(str(name))} = {toml(each)}' for name, each in members.items())}}}"
        case other:
            raise AssertionError(other)


def document(found: Table) -> str:
    return "".join(f"{name} = {toml(value)}\n" for name, value in found.items())


def places(value: object, before: tuple[str | int, ...] = ()) -> Iterable[tuple[str | int, ...]]:
    """Every path into a document."""
    pairs: list[tuple[str | int, object]] = []
    match value:
        case dict(members):
            pairs = list(members.items())
        case list(items):
            pairs = list(enumerate(items))
    for name, inner in pairs:
        yield (*before, name)
        yield from places(inner, (*before, name))


def changed(value: object, path: tuple[str | int, ...], to: object) -> object:
    """The same document with another value at one place."""
    if not path:
        return to
    first, rest = path[0], path[1:]
    match value:
        case dict(members):
            return {
                name: changed(each, rest, to) if name == first else each for name, each in members.items()
            }
        case list(items):
            return [changed(each, rest, to) if place == first else each for place, each in enumerate(items)]
        case other:
            raise AssertionError(other)


def read(folder: Path, content: bytes) -> None:
    """Read, and look at every check, as a start does. Raises whatever that raises."""
    file = folder / "tocsin.toml"
    file.write_bytes(content)
    found = load(file, ENVIRONMENT)
    refuse_wrong(found, Probers(SystemClock(), run=nothing, variables=ENVIRONMENT))


def nothing(text: str, timeout: timedelta) -> NoReturn:
    """What runs texts: looking at settings runs none."""
    raise AssertionError(text)


def refused(folder: Path, content: bytes) -> str | None:
    """The sentence it is refused with, or None. Any other exception passes through and fails the test."""
    try:
        read(folder, content)
    except ConfigError as problem:
        return str(problem)
    return None


def test_the_whole_of_it_is_read(tmp_path: Path) -> None:
    assert refused(tmp_path, document(FULL).encode()) is None


@settings(QUIET, max_examples=150)
@given(
    st.binary(max_size=120) | st.text(max_size=120).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_read_or_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    said = refused(tmp_path, content)
    assert said is None or said.strip()


@pytest.mark.parametrize("table", list(FULL))
@settings(QUIET, max_examples=25)
@given(st.data())
def test_one_value_of_another_kind_is_read_or_refused_with_its_place(
    tmp_path: Path, table: str, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from([each for each in places(FULL) if each[0] == table]))
    other = document(changed(FULL, path, data.draw(VALUES)))  # type: ignore[arg-type]  # the top stays a table
    said = refused(tmp_path, other.encode("utf-8"))
    assert said is None or said.strip()
