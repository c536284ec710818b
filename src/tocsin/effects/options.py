"""A command line taken apart: subcommand words, options with their values, operands."""

from dataclasses import dataclass

from tocsin.effects.words import HOLE, Word

ANY_WORDS = 10**6
_ABBREVIATED = 3  # two dashes and a letter
_CLUSTER = 4  # a longer word behind a letter is its value


@dataclass(slots=True)
class Args:
    """The words after a command's name.

    Attributes:
        operands: words that are neither options nor values of options, in order.
        options: name to the values given; an option without a value has the value None. A cluster such as
            `-tlnp` counts both whole and letter by letter.
        strange: index into `operands` before which the first option stood that the table does not know.
        ended: whether `--` was there; `after` are the words behind it.
        doubtful: words that were taken for the value of an option before them and look like options themselves
            (`prune -af --volumes`, if `-f` takes a value elsewhere); they can only make things worse.
    """

    operands: list[Word]
    options: dict[str, list[Word | None]]
    strange: int = ANY_WORDS
    ended: bool = False
    after: tuple[Word, ...] = ()
    doubtful: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Whether any of these options stands there."""
        return not self.options.keys().isdisjoint(names)

    def taken_back(self, *names: str) -> bool:
        """Whether `--no-NAME` stands there for one of these, or a beginning of it: `--dry-run --no-dry` is no dry run."""
        back = [word[5:] for word in (*self.options, *self.doubtful) if word.startswith("--no-")]
        return any(name.lstrip("-").startswith(beginning) for beginning in back for name in names)

    def value(self, *names: str) -> str | None:
        """The last value given to any of these options, or None."""
        for name in names:
            for given in reversed(self.options.get(name, ())):
                if given is not None:
                    return given.text
        return None

    def values(self, *names: str) -> list[Word]:
        """All values given to any of these options, in order of the names."""
        if not self.options:
            return []
        return [given for name in names for given in self.options.get(name, ()) if given is not None]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which options of a tool take a value, and how they are spelled.

    Attributes:
        values: options that take a value as the next word (or attached).
        switches: options that do not; only they and `values` may stand before the subcommand.
        one_dash: long options have one dash (`terraform -auto-approve`), letters are not clustered.
        stop: options end at the first operand (`sudo`, `env`, `ssh`, `timeout`).
        attached: single-letter options whose value, if there is one, stands in the same word (`mysqladmin -pSECRET ping`).
        clusters: letters behind one that takes a value may be options after all (`ss -tK`); they can only make worse.
    """

    values: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    one_dash: bool = False
    stop: bool = False
    clusters: bool = False
    attached: frozenset[str] = frozenset()


def in_full(words: tuple[Word, ...], grammar: Grammar) -> tuple[Word, ...]:
    """The words with abbreviated long options that take a value written out: `--comm='…'` as `--command='…'`.

    For programs that take any unambiguous beginning of a long option.
    """
    full = list(words)
    for position, given in enumerate(words):
        name, equals, value = given.text.partition("=")
        if not name.startswith("--") or len(name) < _ABBREVIATED or name in grammar.values:
            continue
        meant = [long for long in grammar.values if long.startswith(name)]
        if len(meant) == 1:
            full[position] = given._replace(text=f"{meant[0]}{equals}{value}")
    return tuple(full)


def parse(words: tuple[Word, ...], grammar: Grammar) -> Args:
    """The words after the command's name, taken apart."""
    args = Args([], {})
    operands, options, values = args.operands, args.options, grammar.values
    index, count = 0, len(words)
    while index < count:
        given = words[index]
        text = given.text
        index += 1
        if len(text) < 2 or text[0] != "-":
            operands.append(given)
            if grammar.stop:
                operands += words[index:]
                break
            continue
        if text == "--":
            args.ended = True
            args.after = words[index:]
            operands += args.after
            break
        if text[1] == "-" or grammar.one_dash:
            name, equals, value = text.partition("=")
            if equals:
                options.setdefault(name, []).append(given._replace(text=value))
            elif name in values and index < count:
                options.setdefault(name, []).append(words[index])
                _doubt(args, words[index])
                index += 1
            else:
                options.setdefault(name, []).append(None)
                if name not in grammar.switches and args.strange == ANY_WORDS:
                    args.strange = len(operands)
            continue
        index = _letters(given, words, index, grammar, args)
    return args


def _doubt(args: Args, value: Word | None) -> None:
    """Remember a value that may be an option."""
    if value is not None and len(value.text) > 1 and value.text[0] == "-" and not value.text[1].isdigit():
        args.doubtful += (value.text.partition("=")[0],)


def _letters(given: Word, words: tuple[Word, ...], index: int, grammar: Grammar, args: Args) -> int:
    """One word of single-letter options, `-tlnp` or `-n5` or `-n 5`; the index of the next word."""
    text, options = given.text, args.options
    if text in grammar.values:
        value = words[index] if index < len(words) else None
        options.setdefault(text, []).append(value)
        _doubt(args, value)
        return index + 1 if value is not None else index
    if len(text) > 2:
        options.setdefault(text, []).append(None)
        if text in grammar.switches:
            for letter in text[1:]:
                options.setdefault("-" + letter, []).append(None)
            return index
    for place in range(1, len(text)):
        name = "-" + text[place]
        if name in grammar.values:
            rest = text[place + 1 :]
            if rest:
                options.setdefault(name, []).append(given._replace(text=rest.removeprefix("=")))
                if grammar.clusters and len(rest) <= _CLUSTER and rest.isalpha():
                    args.doubtful += tuple("-" + letter for letter in rest)
                return index
            value = words[index] if index < len(words) else None
            options.setdefault(name, []).append(value)
            _doubt(args, value)
            return index + 1 if value is not None else index
        if name in grammar.attached:
            rest = text[place + 1 :]
            options.setdefault(name, []).append(given._replace(text=rest) if rest else None)
            return index
        options.setdefault(name, []).append(None)
        if name not in grammar.switches and text not in grammar.switches and args.strange == ANY_WORDS:
            args.strange = len(args.operands)
        if text[place] == HOLE:
            return index
    return index
