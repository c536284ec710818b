"""`GET /metrics`: the installation in numbers, for Prometheus and whatever else reads its format.

The text is written by prometheus_client, which knows both formats and how their labels are escaped; nothing of its
global state is used. Everything is asked of the engine and the store at the time of the scrape. Described in
docs/reference/metrics.md.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.app.health import health
from tocsin.app.tally import Tally
from tocsin.detection.check import Sample, Verdict
from tocsin.errors import StoreError
from tocsin.oncall.person import AccessRole
from tocsin.store import heartbeats, incidents, outbox, requests, signals
from tocsin.web.api import accounts
from tocsin.web.api.serve import problem

logger = logging.getLogger("tocsin.web")

_ALIVE_WITHIN = timedelta(seconds=5)
_MOST_OPEN = 100_000
_VERSION = version("tocsin")
_MS = 1000.0
_LATELY = timedelta(minutes=5)
_STATUSES = ("up", "late", "down", "new", "paused")
# Phases of a request, each from its end to the one before; blackbox_exporter's names (its "resolve" is the name lookup).
_PHASES = (
    ("resolve", "dns_ms"),
    ("connect", "connect_ms"),
    ("tls", "tls_ms"),
    ("processing", "first_byte_ms"),
    ("transfer", "total_ms"),
)


def routes(app: App) -> list[Route]:
    """The one path."""
    tally = Tally(app.database)

    async def metrics(request: Request) -> Response:
        return await run_in_threadpool(_answer, app, tally, request)

    return [Route("/metrics", metrics)]


def _answer(app: App, tally: Tally, request: Request) -> Response:
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    said = bearer.strip() if kind.casefold() == "bearer" and bearer.strip() else None
    try:
        caller = accounts.caller(app, said, request.headers.get("host", ""), None, app.clock.now())
        if isinstance(caller, accounts.Stranger):
            return problem(401, caller.why)
        if not caller.may(AccessRole.VIEWER):
            return problem(403, "This needs the scope viewer.")
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Numbers(app, tally))
        ProcessCollector(registry=registry)
        encode, media = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), media_type=media, headers={"cache-control": "no-store"})
    except StoreError as trouble:
        logger.error("metrics could not be read: %s", trouble)
        return problem(503, trouble.message)


class _Numbers(Collector):
    """One scrape."""

    def __init__(self, app: App, tally: Tally) -> None:
        self._app = app
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """Every family, with help and type."""
        yield from self._engine()
        yield from self._store()
        yield from self._log()
        yield from self._intake()
        yield from self._heartbeats()
        yield from _checks(self._app)
        yield from _probes(self._app)

    def _engine(self) -> Iterator[Metric]:
        app = self._app
        info = GaugeMetricFamily("tocsin_build_info", "Always 1; the version is a label.", labels=["version"])
        info.add_metric([_VERSION], 1)
        yield info
        well, _ = health(app, _ALIVE_WITHIN)
        yield _gauge(
            "tocsin_healthy", "1 if /healthz says ok: the engine turns and nothing waits too long.", well
        )
        pulse = app.loop.pulse
        yield _counter("tocsin_engine_cycles", "Turns of the engine's loop.", pulse.cycles)
        last = 0.0 if pulse.last is None else pulse.last.timestamp()
        yield _gauge(
            "tocsin_engine_last_cycle_timestamp_seconds", "When the loop last went round; 0 if never.", last
        )
        yield from _settings(app)
        rests = GaugeMetricFamily(
            "tocsin_channel_failing", "1 for a channel that failed so often that others are tried first.", labels=["channel"]
        )  # fmt: skip
        resting = app.resting
        for name in sorted(app.pagers):
            rests.add_metric([name], float(name in resting))
        yield rests

    def _store(self) -> Iterator[Metric]:
        with self._app.database.read() as tx:
            rows = incidents.listing(tx, open_only=True, limit=_MOST_OPEN)
            inbox, commands = signals.waiting(tx), outbox.counts(tx)
        now = self._app.clock.now()
        found = Counter((row.severity or "none", row.stage, "true" if row.drill else "false") for row in rows)
        opened = GaugeMetricFamily(
            "tocsin_incidents_open", "Incidents that are not resolved.", labels=["severity", "stage", "drill"]
        )
        for labels, count in sorted(found.items()):
            opened.add_metric(labels, count)
        yield opened
        yield _gauge(
            "tocsin_signals_waiting", "Alerts, words and outcomes that wait to be decided upon.", inbox
        )
        yield _gauge("tocsin_outbox_queued", "Commands that wait to be carried out.", commands.queued)
        yield _gauge("tocsin_outbox_started", "Commands under way, or in doubt.", commands.started)
        yield _gauge(
            "tocsin_outbox_oldest_age_seconds", "For how long the oldest due command has waited; 0 if none does.",
            _age(now, commands.oldest),
        )  # fmt: skip

    def _log(self) -> Iterator[Metric]:
        events, pages = self._tally.read()
        counted = CounterMetricFamily("tocsin_events", "Events written to the log, by kind.", labels=["kind"])
        for kind, count in sorted(events.items()):
            counted.add_metric([kind], count)
        yield counted
        took = HistogramMetricFamily(
            "tocsin_page_seconds", "From a page that was asked for to the channel that took it."
        )
        took.add_metric([], pages.cumulated, pages.total_seconds)
        yield took

    def _intake(self) -> Iterator[Metric]:
        intake, now = self._app.intake, self._app.clock.now()
        if not intake.integrations.every():
            return
        ledger = intake.keeper.ledger
        if ledger is not None:
            where = GaugeMetricFamily(
                "tocsin_intake_alerts", "Where alerts of the latest 20,000 foreign requests are, counted every minute.",
                labels=["state"],
            )  # fmt: skip
            where.add_metric(["accepted"], ledger.accepted)
            where.add_metric(["linked"], ledger.linked)
            where.add_metric(["suppressed"], ledger.suppressed)
            where.add_metric(["pending"], ledger.pending)
            yield where
            yield _gauge(
                "tocsin_intake_balanced", "1 if accepted = linked + suppressed + pending.", ledger.balanced
            )
            yield _gauge(
                "tocsin_intake_oldest_pending_age_seconds", "For how long the oldest accepted alert has waited; 0 if none.",
                _age(now, ledger.oldest),
            )  # fmt: skip
        spooled = "Requests that went by the spool, because the database was late or away."
        yield _counter("tocsin_intake_spooled", spooled, intake.admission.spooled)
        with self._app.database.read() as tx:
            count = requests.counted_since(tx, requests.State.REFUSED, now - _LATELY)
        refused = GaugeMetricFamily(
            "tocsin_intake_refused_lately", "Requests within 5 min that could not prove who sent them.", labels=["integration"]
        )  # fmt: skip
        for each in intake.integrations.every():
            refused.add_metric([each.name], count.get(each.name, 0))
        yield refused

    def _heartbeats(self) -> Iterator[Metric]:
        known = self._app.heartbeats
        with self._app.database.read() as tx:
            rows = heartbeats.listing(tx)
        stands = GaugeMetricFamily(
            "tocsin_heartbeat_status", "1 for how a heartbeat stands.", labels=["heartbeat", "status"]
        )
        pings = CounterMetricFamily(
            "tocsin_heartbeat_pings", "Pings of a heartbeat, ever.", labels=["heartbeat"]
        )
        missed = CounterMetricFamily(
            "tocsin_job_sla_missed", "Deadlines of a job that passed without a success, ever.", labels=["job"]
        )
        for row in rows:
            spec = known.spec(row.name, row.spec)
            if spec is None:
                continue  # it is set up no more
            said = known.standing(row, spec).outward
            for status in _STATUSES:
                stands.add_metric([row.name, status], float(status == said))
            pings.add_metric([row.name], row.pings)
            missed.add_metric([row.name], row.misses)
        yield from (stands, pings, missed)


def _settings(app: App) -> Iterator[Metric]:
    """What holds of the files, under Prometheus' own words for it."""
    held = app.reload.standing
    yield _gauge(
        "tocsin_config_last_reload_successful", "0 while the newest tocsin.toml or runbook was refused.", held.refused is None
    )  # fmt: skip
    yield _gauge(
        "tocsin_config_last_reload_success_timestamp_seconds", "When what holds was taken up.", held.since.timestamp()
    )  # fmt: skip
    yield _gauge(
        "tocsin_config_restart_needed", "1 if something was changed that holds from the next start on only.", bool(held.waits)
    )  # fmt: skip
    info = GaugeMetricFamily(
        "tocsin_config_info",
        "Always 1; SHA-256 of the texts that hold are labels.",
        labels=["settings", "runbook"],
    )
    info.add_metric([held.settings, held.runbook], 1)
    yield info


def _checks(app: App) -> Iterator[Metric]:
    samples = CounterMetricFamily(
        "tocsin_check_samples", "Samples of checks, by what each alone said.", labels=["check", "verdict"]
    )
    yield _gauge(
        "tocsin_checks_measured_here",
        "1 if this process takes the samples, 0 if `tocsin watch` does.",
        app.watching.measuring,
    )
    taken = app.watch.taken()
    states = app.watching.states()
    for name in sorted(states):
        for verdict in Verdict:
            samples.add_metric([name, verdict.value], taken.get((name, verdict), 0))
    yield samples
    verdicts = GaugeMetricFamily(
        "tocsin_check_verdict", "1 for the verdict a check has now.", labels=["check", "verdict"]
    )
    firing = GaugeMetricFamily(
        "tocsin_check_firing", "1 while an alert of the check is open.", labels=["check"]
    )
    for name, state in sorted(states.items()):
        for verdict in Verdict:
            verdicts.add_metric([name, verdict.value], float(state.verdict is verdict))
        firing.add_metric([name], float(state.firing))
    yield verdicts
    yield firing


def _probes(app: App) -> Iterator[Metric]:
    """The latest sample of each check under blackbox_exporter's names, so that existing boards work."""
    last = {
        name: state.last for name, state in sorted(app.watching.states().items()) if state.last is not None
    }
    success = GaugeMetricFamily("probe_success", "1 if the latest sample was up.", labels=["check"])
    duration = GaugeMetricFamily(
        "probe_duration_seconds", "How long the latest sample took.", labels=["check"]
    )
    http = GaugeMetricFamily("probe_http_status_code", "Status of the latest answer.", labels=["check"])
    phases = GaugeMetricFamily(
        "probe_http_duration_seconds",
        "How long each phase of the latest request took.",
        labels=["check", "phase"],
    )
    expiry = GaugeMetricFamily(
        "probe_ssl_earliest_cert_expiry", "When the first certificate of the chain expires.", labels=["check"]
    )
    for name, sample in last.items():
        success.add_metric([name], float(sample.verdict is Verdict.UP))
        if sample.took is not None:
            duration.add_metric([name], sample.took.total_seconds())
        if (status := sample.facts.get("status", "")).isdecimal():
            http.add_metric([name], float(status))
        for phase, seconds in _spent(sample):
            phases.add_metric([name, phase], seconds)
        if (at := _expires(sample)) is not None:
            expiry.add_metric([name], at.timestamp())
    yield from (success, duration, http, phases, expiry)


def _spent(sample: Sample) -> Iterator[tuple[str, float]]:
    """How long each phase took: the facts count each from the beginning of the request."""
    before = 0.0
    for phase, fact in _PHASES:
        try:
            until = float(sample.facts[fact])
        except (KeyError, ValueError):
            continue
        yield phase, max(until - before, 0.0) / _MS
        before = until


def _expires(sample: Sample) -> datetime | None:
    found = []
    for fact in ("not_after", "chain_not_after"):
        try:
            found.append(datetime.fromisoformat(sample.facts[fact]))
        except (KeyError, ValueError):
            continue
    return min(found, default=None)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(name, about, value=float(value))


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
