"""What the post-mortem says about doing: what was seen and expected, the broken glass, work by hand, what still stands."""

from tocsin.incident.incident import Incident
from tocsin.incident.state import Run
from tocsin.incident.undone import standing


def seen(run: Run) -> str:
    """What one look showed: its sentence, its facts, and what should have been seen; empty while it has not ended."""
    ended = run.finished
    if ended is None:
        return ""
    facts = ", ".join(f"{name} {value}" for name, value in ended.facts)
    missed = "; ".join(
        f"expected {each.text}, seen {each.seen}" for each in ended.expectations if each.missed
    )
    told = [ended.sentence or ended.outcome, facts, f"NOT AS EXPECTED: {missed}" if missed else ""]
    return "; ".join(part for part in told if part)


def poorly(incident: Incident) -> tuple[str, ...]:
    """What about doing belongs under what went poorly."""
    found = [
        f"{answer.by} broke the glass for {ask.made.number} {_one(ask.made.text)}: {answer.break_glass}"
        for ask in incident.asks.values()
        for answer in ask.approvals
        if answer.break_glass is not None
    ]
    found += [
        f"Not ticked off, and nobody says whether it was done: {task.opened.number} {task.opened.title}"
        for task in incident.doing.by_hand
    ]
    found += [
        f"{wait.run} had to wait: {wait.holder} of {wait.incident} had {wait.target}"
        for wait in incident.doing.waiting.values()
    ]
    return tuple(found)


def actions(incident: Incident) -> tuple[str, ...]:
    """What still stands and could be taken back, and what nobody did yet."""
    found = [
        f"Decide whether `{_one(run.queued.text)}` stays; way back: `{_one(run.finished.undo)}`"
        for run in standing(incident)
        if run.finished is not None and run.finished.undo
    ]
    found += [f"By hand: {task.opened.number} {task.opened.title}" for task in incident.doing.by_hand]
    return tuple(found)


def _one(text: str) -> str:
    return " ⏎ ".join(text.splitlines())
