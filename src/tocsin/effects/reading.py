"""What one look at a command or a statement yields, before everything is joined into a judgement.

A rule never recurses: when a command hides another one (`sudo`, `ssh host '…'`, `psql -c '…'`), its reading
lists what is *inside*, and the walk judges that in turn. This keeps rules free of cycles and small.
"""

import re
from dataclasses import dataclass, field, replace

from tocsin.effects.effect import Effect, Flag, Judgement, Part, Reason, Undo
from tocsin.effects.repository.held import Held, Origin, Repository
from tocsin.effects.words import Word

NO_FLAGS: frozenset[Flag] = frozenset()
_PLACED = re.compile(r"\S+:\d+: ")  # a sentence that says where it was read


@dataclass(frozen=True, slots=True)
class Stdin:
    """What a command finds on its standard input.

    Attributes:
        literal: the text itself, if it stands in what we judge (heredoc, here-string, `echo '…' |`).
        known: False when something arrives that nobody can read from the text.
        source: words that hint at where it comes from (file name, producing command), for people and rules.
    """

    literal: str | None = None
    known: bool = True
    source: str = ""


NOTHING = Stdin()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text runs, and what is already known.

    Attributes:
        elsewhere: on another machine or in a container: only /tmp is scratch there.
        facts: see `effects.judge.judge`.
        repository: the files that lie there, if somebody has read them; None where nobody knows.
    """

    elsewhere: bool = False
    facts: frozenset[str] = frozenset()
    repository: Repository | None = None


# Not frozen, as below.
@dataclass(slots=True, unsafe_hash=True)
class Call:
    """One command about to be read.

    Attributes:
        name: what it is called, without directory and quotes.
        words: what follows the name.
        stdin: what it finds on its standard input.
        place: where it runs.
    """

    name: str
    words: tuple[Word, ...]
    stdin: Stdin
    place: Place


@dataclass(frozen=True, slots=True)
class Inside:
    """Something hidden in a command that runs too.

    Attributes:
        words: a command as words, or None.
        text: a text in `language`, or None.
        language: "shell", "sql:postgres", "sql:mysql", "sql:sqlite", "redis", "mongo".
        flags: what every part of it also has (remote, privileged, background, wide).
        elsewhere: whether it runs on another machine or in a container, where only /tmp is scratch.
        stdin: what it reads.
        origin: where the text was read, if it is one that the repository holds.
    """

    words: tuple[Word, ...] | None = None
    text: str | None = None
    language: str = "shell"
    flags: frozenset[Flag] = NO_FLAGS
    elsewhere: bool = False
    stdin: Stdin = NOTHING
    origin: Origin | None = None


# Not frozen, because one is made per command and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Reading:
    """One command or statement as a rule reads it.

    Attributes:
        effect: its own effect, without what is inside.
        rule: stable dotted name of the rule.
        sentence: what it does, for people; empty for what only looks.
        flags, targets, needs: as in Judgement.
        inside: what runs within it.
        undo: the way back of this command alone, if it changes anything.
        silent: it is only a shell around its inside and is no part of its own.
    """

    effect: Effect
    rule: str
    sentence: str = ""
    flags: frozenset[Flag] = NO_FLAGS
    targets: tuple[str, ...] = ()
    needs: frozenset[str] = field(default_factory=frozenset)
    inside: tuple[Inside, ...] = ()
    undo: Undo | None = None
    silent: bool = False


def unknown(rule: str, sentence: str, *, inside: tuple[Inside, ...] = ()) -> Reading:
    """A reading that says nobody could say."""
    return Reading(Effect.UNKNOWN, rule, sentence, inside=inside)


class Tally:
    """Collects readings while a text is walked, and joins them in the end."""

    __slots__ = ("effect", "flags", "needs", "opened", "parts", "read", "reasons", "targets", "undos")

    def __init__(self) -> None:
        self.effect = Effect.OBSERVE
        self.flags: set[Flag] = set()
        self.reasons: list[Reason] = []
        self.parts: list[Part] = []
        self.targets: list[str] = []
        self.needs: set[str] = set()
        self.undos: list[tuple[Effect, Undo | None]] = []
        self.read: list[Held] = []
        self.opened = (
            0  # texts of the repository; counted over all levels, so that scripts that call each other end
        )

    def take(self, inner: "Tally", held: Held, start: int, end: int) -> None:
        """Count everything found in a text of the repository as standing at text[start:end], and say where it was."""
        self.opened = inner.opened
        self.effect = Effect.join((self.effect, inner.effect))
        self.flags |= inner.flags
        self.needs |= inner.needs
        self.targets += (target for target in inner.targets if target not in self.targets)
        self.undos += inner.undos
        self.parts += (replace(part, start=start, end=end) for part in inner.parts)
        for reason in inner.reasons:
            told = reason.sentence
            if not _PLACED.match(told):
                told = f"{held.file}:{held.line_at(reason.start)}: {told}"
            placed = replace(reason, start=start, end=end, sentence=told)
            if placed not in self.reasons:
                self.reasons.append(placed)
        self.read += (each for each in (held, *inner.read) if each not in self.read)

    def add(self, reading: Reading, start: int, end: int, flags: frozenset[Flag] = NO_FLAGS) -> None:
        """Count this reading of text[start:end]; `flags` come from what stands around it."""
        both = reading.flags | flags if flags else reading.flags
        effect = reading.effect
        if Flag.BACKGROUND in both and effect is not Effect.OBSERVE and effect.rank < Effect.DISRUPT.rank:
            effect = Effect.DISRUPT
        if effect.rank > self.effect.rank:
            self.effect = effect
        if both:
            self.flags |= both
        if reading.targets:
            self.targets += (target for target in reading.targets if target not in self.targets)
        if reading.needs:
            self.needs |= reading.needs
        if not reading.silent:
            self.parts.append(Part(start, end, effect, both, reading.rule))
        if effect is not Effect.OBSERVE:
            sentence = reading.sentence or f"{effect.word} by rule {reading.rule}"
            self.reasons.append(Reason(reading.rule, start, end, sentence))
            self.undos.append((effect, reading.undo))
        elif reading.sentence:
            self.reasons.append(Reason(reading.rule, start, end, reading.sentence))

    def judgement(self, undo: Undo | None, bounded: str | None) -> Judgement:
        """Everything joined."""
        return Judgement(
            effect=self.effect,
            flags=frozenset(self.flags),
            reasons=tuple(self.reasons),
            undo=undo,
            parts=tuple(self.parts),
            targets=tuple(self.targets),
            needs=frozenset(self.needs),
            bounded=bounded,
            read=tuple(dict.fromkeys((held.file, held.line, held.sha256) for held in self.read)),
        )
