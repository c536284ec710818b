"""What people read: the page that wakes them, the question that waits, the word that it is over.

A page says severity, what, where, since and the first step, in at most 160 characters (PAG-16).
"""

from datetime import datetime

from tocsin.incident.events import AskMade, IncidentDeclared, Resolved
from tocsin.incident.incident import Incident

SUBJECT_LIMIT = 160


def subject(severity: str, title: str, tail: str, drill: bool) -> str:
    """One line of at most 160 characters; the title gives way, severity and tail stay.

    >>> subject("P1", "api-health: HTTP 502", "since 03:00 UTC", drill=False)
    'P1 api-health: HTTP 502 · since 03:00 UTC'
    """
    head = f"DRILL {severity}" if drill else severity
    room = SUBJECT_LIMIT - len(head) - len(tail) - 4
    short = title if len(title) <= room else title[: max(room - 1, 1)].rstrip() + "…"
    return f"{head} {short} · {tail}"[:SUBJECT_LIMIT]


def line(text: str, drill: bool) -> str:
    """One line of at most 160 characters."""
    said = f"DRILL {text}" if drill else text
    return said if len(said) <= SUBJECT_LIMIT else f"{said[: SUBJECT_LIMIT - 1].rstrip()}…"


def page(
    declared: IncidentDeclared,
    severity: str,
    since: datetime,
    why: str,
    codename: str | None = None,
    unless: str | None = None,
) -> tuple[str, str]:
    """Subject and body of the page that wakes somebody; a restricted incident is only named (SEC-01).

    Args:
        unless: what happens, and when, if nobody answers: the warning of the respond clock.
    """
    otherwise = [f"Unless    {unless}"] if unless is not None else []
    if codename is not None:
        head = subject(severity, codename, f"since {since:%H:%M} UTC", declared.drill)
        return head, "\n".join(
            [f"{declared.id}  {codename}", "Restricted: look at it where only those named may.", f"You       {why}",
             *otherwise, f"Next      tocsin incident ack {declared.id}"]
        )  # fmt: skip
    section = f"§ {declared.section_title}" if declared.section_title else "no section matched"
    head = subject(severity, declared.title, f"{section} · since {since:%H:%M} UTC", declared.drill)
    body = "\n".join(
        [
            f"{declared.id}  {declared.title}",
            f"Severity  {severity}: {'; '.join(declared.severity_reasons)}",
            f"Runbook   {section}"
            + (f" ({declared.runbook_path}:{declared.section_line})" if declared.section_line else ""),
            f"Matched   {'; '.join(declared.match_reasons) or 'nothing in the runbook speaks about this'}",
            f"You       {why}",
            *otherwise,
            f"Next      tocsin incident ack {declared.id}",
        ]
    )
    return head, body


def question(declared: IncidentDeclared, severity: str, ask: AskMade) -> tuple[str, str]:
    """Subject and body of the message that a decision is needed."""
    line = subject(severity, f"decision needed: {ask.text}", f"{ask.effect} on {ask.target}", declared.drill)
    body = "\n".join(
        [
            f"{ask.ask}  {ask.number} {ask.title}",
            f"Run       {ask.text}",
            f"On        {ask.target}",
            f"Effect    {ask.effect}: {'; '.join(ask.why)}",
            *(
                f"Runs      {file}:{line} as it was when asked (SHA-256 {sha[:12]})"
                for file, line, sha in ask.read
            ),
            f"Way back  {ask.undo or 'none'}",
            f"Until     {ask.expires:%H:%M} UTC",
            f"Answer    tocsin incident approve {declared.id} {ask.ask}",
        ]
    )
    return line, body


def information(incident: Incident, why: str) -> tuple[str, str]:
    """Subject and body of a message that asks for nothing."""
    drill = incident.declared is not None and incident.declared.drill
    head = subject(incident.severity, incident.shown_title, why, drill)
    return head, f"{incident.id}  {incident.shown_title}\n{why}"


def over(incident: Incident, resolved: Resolved) -> tuple[str, str]:
    """Subject and body for everybody who was paged: you can sleep again."""
    drill = incident.declared is not None and incident.declared.drill
    word = "false alarm" if resolved.false_alarm else "resolved"
    head = subject(incident.severity, f"{word}: {incident.shown_title}", resolved.because, drill)
    said = "was a false alarm" if resolved.false_alarm else "is resolved"
    return head, f"{incident.id} {said}. {resolved.because}"
