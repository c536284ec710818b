"""Filling the holes of a step so that a value stays a value.

A value can never end the quotation it stands in, add a word, or carry a control character; what is filled is judged
again, and a different effect or shape blocks the step. Source: runbook-language, section 8.4.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tocsin.effects.effect import Effect, Judgement
from tocsin.effects.judge import judge as judge_text
from tocsin.effects.repository.held import NOTHING_HELD
from tocsin.runbook.book import Action, Placeholder, Step

Judge = Callable[[str, str], Judgement]


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret by its name: the text gets a variable, and only the process that runs it gets the value."""

    name: str

    @property
    def variable(self) -> str:
        """The variable that carries it: "TOCSIN_SECRET_STRIPE_KEY"."""
        return f"TOCSIN_SECRET_{re.sub(r'[^A-Za-z0-9]', '_', self.name).upper()}"


# What a value of each type may look like. Types without a row take any printable text without white space.
_SHAPE: dict[str, str] = {
    "commit": r"[0-9a-fA-F]{4,64}|[A-Za-z0-9][\w./-]{0,200}",
    "ref": r"[A-Za-z0-9][\w./-]{0,200}",
    "version": r"v?\d[\w.+-]{0,80}",
    "date": r"\d{4}-?\d{2}-?\d{2}",
    "time": r"\d{1,2}:?\d{2}(?::?\d{2})?",
    "integer": r"-?\d{1,18}",
    "percent": r"\d{1,3}(?:\.\d+)?%?",
    "port": r"\d{1,5}",
    "size": r"\d+(?:\.\d+)?\s?[kKmMgGtT]?i?[bB]?",
    "duration": r"\d+(?:\.\d+)?\s?[a-z]{1,7}",
    "host": r"[A-Za-z0-9][\w.:-]{0,252}",
    "ip": r"[0-9a-fA-F.:]{2,45}(?:/\d{1,3})?",
    "namespace": r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "pod": r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
    "deployment": r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
    "database": r"[A-Za-z_][\w$-]{0,62}",
    "table": r"[A-Za-z_][\w$.]{0,126}",
    "email": r"[\w.+-]+@[\w.-]+",
}  # fmt: skip
# Safe unquoted in a shell: no quote, blank, expansion, glob, separator or redirection among them.
_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Filled:
    """A step whose holes were filled.

    Attributes:
        texts: the final text of each action, in order; empty when there are reasons.
        judgement: each final text judged again.
        open: names of holes without a value; such a step is neither approved nor run.
        reasons: why the step is blocked; empty when it may go on.
    """

    texts: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    open: tuple[str, ...]
    reasons: tuple[str, ...]


def unread(text: str, language: str) -> Judgement:
    """The judgement of a text by itself: what it runs of a repository is unknown."""
    return judge_text(text, language, repository=NOTHING_HELD)


def fill(step: Step, values: Mapping[str, str | Reference], judge: Judge = unread) -> Filled:
    """The actions of a step with these values, or the reasons why not.

    Args:
        values: by canonical name of the placeholder; a default of the runbook is used where none is given. A reference
            is written as a variable for the shell.
        judge: called as judge(text, language).
    """
    chosen: dict[str, tuple[Placeholder, str | Reference]] = {}
    open_holes: list[str] = []
    reasons: list[str] = []
    for hole in step.placeholders:
        value = values.get(hole.name, hole.default)
        if value is None:
            open_holes.append(hole.name)
            continue
        problem = _problem(hole, value) if isinstance(value, str) else None
        if problem is not None:
            reasons.append(problem)
        chosen[hole.name] = (hole, value)
    unknown = sorted(set(values) - {hole.name for hole in step.placeholders})
    reasons.extend(f"the step has no parameter {name}" for name in unknown)
    reasons.extend(f"{name} has no value" for name in open_holes)
    if reasons:
        return Filled((), (), tuple(open_holes), tuple(reasons))
    texts: list[str] = []
    judged: list[Judgement] = []
    for action in step.actions:
        text, problems = _insert(action, tuple(chosen.values()))
        reasons.extend(problems)
        again = judge(text, action.language)
        reasons.extend(_changed(action, again))
        texts.append(text)
        judged.append(again)
    if reasons:
        return Filled((), (), (), tuple(dict.fromkeys(reasons)))
    return Filled(tuple(texts), tuple(judged), (), ())


def _problem(hole: Placeholder, value: str) -> str | None:
    """Why this value cannot be used for this hole, without repeating a secret."""
    shown = "the value" if hole.type == "secret" else f'"{value[:60]}"'
    if not value:
        return f"{hole.name} is empty"
    if len(value) > _MOST:
        return f"{hole.name} is longer than {_MOST} characters"
    if _CONTROL.search(value):
        return f"{hole.name}: {shown} holds a line break or a control character"
    shape = _SHAPE.get(hole.type)
    if shape is not None and not re.fullmatch(shape, value):
        return f"{hole.name}: {shown} is not a {hole.type}"
    if value.startswith("-") and hole.type != "integer":
        return f"{hole.name}: {shown} begins with a dash and would be read as an option"
    if re.search(r"(?:^|/)\.\.(?:/|$)", value) or value in ("/", ".", "~", "*"):
        return f"{hole.name}: {shown} points outside of what is meant"
    if value in hole.spellings:
        return f"{hole.name}: {shown} is the placeholder itself"
    return None


def _insert(action: Action, chosen: tuple[tuple[Placeholder, str | Reference], ...]) -> tuple[str, list[str]]:
    problems: list[str] = []
    spellings = sorted(
        ((s, hole, value) for hole, value in chosen for s in hole.spellings), key=lambda t: -len(t[0])
    )
    if not spellings:
        return action.text, problems
    finder = re.compile("|".join(_pattern(spelling) for spelling, _, _ in spellings))
    by_text = {spelling: (hole, value) for spelling, hole, value in spellings}
    pieces: list[str] = []
    last = 0
    for found in finder.finditer(action.text):
        hole, value = by_text[found[0]]
        quoting = _quoting(action.text, found.start(), action.language)
        reader = _reader(action, found.start(), quoting)
        written = (
            _written(hole, value, quoting, reader, action.text[: found.start()])
            if isinstance(value, str)
            else _referred(value, quoting, reader)
        )
        if written is None:
            problems.append(
                f"{hole.name}: the value cannot stand {_PLACE[reader]} of `{action.text.strip()[:60]}`"
            )
            written = ""
        pieces += (action.text[last : found.start()], written)
        last = found.end()
    pieces.append(action.text[last:])
    return "".join(pieces), problems


def _pattern(spelling: str) -> str:
    """The spelling as a whole: `$DIR` is not found in `$DIRECTORY`, nor `NAME` in `HOSTNAME`."""
    before = r"(?<![\w$])" if spelling[0].isalnum() or spelling[0] == "_" else ""
    after = r"(?!\w)" if spelling[-1].isalnum() or spelling[-1] == "_" else ""
    return f"{before}{re.escape(spelling)}{after}"


_PLACE = {
    "shell": "as one word",
    "sql": "in the SQL",
    "twice": "in a text that a second shell reads",
    "other": "in the text",
}
_SQL_CLIENT = re.compile(
    r"\b(?:psql|mysql|mariadb|sqlite3|cockroach|sqlcmd|cqlsh|clickhouse-client|mongosh?|duckdb)\b"
)
_SECOND_SHELL = re.compile(
    r"\b(?:ssh|eval|watch|xargs|parallel|su|crontab|at)\b|\b(?:ba|z|da|k)?sh\s+-\w*c\b|\bexec\b.*\b(?:ba)?sh\b|\b(?:python3?|node|perl|ruby|awk|sed|jq)\b"
)


def _reader(action: Action, position: int, quoting: str) -> str:
    """Who reads the text at this position: one shell ("shell"), SQL, a second shell or program ("twice"), or else."""
    if action.language == "sql":
        return "sql"
    if action.language != "shell":
        return "other"
    before = action.text[:position]
    if _SQL_CLIENT.search(before) and (quoting or "<<" in before):
        return "sql"
    return "twice" if _SECOND_SHELL.search(before) or "<<" in before else "shell"


def _quoting(text: str, position: int, language: str) -> str:
    """The innermost quotation open at this position: "" for none, or the quote character."""
    quote = ""
    index = 0
    while index < position:
        char = text[index]
        if quote:
            if char == "\\" and quote == '"' and language == "shell":
                index += 1
            elif char == quote:
                quote = ""
        elif char == "\\" and language == "shell":
            index += 1
        elif char in "'\"":
            quote = char
        index += 1
    return quote


_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w$.]{0,126}")
_SQL_LITERAL = re.compile(r"[^'\"`$\\;\x00-\x1f]*")
_PLAIN_WORDS = re.compile(r"[\w @%+=:,./-]*")


def _written(hole: Placeholder, value: str, quoting: str, reader: str, before: str) -> str | None:
    """The value as it may be written here, or None if no writing of it is safe."""
    match reader:
        case "sql":
            return _in_sql(hole, value, quoting, before)
        case "shell" if quoting:
            return value if _PLAIN_WORDS.fullmatch(value) else None
        case "shell":
            if _BARE.fullmatch(value):
                return value
            return f"'{value}'" if not re.search(r"['\\!`$]", value) else None
        case _:
            return value if _BARE.fullmatch(value) else None


def _referred(value: Reference, quoting: str, reader: str) -> str | None:
    """The variable as the one shell that reads it expands it, into one word; None where nothing would expand it."""
    if reader != "shell" or quoting not in ("", '"'):
        return None
    return f"${{{value.variable}}}" if quoting else f'"${{{value.variable}}}"'


def _in_sql(hole: Placeholder, value: str, quoting: str, before: str) -> str | None:
    """A SQL literal inside its quotes; outside only a number, or an identifier where the hole is one.

    An unquoted name where a value is meant could be a column or a keyword: `WHERE id = id` is every row.
    """
    shell_quote_open = quoting == '"'
    inside = quoting == "'" if not shell_quote_open else before[before.rfind('"') + 1 :].count("'") % 2 == 1
    # In `psql -c 'x = <id>'` the single quotes are the shell's: the value stands bare in the SQL.
    bare_in_single = inside and not shell_quote_open and _SQL_CLIENT.search(before) is not None
    if inside and not bare_in_single:
        if (
            "'" in value
            and quoting == "'"
            and "\\" not in value
            and _SQL_LITERAL.fullmatch(value.replace("'", ""))
        ):
            return value.replace("'", "''")
        return value if _SQL_LITERAL.fullmatch(value) else None
    if _NUMBER.fullmatch(value):
        return value
    return value if hole.type in ("table", "database") and _IDENTIFIER.fullmatch(value) else None


def _changed(action: Action, again: Judgement) -> list[str]:
    """Why the filled text may not run on the strength of what was said about the template."""
    before = action.judgement
    # A template nobody could read may turn out milder once its holes are filled; everything else must agree.
    learned = before.effect is Effect.UNKNOWN and again.effect.value < before.effect.value
    # One whose hole may take the worst value (replicas: 0) is a plain change with another. Who has to say yes is decided
    # by what the filled text does.
    milder = before.effect is Effect.DISRUPT and again.effect is Effect.CHANGE
    if again.effect is not before.effect and not (learned or milder):
        return [f"with these values the effect is {again.effect.word}, not {before.effect.word}"]
    if len(again.parts) != len(before.parts) and before.parts:
        return ["with these values the text is another command"]
    new = again.flags - before.flags
    if new:
        return [f"with these values it is also {', '.join(sorted(flag.value for flag in new))}"]
    return []
