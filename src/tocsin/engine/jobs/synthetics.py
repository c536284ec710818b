"""Makes a run of the synthetics: measure, judge, confirm; keep the history; tell a webhook and the store."""

import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from tocsin.connectors.http import Http
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.synthetic import Endpoint, Judged, Slo, Timed, Verdict, confirms
from tocsin.detection.synthetic_report import Report, said, to_json
from tocsin.errors import Temporary
from tocsin.kit.clock import Clock
from tocsin.probe.synthetic import Stopwatch

ATTEMPTS = 3  # of the webhook
_PAUSES = (1.0, 3.0)  # seconds between them

Seen = Callable[[Endpoint, int, Timed], None]
Pause = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How many further samples a failure is asked for, and how many of them have to be bad."""

    samples: int
    bad: int


def measure(
    endpoints: Sequence[Endpoint], slo: Slo, stopwatch: Stopwatch, at_once: int, seen: Seen
) -> tuple[Judged, ...]:
    """The samples of every endpoint, judged. Raises ConfigError before anything is asked.

    Args:
        seen: hears of each sample, from several threads.
    """
    for endpoint in endpoints:
        stopwatch.validate(endpoint)

    def one(endpoint: Endpoint) -> Judged:
        samples = []
        for number, timed in enumerate(islice(stopwatch.times(endpoint), slo.samples), 1):
            samples.append(timed)
            seen(endpoint, number, timed)
        return Judged(endpoint, slo, tuple(samples))

    with ThreadPoolExecutor(max(1, at_once)) as pool:
        return tuple(pool.map(one, endpoints))


def confirm(
    judged: Sequence[Judged], stopwatch: Stopwatch, how: Confirmation, at_once: int, seen: Seen
) -> tuple[Judged, ...]:
    """Further samples of those that failed, at once; the others as they are."""

    def one(each: Judged) -> Judged:
        if not each.wants_confirmation:
            return each
        extra: list[Timed] = []
        answer = None
        for timed in islice(stopwatch.times(each.endpoint), how.samples):
            extra.append(timed)
            seen(each.endpoint, len(extra), timed)
            answer = confirms(extra, each.slo, how.samples, how.bad)
            if answer is not None:
                break
        return replace(each, extra=tuple(extra), confirmed=bool(answer))

    with ThreadPoolExecutor(max(1, at_once)) as pool:
        return tuple(pool.map(one, judged))


@dataclass(frozen=True, slots=True)
class Impacts:
    """What it means for users that an endpoint fails, or is too slow, in the runbook's words; None: unknown."""

    failing: str | None = None
    slow: str | None = None


class _Kept(msgspec.Struct):
    """An endpoint in the history."""

    name: str
    percentile_ms: float | None
    verdict: str
    confirmed: bool | None
    errors: int = 0


class Run(msgspec.Struct):
    """A run in the history: one line of `runs.jsonl`."""

    run_id: str
    at: datetime
    status: str
    threshold_ms: float
    percentile: float
    endpoints: list[_Kept]

    def failing_since(self) -> dict[str, bool]:
        """Endpoint -> whether it broke the promise in this run."""
        return {
            each.name: each.verdict in (Verdict.FAIL.value, Verdict.ERROR.value) for each in self.endpoints
        }


class History:
    """The runs of an installation, newest last. Lines that a crash cut off are left out."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.runs: list[Run] = []
        for line in file.read_bytes().splitlines() if file.exists() else ():
            try:
                self.runs.append(msgspec.json.decode(line, type=Run))
            except msgspec.DecodeError:
                continue

    def add(self, report: Report) -> None:
        """Keep a run; it is on the disk when this returns."""
        kept = [
            _Kept(
                each.endpoint.name, each.percentile_ms, each.verdict.value, each.confirmed, len(each.errors)
            )
            for each in report.judged
        ]
        run = Run(
            report.run_id,
            report.at,
            report.status.value,
            report.slo.threshold_ms,
            report.slo.percentile,
            kept,
        )
        self._file.parent.mkdir(parents=True, exist_ok=True)
        before = self._file.read_bytes()[-1:] if self._file.exists() else b""
        with self._file.open("ab") as file:
            file.write((b"" if before in (b"", b"\n") else b"\n") + msgspec.json.encode(run) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.runs.append(run)

    def failing_since(self, name: str, now: datetime) -> datetime:
        """When the present row of failed runs of an endpoint began; now if this is the first."""
        since = now
        for run in reversed(self.runs):
            if not run.failing_since().get(name, False):
                break
            since = run.at
        return since

    def alerted(self, name: str) -> bool:
        """Whether the last thing said about an endpoint was a confirmed failure."""
        for run in reversed(self.runs):
            for each in run.endpoints:
                if each.name == name and (each.confirmed or each.verdict == Verdict.PASS.value):
                    return bool(each.confirmed)
        return False


def alerts(report: Report, before: History, impacts: Impacts, section: str | None) -> tuple[Alert, ...]:
    """What the store hears: confirmed failures, and the end of those told before. Nothing else wakes anybody (NOI-21)."""
    found = []
    for each in report.judged:
        name = each.endpoint.name
        if each.confirmed:
            state = AlertState.FIRING
        elif each.verdict is Verdict.PASS and before.alerted(name):
            state = AlertState.RESOLVED
        else:
            continue
        impact = impacts.failing if each.verdict is Verdict.ERROR else impacts.slow
        labels = {
            "kind": "synthetic",
            "endpoint": name,
            "url": each.endpoint.url,
            "verdict": each.verdict.value,
            "threshold_ms": f"{each.slo.threshold_ms:g}",
            "run": report.run_id,
        }
        if each.percentile_ms is not None:
            labels[f"p{each.slo.percentile:g}_ms"] = f"{each.percentile_ms:g}"
        if section is not None:
            labels["section"] = section
        found.append(Alert(f"synthetics/{name}", state, said(each), "synthetics", report.at, labels, impact))
    return tuple(found)


def call(
    url: str, secret: str | None, report: Report, clock: Clock, pause: Pause, http: Http | None = None
) -> None:
    """Post the report to a webhook, up to three times.

    Args:
        secret: signs the body: `X-Tocsin-Signature: sha256=` and the hexadecimal HMAC-SHA256.
        pause: waits so many seconds.

    Raises OutsideError: nobody took it.
    """
    body = to_json(
        report,
        title=f"Synthetics: {report.line}",
        state="firing" if report.failing else "resolved",
        dedup_key="synthetics",
        confirmed=bool(report.confirmed),
        runbook_url=next((remedy.url for shown in report.incidents for remedy in shown.remedies), None),
    ).encode()
    headers = {"content-type": "application/json", "idempotency-key": report.run_id}
    if secret is not None:
        headers["x-tocsin-signature"] = (
            f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
        )
    with closing(
        http or Http("OBS_ALERT_WEBHOOK", clock, secrets=(url, *((secret,) if secret else ())))
    ) as client:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = client.post(url, body, headers)
                if answer.good:
                    return
                raise client.refused(answer, url, hint="Check OBS_ALERT_WEBHOOK.")
            except Temporary:
                if attempt == ATTEMPTS:
                    raise
                pause(_PAUSES[attempt - 1])
