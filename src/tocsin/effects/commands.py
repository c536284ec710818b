"""Reading one command: find what its name means, and ask the rules for it.

Order: handlers (commands that hide or carry something), then the tool tables, then the builtins. A command
nobody knows is unknown, and destroys if its words say so; a friendly word never makes it harmless.
Source: docs/reference/effects.md, section on judging shell.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects import (
    files,
    filters,
    hidden,
    inner_commands,
    interpreters,
    shells,
    ssh,
    tracers,
    wrappers,
    xargs,
)
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NO_FLAGS, Call, Inside, Place, Reading, Stdin, unknown
from tocsin.effects.tools import (
    clouds,
    consoles,
    containers,
    copying,
    curl,
    fleets,
    git,
    kubernetes,
    mongosh,
    mysql,
    netcat,
    oracle,
    postgres,
    redis,
    sessions,
)
from tocsin.effects.tools.bytable import by_table
from tocsin.effects.tools.table import tables
from tocsin.effects.words import HOLE, Word

_SEEN = 12
_RULES = (
    files, filters, hidden, interpreters, postgres, mysql, redis, mongosh, curl, wrappers, shells, ssh, xargs, kubernetes, containers, clouds,
    git, copying, fleets, tracers, inner_commands, netcat, consoles, sessions, oracle,
)  # fmt: skip
_HANDLERS: dict[str, Callable[[Call], Reading]] = {
    name: handler for rules in _RULES for name, handler in rules.HANDLERS.items()
}
_SAYS_DESTROY = re.compile(
    r"(?:^|[-_:./])(?:delete|destroy|purge|drop|wipe|reset|erase|truncate|nuke|flush(?:all|db)?|rm|remove)(?:$|[-_:./=])",
    re.I,
)
_EXPANDS = re.compile(r"[*?{\[]")
_EDITOR = re.compile(r'"?\$(?:EDITOR|VISUAL|\{(?:EDITOR|VISUAL)(?::?-(?:vi|vim|nano|emacs))?\})"?')


def read_command(words: tuple[Word, ...], stdin: Stdin, place: Place) -> Reading:
    """One command by its words. Never raises.

    Args:
        words: name first, quotes taken away; at least one.
        stdin: what it finds on its standard input.
        place: where it runs.
    """
    head = words[0].text
    if HOLE in head and _EDITOR.fullmatch(words[0].raw):
        return hidden.read_editor(Call("vim", words[1:], stdin, place))
    if HOLE in head or (_EXPANDS.search(head) and head not in ("[", "[[", "{")):
        return _open_head(words, stdin)
    name = head.rpartition("/")[2]
    if name in _ALIASES:
        first = _ALIASES[name].split()
        words = (*(Word(part, words[0].start, words[0].end, part) for part in first), *words[1:])
        name = first[0]
    call = Call(name, words[1:], stdin, place)
    local_file = "/" in head and not re.match(
        r"/(?:usr/(?:local/)?)?s?bin/|/opt/(?:homebrew/)?bin/|/snap/bin/", head
    )
    asks = len(words) == 2 and words[1].text in ("--version", "--help")
    known = (local_file or asks) and (name in _HANDLERS or name in tables())
    if local_file and (not known or head.startswith(("./", "../")) or not head.startswith("/")):
        if not (known and (name in _OF_PROJECTS or re.search(r"(?:^|/)(?:bin|sbin|\.bin)/", head))):
            return _unknown_tool(head, call.words)
    if known and asks:
        return Reading(Effect.OBSERVE, f"{name}.help")
    runner = wrappers.read_runner(call) if name in wrappers.RUNNERS else None
    if runner is None and name in wrappers.CARRIERS:
        runner = wrappers.read_carried(call)
    if runner is not None:
        return runner
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(call)
    return _from_table(call)


# Tools that a framework puts beside a project; where they come from is as sure as the project itself.
_OF_PROJECTS = frozenset({"manage.py", "artisan"})
_ALIASES = {
    "gitlab-psql": "psql", "gitlab-redis-cli": "redis-cli", "gitlab-patronictl": "patronictl", "gitlab-rails": "rails",
    "gitlab-rake": "rake",
    "k": "kubectl", "kc": "kubectl", "tf": "terraform", "dc": "docker compose", "docker-compose": "docker compose",
    "ll": "ls -l", "la": "ls -a", "l": "ls", "podman-compose": "docker compose", "g": "git", "..": "cd ..",
}  # fmt: skip


def _open_head(words: tuple[Word, ...], stdin: Stdin) -> Reading:
    """The name of the command is not written here. What can be read of it can only make it worse."""
    rest = words[0].text.replace(HOLE, "").lstrip("/")
    inside: tuple[Inside, ...] = ()
    if rest and not _EXPANDS.search(rest):
        inside = (Inside((words[0]._replace(text=rest), *words[1:]), stdin=stdin),)
    elif not rest and len(words) > 1 and not words[1].text.startswith("-") and HOLE not in words[1].text:
        inside = (Inside(words[1:], stdin=stdin),)
    destroys = any(_SAYS_DESTROY.search(word.text) for word in words[1:_SEEN])
    if destroys and not inside:
        return Reading(
            Effect.DESTROY,
            "shell.open_head.destroy",
            "runs a program that is not named, and speaks of destroying",
        )
    return unknown("shell.open_head", "which program runs is not written here", inside=inside)


def _from_table(call: Call) -> Reading:
    if call.name not in tables():
        return _unknown_tool(call.name, call.words)
    reading, found = by_table(call.name, call)
    if (
        found.effect is Effect.UNKNOWN
        and not found.path
        and any(_SAYS_DESTROY.search(word.text) for word in call.words[:_SEEN])
    ):
        sentence = f"{found.sentence}, and speaks of destroying"
        return replace(reading, effect=Effect.DESTROY, rule=f"{found.rule}.destroy", sentence=sentence)
    return reading


def _unknown_tool(name: str, words: tuple[Word, ...]) -> Reading:
    """A tool nobody knows: only asking for its help or version is harmless."""
    texts = [word.text for word in words]
    if texts in (["--help"], ["--version"]) or (texts == ["-h"] and not name.startswith((".", "/"))):
        return Reading(Effect.OBSERVE, "tool.help")
    said = [name.rpartition("/")[2], *(text for text in texts[:_SEEN] if HOLE not in text)]
    if any(_SAYS_DESTROY.search(text) for text in said):
        return Reading(
            Effect.DESTROY,
            "tool.unknown.destroy",
            f"`{name}` is in no table and its words speak of destroying",
        )
    return unknown("tool.unknown", f"`{name}` is in no table")


__all__ = ["NO_FLAGS", "Flag", "read_command"]
