"""Rule tables of tools: loading them and asking them.

A table says, in data, which subcommands of a tool look, change, disrupt or destroy, and which kinds, options
and values make that better or worse. A subcommand that no table names is unknown, whatever it is called.
The keys of the files are the attributes of Table and When below.
Teams add tables through the entry-point group "tocsin.tools": each entry point names a package whose `*.toml`
files are read after ours; a tool that is already known keeps our table (a foreign one may not lower it).
Source: docs/reference/effects.md, section 16.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import ANY_WORDS, Args, Grammar, parse
from tocsin.effects.tools.when import EXAMPLE, WORDS, When, holds, read_when, strings_of
from tocsin.effects.words import HOLE, Word
from tocsin.errors import ConfigError

_RANKED = (Effect.DESTROY, Effect.UNKNOWN, Effect.DISRUPT, Effect.CHANGE, Effect.OBSERVE)
_ACTS = frozenset(
    (
        "flush delete del destroy purge reset clear set unset exec remove rm kill drop wipe erase truncate format "
        "rotate disable stop restart revoke"
    ).split()
)
_KEYS = frozenset(
    {
        "names",
        "needs",
        "values",
        "switches",
        "attached",
        "one_dash",
        "fold_case",
        "base",
        "target",
        "paths",
        "say",
        "when",
        "writes",
        "settings",
    }
)


# Not frozen, because one is made per command and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True)
class Found:
    """What a table says about one command line."""

    effect: Effect
    flags: frozenset[Flag]
    rule: str
    sentence: str
    path: str
    args: Args
    previewed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The rules of one tool.

    Attributes:
        names: what it is called on a command line; the first is used in the names of rules.
        needs: kind of target that must be bound, or "".
        base: effect of a tool without subcommands; None if it has them.
        paths: subcommand words to effect, exact; `globs` the same with wildcards, worst first.
        groups: beginnings of paths: words that subcommands hang on.
        writes: options whose value is a file that is written; where it lies decides.
        settings: options whose value is a file of settings, which can name programs; where it lies decides.
        whens_of: the refinements that are for one path, gathered when it is first asked for.
        mentioned: options that a refinement asks for, with the paths it is for (none: all), and known switches; their
            names say nothing more.
    """

    names: tuple[str, ...]
    needs: str
    target: str
    grammar: Grammar
    fold_case: bool
    base: Effect | None
    paths: dict[str, Effect]
    globs: tuple[tuple[re.Pattern[str], Effect], ...]
    depth: int
    groups: frozenset[str]
    writes: tuple[str, ...]
    settings: tuple[str, ...]
    say: dict[str, str]
    whens: tuple[When, ...]
    whens_of: dict[str, tuple[When, ...]]
    mentioned: dict[str, frozenset[str]]

    def ask(self, words: tuple[Word, ...], called: str = "") -> Found:
        """What this command line (without the tool's name) would do; `called` is that name, for the sentences."""
        args = parse(words, self.grammar)
        name = self.names[0]
        called = called or name
        path, effect = self._path(args)
        if _only_help(args, known=effect is not None):
            return Found(Effect.OBSERVE, frozenset(), f"{name}.help", "", "", args)
        if effect is None and self.base is None and args.operands[:1] and args.operands[0].text == "help":
            return Found(Effect.OBSERVE, frozenset(), f"{name}.help", "", "", args)
        if effect is None:
            shown = " ".join(word.text for word in args.operands[:2]).replace(HOLE, "…")
            what = f"`{called} {shown}`" if shown else f"`{called}` without a subcommand"
            return Found(Effect.UNKNOWN, frozenset(), f"{name}.unknown", f"{what} is in no table", "", args)
        rule = f"{name}.{path.replace(' ', '.')}" if path else name
        return self._refined(effect, path, rule, args, called)

    def _path(self, args: Args) -> tuple[str, Effect | None]:
        """The subcommand, and its effect if the table knows it; operands lose the words of the path."""
        if self.base is not None:
            return "", self.base
        words = []
        for position, word in enumerate(args.operands[: self.depth]):
            if position >= args.strange:
                break  # an option nobody knows could have taken this word as its value
            words.append(word.text.lower() if self.fold_case else word.text)
        best: tuple[int, str, Effect] | None = None
        for depth in range(len(words), 0, -1):
            path = " ".join(words[:depth])
            effect = self.paths.get(path)
            exact = effect is not None
            if effect is None and HOLE not in path:
                for pattern, known in self.globs:
                    if pattern.match(path):
                        effect = known
                        break
            if effect is None:
                continue
            # `vm delete list` is a delete of something called "list": between a wildcard and a shorter
            # path the worse one counts.
            if best is None or effect.rank > best[2].rank:
                best = (depth, path, effect)
            if exact:
                break
        if best is not None:
            depth, path, effect = best
            rest = args.operands[depth:]
            del args.operands[:depth]
            if effect is Effect.OBSERVE and rest and path in self.groups and not rest[0].text[:1].isdigit():
                return path, None  # a group of subcommands, and this one is in no table
            if effect is Effect.OBSERVE and rest and rest[0].text in _ACTS and self._takes_verbs(path):
                return path, None  # `ip xfrm state flush`: what looks by itself has a subcommand that acts
            return path, effect
        if not words and args.strange == ANY_WORDS and "" in self.paths:
            return "", self.paths[""]
        return "", None

    def _takes_verbs(self, path: str) -> bool:
        """Whether a verb behind this path is a subcommand: not a key, and not what is asked about."""
        return not self.fold_case and path.rpartition(" ")[2] not in ("can-i", "help", "explain")

    def _whens(self, path: str) -> tuple[When, ...]:
        known = self.whens_of.get(path)
        if known is None:
            known = tuple([when for when in self.whens if not when.paths or path in when.paths])
            if path in self.paths or not path:  # a path that matched a wildcard could be anything
                self.whens_of[path] = known
        return known

    def _refined(self, effect: Effect, path: str, rule: str, args: Args, called: str) -> Found:
        flags: set[Flag] = set()
        sentence = self.say.get(path, "")
        previewed = False
        for when in self._whens(path):
            if not holds(when, args):
                continue
            flags |= when.flags
            if previewed and not (when.raises is Effect.UNKNOWN and when.options):
                continue  # what starts another program starts it for a preview too
            if when.preview:
                previewed, effect, sentence = True, Effect.OBSERVE, when.say
                rule = f"{rule}.{when.rule or 'preview'}"
            elif when.sets is not None or (when.raises is not None and when.raises.rank > effect.rank):
                effect = when.sets or when.raises or effect
                sentence = when.say or ("" if when.sets is not None else sentence)
                rule = f"{rule}.{when.rule}" if when.rule else rule
            elif when.say and when.raises is effect:
                sentence = when.say
        if not sentence and effect is not Effect.OBSERVE:
            sentence = _plain_sentence(called, path, effect)
        return Found(effect, frozenset(flags), rule, sentence, path, args, previewed)


_TELLS_ITSELF = frozenset({"-h", "-help", "--help", "-v", "-V", "-version", "--version"})


def _only_help(args: Args, *, known: bool) -> bool:
    """Whether nothing but help is asked for. Not every tool stops at `--help` once it has something to do."""
    if (
        not known
        and not args.operands
        and not args.ended
        and args.options
        and _TELLS_ITSELF.issuperset(args.options)
    ):
        return True
    return (
        len(args.options) == 1
        and "--help" in args.options
        and not args.ended
        and len(args.operands) <= (0 if known else 1)
    )


def _plain_sentence(name: str, path: str, effect: Effect) -> str:
    command = f"`{name} {path}`" if path else f"`{name}`"
    match effect:
        case Effect.CHANGE:
            return f"{command} changes something; service goes on"
        case Effect.DISRUPT:
            return f"{command} interrupts work in progress"
        case Effect.DESTROY:
            return f"{command} can lose content, identity or access for good"
        case _:
            return f"nobody can say what {command} does"


def _table(raw: dict[str, object], where: str) -> Table:
    strange = raw.keys() - _KEYS
    if strange:
        raise ConfigError(f"Tool table {where} has the unknown key {min(strange)!r}.")
    paths: dict[str, Effect] = {}
    globs: list[tuple[re.Pattern[str], Effect]] = []
    by_effect = raw.get("paths", {})
    assert isinstance(by_effect, dict)
    for effect in _RANKED:
        for path in strings_of(by_effect.get(effect.word, []), f"{where}.paths.{effect.word}"):
            if "*" in path:
                globs.append((re.compile(re.escape(path).replace(r"\*", "[^ ]*") + r"\Z"), effect))
            else:
                paths.setdefault(path, effect)
    refined = raw.get("when", [])
    says = raw.get("say", {})
    assert isinstance(refined, list)
    assert isinstance(says, dict)
    whens = tuple(read_when(when, f"{where}.when[{number}]") for number, when in enumerate(refined))
    switches = frozenset(strings_of(raw.get("switches", []), f"{where}.switches"))
    return Table(
        names=strings_of(raw.get("names"), f"{where}.names"),
        needs=str(raw.get("needs", "")),
        target=str(raw.get("target", "")),
        grammar=Grammar(
            values=frozenset(strings_of(raw.get("values", []), f"{where}.values"))
            | frozenset(strings_of(raw.get("writes", []), f"{where}.writes"))
            | frozenset(strings_of(raw.get("settings", []), f"{where}.settings")),
            switches=switches,
            clusters="base" in raw,
            attached=frozenset(strings_of(raw.get("attached", []), f"{where}.attached")),
            one_dash=bool(raw.get("one_dash", False)),
        ),
        fold_case=bool(raw.get("fold_case", False)),
        base=WORDS[str(raw["base"])] if "base" in raw else None,
        paths=paths,
        globs=tuple(globs),
        groups=frozenset(
            " ".join(path.split()[:cut])
            for group in by_effect.values()
            for path in group
            if "*" not in path
            for cut in range(1, path.count(" ") + 1)
        ),
        writes=strings_of(raw.get("writes", []), f"{where}.writes"),
        settings=strings_of(raw.get("settings", []), f"{where}.settings"),
        depth=max((path.count(" ") + 1 for group in by_effect.values() for path in group), default=1),
        say={str(path): str(sentence) for path, sentence in says.items()},
        whens=whens,
        whens_of={},
        mentioned=_mentioned(switches, whens),
    )


def _mentioned(switches: frozenset[str], whens: tuple[When, ...]) -> dict[str, frozenset[str]]:
    """Which options the table speaks of, and for which paths; no paths stand for all."""
    found: dict[str, frozenset[str]] = {}
    for when in whens:
        for option in (*when.options, *when.only, *when.without):
            before = found.get(option)
            found[option] = (
                when.paths
                if before is None
                else before | when.paths
                if before and when.paths
                else frozenset()
            )
    return found | dict.fromkeys(switches, frozenset())


def read_tables(text: str, where: str) -> list[Table]:
    """The tables of one file. Raises ConfigError that names the file and the key."""
    try:
        raw = tomllib.loads(text)
        return [_table(tool, f"{where}: tool[{number}]") for number, tool in enumerate(raw["tool"])]
    except (KeyError, ValueError, TypeError, AttributeError, AssertionError, re.error) as error:
        raise ConfigError(f"Tool table {where} cannot be read: {error}.", hint=EXAMPLE) from error


def _packages() -> Iterator[str]:
    yield "tocsin.effects.tools"
    for entry in sorted(metadata.entry_points(group="tocsin.tools"), key=lambda entry: entry.name):
        yield entry.value


@cache
def listed(file: str) -> frozenset[str]:
    """The words of a list of this package, such as "pg_functions.txt"; its lines with `#` are notes. Read once."""
    text = resources.files("tocsin.effects.tools").joinpath(file).read_text(encoding="utf-8")
    return frozenset(" ".join(line for line in text.splitlines() if not line.startswith("#")).split())


@dataclass(frozen=True, slots=True)
class _Read:
    """Every table that could be read, by each name of its tool, and a sentence for each that could not."""

    tables: dict[str, Table]
    problems: tuple[str, ...]


def _files(package: str) -> list[tuple[str, str]]:
    """(name, text) of each table of a package. Raises ConfigError for a package or file that cannot be opened."""
    try:
        found = sorted(resources.files(package).iterdir(), key=lambda file: file.name)
        return [
            (f"{package}/{file.name}", file.read_text(encoding="utf-8"))
            for file in found
            if file.name.endswith(".toml")
        ]
    except (ImportError, OSError, ValueError, TypeError) as error:
        raise ConfigError(f"The tool tables of {package} cannot be opened: {error}.", hint=EXAMPLE) from error


@cache
def _all() -> _Read:
    known: dict[str, Table] = {}
    problems: list[str] = []
    for package in _packages():
        ours = package == __package__
        try:
            files = _files(package)
        except ConfigError as problem:
            problems.append(problem.message)
            continue
        for where, text in files:
            try:
                found = read_tables(text, where)
            except ConfigError as problem:
                if ours:
                    raise  # a defect of this program, which its tests find
                problems.append(problem.message)
                continue
            for table in found:
                for name in table.names:
                    known.setdefault(name, table)
    return _Read(known, tuple(problems))


def tables() -> dict[str, Table]:
    """Every known tool by every name it goes by. Read once; ours first.

    A team's table that cannot be read is left out, so that its tools stay unknown; `table_problems` says so.
    """
    return _all().tables


def table_problems() -> tuple[str, ...]:
    """A sentence for each table that could not be read: which one, and why."""
    return _all().problems
