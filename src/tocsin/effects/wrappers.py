"""Commands that run other commands: looked into, never taken at their word.

Source: docs/reference/effects.md, section on wrappers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tocsin.effects.dataflow import opaque, spoken_hint
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, Stdin, unknown
from tocsin.effects.words import HOLE, Word, word

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PRIVILEGED = frozenset({Flag.PRIVILEGED})
_BACKGROUND = frozenset({Flag.BACKGROUND})
_WIDE = frozenset({Flag.WIDE})
_REMOTE = frozenset({Flag.REMOTE})
_UNBOUNDED = frozenset({Flag.UNBOUNDED})
_OPENER = frozenset({Flag.CONTEXT, Flag.INTERACTIVE})
SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "busybox-sh"})


@dataclass(frozen=True, slots=True)
class Prefix:
    """A wrapper whose own options and operands are followed by the command.

    Attributes:
        values, switches: its options with and without a value; any other option makes it unreadable.
        operands: how many operands of its own come first (`timeout 5 cmd`).
        assignments: whether `NAME=value` may come first.
        flags: what the inner command gets.
        dashes: whether the command follows `--` (`op run -- cmd`); otherwise the first operand starts it.
        alone: what it is without a command: OBSERVE, or None for unknown.
    """

    values: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False
    flags: frozenset[Flag] = NO_FLAGS
    dashes: bool = False
    alone: Effect | None = None


def _prefix(values: str = "", switches: str = "", operands: int = 0, *, assignments: bool = False,
            flags: frozenset[Flag] = NO_FLAGS, dashes: bool = False, alone: Effect | None = None) -> Prefix:  # fmt: skip
    return Prefix(
        frozenset(values.split()), frozenset(switches.split()), operands, assignments, flags, dashes, alone
    )


_AWS_PREFIX = "-d --duration -r --region -m --mfa-token --backend --assume-role-ttl"
PREFIXES: dict[str, Prefix] = {
    "sudo": _prefix(
        "-u --user -g --group -h --host -p --prompt -C --close-from -D --chdir -r --role -t --type -U -R -T",
        "-n --non-interactive -E --preserve-env -H --set-home -k -K -S --stdin -b -A -P -v -l -V -B -N",
        assignments=True, flags=_PRIVILEGED, alone=Effect.OBSERVE,
    ),
    "doas": _prefix("-u -C -a", "-n -L -s", flags=_PRIVILEGED),
    "env": _prefix("-u --unset -C --chdir", "-i --ignore-environment - -0 --null -v --debug", assignments=True, alone=Effect.OBSERVE),
    "nice": _prefix("-n --adjustment", "-0 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -15 -19 -20", alone=Effect.OBSERVE),
    "ionice": _prefix("-c --class -n --classdata -p --pid -P -u", "-t --ignore -c1 -c2 -c3", alone=Effect.OBSERVE),
    "chrt": _prefix("-p -T -P -D", "-b -f -i -o -r -d -v", operands=1),
    "taskset": _prefix("-p", "-c --cpu-list -a", operands=1),
    "stdbuf": _prefix("-i -o -e --input --output --error", "-oL -o0 -eL -e0 -i0"),
    "time": _prefix("-f --format -o --output", "-p -v --verbose -a", alone=Effect.OBSERVE),
    "nohup": _prefix(flags=_BACKGROUND),
    "setsid": _prefix("", "-c -f -w --fork --wait --ctty", flags=_BACKGROUND),
    "timeout": _prefix("-k --kill-after -s --signal", "--foreground --preserve-status -v --verbose", operands=1),
    "gtimeout": _prefix("-k --kill-after -s --signal", "--foreground --preserve-status -v", operands=1),
    "chronic": _prefix("", "-e -v"),
    "unbuffer": _prefix("", "-p"),
    "command": _prefix("", "-p"),
    "builtin": _prefix(),
    "exec": _prefix("-a", "-c -l", alone=Effect.OBSERVE),
    "flock": _prefix("-w --timeout --wait -E --conflict-exit-code", "-n --nonblock --nb -x -e -s -u -o -F --exclusive --shared --verbose", operands=1),
    "cgexec": _prefix("-g", "--sticky"),
    "caffeinate": _prefix("-t -w", "-d -i -m -s -u"),
    "ts": _prefix("", "-s -i"),
    "chroot": _prefix("--userspec --groups", "--skip-chdir", operands=1, flags=_PRIVILEGED),
    "nsenter": _prefix("-t --target -S -G --setuid --setgid", "-m -u -i -n -p -U -C -T -a -F -r -w -Z --mount --uts --ipc --net --pid --user --cgroup --all", flags=_PRIVILEGED),
    "unshare": _prefix("-S -G --mount-proc", "-m -u -i -n -p -U -C -f -r --fork --mount --net --pid"),
    "aws-vault": _prefix(_AWS_PREFIX, "-n --no-session -j --ecs-server -s --server --debug --prompt", operands=2),
    "aws-okta": _prefix("-r -d", "--debug", operands=2),
    "chamber": _prefix("-b -k -r", "--strict --pristine", operands=2, dashes=True),
    "op": _prefix("--env-file --account", "--no-masking", operands=1, dashes=True),
    "doppler": _prefix("-p --project -c --config --token", "--preserve-env", operands=1, dashes=True),
    "infisical": _prefix("--env --path --projectId", "", operands=1, dashes=True),
    "envchain": _prefix("", "", operands=1),
    "dotenv": _prefix("-f -e -c --file -p", "-o --override", operands=0),
    "dotenvx": _prefix("-f --env-file", "-q", operands=1, dashes=True),
    "direnv": _prefix("", "", operands=2),
    "teller": _prefix("-c", "", operands=1, dashes=True),
    "saml2aws": _prefix("-a --idp-account -p --profile --exec-profile --role", "--skip-prompt", operands=1, dashes=True),
    "with-lock-ex": _prefix("", "-q -w -f", operands=1),
    "rtx": _prefix("", "", operands=1, dashes=True),
    "mise": _prefix("-C", "-q -y", operands=1, dashes=True),
}  # fmt: skip
# Wrappers named by two words: `poetry run cmd`.
RUNNERS: dict[str, frozenset[str]] = {
    "poetry": frozenset({"run"}),
    "uv": frozenset({"run"}),
    "pipenv": frozenset({"run"}),
    "pdm": frozenset({"run"}),
    "hatch": frozenset({"run"}),
    "bundle": frozenset({"exec"}),
    "rbenv": frozenset({"exec"}),
    "pyenv": frozenset({"exec"}),
    "conda": frozenset({"run"}),
    "pnpm": frozenset({"exec"}),
    "dotenv": frozenset({"run"}),
}


def read_prefix(call: Call) -> Reading:
    """`sudo`, `env`, `timeout` and their kind: the command behind their own options."""
    rule = PREFIXES[call.name]
    words = call.words
    if call.name == "sudo":
        special = _sudo_special(words)
        if special is not None:
            return special
    if call.name == "env":
        split = _env_string(words)
        if split is not None:
            return split
    index, clear = _skip_options(words, rule)
    for _ in range(rule.operands):
        index += 1
        index, more = _skip_options(words, rule, index)
        clear = clear and more
    if rule.assignments:
        while index < len(words) and _ASSIGNMENT.match(words[index].text):
            index += 1
    inner = words[index:]
    if call.name == "flock" and inner and inner[0].text in ("-c", "--command"):
        return _wrapped(call.name, Inside(text=inner[1].text if len(inner) > 1 else HOLE, stdin=call.stdin))
    if not inner or (not words[: rule.operands] and rule.operands):
        if rule.alone is not None and clear:
            return Reading(rule.alone, call.name, flags=_OPENER if call.name == "sudo" else NO_FLAGS)
        return unknown(f"{call.name}.unknown", f"`{call.name}` without a command that can be read")
    inside = Inside(inner, flags=rule.flags, stdin=call.stdin, elsewhere=call.name in ("chroot", "nsenter"))
    if not clear:
        sentence = f"an option of `{call.name}` is not known"
        guesses = tuple(
            Inside(inner[cut:], flags=rule.flags, stdin=call.stdin) for cut in range(min(3, len(inner)))
        )
        return unknown(f"{call.name}.option", sentence, inside=guesses)
    return _wrapped(call.name, inside)


def _wrapped(name: str, *inside: Inside, flags: frozenset[Flag] = NO_FLAGS, targets: tuple[str, ...] = (),
             needs: frozenset[str] = frozenset()) -> Reading:  # fmt: skip
    return Reading(
        Effect.OBSERVE, name, flags=flags, targets=targets, needs=needs, inside=inside, silent=True
    )


def _skip_options(words: tuple[Word, ...], rule: Prefix, index: int = 0) -> tuple[int, bool]:
    """The index behind the wrapper's own options, and whether all of them are known."""
    clear = True
    while index < len(words):
        text = words[index].text
        if len(text) < 2 or text[0] != "-":
            if text == "-" and "-" in rule.switches:
                index += 1
                continue
            break
        index += 1
        if text == "--":
            break
        name = text.partition("=")[0]
        if text in rule.values:
            index += 1
        elif (
            text in rule.switches
            or (name in rule.values and name != text)
            or name in rule.switches
            or (not text.startswith("--") and text[:2] in rule.values)
        ):
            continue
        elif not text.startswith("--") and all("-" + letter in rule.switches for letter in text[1:-1]):
            last = "-" + text[-1]
            if last in rule.values:
                index += 1
            elif last not in rule.switches:
                clear = False
        else:
            clear = False
    return index, clear


def _sudo_special(words: tuple[Word, ...]) -> Reading | None:
    """sudo's own jobs: listing rights, opening a shell, editing a file."""
    for position, given in enumerate(words):
        text = given.text
        if not text.startswith("-"):
            break
        if text in ("-i", "-s", "--login", "--shell"):
            rest = words[position + 1 :]
            while rest and rest[0].text in ("-u", "--user", "-g"):
                rest = rest[2:]
            if not rest:
                return Reading(Effect.OBSERVE, "sudo.shell", flags=_OPENER | _PRIVILEGED)
            return _wrapped("sudo", Inside(rest, flags=_PRIVILEGED))
        if text in ("-e", "--edit"):
            return Reading(
                Effect.CHANGE,
                "sudo.edit",
                "opens a file for editing",
                flags=frozenset({Flag.INTERACTIVE}) | _PRIVILEGED,
            )
        if text in ("-l", "--list", "-v", "-V", "-k", "-K") and position == len(words) - 1:
            return Reading(Effect.OBSERVE, "sudo.list")
    return None


def _env_string(words: tuple[Word, ...]) -> Reading | None:
    for position, given in enumerate(words):
        text = given.text
        if text in ("-S", "--split-string") and position + 1 < len(words):
            rest = " ".join(word.text for word in words[position + 1 :])
            return _wrapped("env", Inside(text=rest))
        if text.startswith(("-S", "--split-string=")):
            first = text[2:] if text.startswith("-S") else text.partition("=")[2]
            return _wrapped(
                "env", Inside(text=" ".join([first, *(word.text for word in words[position + 1 :])]))
            )
        if not text.startswith("-") and not _ASSIGNMENT.match(text):
            break
    return None


def read_runner(call: Call) -> Reading | None:
    """`poetry run cmd` and its kind; None if another subcommand is meant."""
    index = 0
    while index < len(call.words) and call.words[index].text.startswith("-"):
        index += 1
    if index >= len(call.words) or call.words[index].text not in RUNNERS[call.name]:
        return None
    rest = call.words[index + 1 :]
    while rest and rest[0].text.startswith("-"):
        takes = rest[0].text in (
            "-n",
            "--name",
            "-p",
            "--python",
            "--with",
            "--env-file",
            "--directory",
            "--package",
            "-f",
        )
        rest = rest[2:] if takes else rest[1:]
    if not rest:
        return unknown(f"{call.name}.unknown", f"`{call.name}` without a command")
    return _wrapped(call.name, Inside(rest, stdin=call.stdin))


def read_shell(call: Call) -> Reading:
    """`sh -c '…'`, `bash script`, `… | bash`: a text in shell."""
    words = call.words
    for position, given in enumerate(words):
        text = given.text
        if text in ("--version", "--help"):
            return Reading(Effect.OBSERVE, f"{call.name}.help")
        if text.startswith("-") and not text.startswith("--") and "c" in text[1:]:
            script = next((word for word in words[position + 1 :] if not word.text.startswith("-")), None)
            if script is None or opaque(script.text):
                return unknown(f"{call.name}.unknown", "runs a text that is not written here")
            return _wrapped(call.name, Inside(text=script.text, stdin=call.stdin))
        if text in ("-s", "-"):
            return _script(call, call.stdin)
        if text in ("-n",):
            return Reading(Effect.OBSERVE, f"{call.name}.check")
        if text in ("-o", "+o", "-O", "--rcfile", "--init-file"):
            continue
        if not text.startswith(("-", "+")) and (
            position == 0 or words[position - 1].text not in ("-o", "+o", "-O")
        ):
            return unknown(f"{call.name}.script", f"runs the script {given.raw}, which is not written here")
    return _script(call, call.stdin)


def _script(call: Call, stdin: Stdin) -> Reading:
    if stdin == NOTHING:
        return Reading(Effect.OBSERVE, call.name, flags=_OPENER)
    if opaque(stdin.literal) and not (stdin.known and stdin.literal == ""):
        hint = spoken_hint(stdin.source)
        guess = (Inside(text=hint),) if hint else ()
        return unknown(
            f"{call.name}.piped", f"runs what arrives from `{stdin.source[:80]}` unread", inside=guess
        )
    return _wrapped(call.name, Inside(text=stdin.literal))


def read_eval(call: Call) -> Reading:
    """`eval`, `trap`: their words are shell."""
    words = call.words
    if call.name == "trap":
        if not words or words[0].text in ("-", "-l", "-p", ""):
            return Reading(Effect.OBSERVE, "trap")
        words = words[:1]
    text = " ".join(word.text for word in words)
    if not text.strip():
        return Reading(Effect.OBSERVE, call.name)
    if HOLE in text:
        return unknown(
            f"{call.name}.unknown",
            f"`{call.name}` of a text that is not written here",
            inside=(Inside(text=text),),
        )
    return _wrapped(call.name, Inside(text=text))


def read_su(call: Call) -> Reading:
    """`su - user -c '…'`, `runuser`, `script -c`."""
    grammar = Grammar(
        values=frozenset({"-c", "--command", "-s", "--shell", "-g", "-G", "-u", "--user", "-w", "-E"})
    )
    args = parse(call.words, grammar)
    script = args.values("-c", "--command")
    flags = _PRIVILEGED if call.name != "script" else NO_FLAGS
    if script:
        return _wrapped(call.name, Inside(text=script[-1].text, flags=flags, stdin=call.stdin))
    if call.name == "runuser" and args.has("-u", "--user") and args.operands:
        return _wrapped(call.name, Inside(tuple(args.operands), flags=flags, stdin=call.stdin))
    if call.name == "script" and len(args.operands) > 1:
        return _wrapped("script", Inside(tuple(args.operands[1:])))
    if call.stdin != NOTHING:
        return _script(call, call.stdin)
    return Reading(Effect.OBSERVE, call.name, flags=_OPENER | flags)


def read_watch(call: Call) -> Reading:
    """`watch -n 5 'cmd'`: the command again and again."""
    rule = _prefix(
        "-n --interval -q --equexit",
        "-d --differences -t --no-title -b --beep -e --errexit -g --chgexit -c --color -x --exec -p --precise -w -r --no-wrap",
    )
    index, clear = _skip_options(call.words, rule)
    inner = call.words[index:]
    if not inner:
        return Reading(Effect.OBSERVE, "watch", flags=_UNBOUNDED)
    exact = any(word.text in ("-x", "--exec") for word in call.words[:index])
    inside = Inside(inner, flags=NO_FLAGS) if exact else Inside(text=spoken(inner))
    if not clear:
        return Reading(
            Effect.UNKNOWN,
            "watch.option",
            "an option of `watch` is not known",
            flags=_UNBOUNDED,
            inside=(inside,),
        )
    return _wrapped("watch", inside, flags=_UNBOUNDED)


def spoken(words: tuple[Word, ...]) -> str:
    """Words joined as ssh and watch do: a blank between, and then read by a shell again."""
    return " ".join(word.text for word in words)


def read_xargs(call: Call) -> Reading:
    """`xargs cmd`, `parallel cmd ::: a b`: the command with arguments from elsewhere."""
    values = "-I -i -n -P -L -d -s -E -a --max-args --max-procs --delimiter --arg-file --replace --max-lines -J -R -S -j --jobs --joblog --results --colsep --timeout --retries --delay --tmpdir --load --memfree --workdir --env"
    switches = "-0 -r -t -p -x -o --null --no-run-if-empty --verbose --interactive --exit -k --keep-order --bar --dry-run --will-cite --halt -u --ungroup -X -m --line-buffer --lb --tag --progress --eta --silent"
    rule = _prefix(values, switches)
    index, clear = _skip_options(call.words, rule)
    options = {word.text for word in call.words[:index]}
    if call.name == "parallel" and "--dry-run" in options:
        return Reading(Effect.OBSERVE, "parallel.preview")
    inner = call.words[index:]
    colons = next((place for place, word in enumerate(inner) if word.text in (":::", "::::", ":::+")), None)
    arguments = inner[colons + 1 :] if colons is not None else ()
    inner = inner[:colons] if colons is not None else inner
    if not inner:
        if arguments and call.name == "parallel":
            return _wrapped(call.name, *(Inside(text=word.text, flags=_WIDE) for word in arguments))
        if call.name == "parallel" and call.stdin != NOTHING:
            return _script(call, call.stdin)
        return Reading(Effect.OBSERVE, call.name)
    replaced = tuple(given._replace(text=given.text.replace("{}", HOLE)) for given in inner)
    if call.name == "parallel":
        # parallel hands one line to a shell, where quotes that were taken away here are missing; whichever
        # reading is worse counts.
        line = Inside(text=f"{spoken(replaced)} {HOLE}", flags=_WIDE)
        exact = Inside((*replaced, Word(HOLE, 0, 0, HOLE)), flags=_WIDE)
        if not clear:
            return unknown("parallel.option", "an option of `parallel` is not known", inside=(line, exact))
        return _wrapped("parallel", line, exact)
    if {"-I", "--replace", "-i", "-J"} & options or any(
        name.startswith(("-I", "--replace=")) for name in options
    ):
        marks = [
            call.words[at + 1].text
            for at, word in enumerate(call.words[:index])
            if word.text in ("-I", "-J") and at + 1 < index
        ]
        marks += [name[2:] for name in options if name.startswith("-I") and len(name) > 2]
        for mark in marks:
            replaced = tuple(
                given._replace(text=given.text.replace(mark, HOLE)) for given in replaced if mark
            )
        inside = Inside(replaced, flags=_WIDE)
    else:
        last = inner[-1]
        inside = Inside((*replaced, Word(HOLE, last.start, last.end, HOLE)), flags=_WIDE)
    if not clear:
        return unknown(f"{call.name}.option", f"an option of `{call.name}` is not known", inside=(inside,))
    return _wrapped(call.name, inside)


_SSH_VALUES = frozenset(
    [
        "-p",
        "-i",
        "-l",
        "-o",
        "-F",
        "-b",
        "-c",
        "-D",
        "-E",
        "-e",
        "-I",
        "-J",
        "-L",
        "-m",
        "-O",
        "-Q",
        "-R",
        "-S",
        "-W",
        "-w",
        "-B",
    ]
)
_SSH = Grammar(values=_SSH_VALUES, stop=True)


def read_ssh(call: Call) -> Reading:
    """`ssh host cmd`: the command, on that host. Without one it opens a place for later lines."""
    args = parse(call.words, _SSH)
    if args.has("-V", "-Q", "-G") or (args.has("-O") and args.value("-O") == "check"):
        return Reading(Effect.OBSERVE, "ssh.info")
    if not args.operands:
        return unknown("ssh.unknown", "ssh without a host")
    host, inner = args.operands[0], tuple(args.operands[1:])
    name = host.raw if not host.known else host.text
    target = (f"host:{name.rpartition('@')[2].removeprefix('ssh://') if host.known else name}",)
    needs = frozenset({"host"})
    flags = _REMOTE
    runs_locally = [
        value.text
        for value in args.values("-o")
        if re.match(r"\s*(proxycommand|localcommand|permitlocalcommand|knownhostscommand)", value.text, re.I)
    ]
    if runs_locally or (not host.known and host.text.startswith("-")):
        return Reading(
            Effect.UNKNOWN,
            "ssh.program",
            "ssh would start another program here",
            flags=flags,
            targets=target,
            needs=needs,
        )
    if args.has("-L", "-R", "-D", "-W", "-w"):
        tunnel = Flag.BACKGROUND if args.has("-f") else Flag.UNBOUNDED
        inside = (Inside(text=spoken(inner), flags=_REMOTE, elsewhere=True),) if inner else ()
        return Reading(
            Effect.CHANGE,
            "ssh.tunnel",
            "opens a tunnel",
            flags=flags | {tunnel},
            targets=target,
            needs=needs,
            inside=inside,
        )
    if inner:
        inside_flags = _REMOTE | _BACKGROUND if args.has("-f") else _REMOTE
        inside = (Inside(text=spoken(inner), flags=inside_flags, elsewhere=True, stdin=call.stdin),)
        return Reading(
            Effect.OBSERVE, "ssh", flags=flags, targets=target, needs=needs, inside=inside, silent=True
        )
    if call.stdin != NOTHING:
        reading = _script(call, call.stdin)
        opened = tuple(Inside(text=one.text, flags=_REMOTE, elsewhere=True) for one in reading.inside)
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
    return Reading(Effect.OBSERVE, "ssh", flags=flags | _OPENER, targets=target, needs=needs)


def read_fleet(call: Call) -> Reading:
    """`pssh`, `pdsh`, `clush`: the last words are shell on many hosts."""
    values = frozenset(
        [
            "-h",
            "-H",
            "-l",
            "-p",
            "-t",
            "-w",
            "-g",
            "-x",
            "-o",
            "-e",
            "-u",
            "-f",
            "-b",
            "-O",
            "--hosts",
            "--host",
            "--user",
            "--timeout",
            "--par",
        ]
    )
    args = parse(call.words, Grammar(values=values, stop=True))
    if not args.operands:
        return unknown(f"{call.name}.unknown", f"`{call.name}` without a command")
    return _wrapped(
        call.name,
        Inside(text=spoken(tuple(args.operands)), flags=_REMOTE | _WIDE, elsewhere=True),
        flags=_REMOTE | _WIDE,
        needs=frozenset({"host"}),
    )


def behind(args: Args, skip: int) -> tuple[Word, ...]:
    """The command of `exec`-like subcommands: behind `--`, else behind `skip` operands."""
    return args.after if args.ended and args.after else tuple(args.operands[skip:])


def in_container(name: str, inner: tuple[Word, ...], call: Call, *, flags: frozenset[Flag] = NO_FLAGS,
                 targets: tuple[str, ...] = (), needs: frozenset[str] = frozenset()) -> Reading:  # fmt: skip
    """The reading of a command that runs in a container or pod; an opener if there is none."""
    if not inner:
        if call.stdin != NOTHING:
            return Reading(
                Effect.UNKNOWN,
                f"{name}.piped",
                "sends input to a program that is not named",
                flags=flags,
                targets=targets,
                needs=needs,
            )
        return Reading(Effect.OBSERVE, name, flags=flags | _OPENER, targets=targets, needs=needs)
    inside = Inside(inner, flags=flags, elsewhere=True, stdin=call.stdin)
    return _wrapped(name, inside, flags=flags, targets=targets, needs=needs)


def read_scheduled(call: Call) -> Reading:
    """`at`, `batch`: what they are given runs later."""
    args = parse(call.words, Grammar(values=frozenset({"-f", "-q", "-t"})))
    if args.has("-l"):
        return Reading(Effect.OBSERVE, "at.list")
    if args.has("-r", "-d"):
        return Reading(Effect.CHANGE, "at.remove", "removes a scheduled job")
    later = Reading(Effect.CHANGE, call.name, "schedules a job", flags=_BACKGROUND)
    if call.stdin.literal is None:
        return unknown(f"{call.name}.unknown", "schedules a job that is not written here")
    return Reading(
        later.effect, later.rule, later.sentence, later.flags, inside=(Inside(text=call.stdin.literal),)
    )


def read_crontab(call: Call) -> Reading:
    """`crontab`: listing looks; a file or `-` replaces every job."""
    args = parse(call.words, Grammar(values=frozenset({"-u"})))
    if args.has("-l") and not args.operands:
        return Reading(Effect.OBSERVE, "crontab.list")
    if args.has("-e"):
        return Reading(
            Effect.CHANGE,
            "crontab.edit",
            "opens the table of jobs for editing",
            flags=frozenset({Flag.INTERACTIVE}),
        )
    if args.has("-r"):
        return Reading(Effect.DESTROY, "crontab.remove", "removes every scheduled job")
    return Reading(Effect.DESTROY, "crontab.replace", "replaces every scheduled job")


def _doing(name: str, inner: tuple[Word, ...]) -> Reading:
    return _wrapped(name, Inside(inner))


def read_busybox(call: Call) -> Reading:
    """`busybox cmd`."""
    return _doing("busybox", call.words) if call.words else Reading(Effect.OBSERVE, "busybox")


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(PREFIXES, read_prefix),
    **dict.fromkeys(SHELLS, read_shell),
    **dict.fromkeys(("eval", "trap"), read_eval),
    **dict.fromkeys(("su", "runuser", "script"), read_su),
    "watch": read_watch,
    **dict.fromkeys(("xargs", "gxargs", "parallel"), read_xargs),
    **dict.fromkeys(("ssh", "autossh", "mosh"), read_ssh),
    **dict.fromkeys(("pssh", "pdsh", "clush", "parallel-ssh", "mussh"), read_fleet),
    **dict.fromkeys(("at", "batch"), read_scheduled),
    "crontab": read_crontab,
    **dict.fromkeys(("busybox", "toybox"), read_busybox),
}

__all__ = ["HANDLERS", "RUNNERS", "behind", "in_container", "read_runner", "spoken", "word"]
