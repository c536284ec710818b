"""Clients whose whole command is one quoted word: `varnishadm 'ban req.url ~ ^/x'`, `vtysh -c 'show ip route'`.

Source: docs/reference/effects.md, section on tools.
"""

from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import Grammar, parse
from tocsin.effects.reading import NOTHING, Call, Reading, unknown
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.words import HOLE, Word

_CONSOLE = frozenset({Flag.INTERACTIVE, Flag.CONTEXT})


def read_console(call: Call) -> Reading:
    """A client whose subcommand may be written as one word; its table says what the words do."""
    spread: list[Word] = []
    for word in call.words:
        if "\n" in word.text:
            return unknown(f"{call.name}.lines", "several commands in one word, which nobody read here")
        quoted = " " in word.text.strip() and not word.text.startswith("-")
        spread += [word._replace(text=part) for part in word.text.split()] if quoted else [word]
    return by_table(call.name, Call(call.name, tuple(spread), call.stdin, call.place))[0]


def read_chain(call: Call) -> Reading:
    """`ovs-vsctl show -- del-br br0`: several commands with `--` between them; the worst counts."""
    worst: Reading | None = None
    part: list[Word] = []
    for word in (*call.words, Word("--", 0, 0, "--")):
        if word.text != "--":
            part.append(word)
        elif part:
            found = says_destroy(by_table(call.name, replace(call, words=tuple(part)))[0], call)
            worst = found if worst is None or found.effect.rank > worst.effect.rank else worst
            part = []
    return worst or by_table(call.name, call)[0]


_VTYSH = Grammar(
    values=frozenset({"-c", "--command", "-d", "--daemon", "-f", "--inputfile", "-N", "--pathspace", "-H"})
)
_LOOKS = frozenset(
    {"show", "ping", "traceroute", "list", "find", "exit", "end", "terminal", "enable", "no-op"}
)
_FILTERS = (
    "include ",
    "exclude ",
    "begin ",
    "section ",
    "count ",
)  # others may write to a file: "| redirect", "| tee"
_DISRUPTS = frozenset(
    {"clear", "configure", "conf", "copy", "debug", "no", "write", "reload", "rpki", "undebug"}
)


def read_vtysh(call: Call) -> Reading:
    """`vtysh -c 'show ip bgp'`: each command by its first word; the worst counts."""
    args = parse(call.words, _VTYSH)
    if args.has("-C", "--dryrun"):
        return Reading(Effect.OBSERVE, "vtysh.dryrun")
    given = args.values("-c", "--command")
    commands = [line.strip() for word in given for line in word.text.splitlines() if line.strip()]
    if args.has("-H"):
        return unknown("vtysh.history", "it writes what was typed to a file")
    if args.has("-f", "--inputfile", "-b", "--boot", "-w") or (not commands and call.stdin != NOTHING):
        return unknown("vtysh.file", "the router does what stands in a file that nobody read here")
    if not commands:
        return Reading(Effect.OBSERVE, "vtysh.console", flags=_CONSOLE)
    inside = False  # behind `configure`, every word changes
    worst = Reading(Effect.OBSERVE, "vtysh.show")
    for command in commands:
        word = command.partition(" ")[0].lower()
        if HOLE in word:
            found = unknown("vtysh.unknown", "which command this is cannot be read")
        elif word in _LOOKS and not inside:
            piped = command.partition("|")[2].strip().lower()
            if not piped or piped.startswith(_FILTERS):
                continue
            found = unknown("vtysh.pipe", "where its output goes is not known here")
        elif word in _DISRUPTS or inside:
            inside = inside or word.startswith("conf")
            found = Reading(Effect.DISRUPT, f"vtysh.{word}", "changes how this router routes")
        else:
            found = unknown("vtysh.unknown", f"`{word}` is no command of a router that is known here")
        if found.effect.rank > worst.effect.rank:
            worst = found
    return worst


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("varnishadm", "birdc", "birdc6", "birdcl", "rndc", "unbound-control"), read_console),
    **dict.fromkeys(("ovs-vsctl", "ovn-nbctl", "ovn-sbctl"), read_chain),
    "vtysh": read_vtysh,
}
