"""No regular expression of ours can be made to think for ever: alerts, output and runbooks are hostile text.

Every pattern that a module of ours compiles, or hands to `re` as it stands, is read by regexploit, which knows where repetitions
overlap. Quadratic is tolerated, because lines and outputs are capped; worse is not.
"""

import ast
import importlib
import pkgutil
import re
import re._parser as sre_parse  # the reading that regexploit is given  # type: ignore[import-not-found]
from pathlib import Path
from typing import Any

import pytest
from regexploit.ast.sre import SreOpParser
from regexploit.redos import find

import tocsin

QUADRATIC = 2
SOURCE = Path(tocsin.__path__[0])


class Reader(SreOpParser):  # type: ignore[misc]  # has no types
    """Knows what Python 3.11 brought: what never goes back repeats for this purpose at most once."""

    def from_POSSESSIVE_REPEAT(self, data: tuple[int, int, Any]) -> Any:  # noqa: N802  (regexploit's way of naming)
        low, high, inner = data
        return self.from_MAX_REPEAT((low, min(high, low + 1), inner))

    def from_ATOMIC_GROUP(self, data: Any) -> Any:  # noqa: N802
        return self.sequence_or_singleton(data)


def worst(pattern: str, flags: int) -> int:
    """The power with which its work can grow with the text."""
    found = find(Reader().sequence_or_singleton(sre_parse.parse(pattern, flags)))
    return max((one.starriness for one in found), default=1)


def compiled() -> dict[tuple[str, int], str]:
    """The patterns that stand in our modules, and where."""
    found: dict[tuple[str, int], str] = {}
    for info in pkgutil.walk_packages(tocsin.__path__, "tocsin."):
        if "migrations" in info.name or info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            for one in _patterns(value):
                found.setdefault((one.pattern, one.flags), f"{info.name}.{name}")
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.setdefault((first.value, 0), f"{path.relative_to(SOURCE)}:{node.lineno}")
    return found


def _patterns(value: object, depth: int = 0) -> list[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        return [value] if isinstance(value.pattern, str) else []
    if depth < 3 and isinstance(value, tuple | list | frozenset):
        return [one for each in value for one in _patterns(each, depth + 1)]
    if depth < 3 and isinstance(value, dict):
        return [one for each in value.values() for one in _patterns(each, depth + 1)]
    return []


def test_no_regular_expression_takes_more_than_quadratic_time() -> None:
    found = compiled()
    assert len(found) > 1000
    slow = {where: pattern for (pattern, flags), where in found.items() if worst(pattern, flags) > QUADRATIC}
    assert not slow, "\n".join(f"{where}: {pattern}" for where, pattern in slow.items())


@pytest.mark.parametrize("pattern", [r"(?:--?\S+[ =]?)*?x", r"\s*a?\s*b?\s*c", r"^\W*\?+\W*$"])
def test_the_measure_knows_a_slow_one(pattern: str) -> None:
    assert worst(pattern, 0) > QUADRATIC


def test_no_group_is_possessive() -> None:
    """Python before 3.11.5 (Debian 12 has 3.11.2) reads possessive groups that hold a choice wrongly (gh-106052)."""
    found = [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()[:100]}"
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in (".py", ".toml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>", line)
    ]
    assert found == []
