"""A posted `latest.json` (docs/reference/synthetics.md): another tocsin, or a step of CI, tells of its synthetics."""

from tocsin.connectors.alert_source import Inbound
from tocsin.connectors.wire import Fields, moment_or
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.synthetic import Verdict

_KNOWN = frozenset(verdict.value for verdict in Verdict)


def endpoints(document: Fields, inbound: Inbound, notices: list[str]) -> tuple[Alert, ...]:
    """One alert per endpoint that was judged: `synthetics/NAME` fires, or is over.

    A failure that further samples did not confirm is no alert (the paging rule of the synthetics), and `unknown` is
    neither trouble nor its end; both are told as notices.
    """
    at = moment_or(document.find("generated_at"), inbound.received_at, notices)
    links = _links(document)
    found = []
    for each in document.objects("endpoints"):
        name, verdict = each.text("name"), each.text("verdict")
        if verdict not in _KNOWN:
            notices.append(f'{name}: the verdict "{verdict[:40]}" is unknown and taken for a failure')
        if verdict == Verdict.UNKNOWN.value:
            notices.append(f"{name}: could not be measured")
            continue
        well = verdict == Verdict.PASS.value
        if not well and each.find("confirmation", "confirmed") is False:
            notices.append(f"{name}: failed, and further samples did not confirm it")
            continue
        key = f"synthetics/{name}"
        labels = {
            "endpoint": name,
            "url": each.text("url"),
            "verdict": verdict,
            "p95_ms": each.text("p95_ms"),
            "threshold_ms": each.text("threshold_ms"),
        }
        found.append(
            Alert(
                fingerprint=f"{inbound.integration}:{key}",
                state=AlertState.RESOLVED if well else AlertState.FIRING,
                title=f"{name}: {_said(each, well)}",
                source=inbound.integration,
                at=at,
                labels={label: value for label, value in labels.items() if value},
                runbook_url=links.get(key) or document.text("runbook_url") or None,
            )
        )
    return tuple(found)


def _links(document: Fields) -> dict[str, str]:
    """The first remediation of each incident in the report."""
    links = {}
    for shown in document.objects("incidents"):
        match shown.find("remediations"):
            case [str(url), *_]:
                links[shown.text("id")] = url
            case _:
                continue
    return links


def _said(endpoint: Fields, well: bool) -> str:
    value, limit = endpoint.text("p95_ms"), endpoint.text("threshold_ms")
    if value and limit:
        return f"p95 {value} ms {'<' if well else '≥'} {limit} ms"
    return "keeps its promise" if well else "requests failed"
