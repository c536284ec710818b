"""Findings as SARIF 2.1.0, the format code scanning services take.

Columns are in UTF-16 code units, as the standard has it when nothing else is said. A finding keeps its fingerprint
when lines move: it is made of the document, the rule and the line's text, not of its number.
Source: the standard, sarif-v2.1.0, sections 3.27 (result), 3.29 (location), 3.55 (fix).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic, Fix, Level
from tocsin.runbook.lint.raw import split_lines
from tocsin.runbook.lint.rule import Rule
from tocsin.runbook.lint.rules import CATALOGUE
from tocsin.runbook.lint.suppress import Silenced

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}


@dataclass(frozen=True, slots=True)
class Document:
    """One linted document: its path as shown, its text, what was found and what its author silenced."""

    path: str
    source: str
    found: tuple[Diagnostic, ...]
    silenced: tuple[Silenced, ...] = ()


def as_sarif(documents: Iterable[Document], *, version: str, pages: str | None = None) -> str:
    """One SARIF log with one run over these documents.

    Args:
        version: of this program. pages: where the rules' pages are published (".../lint-rules"); without it a rule's
            `helpUri` is a name (`urn:tocsin:lint:TOC204`); what to do stands in `help`.
    """
    rules = sorted(CATALOGUE.values(), key=lambda rule: rule.id)
    index = {rule.id: place for place, rule in enumerate(rules)}
    results: list[Json] = []
    for document in documents:
        results += _Results(document, index).all()
    driver: dict[str, Json] = {
        "name": "tocsin",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(rule, pages) for rule in rules],
    }
    if pages:
        driver["informationUri"] = pages
    run: Json = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def help_uri(rule: str, pages: str | None) -> str:
    """Where a rule's page is."""
    return f"{pages.rstrip('/')}/{rule}.md" if pages else f"urn:tocsin:lint:{rule}"


def _rule(rule: Rule, pages: str | None) -> Json:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in _letters(rule.finding).split()),
        "shortDescription": {"text": f"{rule.finding[:1].upper()}{rule.finding[1:]}."},
        "fullDescription": {"text": f"{rule.finding[:1].upper()}{rule.finding[1:]}: {rule.why}."},
        "helpUri": help_uri(rule.id, pages),
        "help": {"text": rule.hint, "markdown": f"Why: {rule.why}.\n\nWhat to do: {rule.hint}"},
        "defaultConfiguration": {"level": _LEVEL[rule.level]},
        "properties": {"tags": ["runbook", rule.family]},
    }


def _letters(text: str) -> str:
    return "".join(c if c.isalnum() or c == " " else " " for c in text)


class _Results:
    """The results of one document."""

    def __init__(self, document: Document, index: Mapping[str, int]) -> None:
        self.document = document
        self.index = index
        self.lines = split_lines(document.source)
        self.data = document.source.encode("utf-8", "surrogatepass")
        self.uri = _uri(document.path)
        self.seen: Counter[str] = Counter()

    def all(self) -> list[Json]:
        """What is shown, then what the author silenced, which says so."""
        shown: list[Json] = [self._result(found) for found in self.document.found]
        return shown + [
            {
                **self._result(silenced.diagnostic),
                "suppressions": [{"kind": "inSource", "justification": silenced.reason}],
            }
            for silenced in self.document.silenced
        ]

    def _result(self, found: Diagnostic) -> dict[str, Json]:
        line = self._line(found.span.first_line)
        region: dict[str, Json] = {
            "startLine": found.span.first_line,
            "startColumn": utf16(line[: found.column - 1]) + 1,
        }
        if line:
            region["snippet"] = {"text": line}
        result: dict[str, Json] = {
            "ruleId": found.rule,
            "level": _LEVEL[found.level],
            "message": {"text": found.message},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": self.uri}, "region": region}}],
            "partialFingerprints": {"tocsinFinding/v1": self._fingerprint(found, line)},
        }
        if found.rule in self.index:
            result["ruleIndex"] = self.index[found.rule]
        if found.fix is not None:
            result["fixes"] = [self._fix(found.fix, found.hint or "Mend it.")]
        return result

    def _line(self, number: int) -> str:
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def _fingerprint(self, found: Diagnostic, line: str) -> str:
        """Of the document, the rule and the line's text, with a number for the second one alike."""
        key = "\0".join((self.uri, found.rule, " ".join(line.split())))
        self.seen[key] += 1
        return hashlib.sha256(f"{key}\0{self.seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _fix(self, fix: Fix, told: str) -> Json:
        first, start = self._place(fix.span.start)
        last, end = self._place(fix.span.end)
        region: Json = {"startLine": first, "startColumn": start, "endLine": last, "endColumn": end}
        return {
            "description": {"text": told},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": self.uri},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": fix.text}}],
                }
            ],
        }

    def _place(self, offset: int) -> tuple[int, int]:
        """Line and UTF-16 column, from 1, of a byte offset."""
        before = self.data[:offset].decode("utf-8", "surrogatepass").removeprefix("\ufeff")
        above = split_lines(before)
        return len(above), utf16(above[-1]) + 1


_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def _uri(path: str) -> str:
    """A path as a relative reference, everything that means something in one written as percent and number."""
    encoded = path.replace("\\", "/").encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in encoded)


def utf16(text: str) -> int:
    """How many UTF-16 code units a text is."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
