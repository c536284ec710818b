"""Who may say yes to what, and for how long a yes counts.

Rules: MIT-05 (binds to text and target, expires), MIT-06 (who, by effect), MIT-13 (at most one run per approval).
"""

from datetime import datetime

from tocsin.effects.effect import Effect
from tocsin.incident.events import Approved
from tocsin.incident.state import Ask, AskState
from tocsin.kit.ids import sha256


def digest(texts: tuple[tuple[str, str], ...]) -> str:
    """What an approval binds to: the exact texts and the targets they run on, as 64 hex digits.

    Args:
        texts: (text, target) for each statement, in order.
    """
    return sha256("\x1e".join(f"{target}\x1f{text}" for text, target in texts))


def approvals_needed(effect: Effect) -> int:
    """How many different people must say yes: two for what destroys or cannot be read, else one."""
    return 2 if effect.needs_two else 1


def objection(ask: Ask | None, answer: Approved, now: datetime) -> str | None:
    """Why this yes does not count, or None if it does.

    Args:
        ask: the ask it answers, or None if there is none of that name.
        answer: the person's yes.
        now: when it arrived.
    """
    if ask is None:
        return f"There is no ask {answer.ask}."
    if ask.state is not AskState.OPEN:
        return f"{answer.ask} is {ask.state.value} already."
    if now >= ask.made.expires:
        return f"{answer.ask} expired at {ask.made.expires:%H:%M:%S} UTC; it will be asked again."
    if answer.digest != ask.made.digest:
        return f"{answer.ask} was shown with another text or target: look at it again."
    if any(earlier.by == answer.by for earlier in ask.approvals):
        return f"{answer.by} has said yes already; a second person is needed."
    if answer.break_glass is not None:
        return _broken(ask, answer)
    if ask.made.effect != Effect.CHANGE.word and ask.made.proposed_by == answer.by:
        return f"{answer.by} proposed this step, which would {ask.made.effect}; somebody else must say yes."
    return _unconfirmed(ask, answer)


def _broken(ask: Ask, answer: Approved) -> str | None:
    """Why a yes that breaks the glass does not count: it needs a reason, and still the target's name."""
    if not (answer.break_glass or "").strip():
        return "Breaking the glass needs a reason; everybody above hears of it."
    own = ask.made.effect != Effect.CHANGE.word and ask.made.proposed_by == answer.by
    if ask.made.approvals_needed == 1 and not own:
        return f"{answer.ask} needs one yes only; there is no glass to break."
    return _unconfirmed(ask, answer)


def _unconfirmed(ask: Ask, answer: Approved) -> str | None:
    if ask.made.approvals_needed > 1 and answer.confirm != ask.made.target:
        return f'This would {_verb(ask.made.effect)}: type the name of its target ("{ask.made.target}") to confirm.'
    return None


def _verb(effect: str) -> str:
    return "do nobody knows what" if effect == Effect.UNKNOWN.word else effect
