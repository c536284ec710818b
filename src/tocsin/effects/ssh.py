"""Commands on other hosts: `ssh` and its kind.

Source: docs/reference/runbook-language.md, section on wrappers.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import BACKGROUND, OPENER, REMOTE, WIDE, piped_script, spoken, wrapped
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.variables import settings_at
from tocsin.effects.words import HOLE, Word

_SSH_VALUES = frozenset(("-p -i -l -o -F -b -c -D -E -e -I -J -L -m -O -Q -R -S -W -w -B").split())

_SSH = Grammar(values=_SSH_VALUES, stop=True)


def read_ssh(call: Call) -> Reading:
    """`ssh host cmd`: the command, on that host. Without one it opens a place for later lines."""
    args = parse(call.words, _SSH)
    if args.has("-V", "-Q", "-G") or (args.has("-O") and args.value("-O") == "check"):
        return Reading(Effect.OBSERVE, "ssh.info")
    if args.has("-O"):
        return Reading(
            Effect.CHANGE, "ssh.control", "steers a connection that others may share", flags=REMOTE
        )
    if not args.operands:
        return unknown("ssh.unknown", "ssh without a host")
    host, inner = args.operands[0], tuple(args.operands[1:])
    if inner and inner[0].text.startswith("-"):
        return read_ssh(replace(call, words=_in_order(call.words, host, inner)))
    name = host.raw if not host.known else host.text
    target = (f"host:{name.rpartition('@')[2].removeprefix('ssh://') if host.known else name}",)
    needs = frozenset({"host"})
    flags = REMOTE
    if _runs_locally(args) or (not host.known and host.text.startswith("-")):
        return Reading(
            Effect.UNKNOWN,
            "ssh.program",
            "ssh would start another program here",
            flags=flags,
            targets=target,
            needs=needs,
        )
    settings = _foreign_settings(args)
    if settings is not None:
        inside = (Inside(text=spoken(inner), flags=REMOTE, elsewhere=True),) if inner else ()
        return replace(settings, flags=flags, targets=target, needs=needs, inside=inside)
    if args.has("-L", "-R", "-D", "-W", "-w"):
        return _tunnel(args, inner, target)
    if inner:
        inside_flags = REMOTE | BACKGROUND if args.has("-f") else REMOTE
        both = _both_ways(inner, Inside(flags=inside_flags, elsewhere=True, stdin=call.stdin))
        return Reading(
            Effect.OBSERVE, "ssh", flags=flags, targets=target, needs=needs, inside=both, silent=True
        )
    if call.stdin != NOTHING:
        reading = piped_script(call, call.stdin)
        opened = tuple(Inside(text=one.text, flags=REMOTE, elsewhere=True) for one in reading.inside)
        return Reading(
            reading.effect,
            reading.rule,
            reading.sentence,
            flags,
            target,
            needs,
            opened,
            silent=reading.silent,
        )
    return Reading(Effect.OBSERVE, "ssh", flags=flags | OPENER, targets=target, needs=needs)


def _tunnel(args: Args, inner: tuple[Word, ...], target: tuple[str, ...]) -> Reading:
    flag = Flag.BACKGROUND if args.has("-f") else Flag.UNBOUNDED
    inside = (Inside(text=spoken(inner), flags=REMOTE, elsewhere=True),) if inner else ()
    return Reading(
        Effect.CHANGE,
        "ssh.tunnel",
        "opens a tunnel",
        flags=REMOTE | {flag},
        targets=target,
        needs=frozenset({"host"}),
        inside=inside,
    )


_NEEDS_QUOTES = re.compile(r"[\s\"'()$;|&<>*\\]")


def _both_ways(inner: tuple[Word, ...], like: Inside) -> tuple[Inside, ...]:
    """The words as the other shell gets them, joined by blanks, and as the writer may have meant them: the quotes
    written here do not reach that shell. The worse of both counts."""
    sent = replace(like, text=spoken(inner))
    if len(inner) > 1 and any(_NEEDS_QUOTES.search(word.text) for word in inner):
        return (sent, replace(like, words=inner))
    return (sent,)


def _in_order(words: tuple[Word, ...], host: Word, inner: tuple[Word, ...]) -> tuple[Word, ...]:
    """`ssh host -p 22 cmd` as `ssh -p 22 host cmd`: ssh takes its options on either side of the host."""
    before = words[: len(words) - len(inner) - 1]
    if inner[0].text == "--":
        return (
            (*before, host, *inner[1:])
            if not inner[1:2] or not inner[1].text.startswith("-")
            else (*before, host)
        )
    rest = parse(inner, _SSH).operands
    options = inner[: len(inner) - len(rest)]
    return (*before, *options, host, *rest)


def _runs_locally(args: Args) -> bool:
    """Whether an option names a program or a library that ssh would start here."""
    return args.has("-I") or names_program(args)


def names_program(args: Args) -> bool:
    """Whether a setting given by `-o` names a program, a library or a file of settings."""
    return any(_NAMES_PROGRAM.match(value.text) or value.text.startswith(HOLE) for value in args.values("-o"))


_NAMES_PROGRAM = re.compile(
    r"\s*(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand|pkcs11provider|securitykeyprovider|xauthlocation|match|include|"
    r"remotecommand)",
    re.I,
)


def _foreign_settings(args: Args) -> Reading | None:
    """A file of settings that nobody vouches for, which could name such a program, or a log that is written
    here; None if there is neither."""
    found = [
        settings_at(file, "ssh.settings")
        for file in args.values("-F")
        if file.text not in ("none", "/dev/null")
    ]
    logs = [written(name, appends=True, rule="ssh.log") for name in args.values("-E")]
    found += [log for log in logs if log is not None]
    return next((reading for reading in found if reading.effect is not Effect.OBSERVE), None)


def read_fleet(call: Call) -> Reading:
    """`pssh`, `pdsh`, `clush`: the last words are shell on many hosts."""
    values = frozenset(
        ("-h -H -l -p -t -w -g -x -o -e -u -f -b -O --hosts --host --user --timeout --par").split()
    )
    args = parse(call.words, Grammar(values=values, stop=True))
    if not args.operands:
        return unknown(f"{call.name}.unknown", f"`{call.name}` without a command")
    return wrapped(
        call.name,
        Inside(text=spoken(tuple(args.operands)), flags=REMOTE | WIDE, elsewhere=True, stdin=call.stdin),
        flags=REMOTE | WIDE,
        needs=frozenset({"host"}),
    )


def read_platform(call: Call) -> Reading:
    """`vagrant ssh -c`, `heroku run`, `fly ssh console -C`: the command, over there; the rest goes by the table."""
    texts = [word.text for word in call.words]
    grammar = Grammar(
        values=frozenset("-a --app -r --remote -c --command -C -s --size -e --env -t --type".split()),
        stop=False,
    )
    args = parse(call.words, grammar)
    given: tuple[Word, ...] = ()
    if texts[:1] == ["ssh"] or texts[:2] == ["ssh", "console"]:
        given = tuple(args.values("-c", "--command", "-C"))
        if not given and not args.ended:
            opened = piped_script(call, call.stdin)
            return replace(opened, rule=f"{call.name}.ssh", flags=opened.flags | REMOTE)
    elif texts[:1] in (["run"], ["run:detached"]) and call.name == "heroku":
        given = tuple(_behind_options(call.words[1:], grammar))
    if not given:
        return says_destroy(by_table(call.name, call)[0], call)
    inside = (Inside(text=spoken(given), flags=REMOTE, elsewhere=True, stdin=call.stdin),)
    return Reading(Effect.OBSERVE, call.name, flags=REMOTE, silent=True, inside=inside)


def _behind_options(words: tuple[Word, ...], grammar: Grammar) -> tuple[Word, ...]:
    """The words of a command between the tool's own options, which may also stand at the end."""
    kept: list[Word] = []
    index = 0
    while index < len(words):
        text = words[index].text
        if text in grammar.values and text in (
            "-a",
            "--app",
            "-r",
            "--remote",
            "-s",
            "--size",
            "-e",
            "--env",
        ):
            index += 2
            continue
        if not (not kept and text.startswith("-")):
            kept.append(words[index])
        index += 1
    return tuple(kept)


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("ssh", "autossh", "mosh"), read_ssh),
    **dict.fromkeys(("vagrant", "heroku", "fly", "flyctl"), read_platform),
    **dict.fromkeys(("pssh", "pdsh", "clush", "parallel-ssh", "mussh"), read_fleet),
}
