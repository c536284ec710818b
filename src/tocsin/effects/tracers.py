"""Tools that start what they watch (`strace`, `perf`), and terminals that run what they are given (`tmux`, `screen`).

Source: docs/reference/effects.md, section on programs that hide programs.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import OPENER, spoken, wrapped
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import Call, Inside, Reading, unknown
from tocsin.effects.variables import read_assignment
from tocsin.effects.words import HOLE, Word

_COSTS = frozenset({Flag.HEAVY, Flag.SENSITIVE})
_TRACER = Grammar(
    values=frozenset(
        (
            "-p --attach -e --trace -o --output -s --string-limit -u --user -E --env -P --trace-path -I -O -S -b -a -X -x -l "
            "-n -A -D --tool --log-file --suppressions --summary-sort-by -U"
        ).split()
    ),
    stop=True,
)
_PERF_RUNS = frozenset({"stat", "record", "trace", "sched", "mem", "lock", "c2c", "kmem", "kwork", "ftrace"})
_PERF_LOOKS = frozenset(
    {"top", "report", "annotate", "list", "diff", "script", "evlist", "version", "buildid-list"}
)
_PERF = Grammar(
    values=frozenset(
        (
            "-p --pid -t --tid -e --event -a-x -o --output -F --freq -C --cpu -G --cgroup -I --interval-print -r --repeat "
            "-g-x --call-graph -u --uid --filter -c --count -m --mmap-pages -D --delay -x --field-separator --timeout"
        ).split()
    ),
    stop=True,
)
_TMUX = Grammar(
    values=frozenset("-t -s -n -c -F -x -y -e -l -p -f -L -S -N -b".split()), stop=True
)  # fmt: skip
_TMUX_LOOKS = frozenset(
    (
        "ls list-sessions lsw list-windows lsp list-panes lsc list-clients has has-session info server-info show show-options "
        "show-environment showenv show-messages showmsgs list-keys lsk list-buffers lsb capture-pane capturep display "
        "display-message"
    ).split()
)
_TMUX_OPENS = frozenset("attach attach-session a at new new-session".split())
_TMUX_RUNS = frozenset(
    (
        "new new-session neww new-window splitw split-window respawnp respawn-pane respawnw respawn-window run run-shell "
        "display-popup popup"
    ).split()
)
_TMUX_TYPES = frozenset({"send", "send-keys"})
_TMUX_ENDS = frozenset(
    "kill-session kill-server kill-pane killp kill-window killw detach detach-client".split()
)
_KEYS = frozenset({"Enter", "C-m", "C-j", "KPEnter", "Space"})
_SCREEN = Grammar(values=frozenset({"-S", "-t", "-c", "-h", "-p", "-s", "-T", "-e", "-Logfile"}), stop=True)


def read_tracer(call: Call) -> Reading:
    """`strace -p 1` looks; `strace cmd` runs the command."""
    args = parse(call.words, _TRACER)
    if call.name == "strace":
        told = " ".join(word.text for word in args.values("-e", "--trace"))
        if re.search(r"\b(?:inject|fault)\b", told) or args.has("--inject", "--fault"):
            return Reading(
                Effect.DISRUPT, "strace.inject", "makes system calls of the program fail", flags=_COSTS
            )
    if args.has("--kill-on-exit") and args.has("-p", "--attach"):
        return Reading(
            Effect.DISRUPT, "strace.kill", "ends the program it looks at when it ends", flags=_COSTS
        )
    for word in args.values("-E", "--env") if call.name == "strace" else ():
        name, _, value = word.text.partition("=")
        set_here = read_assignment(name, word._replace(text=value))
        if set_here is not None and set_here.effect is not Effect.OBSERVE:
            return replace(set_here, inside=(Inside(tuple(args.operands)),) if args.operands else ())
    return _watched(call, args, tuple(args.operands), args.values("-o", "--output", "--log-file"))


def read_perf(call: Call) -> Reading:
    """`perf top` looks; `perf stat cmd` and `perf record cmd` run the command."""
    if not call.words:
        return Reading(Effect.OBSERVE, "perf")
    kind = call.words[0].text
    args = parse(call.words[1:], _PERF)
    if kind in _PERF_LOOKS and not args.operands:
        return Reading(Effect.OBSERVE, f"perf.{kind}", flags=_COSTS)
    if kind not in _PERF_RUNS:
        return unknown("perf.unknown", f"`perf {kind[:20]}` is not known")
    inner = tuple(args.operands)
    if kind not in ("stat", "record", "trace") and inner:
        inner = (parse(inner[1:], _PERF).operands and tuple(parse(inner[1:], _PERF).operands)) or ()
    return _watched(call, args, inner, args.values("-o", "--output"))


_BPF = Grammar(values=frozenset("-e -p -o -f -B -c -I --include -k --pid --cmd".split()))
_BPF_ACTS = re.compile(r"\b(?:system|signal|override|cat_into)\s*\(|" + HOLE)


def read_bpftrace(call: Call) -> Reading:
    """`bpftrace -e '…'` looks unless its program starts, ends or overrides something."""
    args = parse(call.words, _BPF)
    if args.has("-l", "--list-probes", "--info", "-V", "--version", "-h", "--help"):
        return Reading(Effect.OBSERVE, "bpftrace.list")
    programs = args.values("-e")
    if not programs or args.has("-I", "--include") or any(_BPF_ACTS.search(word.text) for word in programs):
        return unknown("bpftrace.program", "runs a tracing program that acts, or that is not written here")
    inner = args.values("-c", "--cmd")
    seen = _watched(call, args, (), args.values("-o"))
    return replace(seen, inside=tuple(Inside(text=word.text) for word in inner))


def _watched(call: Call, args: Args, inner: tuple[Word, ...], outputs: list[Word]) -> Reading:
    """What is watched runs; what is seen may be written to a file."""
    for output in outputs:
        if output.text.startswith(("|", "!")):
            return unknown(f"{call.name}.program", "sends what it sees to another program")
        into = written(output, elsewhere=call.place.elsewhere, rule=f"{call.name}.output")
        if into is not None and into.effect is not Effect.OBSERVE:
            inside = (Inside(inner),) if inner else ()
            return Reading(into.effect, into.rule, into.sentence, into.flags | _COSTS, inside=inside)
    if inner:
        return Reading(
            Effect.OBSERVE, call.name, flags=_COSTS, inside=(Inside(inner, stdin=call.stdin),), silent=True
        )
    return Reading(Effect.OBSERVE, call.name, flags=_COSTS)


def read_tmux(call: Call) -> Reading:
    """`tmux`: listing looks; new windows run a command, `send-keys` types one."""
    outer = parse(call.words, _TMUX)
    if not outer.operands:
        return Reading(Effect.OBSERVE, "tmux", flags=OPENER)
    if any(word.text in (";", "\\;") for word in call.words):
        return unknown("tmux.list", "several tmux commands in one line")
    verb = outer.operands[0].text
    args = parse(tuple(outer.operands[1:]), _TMUX)
    given = tuple(args.operands)
    if verb in _TMUX_LOOKS:
        runs = any("#(" in word.text for word in call.words)
        return (
            unknown("tmux.format", "runs a program for its title")
            if runs
            else Reading(Effect.OBSERVE, f"tmux.{verb}")
        )
    if verb in _TMUX_TYPES:
        typed = tuple(word for word in given if word.text not in _KEYS)
        if not typed or opaque(spoken(typed)):
            return unknown("tmux.send-keys", "types into another session")
        # What runs there may take the keys for something else than a command line.
        guess = (Inside(text=spoken(typed)),)
        return unknown("tmux.send-keys", "types into another session", inside=guess)
    if verb in _TMUX_RUNS and given:
        flags = frozenset({Flag.BACKGROUND}) if args.has("-d") else OPENER
        return wrapped("tmux", Inside(text=spoken(given), flags=flags))
    if verb in _TMUX_OPENS:
        return Reading(Effect.OBSERVE, f"tmux.{verb}", flags=OPENER)
    if verb in _TMUX_ENDS:
        return Reading(Effect.DISRUPT, f"tmux.{verb}", "ends a session with what runs in it")
    return unknown("tmux.unknown", f"`tmux {verb[:20]}` steers another session")


def read_screen(call: Call) -> Reading:
    """`screen`: listing looks; `screen [-dmS name] cmd` runs the command; -X types into a session."""
    args = parse(call.words, _SCREEN)
    if any(word.text in ("-X", "-Q", "-wipe") for word in call.words):
        return unknown("screen.unknown", "steers another session")
    if args.operands and not args.has("-r", "-x", "-ls", "-list", "-R", "-D", "-RR"):
        later = frozenset({Flag.BACKGROUND}) if any("m" in name for name in args.options) else OPENER
        return wrapped("screen", Inside(tuple(args.operands), flags=later))
    looks = args.has("-ls", "-list", "-v")
    return Reading(Effect.OBSERVE, "screen", flags=frozenset() if looks else OPENER)


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("strace", "ltrace", "valgrind"), read_tracer),
    "perf": read_perf,
    "bpftrace": read_bpftrace,
    **dict.fromkeys(("tmux", "byobu"), read_tmux),
    "screen": read_screen,
}
