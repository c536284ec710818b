"""Recipes of a justfile, as far as reading alone can tell what `just RECIPE` runs.

Source: https://just.systems/man/en/
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tocsin.effects.repository.held import Held, Repository, sha256
from tocsin.effects.words import HOLE, Word

FILES = ("justfile", "Justfile", ".justfile")
_SETTING = re.compile(
    r"set\s+(?:dotenv-load|export|positional-arguments|quiet|ignore-comments|fallback|unstable|shell)\b"
    r"(?:\s*:=\s*(?:true|false|\[\s*[\"'](?:ba|z|da)?sh[\"'](?:\s*,\s*[\"']-[a-z]+[\"']|\s*,\s*[\"']pipefail[\"'])*\s*\]))?\s*$"
)
_HEADER = re.compile(r"@?([A-Za-z_][\w-]*)((?:\s+[^:]*?)?)\s*:(?!=)\s*(.*)$")
_CONSTANT = re.compile(r"(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(?:\"([^\"\\`]*)\"|'([^'`]*)')\s*$")
_PARAMETER = re.compile(r"([+*]?)\$?([A-Za-z_][\w-]*)(?:=(?:\"([^\"]*)\"|'([^']*)'|(\S+)))?")
_SAFE = re.compile(r"[\w./:@,+=-]*")
_SHEBANG = re.compile(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(?:/\S*/)?(\w+)")
_DEEPEST = 20


@dataclass(slots=True)
class _Recipe:
    parameters: list[tuple[str, str, str | None]]  # kind, name, default
    needs: list[str]
    body: list[tuple[int, str]] = field(default_factory=list)
    twice: bool = False


@dataclass(slots=True)
class Justfile:
    """Recipes by name, and variables with one written value."""

    recipes: dict[str, _Recipe] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=64)
def parse(text: str) -> Justfile | None:
    """A justfile's recipes, or None if more than reading is needed to know them."""
    made = Justfile()
    aliases: dict[str, str] = {}
    current: _Recipe | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in (" ", "\t"):
            if line.strip() and current is None:
                return None
            if current is not None:
                current.body.append((number, line.strip()))
            continue
        plain = line.strip()
        if not plain or plain.startswith(("#", "[")):
            continue
        current = None
        alias = re.fullmatch(r"alias\s+([\w-]+)\s*:=\s*([\w-]+)", plain)
        constant = _CONSTANT.fullmatch(plain)
        if alias:
            aliases[alias[1]] = alias[2]
        elif constant:
            made.values[constant[1]] = constant[2] if constant[2] is not None else constant[3]
        elif plain.startswith("set "):
            if not _SETTING.fullmatch(plain):
                return None
        else:
            current = _header(made, plain)
            if current is None:
                return None
    made.recipes.update({name: made.recipes[real] for name, real in aliases.items() if real in made.recipes})
    return made


def _header(made: Justfile, line: str) -> _Recipe | None:
    found = _HEADER.fullmatch(line)
    if found is None or found[1] in ("import", "mod", "include"):
        return None
    needs = found[3].split("#", 1)[0].split()
    if any(not re.fullmatch(r"[\w-]+|&&", each) for each in needs):
        return None
    parameters = []
    for each in found[2].split():
        named = _PARAMETER.fullmatch(each)
        if named is None:
            return None
        default = next((value for value in named.groups()[2:] if value is not None), None)
        parameters.append((named[1], named[2], default))
    recipe = _Recipe(parameters, [each for each in needs if each != "&&"])
    recipe.twice = found[1] in made.recipes
    made.recipes[found[1]] = recipe
    return recipe


def read(words: tuple[Word, ...], repository: Repository) -> Held | None:
    """What `just RECIPE VALUES` runs, the recipes it needs with it."""
    file = next((found for name in FILES if (found := repository.find(name)) is not None), None)
    made = parse(file[1]) if file is not None else None
    texts = [word.text for word in words]
    if (
        file is None
        or made is None
        or not texts
        or any(HOLE in text or text.startswith("-") for text in texts)
    ):
        return None
    if not all(_SAFE.fullmatch(text) for text in texts) or "=" in texts[0]:
        return None
    lines = _lines(made, texts[0], texts[1:], 0)
    if lines is None:
        return None
    text = "\n".join(line for _, line in lines)
    return Held(f"just {texts[0]}", file[0], sha256(file[1]), text, tuple(number for number, _ in lines))


def _lines(made: Justfile, name: str, given: list[str], depth: int) -> list[tuple[int, str]] | None:
    recipe = made.recipes.get(name)
    if recipe is None or recipe.twice or depth > _DEEPEST:
        return None
    values = _values(recipe, given)
    if values is None:
        return None
    lines: list[tuple[int, str]] = []
    for need in recipe.needs:
        inner = _lines(made, need, [], depth + 1)
        if inner is None or len(lines) > 10_000:
            return None
        lines += inner
    shebang = _SHEBANG.match(recipe.body[0][1]) if recipe.body else None
    if shebang and shebang[1] not in ("sh", "bash", "zsh", "dash"):
        return None
    for number, line in recipe.body:
        text = _filled(line, {**made.values, **values})
        if text is None:
            return None
        text = text if shebang else re.sub(r"^[@-]+", "", text)
        lines.append((number, text))
    return lines


def _values(recipe: _Recipe, given: list[str]) -> dict[str, str] | None:
    """The value of each parameter; None if there are too few or too many."""
    values: dict[str, str] = {}
    left = list(given)
    for kind, name, default in recipe.parameters:
        if kind:
            value = (
                " ".join(left) if left else default if default is not None else "" if kind == "*" else None
            )
            left = []
        else:
            value = left.pop(0) if left else default
        if value is None or not re.fullmatch(r"[\w./:@,+= -]*", value):
            return None
        values[name] = value
    return None if left else values


def _filled(line: str, values: dict[str, str]) -> str | None:
    """A recipe's line with its {{names}} replaced; None for an expression that is more than a name."""
    if "{{{{" in line:
        return None
    unclear = False

    def value(found: re.Match[str]) -> str:
        nonlocal unclear
        known = values.get(found[1].strip())
        unclear = unclear or known is None
        return known or ""

    text = re.sub(r"\{\{([^{}]*)\}\}", value, line)
    return None if unclear or "{{" in text else text
