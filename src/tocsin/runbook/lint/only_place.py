"""TOC203: one command of a procedure goes to a database, vhost, stack or machine that nothing else there names, with a thing its siblings have elsewhere.

The places that an option or an address chooses, tool by tool, where `targets` knows hosts and clusters. Quiet where a sentence
names the other place, or the command speaks of nothing that its siblings speak of.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import alike
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.shell import read
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold


@dataclass(frozen=True, slots=True)
class _Use:
    """One command that chooses a place."""

    value: str
    line: Line
    action: Action
    command: Command


# program → (what kind of place, the options that choose it)
_OPTIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    **dict.fromkeys(("psql", "pg_dump", "pg_restore", "vacuumdb", "reindexdb"), (("database", ("-d", "--dbname")),)),
    **dict.fromkeys(("mysql", "mariadb", "mongosh", "clickhouse-client"), (("database", ("-D", "--database", "--db")),)),
    "sqlcmd": (("database", ("-d",)), ("server", ("-S",))),
    "redis-cli": (("database", ("-n",)),),
    "valkey-cli": (("database", ("-n",)),),
    "rabbitmqctl": (("vhost", ("-p", "--vhost")),),
    "rabbitmqadmin": (("vhost", ("-V", "--vhost")),),
    "crontab": (("user", ("-u",)),),
    "kcat": (("brokers", ("-b",)),),
    "nodetool": (("host", ("-h", "--host")),),
    "etcdctl": (("endpoints", ("--endpoints",)),),
    "curator": (("configuration", ("--config",)),),
}  # fmt: skip
_OWN = frozenset({"vhost", "user"})  # of one procedure there is one, whatever is done there
_COMMON = frozenset({"postgres", "template1", "mysql", "admin", "master", "information_schema", "root", "/"})
_LEAST = 2  # siblings that name another place


def odd_place(view: View) -> Iterator[Diagnostic]:
    """Of the commands of one program all name one place, and this one another."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        uses: dict[tuple[str, str], list[_Use]] = defaultdict(list)
        for line in procedure.lines:
            for action, command in line.commands:
                for tool, kind, value in _places(command):
                    if value[:1] not in "$<{[-" and value not in _COMMON:
                        uses[tool, kind].append(_Use(value, line, action, command))
        for (_, kind), found in uses.items():
            yield from _odd(view, procedure, kind, found)


def _places(command: Command) -> Iterator[tuple[str, str, str]]:
    """The program, the kind of place and its name, as a command chooses them."""
    for kind, options in _OPTIONS.get(command.name, ()):
        value = command.value(*options)
        if value is not None and "=" not in value and "//" not in value:
            yield command.name, kind, value.strip("'\"")
    if command.name.startswith("kafka-") and (value := command.value("--bootstrap-server")) is not None:
        yield "kafka", "brokers", value
    if command.name == "docker-compose" or (command.name == "docker" and command.plain[:1] == ("compose",)):
        for option, word in _before_verb(command):
            kind = "compose file" if option in ("-f", "--file") else "project"
            yield "compose", kind, word


def _before_verb(command: Command) -> Iterator[tuple[str, str]]:
    """The options between `compose` and its verb that choose a stack."""
    words = command.words[1:] if command.name == "docker-compose" else command.words[2:]
    place = 0
    while place < len(words) and words[place][:1] == "-":
        option, sign, value = words[place].partition("=")
        if option in ("-f", "--file", "-p", "--project-name"):
            value = value if sign else next(iter(words[place + 1 : place + 2]), "")
            if value:
                yield option, value
        place += 1 if sign else 2
        if option in ("-f", "--file"):
            return  # those that follow only add to the first


def _odd(view: View, procedure: Procedure, kind: str, uses: list[_Use]) -> Iterator[Diagnostic]:
    counts = Counter(use.value for use in uses)
    if len(counts) != 2:
        return
    spoken = _in_sentences(view, procedure, uses)
    counts.update(value for value, _ in spoken)
    if len(counts) != 2:
        return
    (usual, often), (odd, times) = counts.most_common(2)
    if times != 1 or often < _LEAST or _in_words(view, procedure, odd):
        return
    use = next((each for each in uses if each.value == odd), None)
    if use is None:
        return
    mine = _things(odd, use.command)
    theirs = [_things(other.value, other.command) for other in uses if other is not use]
    theirs.extend(_things(value, command) for value, command in spoken)
    if kind not in _OWN and not any(mine & each for each in theirs):
        return
    message = f"This names {kind} {odd}, its siblings name {usual}."
    yield view.at("TOC203", use.line, use.action, use.command.start, message)


_SPAN = re.compile(r"`[^`\n]*`")


def _in_sentences(view: View, procedure: Procedure, uses: list[_Use]) -> list[tuple[str, Command]]:
    """What commands of the same kind choose that stand in sentences and became no step."""
    tools = {(tool, kind) for use in uses for tool, kind, _ in _places(use.command)}
    names = {use.command.name for use in uses}
    known = {action.text for line in procedure.lines for action in line.step.actions}
    span = procedure.section.span
    found: list[tuple[str, Command]] = []
    for raw in view.lines_of(span.first_line, span.last_line):
        if raw.fenced or "`" not in raw.text:
            continue
        for code in _SPAN.findall(raw.text)[:_CODES]:
            text = code.strip("`")
            if text not in known and text.split(" ", 1)[0] in names:
                for command in read(text).commands:
                    found.extend(
                        (value, command) for tool, kind, value in _places(command) if (tool, kind) in tools
                    )
    return found


_CODES = 6  # pieces of code in one line that are read


def _in_words(view: View, procedure: Procedure, name: str) -> bool:
    """Whether a sentence, a label or a comment of the procedure names a place."""
    named = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    span = procedure.section.span
    for raw in view.lines_of(span.first_line, span.last_line):
        if name not in raw.text or (raw.text[:4] == "    " and _SSH.match(raw.text.strip())):
            continue  # below: code that is only indented
        text = raw.text.partition("#")[2] if raw.fenced else _SPAN.sub(" ", raw.text)
        # A database that is called by a number is named by nothing else.
        if named.search(text) and (
            not name.isdigit() or re.search(rf"(?:database|db|datenbank|base)\W+{name}\b", text)
        ):
            return True
        if not raw.fenced and f"`{name}`" in raw.text:
            return True
    return False


_TABLE = re.compile(
    r"\b(?:FROM|UPDATE|INTO|TABLE|JOIN)\s+(?:ONLY\s+)?[\"`]?(?P<name>[A-Za-z_][\w.]{2,})", re.IGNORECASE
)
_THING = re.compile(r"[A-Za-z<][\w.<>-]*(?:[:_/-][\w.<>*-]+)+")


def _things(place_name: str, command: Command) -> set[str]:
    """What a command speaks of: tables, keys, groups, topics, services."""
    found: set[str] = set()
    args = command.args
    for place, word in enumerate(args):
        if word == place_name or word[:1] == "-":
            continue
        if " " in word:
            found.update(name.lower() for name in _TABLE.findall(word) if not name.lower().startswith("pg_"))
        elif _THING.fullmatch(word.strip("'\"")):
            found.add(word.strip("'\""))
        elif place and args[place - 1] in (
            "--group",
            "--topic",
            "--name",
            "--key",
            "--table",
            "-t",
            "--queue",
        ):
            found.add(word)
    if command.name in ("docker", "docker-compose"):
        found.update(word for word in command.plain[1:] if word.isalpha() and word not in _COMPOSE_VERBS)
    return found - {"compose", place_name}


_COMPOSE_VERBS = frozenset(
    "compose up down start stop restart ps logs exec run pull build config rm kill create".split()
)

_ANOTHER = re.compile(
    r"\b(?:standby|replica\w*|secondar\w*|follower\w*|other|others|another|second|peer\w*|passive|partner|new|old|each|both|all|next|remaining|rest|backup|spare|target|"
    r"ander\w*|zweite\w*|neu\w*|alt\w*|beide\w*|alle\w*|jede\w*|naechst\w*|nachst\w*|otr[oa]s?|nuev[oa]|ambos|autre\w*|nouve\w*)\b"
)
_SSH = re.compile(r"(?<![\w-])ssh (?:-\S+ )*(?:[\w.-]+@)?([A-Za-z][\w.-]*\w)")
_ENOUGH = 3  # commands on one machine that make it the one the procedure is about


def odd_machine(view: View) -> Iterator[Diagnostic]:
    """All commands go to one machine, which the text names; one goes to another of its row, which it does not."""
    if not view.commands("ssh"):
        return
    for procedure in view.procedures:
        uses: list[_Use] = []
        for line in procedure.lines:
            for action, command in line.named("ssh"):
                host = next((word.rpartition("@")[2] for word in command.plain if not word.isdigit()), "")
                if host and host[0].isalpha():
                    uses.append(_Use(host, line, action, command))
        if len({use.value for use in uses}) != 2:
            continue
        span = procedure.section.span
        lines = view.lines_of(span.first_line, span.last_line)
        counts = Counter(host for raw in lines if "ssh " in raw.text for host in _SSH.findall(raw.text))
        (usual, often), (odd, times) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
        if len(counts) != 2 or times != 1 or often < _ENOUGH or not alike(usual, odd):
            continue
        use = next((each for each in uses if each.value == odd), uses[0])
        told = fold(_SPAN.sub(" ", f"{above(view, use.line)} {use.line.words}").replace(use.action.text, " "))
        if (
            use.line.step.judgement.effect is Effect.OBSERVE
            or _ANOTHER.search(told)
            or _in_words(view, procedure, odd)
            or not _in_words(view, procedure, usual)
        ):
            continue
        message = f"This goes to {odd}; its siblings go to {usual}."
        yield view.at("TOC203", use.line, use.action, use.command.start, message)


RULES = (odd_place, odd_machine)
