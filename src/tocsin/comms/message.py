"""What people read: the page that wakes them, the question that waits, the word that it is over.

A page says severity, what, where, since and the first step, in at most 160 characters (PAG-16).
"""

from datetime import datetime

from tocsin.incident.events import AskMade, IncidentDeclared, Resolved

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


def page(declared: IncidentDeclared, severity: str, since: datetime, why: str) -> tuple[str, str]:
    """Subject and body of the page that wakes somebody."""
    section = f"§ {declared.section_title}" if declared.section_title else "no section matched"
    line = subject(severity, declared.title, f"{section} · since {since:%H:%M} UTC", declared.drill)
    body = "\n".join(
        [
            f"{declared.id}  {declared.title}",
            f"Severity  {severity}: {'; '.join(declared.severity_reasons)}",
            f"Runbook   {section}"
            + (f" ({declared.runbook_path}:{declared.section_line})" if declared.section_line else ""),
            f"Matched   {'; '.join(declared.match_reasons) or 'nothing in the runbook speaks about this'}",
            f"You       {why}",
            f"Next      tocsin incident ack {declared.id}",
        ]
    )
    return line, body


def question(declared: IncidentDeclared, severity: str, ask: AskMade) -> tuple[str, str]:
    """Subject and body of the message that a decision is needed."""
    line = subject(severity, f"decision needed: {ask.text}", f"{ask.effect} on {ask.target}", declared.drill)
    body = "\n".join(
        [
            f"{ask.ask}  {ask.number} {ask.title}",
            f"Run       {ask.text}",
            f"On        {ask.target}",
            f"Effect    {ask.effect}: {'; '.join(ask.why)}",
            f"Way back  {ask.undo or 'none'}",
            f"Until     {ask.expires:%H:%M} UTC",
            f"Answer    tocsin incident approve {declared.id} {ask.ask}",
        ]
    )
    return line, body


def information(declared: IncidentDeclared, severity: str, why: str) -> tuple[str, str]:
    """Subject and body of a message that asks for nothing."""
    return subject(severity, declared.title, why, declared.drill), f"{declared.id}  {declared.title}\n{why}"


def over(declared: IncidentDeclared, severity: str, resolved: Resolved) -> tuple[str, str]:
    """Subject and body for everybody who was paged: you can sleep again."""
    line = subject(severity, f"resolved: {declared.title}", resolved.because, declared.drill)
    return line, f"{declared.id} is resolved. {resolved.because}"
