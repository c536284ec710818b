"""The summary of a reconciliation: JSON, Markdown and text out of the same numbers.

Nothing in it depends on when it was made, so that the same records give the same summary byte for byte.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from tocsin.jobs.money import digits_of, spell
from tocsin.jobs.reconcile import KEY_MARK, Finding, Held, Kind, Rule, Side, Totals

SCHEMA = "tocsin.reconciliation/1"
SHOWN = 20  # findings of each kind in the summary; all of them are in the findings file


class Verdict(Enum):
    """What a reconciliation came to."""

    CLEAN = "clean"
    FINDINGS = "findings"
    EMPTY = "empty"  # nothing on either side: more likely a wrong query than a quiet day


@dataclass(frozen=True, slots=True)
class Source:
    """Where a side came from.

    Attributes:
        name: in the team's words. origin: file name or "PostgreSQL". proof: hash of the file or the query.
    """

    name: str
    origin: str
    proof: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a reconciliation found.

    Attributes:
        shown: the first findings of each kind. findings_file: name of the file with all, and its SHA-256.
    """

    job: str
    day: date
    left: Source
    right: Source
    rule: Rule
    totals: Totals
    shown: tuple[Finding, ...]
    findings_file: str
    findings_sha256: str
    may_be_empty: bool = False

    @property
    def verdict(self) -> Verdict:
        """Clean only if something was compared and nothing was found."""
        if any(self.totals.findings.values()):
            return Verdict.FINDINGS
        empty = not self.totals.left.rows and not self.totals.right.rows
        return Verdict.EMPTY if empty and not self.may_be_empty else Verdict.CLEAN

    @property
    def line(self) -> str:
        """One sentence."""
        totals = self.totals
        if self.verdict is Verdict.EMPTY:
            return f"{self.job} {self.day}: no records on either side."
        counted = f"{totals.left.rows:,} {self.left.name} against {totals.right.rows:,} {self.right.name}"
        if self.verdict is Verdict.CLEAN:
            within = f", {totals.tolerated:,} of them within the tolerance" if totals.tolerated else ""
            return f"{self.job} {self.day}: {counted}, all agree{within}."
        found = "; ".join(
            f"{number:,} {self.words(kind)}" for kind, number in totals.findings.items() if number
        )
        return f"{self.job} {self.day}: {counted}: {found}."

    def words(self, kind: Kind) -> str:
        """What a kind of finding means with the names of this job."""
        match kind:
            case Kind.MISSING_RIGHT:
                return f"only in {self.left.name}"
            case Kind.MISSING_LEFT:
                return f"only in {self.right.name}"
            case Kind.DUPLICATE_LEFT:
                return f"more than once in {self.left.name}"
            case Kind.DUPLICATE_RIGHT:
                return f"more than once in {self.right.name}"
            case Kind.CURRENCY:
                return "in different currencies"
            case Kind.AMOUNT:
                return "with different amounts"

    @property
    def currencies(self) -> tuple[str, ...]:
        """Of both sides, in order."""
        return tuple(sorted({*self.totals.left.amounts, *self.totals.right.amounts}))


def to_json(summary: Summary) -> str:
    """The summary as one JSON document; amounts are whole numbers of minor units."""
    totals, rule = summary.totals, summary.rule
    document = {
        "schema": SCHEMA,
        "job": summary.job,
        "day": summary.day.isoformat(),
        "verdict": summary.verdict.value,
        "summary": summary.line,
        "rule": {
            "tolerance": _decimal(rule.tolerance, rule.tolerance_digits),
            "digits": rule.digits if rule.digits is not None else "ISO 4217",
            "add_left": rule.add_left,
            "add_right": rule.add_right,
        },
        "left": _side(summary.left, totals.left),
        "right": _side(summary.right, totals.right),
        "keys": {
            "exact": totals.exact,
            "tolerated": totals.tolerated,
            "different": totals.different,
            "undecided": totals.undecided,
            "missing_right": totals.findings[Kind.MISSING_RIGHT],
            "missing_left": totals.findings[Kind.MISSING_LEFT],
        },
        "difference_minor": {
            code: totals.left.amounts.get(code, 0) - totals.right.amounts.get(code, 0)
            for code in summary.currencies
        },
        "tolerated_minor": dict(sorted(totals.tolerated_by.items())),
        "digits": {
            code: rule.digits if rule.digits is not None else digits_of(code) for code in summary.currencies
        },
        "findings": {kind.value: number for kind, number in totals.findings.items()},
        "findings_file": {"name": summary.findings_file, "sha256": summary.findings_sha256},
        "first_findings": [finding_value(finding) for finding in summary.shown],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def finding_value(finding: Finding) -> dict[str, object]:
    """One finding as it stands in the findings file, a JSON object per line."""
    return {
        "kind": finding.kind.value,
        "key": finding.key.split(KEY_MARK),
        "left": _held(finding.left),
        "right": _held(finding.right),
    }


def _held(held: Held | None) -> dict[str, object] | None:
    if held is None:
        return None
    return {"rows": held.rows, "minor": dict(sorted(held.amounts.items())), "places": list(held.places)}


def _side(source: Source, side: Side) -> dict[str, object]:
    return {
        "name": source.name,
        "source": source.origin,
        "proof": source.proof,
        "rows": side.rows,
        "keys": side.keys,
        "minor": dict(sorted(side.amounts.items())),
    }


def _decimal(whole: int, digits: int) -> str:
    text = str(whole).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}" if digits else text


def to_markdown(summary: Summary) -> str:
    """The summary for finance: a table of sums, and the first findings of each kind."""
    totals, digits = summary.totals, summary.rule.digits
    lines = [
        f"# {_cell(summary.job)} {summary.day}",
        "",
        f"**{summary.verdict.value}**: {_cell(summary.line)}",
        "",
    ]
    if summary.currencies:
        lines += [
            f"| | {_cell(summary.left.name)} | {_cell(summary.right.name)} | difference |",
            "|---|--:|--:|--:|",
        ]
        lines.append(
            f"| records | {totals.left.rows:,} | {totals.right.rows:,} | {totals.left.rows - totals.right.rows:,} |"
        )
        lines.append(
            f"| keys | {totals.left.keys:,} | {totals.right.keys:,} | {totals.left.keys - totals.right.keys:,} |"
        )
        for code in summary.currencies:
            mine, theirs = totals.left.amounts.get(code, 0), totals.right.amounts.get(code, 0)
            shown = " | ".join(spell(each, code, digits) for each in (mine, theirs, mine - theirs))
            lines.append(f"| {code} | {shown} |")
        lines += ["", f"Keys: {totals.exact:,} equal, {totals.tolerated:,} within the tolerance, "
                  f"{totals.different:,} different, {totals.undecided:,} undecided (more than once on a side)."]  # fmt: skip
    for kind, number in totals.findings.items():
        if not number:
            continue
        first = [finding for finding in summary.shown if finding.kind is kind]
        more = "" if number == len(first) else f" (the first {len(first)})"
        lines += ["", f"## {number:,} {_cell(summary.words(kind))}{more}", ""]
        lines += [f"| key | {_cell(summary.left.name)} | {_cell(summary.right.name)} |", "|---|--:|--:|"]
        lines += [
            f"| {_cell(shown_key(finding.key))} | {shown_held(finding.left, digits)} | {shown_held(finding.right, digits)} |"
            for finding in first
        ]
    lines += ["", f"All findings: `{summary.findings_file}` (SHA-256 `{summary.findings_sha256}`).", ""]
    lines += [
        f"- {_cell(each.name)}: {_cell(each.origin)}, `{each.proof}`"
        for each in (summary.left, summary.right)
    ]
    return "\n".join(lines) + "\n"


def to_text(summary: Summary) -> Iterator[str]:
    """The same as lines for a terminal."""
    digits = summary.rule.digits
    yield summary.line
    for code in summary.currencies:
        mine, theirs = (side.amounts.get(code, 0) for side in (summary.totals.left, summary.totals.right))
        yield f"  {spell(mine, code, digits)} against {spell(theirs, code, digits)}: difference {spell(mine - theirs, code, digits)}"
    for finding in summary.shown:
        yield (
            f"  {finding.kind.value:<15} {shown_key(finding.key)}  "
            f"{shown_held(finding.left, digits)} | {shown_held(finding.right, digits)}"
        )


def shown_key(key: str) -> str:
    """A key as people read it: parts with a slash between them, nothing a terminal obeys."""
    text = key.replace(KEY_MARK, " / ")
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shown_held(held: Held | None, digits: int | None) -> str:
    """What a side holds of a key: "12.50 USD", "2 x 25.00 USD line 3, 9", or a dash."""
    if held is None:
        return "–"
    amounts = " + ".join(spell(amount, code, digits) for code, amount in sorted(held.amounts.items()))
    often = f"{held.rows} rows, in all " if held.rows > 1 else ""
    where = f" (at {', '.join(str(place) for place in held.places)})" if held.places else ""
    return f"{often}{amounts}{where}"


def _cell(text: str) -> str:
    """A text that stays inside its cell and is no markup."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
