"""What an incident keeps of the settings as they were when it was declared (PAG-01). Values only."""

from dataclasses import dataclass, field
from datetime import timedelta

from tocsin.kit.ids import PersonId


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """What a team may set about the procedure; the runbook's own promises come first where it makes them.

    Attributes:
        watch: how long things must stay good before "resolved"; None: the runbook's own, else 1 h.
        settle: how long a change may take to show before the next option is offered.
        look: how long the opening investigation may hold back the first ask.
        ask_expiry: an approval must come within this time (MIT-05).
        hop: first hop to the next person or level for the two highest severities (ESC-01).
        rounds: how often the last level is paged before escalation is called exhausted (ESC-06).
        reopen: a relapse within this time reopens the same incident (RES-08).
        post_mortem: when the post-mortem is due if the runbook does not say.
    """

    watch: timedelta | None = None
    settle: timedelta = timedelta(seconds=60)
    look: timedelta = timedelta(seconds=10)
    ask_expiry: timedelta = timedelta(minutes=15)
    hop: timedelta = timedelta(minutes=5)
    rounds: int = 3
    reopen: timedelta = timedelta(hours=24)
    post_mortem: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Kept:
    """The policy of one incident, written into its declaration.

    Attributes:
        settings: those of the declaration; only `reopen` is asked anew, for it is about incidents that ended.
        levels: for level 1, 2, 3 …: everyone the plan could ever name there. Which of them is on call is asked when
            the level is called.
    """

    settings: ResponseSettings = field(default_factory=ResponseSettings)
    levels: tuple[tuple[PersonId, ...], ...] = ()
