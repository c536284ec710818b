"""Commands that run other commands: looked into, never taken at their word.

Source: docs/reference/effects.md, section on wrappers.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import BACKGROUND, OPENER, PRIVILEGED, UNBOUNDED, piped_script, wrapped
from tocsin.effects.prefix import Prefix, prefix, skip_options
from tocsin.effects.reading import NO_FLAGS, Call, Inside, Reading, unknown
from tocsin.effects.tools.bytable import by_table
from tocsin.effects.tools.table import tables
from tocsin.effects.variables import read_assignment
from tocsin.effects.words import HOLE, Word

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


_AWS_PREFIX = "-d --duration -r --region -m --mfa-token --backend --assume-role-ttl"
PREFIXES: dict[str, Prefix] = {
    "sudo": prefix(
        "-u --user -g --group -h --host -p --prompt -C --close-from -D --chdir -r --role -t --type -U -R -T",
        "-n --non-interactive -E --preserve-env -H --set-home -k -K -S --stdin -b -A -P -v -l -V -B -N",
        assignments=True, flags=PRIVILEGED, alone=Effect.OBSERVE,
    ),
    "doas": prefix("-u -C -a", "-n -L -s", flags=PRIVILEGED),
    "env": prefix("-u --unset -C --chdir", "-i --ignore-environment - -0 --null -v --debug", assignments=True, alone=Effect.OBSERVE),
    "nice": prefix("-n --adjustment", "-0 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -15 -19 -20", alone=Effect.OBSERVE),
    "ionice": prefix("-c --class -n --classdata -p --pid -P -u", "-t --ignore -c1 -c2 -c3", alone=Effect.OBSERVE),
    "chrt": prefix("-p -T -P -D", "-b -f -i -o -r -d -v", operands=1),
    "taskset": prefix("-p", "-c --cpu-list -a", operands=1),
    "stdbuf": prefix("-i -o -e --input --output --error", "-oL -o0 -eL -e0 -i0"),
    "time": prefix("-f --format -o --output", "-p -v --verbose -a", alone=Effect.OBSERVE),
    "nohup": prefix(flags=BACKGROUND),
    "setsid": prefix("", "-c -f -w --fork --wait --ctty", flags=BACKGROUND),
    "timeout": prefix("-k --kill-after -s --signal", "--foreground --preserve-status -v --verbose", operands=1),
    "gtimeout": prefix("-k --kill-after -s --signal", "--foreground --preserve-status -v", operands=1),
    "chronic": prefix("", "-e -v"),
    "unbuffer": prefix("", "-p"),
    "command": prefix("", "-p"),
    "builtin": prefix(),
    "exec": prefix("-a", "-c -l", alone=Effect.OBSERVE),
    "flock": prefix("-w --timeout --wait -E --conflict-exit-code", "-n --nonblock --nb -x -e -s -u -o -F --exclusive --shared --verbose", operands=1),
    "cgexec": prefix("-g", "--sticky"),
    "caffeinate": prefix("-t -w", "-d -i -m -s -u"),
    "ts": prefix("", "-s -i"),
    "chroot": prefix("--userspec --groups", "--skip-chdir", operands=1, flags=PRIVILEGED),
    "nsenter": prefix("-t --target -S -G --setuid --setgid", "-m -u -i -n -p -U -C -T -a -F -r -w -Z --mount --uts --ipc --net --pid --user --cgroup --all", flags=PRIVILEGED),
    "unshare": prefix("-S -G --mount-proc", "-m -u -i -n -p -U -C -f -r --fork --mount --net --pid"),
    "aws-vault": prefix(_AWS_PREFIX, "-n --no-session -j --ecs-server -s --server --debug --prompt", operands=2),
    "aws-okta": prefix("-r -d", "--debug", operands=2),
    "chamber": prefix("-b -k -r", "--strict --pristine", operands=2, dashes=True),
    "op": prefix("--env-file --account", "--no-masking", operands=1, dashes=True),
    "doppler": prefix("-p --project -c --config --token", "--preserve-env", operands=1, dashes=True),
    "infisical": prefix("--env --path --projectId", "", operands=1, dashes=True),
    "envchain": prefix("", "", operands=1),
    "dotenv": prefix("-f -e -c --file -p", "-o --override", operands=0),
    "dotenvx": prefix("-f --env-file", "-q", operands=1, dashes=True),
    "direnv": prefix("", "", operands=2),
    "teller": prefix("-c", "", operands=1, dashes=True),
    "saml2aws": prefix("-a --idp-account -p --profile --exec-profile --role", "--skip-prompt", operands=1, dashes=True),
    "pkexec": prefix("--user -u", "--disable-internal-agent --keep-cwd", flags=PRIVILEGED),
    "gosu": prefix(operands=1),
    "su-exec": prefix(operands=1),
    "setpriv": prefix("--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig", "--clear-groups --keep-groups --init-groups --no-new-privs --reset-env"),
    "tini": prefix("-p -e", "-s -g -v -vv -w -l"),
    "dumb-init": prefix("-r --rewrite", "-c --single-child -v --verbose"),
    "systemd-run": prefix("-u --unit -p --property --uid --gid --slice --description -E --setenv -M --machine --on-calendar --on-active --on-boot --nice --working-directory --service-type --timer-property -d", "--user --system --scope -r --remain-after-exit -t --pty -P --pipe -q --quiet -G --collect --wait --no-block --same-dir -S --shell", flags=BACKGROUND),
    "coproc": prefix(flags=BACKGROUND),
    "numactl": prefix("-N --cpunodebind -m --membind -C --physcpubind -p --preferred -i --interleave", "-l --localalloc -s --show -H --hardware", alone=Effect.OBSERVE),
    "cpulimit": prefix("-l --limit -c --cpu", "-z --lazy -i --include-children -v -m -q -b -f -k -r"),
    "prlimit": prefix("", "--noheadings --raw --verbose --core --nofile --nproc --cpu --as --data --stack --memlock"),
    "nocache": prefix("-n", ""), "eatmydata": prefix(), "catchsegv": prefix(), "fakeroot": prefix("-l -s -i -b -f", "-u"),
    "proxychains": prefix("-f", "-q"), "proxychains4": prefix("-f", "-q"), "torsocks": prefix("-u -p -a -P", "-i -q"), "torify": prefix(), "tsocks": prefix(),
    "faketime": prefix("-f", "-m", operands=1), "rlwrap": prefix("-f -H -s -b -C -D -p", "-a -c -r -i -n -N"), "ifne": prefix("", "-n"),
    "retry": prefix("-t --times -d --delay -m --max-time -x --backoff -u --until", "-w --while --verbose"),
    "setarch": prefix("", "-R -v -3 -B -I -L -S -T -X -Z --addr-no-randomize"), "linux32": prefix("", "-R"), "linux64": prefix("", "-R"),
    "systemd-inhibit": prefix("--what --who --why --mode", "--no-pager --no-legend --list", alone=Effect.OBSERVE),
    "systemd-cat": prefix("-t --identifier -p --priority --level-prefix --stderr-priority", "", alone=Effect.OBSERVE),
    "chpst": prefix("-u -U -b -/ -n -l -L -m -d -o -p -f -c -e -r -t", "-v -V -P -0 -1 -2"), "setuidgid": prefix(operands=1),
    "envuidgid": prefix(operands=1), "envdir": prefix(operands=1), "softlimit": prefix("-a -c -d -f -l -m -o -p -r -s -t"), "setlock": prefix("", "-n -N -x -X", operands=1),
    "choom": prefix("-n --adjust -p --pid", "--", alone=Effect.OBSERVE), "dbus-run-session": prefix("--config-file --dbus-daemon", ""), "xvfb-run": prefix("-n -s -e -f -p -w", "-a -l"),
    "firejail": prefix("", "--quiet --noprofile --private --net=none"), "with-contenv": prefix(), "s6-setuidgid": prefix(operands=1), "exec-wrapper": prefix(),
    "entr": prefix("", "-a -c -d -n -p -r -z -cc", flags=UNBOUNDED),
    "sshpass": prefix("-p -f -d -P", "-e -v"),
    "tsp": prefix("-L -D", "-n -f -d -g"),
    "with-lock-ex": prefix("", "-q -w -f", operands=1),
    "rtx": prefix("", "", operands=1, dashes=True),
    "mise": prefix("-C", "-q -y", operands=1, dashes=True),
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
    "npm": frozenset({"exec", "x"}),
    "yarn": frozenset({"exec"}),
    "dotenv": frozenset({"run"}),
}


def read_prefix(call: Call) -> Reading:
    """`sudo`, `env`, `timeout` and their kind: the command behind their own options."""
    rule = PREFIXES[call.name]
    words = call.words
    if call.name == "command" and words and words[0].text in ("-v", "-V"):
        return Reading(Effect.OBSERVE, "command.where")
    if (
        call.name in CARRIES_BY
        and call.name in tables()
        and words
        and _first(words) not in CARRIES_BY[call.name]
    ):
        return by_table(call.name, call)[0]
    if call.name == "sudo":
        words, special = _sudo(call)
        if special is not None:
            return special
    if call.name == "env":
        split = _env_string(words)
        if split is not None:
            return split
    index, clear = skip_options(words, rule)
    for _ in range(rule.operands):
        index += 1
        if call.name == "flock" and words[index : index + 1] and words[index].text in ("-c", "--command"):
            break
        index, more = skip_options(words, rule, index)
        clear = clear and more
    set_here = _own_file(call, words[:index])
    if rule.assignments:
        while index < len(words) and _ASSIGNMENT.match(words[index].text):
            name, _, value = words[index].text.partition("=")
            set_here = set_here or read_assignment(name, words[index]._replace(text=value))
            index += 1
    inner = words[index:]
    if call.name == "flock" and inner and inner[0].text in ("-c", "--command"):
        return wrapped(call.name, Inside(text=inner[1].text if len(inner) > 1 else HOLE, stdin=call.stdin))
    if not inner or (not words[: rule.operands] and rule.operands):
        if (
            call.name == "ionice"
            and clear
            and any(word.text.startswith(("-c", "-n", "--class")) for word in words)
        ):
            return Reading(Effect.CHANGE, "ionice", "schedules a running process in another way")
        if rule.alone is not None and clear:
            alone = {"sudo": OPENER, "env": frozenset({Flag.SENSITIVE})}
            return Reading(rule.alone, call.name, flags=alone.get(call.name, NO_FLAGS))
        return unknown(f"{call.name}.unknown", f"`{call.name}` without a command that can be read")
    inside = Inside(inner, flags=rule.flags, stdin=call.stdin, elsewhere=call.name in ("chroot", "nsenter"))
    if set_here is not None:
        # `env LD_PRELOAD=… cmd` is `LD_PRELOAD=… cmd`.
        return replace(set_here, inside=(inside,))
    if not clear:
        sentence = f"an option of `{call.name}` is not known"
        guesses = tuple(
            Inside(inner[cut:], flags=rule.flags, stdin=call.stdin) for cut in range(min(3, len(inner)))
        )
        return unknown(f"{call.name}.option", sentence, inside=guesses)
    return wrapped(call.name, inside)


def _sudo(call: Call) -> tuple[tuple[Word, ...], Reading | None]:
    """The words of sudo as `env` would have them, and what sudo does by itself, if anything."""
    words = _apart(call.words)
    special = _sudo_special(words)
    words, shell = _without_shell(words)
    if special is None and shell and skip_options(words, PREFIXES["sudo"]) == (len(words), True):
        opened = piped_script(call, call.stdin)
        special = replace(opened, rule="sudo.shell", flags=opened.flags | PRIVILEGED)
    return words, special


def _own_file(call: Call, options: tuple[Word, ...]) -> Reading | None:
    """The file that `time -o` writes; None if there is none, or it is scratch."""
    if call.name != "time":
        return None
    for position, given in enumerate(options):
        name, equals, value = given.text.partition("=")
        if name in ("-o", "--output") and (equals or position + 1 < len(options)):
            file = given._replace(text=value, raw=value) if equals else options[position + 1]
            into = written(file, elsewhere=call.place.elsewhere, rule="time.output")
            return into if into is not None and into.effect is not Effect.OBSERVE else None
    return None


# Tools of their own that also carry a command, by these subcommands alone.
CARRIES_BY = {
    "op": frozenset({"run"}), "doppler": frozenset({"run"}), "infisical": frozenset({"run"}), "chamber": frozenset({"exec"}),
    "aws-vault": frozenset({"exec"}), "saml2aws": frozenset({"exec"}), "mise": frozenset({"exec", "x"}),
    "direnv": frozenset({"exec"}),
}  # fmt: skip


def _first(words: tuple[Word, ...]) -> str:
    """The first word that is no option."""
    return next((word.text for word in words if not word.text.startswith("-")), "")


def _apart(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """`sudo -iu app cmd` as `sudo -i -u app cmd`."""
    for position, given in enumerate(words):
        if not given.text.startswith("-") or given.text == "--":
            break
        if re.fullmatch(r"-[nEHkKSbAPis]+[ugpC]?", given.text) and len(given.text) > 2:
            letters = tuple(given._replace(text="-" + letter) for letter in given.text[1:])
            return (*words[:position], *letters, *_apart(words[position + 1 :]))
        if given.text in ("-u", "-g", "-p", "-C", "--user", "--group"):
            continue
    return words


def _without_shell(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], bool]:
    """The words of sudo without `-i` and `-s`, which have a shell start the command, and whether one was there."""
    kept: list[Word] = []
    index, shell = 0, False
    while index < len(words) and words[index].text.startswith("-") and words[index].text != "--":
        if words[index].text in ("-i", "-s", "--login", "--shell"):
            shell = True
            index += 1
            continue
        step = 2 if words[index].text in PREFIXES["sudo"].values else 1
        kept += words[index : index + step]
        index += step
    return (*kept, *words[index:]), shell


def _sudo_special(words: tuple[Word, ...]) -> Reading | None:
    """sudo's own jobs: listing rights, opening a shell, editing a file."""
    for position, given in enumerate(words):
        text = given.text
        if not text.startswith("-"):
            break
        if text in ("-e", "--edit"):
            return Reading(
                Effect.CHANGE,
                "sudo.edit",
                "opens a file for editing",
                flags=frozenset({Flag.INTERACTIVE}) | PRIVILEGED,
            )
        if text in ("-l", "--list", "-v", "-V", "-k", "-K") and position == len(words) - 1:
            return Reading(Effect.OBSERVE, "sudo.list")
    return None


def _env_string(words: tuple[Word, ...]) -> Reading | None:
    for position, given in enumerate(words):
        text = given.text
        if text in ("-S", "--split-string") and position + 1 < len(words):
            rest = " ".join(word.text for word in words[position + 1 :])
            return wrapped("env", Inside(text=rest))
        if text.startswith(("-S", "--split-string=")):
            first = text[2:] if text.startswith("-S") else text.partition("=")[2]
            return wrapped(
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
    if call.name in ("npm", "yarn"):  # may download a package of that name
        return unknown(
            f"{call.name}.exec", "may download and run a package", inside=(Inside(rest, stdin=call.stdin),)
        )
    return wrapped(call.name, Inside(rest, stdin=call.stdin))


def read_busybox(call: Call) -> Reading:
    """`busybox cmd`."""
    if not call.words:
        return Reading(Effect.OBSERVE, "busybox")
    return wrapped("busybox", Inside(call.words, stdin=call.stdin))


# Programs that carry another tool under its own name: `k3s kubectl get pods`.
CARRIERS: dict[str, frozenset[str]] = {
    "k3s": frozenset({"kubectl", "crictl", "ctr"}),
    "k0s": frozenset({"kubectl", "ctr"}),
    "rke2": frozenset({"kubectl", "crictl", "ctr"}),
    "microk8s": frozenset({"kubectl", "helm", "helm3", "istioctl", "cilium", "linkerd", "ctr"}),
    "minikube": frozenset({"kubectl"}),
    "microceph": frozenset({"ceph", "rbd", "rados"}),
}


def read_carried(call: Call) -> Reading | None:
    """The tool that `k3s`, `minikube` and their kind carry; None if another subcommand is meant."""
    if not call.words or call.words[0].text not in CARRIERS[call.name]:
        return None
    inner = (
        call.words
        if call.words[1:2] == () or call.words[1].text != "--"
        else (call.words[0], *call.words[2:])
    )
    return wrapped(call.name, Inside(inner, stdin=call.stdin))


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(PREFIXES, read_prefix),
    **dict.fromkeys(("busybox", "toybox"), read_busybox),
}
