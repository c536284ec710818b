"""`latest.json`: what a run of the synthetics found, as status pages and other programs read it.

Described in docs/reference/synthetics.md; the schema's name changes when a reader would have to.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.synthetic import METHOD, Judged, Slo, Status, Verdict, overall

SCHEMA = "tocsin.synthetics/1"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A place in the runbook that speaks about the trouble."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident as the report shows it.

    Attributes:
        state: Investigating, Mitigating or Resolved, as the runbook's template has it. remedies: at least one.
    """

    id: str
    title: str
    severity: str | None
    state: str
    started_at: datetime
    updated_at: datetime
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    run_id: str
    at: datetime
    slo: Slo
    stale_after: timedelta
    judged: tuple[Judged, ...]
    incidents: tuple[Shown, ...] = ()

    @property
    def status(self) -> Status:
        """The worst of all endpoints."""
        return overall(self.judged)

    @property
    def exit_code(self) -> int:
        """0 every endpoint passed, 1 one was too slow, 2 one failed or could not be measured."""
        verdicts = {each.verdict for each in self.judged}
        if verdicts & {Verdict.ERROR, Verdict.UNKNOWN} or not verdicts:
            return 2
        return 1 if Verdict.FAIL in verdicts else 0

    @property
    def failing(self) -> tuple[Judged, ...]:
        """Endpoints that broke the promise."""
        return tuple(each for each in self.judged if each.wants_confirmation)

    @property
    def confirmed(self) -> tuple[Judged, ...]:
        """Those of them where further samples agree."""
        return tuple(each for each in self.judged if each.confirmed)

    @property
    def line(self) -> str:
        """One sentence."""
        if not self.failing:
            unknown = sum(each.verdict is Verdict.UNKNOWN for each in self.judged)
            return (
                f"{unknown} endpoints could not be measured"
                if unknown
                else "all endpoints keep their promise"
            )
        return "; ".join(said(each) for each in self.failing)


def said(judged: Judged) -> str:
    """What is wrong with an endpoint, with the numbers."""
    slo, value = judged.slo, judged.percentile_ms
    if judged.verdict is Verdict.ERROR:
        failed = len(judged.errors)
        return (
            f"{judged.endpoint.name}: {failed} of {len(judged.samples)} requests failed: {judged.errors[0]}"
        )
    if value is None or judged.verdict is Verdict.UNKNOWN:
        return f"{judged.endpoint.name}: could not be measured"
    sign = "≥" if judged.verdict is Verdict.FAIL else "<"
    return (
        f"{judged.endpoint.name}: p{slo.percentile:g} {value:g} ms {sign} {slo.threshold_ms:g} ms ({METHOD})"
    )


def to_json(report: Report, **more: object) -> str:
    """The document. `more`: further keys at its top, for a webhook that wants a title beside it."""
    slo = report.slo
    document = {
        "schema": SCHEMA,
        "generated_at": _time(report.at),
        "run_id": report.run_id,
        "producer": "tocsin",
        "status": report.status.value,
        "stale_after_s": int(report.stale_after.total_seconds()),
        "threshold_ms": slo.threshold_ms,
        "threshold_source": slo.source,
        "samples_per_endpoint": slo.samples,
        "percentile": {"p": slo.percentile, "method": METHOD},
        "endpoints": [_endpoint(each) for each in report.judged],
        "incidents": [_incident(each) for each in report.incidents],
        **more,
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _endpoint(judged: Judged) -> dict[str, object]:
    bad = sum(sample.bad(judged.slo) for sample in judged.extra)
    return {
        "name": judged.endpoint.name,
        "method": "GET",
        "url": judged.endpoint.url,
        "samples_ms": list(judged.measured),
        "errors": len(judged.errors),
        "error_messages": list(judged.errors),
        "not_measured": sum(sample.ours for sample in judged.samples),
        "p95_ms" if judged.slo.percentile == 95 else f"p{judged.slo.percentile:g}_ms": judged.percentile_ms,
        "threshold_ms": judged.slo.threshold_ms,
        "verdict": judged.verdict.value,
        "confirmation": None
        if judged.confirmed is None
        else {"confirmed": judged.confirmed, "samples": len(judged.extra), "bad": bad},
    }


def _incident(shown: Shown) -> dict[str, object]:
    return {
        "id": shown.id,
        "title": shown.title,
        "severity": shown.severity,
        "status": shown.state,
        "started_at": _time(shown.started_at),
        "updated_at": _time(shown.updated_at),
        "remediations": [remedy.url for remedy in shown.remedies],
        "remediation_details": [{"url": remedy.url, "title": remedy.title} for remedy in shown.remedies],
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def trend(runs: Sequence[Sequence[tuple[str, float | None]]], name: str) -> tuple[float | None, ...]:
    """The percentiles of one endpoint over runs, oldest first; None where it has none."""
    return tuple(next((value for known, value in run if known == name), None) for run in runs)
