"""The API in words: one Markdown text, made from the table that is served, for docs/reference/api.md and for `/api/v1/docs`."""

from collections.abc import Iterator, Mapping, Sequence

from tocsin.web.api.openapi import Document, document
from tocsin.web.api.operation import Operation

_TAGS = {
    "alerts": "Alerts, changes, silences", "incidents": "About incidents", "checks": "Checks and jobs",
    "insights": "How well it goes", "tokens": "Tokens and who you are", "drills": "About drills", "postmortems": "What was learned", "runbooks": "Runbooks and commands",
    "oncall": "On-call", "status": "Status page", "house": "Channels, pages, audit", "accounts": "Accounts and sessions",
}  # fmt: skip
_HEAD = """# The API

Made from the table that is served; the same as an OpenAPI 3.1 document is at `/api/v1/openapi.json`.
Who may call, what can go wrong, and the calls in one list: [HTTP](http.md). From Python: [the client](../how-to/use-the-client.md).
Every call may also be answered 400, 401, 403 and 503, and those with a name in their path 404, with a `Problem`.
"""


def markdown(operations: Sequence[Operation]) -> str:
    """The whole text."""
    described = document(operations)
    parts = [_HEAD]
    for tag in dict.fromkeys(each.tag for each in operations):
        parts.append(f"\n## {_TAGS.get(tag, tag)}\n")
        parts += [_operation(each, described) for each in operations if each.tag == tag]
    parts.append("\n## Types\n\nA `?` behind a name: it may be left out.\n")
    schemas = _inside(_inside(described, "components"), "schemas")
    for name in sorted(schemas):
        parts.append(_type(name, _inside(schemas, name)))
    return "".join(parts)


def _operation(each: Operation, described: Document) -> str:
    said = _inside(_inside(_inside(described, "paths"), each.path), each.method.lower())
    given = _schema(_inside(_inside(said, "responses"), str(each.status)))
    lines = [
        f"\n### `{each.method} {each.path}`\n",
        f"\n{each.about} Scope `{each.needs.value}`, `{each.name}`.\n\n",
    ]
    for query in each.query:
        kind = {"count": f"1 to {query.most}", "place": "a whole number", "flag": "true or false"}.get(
            query.kind, "text"
        )
        default = f", else `{query.default}`" if query.default else ""
        lines.append(f"- `?{query.name}=`: {query.about} ({kind}{default})\n")
    if each.takes is not None:
        taken = _schema(_inside(said, "requestBody"))
        lines.append(f"- takes {_words(taken)}\n")
    also = f"; refuses with {', '.join(map(str, each.refuses))}" if each.refuses else ""
    lines.append(f"- answers {each.status} with {_words(given)}{also}\n")
    return "".join(lines)


def _type(name: str, schema: Document) -> str:
    about = str(schema.get("description", ""))
    lines = [f"\n### {name}\n", f"\n{about}\n" if about else "", "\n"]
    if "enum" in schema:
        found = schema["enum"]
        assert isinstance(found, list)
        return "".join([*lines, f"One of {', '.join(f'`{each}`' for each in found)}.\n"])
    required = schema.get("required", [])
    assert isinstance(required, list)
    properties = _inside(schema, "properties")
    lines += [
        f"- `{field}{'' if field in required else '?'}`: {_words(_inside(properties, field))}\n"
        for field in properties
    ]
    return "".join(lines)


def _words(schema: Mapping[str, object]) -> str:
    """A schema as a reader says it."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        options = schema["anyOf"]
        assert isinstance(options, list)
        return " or ".join(_words(each) for each in options)
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_words(_inside(schema, 'items'))}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"{_words(inner)} by name" if isinstance(inner, dict) else "object"
    words = [str(schema.get("format") or kind or "any JSON value"), *_bounds(schema)]
    return ", ".join(words)


def _bounds(schema: Mapping[str, object]) -> Iterator[str]:
    for key, word in (("minLength", "at least {} characters"), ("maxLength", "at most {} characters"),
                      ("minimum", "from {}"), ("maximum", "to {}")):  # fmt: skip
        if key in schema and schema[key] != 1:
            yield word.format(schema[key])


def _schema(found: Mapping[str, object]) -> Document:
    return _inside(_inside(_inside(found, "content"), "application/json"), "schema")


def _inside(found: Mapping[str, object], key: str) -> Document:
    inner = found.get(key, {})
    assert isinstance(inner, dict)
    return inner
