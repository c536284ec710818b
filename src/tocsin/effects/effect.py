"""The scale of effects and its flags: what running a text would do to the world.

Source: docs/reference/effects.md (the scale, the join, the flags).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class Effect(Enum):
    """What running a text would do to the world the team operates, from harmless to dangerous.

    The value is the rank used when parts are joined: *unknown* lies between disrupt and destroy, so a
    part nobody can read never hides that another part destroys.
    """

    OBSERVE = 0
    CHANGE = 1
    DISRUPT = 2
    UNKNOWN = 3
    DESTROY = 4

    # Members are equal only to themselves; the inherited hash is Python code and effects are asked for all the time.
    __hash__ = object.__hash__

    rank: int  # the value; `value` itself is Python code, too

    def __init__(self, rank: int) -> None:
        self.rank = rank

    @property
    def word(self) -> str:
        """The name used in text and JSON: "observe", "change", "disrupt", "unknown", "destroy"."""
        return self.name.lower()

    @property
    def needs_two(self) -> bool:
        """Whether two different people must say yes (destroy, and unknown which is permitted like it)."""
        return self in (Effect.UNKNOWN, Effect.DESTROY)

    @staticmethod
    def join(parts: "Iterable[Effect]") -> "Effect":
        """The effect of a whole: the worst of its parts. Nothing at all observes."""
        worst = Effect.OBSERVE
        for effect in parts:
            if effect.rank > worst.rank:
                worst = effect
        return worst

    @staticmethod
    def from_word(word: str) -> "Effect":
        """The effect of this name. Raises KeyError for any other word."""
        return Effect[word.upper()]


class Flag(Enum):
    """Something to know beside the effect."""

    INTERACTIVE = "interactive"  # wants a keyboard
    UNBOUNDED = "unbounded"  # does not end by itself
    CONTEXT = "context"  # changes where later lines run
    REMOTE = "remote"  # runs on another machine
    SENSITIVE = "sensitive"  # shows secrets or people's data
    SECRET = "secret"  # carries a secret in its text  # noqa: S105 -- the flag's name, no secret
    HEAVY = "heavy"  # costs the target something
    BACKGROUND = "background"  # goes on after the step ends
    LOCAL = "local"  # writes scratch on the operator's side
    NOTIFIES = "notifies"  # tells people or systems
    WIDE = "wide"  # target is a selector, a wildcard or "all"
    WARNED = "warned"  # the runbook itself warns
    PRIVILEGED = "privileged"  # sudo, root container, host mounts

    # As of an effect: flags are kept in sets.
    __hash__ = object.__hash__


# With one of these left after bounding, a step does not run by itself even if it only observes.
ASK_FIRST = frozenset(
    {Flag.SENSITIVE, Flag.HEAVY, Flag.WARNED, Flag.INTERACTIVE, Flag.UNBOUNDED, Flag.SECRET, Flag.BACKGROUND}
)


class Undoable(Enum):
    """Whether everything a step touched comes back."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Undo:
    """What to read before a change and the exact way back.

    Attributes:
        undoable: yes, partly (see `lost`) or no.
        capture: an observing command whose output holds the old state, or None.
        reverse: how the way back is built from the captured output, as a sentence or a command template
            with `{…}` holes that `effects.undo.way_back` fills; None when there is none.
        lost: what does not come back even then, or None.
    """

    undoable: Undoable
    capture: str | None = None
    reverse: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a part is judged as it is.

    Attributes:
        rule: stable dotted name of the rule, e.g. "redis-cli.flushall".
        start, end: where in the judged text the part stands (character offsets).
        sentence: for people: "deletes every key of every database".
    """

    rule: str
    start: int
    end: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Part:
    """One simple command or statement inside the judged text, with its own effect."""

    start: int
    end: int
    effect: Effect
    flags: frozenset[Flag]
    rule: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a text would do to the world, and why.

    Attributes:
        effect: the worst of the parts.
        flags: united over the parts.
        reasons: at least one for everything above observe, in reading order.
        undo: the way back of the whole, or None for a text that only observes.
        parts: the simple commands and statements found, in reading order.
        targets: what it acts on, as far as the text says: "database:$DATABASE_URL", "host:production-server",
            "kubernetes:deployment/redis -n prepchef", "redis:127.0.0.1:6379"; empty means "this machine".
        needs: kinds of target that must be bound before it may run: subset of {"kubernetes", "aws", "gcp",
            "azure", "host"}; see docs/reference/targets.md.
        bounded: the text to run instead when the original is interactive or endless, or None.
        read: (file, line, SHA-256 of the file) of each text of the repository that was judged with it. It holds for
            exactly these files: with other content the judgement means nothing.
    """

    effect: Effect
    flags: frozenset[Flag] = frozenset()
    reasons: tuple[Reason, ...] = ()
    undo: Undo | None = None
    parts: tuple[Part, ...] = ()
    targets: tuple[str, ...] = ()
    needs: frozenset[str] = field(default_factory=frozenset)
    bounded: str | None = None
    read: tuple[tuple[str, int, str], ...] = ()

    @property
    def runs_by_itself(self) -> bool:
        """Whether policy lets tocsin run it without asking: observe, and no flag that asks first.

        Judge the *bounded* text: an endless command has lost its flag by then.
        """
        return self.effect is Effect.OBSERVE and not (self.flags & ASK_FIRST)
