"""The JSON of Atlassian Statuspage, API v2: every key always there, null where there is nothing to say.

Beside the format each file says `generated_at` and `stale_after_s`; readers of the format ignore both.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from tocsin.status import words
from tocsin.status.board import Board, Component, Maintenance, PublicIncident, State, worst
from tocsin.status.public import public_id

Json = dict[str, object]

_NEWEST = 50
_DESCRIPTION = {
    "none": "All Systems Operational",
    "minor": "Partially Degraded Service",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
    "maintenance": "Service Under Maintenance",
}


def files(board: Board) -> dict[str, str]:
    """Path below the page -> text of each file of the API."""
    unresolved = [_incident(board, each) for each in board.open_incidents]
    planned = [_maintenance(board, each) for each in board.maintenance("scheduled", "in_progress")]
    newest = sorted(board.maintenances, key=lambda each: each.starts_at, reverse=True)[:_NEWEST]
    everything = [_maintenance(board, each) for each in newest]
    components = _components(board)
    status = _status(board)
    parts: dict[str, Json] = {
        "summary.json": {
            "components": components,
            "incidents": unresolved,
            "scheduled_maintenances": planned,
            "status": status,
        },
        "status.json": {"status": status, **_remediations(board)},
        "components.json": {"components": components},
        "incidents.json": {"incidents": [_incident(board, each) for each in board.incidents[:_NEWEST]]},
        "incidents/unresolved.json": {"incidents": unresolved},
        "scheduled-maintenances.json": {"scheduled_maintenances": everything},
        "scheduled-maintenances/upcoming.json": {
            "scheduled_maintenances": [_maintenance(board, each) for each in board.maintenance("scheduled")]
        },
        "scheduled-maintenances/active.json": {
            "scheduled_maintenances": [_maintenance(board, each) for each in board.maintenance("in_progress")]
        },
    }
    about: Json = {
        "generated_at": moment(board.at),
        "stale_after_s": int(board.stale_after.total_seconds()),
    }
    found = {f"api/v2/{path}": _text({"page": _page(board), **part, **about}) for path, part in parts.items()}
    return found | {"latest.json": latest(board)} if board.remediations_public else found


def internal(board: Board) -> str:
    """The summary for ourselves: each open incident with its own name and the address of its runbook section."""
    incidents = [
        {**_incident(board, each), "incident": each.internal, **remediation(each)}
        for each in board.incidents[:_NEWEST]
    ]
    return _text(
        {
            "page": _page(board),
            "status": _status(board),
            "components": _components(board),
            "incidents": incidents,
            "generated_at": moment(board.at),
            "stale_after_s": int(board.stale_after.total_seconds()),
        }
    )


def moment(at: datetime) -> str:
    """As the format writes it: "2026-11-21T03:10:00.000Z"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def indicator(board: Board) -> str:
    """none, minor, major or critical; also "maintenance", where nothing else is wrong."""
    match board.state:
        case State.OPERATIONAL:
            return "none"
        case State.MAINTENANCE:
            return "maintenance"
        case State.PARTIAL:
            return "major"
        case State.MAJOR:
            return "critical"
        case State.DEGRADED | State.UNKNOWN:
            return "minor"


def _page(board: Board) -> Json:
    return {
        "id": board.id,
        "name": board.name,
        "url": board.url,
        "time_zone": "Etc/UTC",
        "updated_at": moment(board.changed_at),
    }


def _status(board: Board) -> Json:
    found = indicator(board)
    # The format knows four indicators; work alone does not break anything.
    return {"indicator": "none" if found == "maintenance" else found, "description": _DESCRIPTION[found]}


def _components(board: Board) -> list[Json]:
    groups = list(dict.fromkeys(each.group for each in board.components if each.group is not None))
    listed = [_component(board, each) for each in board.components]
    return listed + [_group(board, name, len(listed) + n) for n, name in enumerate(groups, start=1)]


def _component(board: Board, component: Component) -> Json:
    first = next((day.date for day in component.days if day.known), None)
    begun = datetime(first.year, first.month, first.day, tzinfo=UTC) if first else component.since or board.at
    # The format has no word for "we do not know", and "operational" would be a lie.
    state = State.DEGRADED if component.state is State.UNKNOWN else component.state
    return {
        "id": component.id,
        "name": component.name,
        "status": state.value,
        "created_at": moment(begun),
        "updated_at": moment(component.since or begun),
        "position": component.position,
        "description": component.about,
        "showcase": True,
        "start_date": first.isoformat() if first else None,
        "group_id": _group_id(board, component.group) if component.group is not None else None,
        "page_id": board.id,
        "group": False,
        "only_show_if_degraded": False,
    }


def _group(board: Board, name: str, position: int) -> Json:
    members = [each for each in board.components if each.group == name]
    # As bad as its worst member.
    views = [_component(board, each) for each in members]
    state = worst(each.state for each in members)
    return {
        **views[0],
        "id": _group_id(board, name),
        "name": name,
        "status": (State.DEGRADED if state is State.UNKNOWN else state).value,
        "updated_at": max(str(view["updated_at"]) for view in views),
        "position": position,
        "description": None,
        "group_id": None,
        "group": True,
        "components": [each.id for each in members],
    }


def _group_id(board: Board, name: str) -> str:
    return public_id(board.id, f"group {name}")


def _incident(board: Board, incident: PublicIncident) -> Json:
    monitoring, resolved = incident.first("monitoring"), incident.resolved_at
    over = resolved is not None and incident.postmortem
    return {
        "id": incident.id,
        "name": incident.name,
        "status": "postmortem" if over else incident.state,
        "created_at": moment(incident.updates[-1].at),
        "updated_at": moment(incident.updated_at),
        "monitoring_at": moment(monitoring) if monitoring else None,
        "resolved_at": moment(resolved) if resolved else None,
        "impact": incident.impact.value,
        "shortlink": f"{board.url}/incidents/{incident.id}.html",
        "started_at": moment(incident.started_at),
        "page_id": board.id,
        "incident_updates": [
            _update(
                incident.id, each.id, each.state, words.WITHDRAWN if each.withdrawn else each.text, each.at
            )
            for each in incident.updates
        ],
        "components": _affected(board, incident.components),
        **(remediation(incident) if board.leads_to_runbook(incident) else {}),
    }


def remediation(incident: PublicIncident) -> Json:
    """The addresses of the runbook section of an incident, as `latest.json` of the synthetics writes them."""
    title = incident.section or "The runbook"
    return {
        "remediations": list(incident.remediations),
        "remediation_details": [{"url": url, "title": title} for url in incident.remediations],
    }


def _remediations(board: Board) -> Json:
    """Where the runbook speaks about what is open now; nothing unless it is public."""
    if not board.remediations_public:
        return {}
    urls = (url for each in board.open_incidents if board.leads_to_runbook(each) for url in each.remediations)
    return {"remediations": list(dict.fromkeys(urls))}


def latest(board: Board) -> str:
    """The incidents of the page in the shape of the synthetics' `latest.json`, for programs that read that."""
    shown = [
        {
            "id": each.id,
            "title": each.name,
            "severity": each.impact.value,
            "status": each.state,
            "started_at": moment(each.started_at),
            "updated_at": moment(each.updated_at),
            **(remediation(each) if board.leads_to_runbook(each) else {}),
        }
        for each in board.open_incidents
    ]
    return _text(
        {
            "schema": "tocsin.status/1",
            "generated_at": moment(board.at),
            "producer": "tocsin",
            "status": board.state.value,
            "stale_after_s": int(board.stale_after.total_seconds()),
            "incidents": shown,
        }
    )


def _maintenance(board: Board, work: Maintenance) -> Json:
    status = work.status(board.at)
    at = work.over_at or work.announced_at
    return {
        "id": work.id,
        "name": work.name,
        "status": status,
        "created_at": moment(work.announced_at),
        "updated_at": moment(at),
        "monitoring_at": None,
        "resolved_at": moment(work.over_at or work.ends_at) if status == "completed" else None,
        "impact": "maintenance",
        "shortlink": f"{board.url}/#work-{work.id}",
        "started_at": moment(work.starts_at),
        "page_id": board.id,
        "incident_updates": [_update(work.id, f"{work.id}-1", status, work.text or work.name, at)],
        "components": _affected(board, work.components),
        "scheduled_for": moment(work.starts_at),
        "scheduled_until": moment(work.ends_at),
    }


def _affected(board: Board, ids: Iterable[str]) -> list[Json]:
    return [_component(board, each) for each in board.named(ids)]


def _update(of: str, name: str, status: str, body: str, at: datetime) -> Json:
    return {
        "id": name,
        "status": status,
        "body": body,
        "incident_id": of,
        "created_at": moment(at),
        "updated_at": moment(at),
        "display_at": moment(at),
        "affected_components": None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
