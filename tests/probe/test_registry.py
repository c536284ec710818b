"""Every kind of check can be loaded and made, though none is before it is needed."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.probe.registry import KINDS, Probers


def never(text: str, limit: timedelta) -> Any:
    raise AssertionError("nothing is run to make a prober")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made(kind: str) -> None:
    assert callable(Probers(SystemClock(), run=never).prober(kind).probe)


@pytest.mark.parametrize("kind", ["command", "kubernetes", "pm2", "systemd"])
def test_where_nothing_can_be_run_kinds_that_run_something_are_unknown(kind: str) -> None:
    with pytest.raises(ConfigError, match="unknown kind") as told:
        Probers(SystemClock()).prober(kind)
    assert kind not in (told.value.hint or "")


def test_a_process_that_measures_loads_neither_judge_nor_web_nor_drivers() -> None:
    """What makes `tocsin watch` small (ADR 0010): 90 MB of modules that only other work needs."""
    heavy = (
        "sqlglot",
        "tree_sitter",
        "psycopg",
        "starlette",
        "jinja2",
        "httpx2",
        "cryptography",
        "dns",
        "alembic",
        "sqlite3",
        "tocsin.incident.events",
        "tocsin.response",
    )
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, tocsin.cli.watch; print([m for m in {heavy!r} if m in sys.modules])"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert said.stdout.strip() == "[]"
