"""Writes what is made from the table of the API: docs/reference/api.md and the types and calls of the Python client.

Usage: .venv/bin/python scripts/api.py
A test compares what is written with what the table makes; run this after a change of the API.
"""

import json
import keyword
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tocsin.web.api.openapi import document
from tocsin.web.api.reference import markdown
from tocsin.web.api.table import OPERATIONS

ROOT = Path(__file__).resolve().parents[1]
_HEAD = '"""{}\n\nMade by scripts/api.py from the table of the API; not edited by hand.\n"""\n'
_SIMPLE = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, object]",
}

Schema = dict[str, Any]  # Any: JSON of a document that is ours


def annotation(schema: Schema) -> str:
    """A schema as Python writes the type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(annotation(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(each) for each in schema['enum'])}]"
    match schema.get("type"):
        case "array":
            return f"list[{annotation(schema['items'])}]"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"dict[str, {annotation(schema['additionalProperties'])}]"
        case "string" if schema.get("format") == "date-time":
            return "datetime"
        case None:
            return "object"
        case kind:
            return _SIMPLE[kind]


def default(schema: Schema, name: str, field: str) -> str:
    """What a field is that is left out, as Python writes it; "" for one that is required."""
    owner = schema
    if field in owner.get("required", []):
        return ""
    return repr(owner["properties"][field].get("default"))


def types(made: Schema) -> str:
    """The module of types."""
    schemas = made["components"]["schemas"]
    lines = [_HEAD.format("What the API takes and gives."), "", "from __future__ import annotations", "",
             "from datetime import datetime", "from typing import Literal, TypeAlias", "", "import msgspec", ""]  # fmt: skip
    for name in sorted(schemas):
        schema = schemas[name]
        if "enum" in schema:
            lines += ["", f"{name}: TypeAlias = {annotation(schema)}"]
            if schema.get("description"):
                lines.append(f'"""{schema["description"]}"""')
            continue
        lines += [
            "",
            "",
            f"class {name}(msgspec.Struct, kw_only=True):",
            f'    """{schema.get("description", name)}"""',
            "",
        ]
        for field, each in schema["properties"].items():
            assert not keyword.iskeyword(field), (name, field)
            value = default(schema, name, field)
            lines.append(f"    {field}: {annotation(each)}{f' = {value}' if value else ''}")
    return "\n".join(lines) + "\n"


def calls(made: Schema) -> str:
    """The module of calls."""
    schemas, used, methods = made["components"]["schemas"], set[str](), []
    for each in OPERATIONS:
        said = made["paths"][each.path][each.method.lower()]
        gives = annotation(said["responses"][str(each.status)]["content"]["application/json"]["schema"])
        used.add(gives)
        holes = re.findall(r"\{(\w+)\}", each.path)
        path = re.sub(r"\{(\w+)\}", r"{segment(\1)}", each.path)
        arguments, named = [f"{hole}: str | int" for hole in holes], []
        query, body = [], "None"
        for one in each.query:
            kind = {"count": "int", "place": "int", "flag": "bool"}.get(one.kind, "str")
            value = {"int": one.default, "bool": str(one.default == "true"), "str": repr(one.default)}[kind]
            named.append(f"{one.name}: {kind} = {value}")
            query.append(f'"{one.name}": {one.name}')
        if each.takes is not None:
            taken = annotation(said["requestBody"]["content"]["application/json"]["schema"])
            used.add(taken)
            fields = schemas[taken]["properties"]
            assert not set(fields) & {*holes, "idempotency_key"}, each.name
            for field, schema in fields.items():
                value = default(schemas[taken], taken, field)
                value = "None" if value in ("[]", "{}") else value
                kind = annotation(schema)
                kind = f"{kind} | None" if value == "None" and "None" not in kind else kind
                used.update(re.findall(r"\b[A-Z]\w+", kind))
                named.append(f"{field}: {kind}{f' = {value}' if value else ''}")
            body = f"{taken}({', '.join(_passed(schemas[taken], field) for field in fields)})"
        if each.method == "POST":
            named.append("idempotency_key: str | None = None")
        star = ["*"] if named else []
        key = "idempotency_key" if each.method == "POST" else "None"
        methods += [
            "", f"    def {each.name}(self, {', '.join([*arguments, *star, *named])}) -> {gives}:",
            f'        """{each.about.rstrip(".")}. Scope: {each.needs.value}."""',
            f'        return self.call("{each.method}", {"f" if holes else ""}"{path}", {{{", ".join(query)}}}, {body}, {gives}, {key})',
        ]  # fmt: skip
    names = sorted(name for name in used if name in schemas)
    lines = [
        _HEAD.format("Every call of the API, by the name of its operation."), "",
        "from datetime import datetime\nfrom typing import Literal", "",
        f"from tocsin.client.calling import Calling, segment\nfrom tocsin.client.types import ({', '.join(names)})", "", "",
        "class Calls(Calling):", '    """What the API can do. Names in the path come first; everything else is named."""',
        *methods,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _passed(schema: Schema, field: str) -> str:
    value = default(schema, "", field)
    return f"{field}={field} or {value}" if value in ("[]", "{}") else f"{field}={field}"


def written() -> dict[Path, str]:
    """Every file that is made, with its text."""
    made = json.loads(json.dumps(document(OPERATIONS)))
    return {
        ROOT / "docs/reference/api.md": markdown(OPERATIONS),
        ROOT / "src/tocsin/client/types.py": _formatted(types(made)),
        ROOT / "src/tocsin/client/calls.py": _formatted(calls(made)),
    }


def _formatted(text: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    sorted_ = subprocess.run(
        [*ruff, "check", "--select", "I", "--fix", "-q", "--stdin-filename", "src/tocsin/client/made.py", "-"],
        input=text, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    done = subprocess.run(
        [*ruff, "format", "--stdin-filename", "src/tocsin/client/made.py", "-"], input=sorted_.stdout,
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
