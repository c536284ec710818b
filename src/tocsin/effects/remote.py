"""Tools that carry a command to a pod, a container or another machine, and tools that copy between machines.

Their other subcommands go by their table.
Source: docs/reference/effects.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects import paths
from tocsin.effects.dataflow import opaque, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.hidden import git_hides
from tocsin.effects.http import read_request
from tocsin.effects.inside import behind, in_container, spoken
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.targets import targets_of
from tocsin.effects.tools.table import Found, tables
from tocsin.effects.words import Word

_REMOTE = frozenset({Flag.REMOTE})
_WIDE = frozenset({Flag.WIDE})
_HOST = frozenset({"host"})
_MOUNTS_HOST = re.compile(
    r"^(?:/|/etc|/var|/root|/home|/usr|/boot|/proc|/sys|/dev|/var/run/docker\.sock|/run/docker\.sock|/var/lib(?:/.*)?):"
)


def by_table(name: str, call: Call) -> tuple[Reading, Found]:
    """What the tool's table says, as a reading."""
    table = tables()[name]
    found = table.ask(call.words)
    kind = table.target or table.needs
    reading = Reading(
        found.effect,
        found.rule,
        found.sentence,
        found.flags,
        targets_of(kind, found) if kind else (),
        frozenset({table.needs}) if table.needs else frozenset(),
    )
    return reading, found


def _says_destroy(reading: Reading, call: Call) -> Reading:
    if reading.effect is Effect.UNKNOWN and any(
        re.search(r"(?:^|-)(?:delete|destroy|purge|wipe|drop|reset)", word.text) for word in call.words[:6]
    ):
        return replace(
            reading, effect=Effect.DESTROY, sentence=f"{reading.sentence}, and speaks of destroying"
        )
    return reading


def read_kubectl(call: Call) -> Reading:
    """`kubectl`, `oc`: exec runs inside a pod; apply and delete act on what they are given."""
    reading, found = by_table("kubectl", call)
    args = found.args
    if found.path in ("exec", "rsh", "debug", "run") and not args.has("--dry-run"):
        inner = behind(args, 1)
        if found.path == "rsh":
            inner = tuple(args.operands[1:])
        targets = tuple(f"kubernetes:{word.raw}{_namespace(args)}" for word in args.operands[:1])
        flags = (
            frozenset({Flag.PRIVILEGED}) if found.path == "debug" or args.has("--privileged") else NO_FLAGS
        )
        if found.path in ("exec", "rsh"):
            return in_container(
                "kubectl.exec", inner, call, flags=flags, targets=targets, needs=reading.needs
            )
        if args.has("--overrides"):
            return unknown("kubectl.run.overrides", "starts a pod whose definition is not read here")
        if inner:
            opened = in_container(
                "kubectl.run", inner, call, flags=flags, targets=targets, needs=reading.needs
            )
            return replace(reading, flags=reading.flags | flags, inside=opened.inside)
        interactive = (
            frozenset({Flag.INTERACTIVE, Flag.CONTEXT})
            if args.has("-it", "-i", "-t", "--stdin", "--tty", "-ti") or found.path == "debug"
            else NO_FLAGS
        )
        return replace(reading, flags=reading.flags | flags | interactive)
    if found.path == "scale" and reading.effect is Effect.CHANGE and _scales_down(args, call):
        return replace(
            reading, effect=Effect.DISRUPT, rule="kubectl.scale.down", sentence="takes replicas away"
        )
    if found.path == "cp" and len(args.operands) > 1:
        destination = args.operands[-1]
        if not destination.known and not all(":" in word.text for word in args.operands[:-1]):
            return reading
        if ":" in destination.text.partition("/")[0] or re.match(r"[\w.-]+/[\w.-]+:", destination.text):
            return reading
        return _to_us(destination, call, "kubectl.cp", replace(reading, effect=Effect.OBSERVE, sentence=""))
    return _says_destroy(reading, call)


def _scales_down(args: Args, call: Call) -> bool:
    """Whether the known number of replicas is above the wanted one; only a fact can say so."""
    wanted = args.value("--replicas") or ""
    now = [fact.partition(":")[2] for fact in call.place.facts if fact.startswith("replicas:")]
    return wanted.isdigit() and any(number.isdigit() and int(number) > int(wanted) for number in now)


def _namespace(args: Args) -> str:
    given = args.values("-n", "--namespace")
    return f" -n {given[-1].raw.strip(chr(34) + chr(39))}" if given else ""


def _to_us(destination: Word, call: Call, rule: str, base: Reading) -> Reading:
    """A copy to the operator's side: scratch, unless it falls on something that matters."""
    text = destination.text
    near = (
        not call.place.elsewhere
        and not paths.data(text.rstrip("/"))
        and (not text.startswith("/") or re.match(r"/(?:home/[^/]+|root|Users/[^/]+)/", text) is not None)
        and ".." not in text
    )
    if paths.temporary(destination) or near:
        return replace(base, flags=base.flags | {Flag.LOCAL})
    reading = written(destination, elsewhere=call.place.elsewhere, rule=rule)
    return base if reading is None else replace(reading, needs=base.needs, targets=base.targets, silent=False)


_DOCKER_RUN = Grammar(
    values=frozenset(
        ["-v", "--volume", "--mount", "-e", "--env", "--env-file", "-p", "--publish", "--name", "--network", "--net", "-u", "--user", "-w", "--workdir", "--entrypoint", "-h", "--hostname", "-l", "--label", "--memory", "-m", "--cpus", "--restart", "--add-host", "--cap-add", "--cap-drop", "--device", "--dns", "--gpus", "--pid", "--ipc", "--platform", "--pull", "--security-opt", "--shm-size", "--tmpfs", "--ulimit", "--userns", "--volumes-from", "--log-driver", "--log-opt", "--link", "--expose", "--ip", "--health-cmd", "--detach-keys", "--cidfile", "--index", "-f", "--file", "--project-directory", "--profile", "--project-name"]
    ),
    stop=True,
)  # fmt: skip


def read_docker(call: Call) -> Reading:
    """`docker`, `podman`: exec and run look inside; host mounts are unreadable."""
    name = "docker"
    words = call.words
    reading, found = by_table(name, call)
    if found.path in ("exec", "compose exec", "container exec", "compose run", "run", "container run"):
        rest = _after(words, found.path.split()[-1])
        args = parse(rest, _DOCKER_RUN)
        inner = tuple(args.operands[1:])
        targets = tuple(f"container:{word.raw}" for word in args.operands[:1])
        if found.path.endswith("exec"):
            flags = frozenset({Flag.PRIVILEGED}) if args.has("--privileged") else NO_FLAGS
            later = frozenset({Flag.BACKGROUND}) if args.has("-d", "--detach") else NO_FLAGS
            return in_container("docker.exec", inner, call, flags=flags | later, targets=targets)
        mounts = [mount.text for mount in args.values("-v", "--volume", "--mount")]
        if (
            args.has("--privileged", "--device", "--cap-add", "--volumes-from")
            or any(
                _MOUNTS_HOST.match(mount) or re.search(r"(?:src|source)=/(?:,|etc|var|$)", mount)
                for mount in mounts
            )
            or args.value("--pid", "--net", "--network", "--userns") == "host"
        ):
            flags = frozenset({Flag.PRIVILEGED})
            inside = (Inside(inner, elsewhere=True),) if inner else ()
            return Reading(
                Effect.UNKNOWN,
                "docker.run.host",
                "gives a container the run of this machine",
                flags,
                targets,
                inside=inside,
            )
        if args.has("--entrypoint"):
            return Reading(
                Effect.UNKNOWN,
                "docker.run.entrypoint",
                "starts a container with another program",
                targets=targets,
            )
        opened = in_container("docker.run", inner, call, targets=targets)
        later = frozenset({Flag.BACKGROUND}) if args.has("-d", "--detach") else NO_FLAGS
        effect = (
            reading.effect
            if not inner or later or args.has("-v", "--volume", "--mount") or not args.has("--rm")
            else Effect.OBSERVE
        )
        if not inner and not later:
            return replace(
                reading,
                effect=Effect.UNKNOWN,
                sentence="runs an image whose program is not written here",
                targets=targets,
            )
        return replace(
            reading, effect=effect, flags=reading.flags | later, targets=targets, inside=opened.inside
        )
    if found.path in ("cp", "container cp") and len(found.args.operands) > 1:
        destination = found.args.operands[-1]
        if ":" in destination.text:
            return reading
        return _to_us(destination, call, "docker.cp", replace(reading, effect=Effect.OBSERVE, sentence=""))
    if found.path in ("logs", "compose logs", "service logs", "container logs"):
        # Before `logs`, -f names compose's file.
        follows = any(
            word.text in ("-f", "--follow") or re.fullmatch(r"-[a-z]*f[a-z]*", word.text)
            for word in _after(words, "logs")
        )
        return replace(reading, flags=reading.flags | {Flag.UNBOUNDED}) if follows else reading
    return reading


def _after(words: tuple[Word, ...], name: str) -> tuple[Word, ...]:
    for position, given in enumerate(words):
        if given.text == name:
            return words[position + 1 :]
    return ()


def read_aws(call: Call) -> Reading:
    """`aws`: the table; commands sent to machines are looked into, copies to us only look."""
    reading, found = by_table("aws", call)
    args = found.args
    if found.path in ("s3 cp", "s3 sync", "s3 mv") and len(args.operands) >= 2:
        source, destination = args.operands[0], args.operands[1]
        if args.has("--dryrun"):
            return replace(reading, effect=Effect.OBSERVE, sentence="")
        if found.path == "s3 mv" or args.has("--delete") or destination.text.startswith("s3://"):
            return reading
        if source.text.startswith("s3://"):
            sensitive = (
                frozenset({Flag.SENSITIVE})
                if re.search(r"backup|dump|\.sql|export", source.text)
                else NO_FLAGS
            )
            base = replace(
                reading,
                effect=Effect.OBSERVE,
                rule="aws.s3.cp.down",
                sentence="",
                flags=sensitive | ({Flag.HEAVY} if sensitive else set()),
            )
            if destination.text == "-":
                return base
            return _to_us(destination, call, "aws.s3.cp", base)
    if found.path == "ssm send-command":
        text = args.value("--parameters") or ""
        commands = re.search(r"commands=(.*)", text, re.S)
        body = commands[1].strip("[]\"'") if commands else ""
        if opaque(body):
            return replace(
                reading, effect=Effect.UNKNOWN, sentence="sends a command that is not written here"
            )
        return Reading(
            Effect.OBSERVE,
            "aws.ssm.send-command",
            flags=_REMOTE,
            needs=reading.needs,
            silent=True,
            inside=(Inside(text=body, flags=_REMOTE, elsewhere=True),),
        )
    if found.path == "athena start-query-execution":
        statement = args.value("--query-string")
        if statement is None or opaque(statement):
            return replace(
                reading, effect=Effect.UNKNOWN, sentence="runs a statement that is not written here"
            )
        return replace(reading, inside=(Inside(text=statement, language="sql:athena"),))
    if found.path == "ecs execute-command":
        text = args.value("--command") or ""
        inside = (Inside(text=text, elsewhere=True),) if text else ()
        return Reading(
            Effect.OBSERVE,
            "aws.ecs.exec",
            needs=reading.needs,
            targets=reading.targets,
            inside=inside,
            flags=frozenset({Flag.INTERACTIVE})
            if not text or re.fullmatch(r"/?(?:bin/)?(?:ba)?sh", text)
            else NO_FLAGS,
        )
    return _says_destroy(reading, call)


def read_gcloud(call: Call) -> Reading:
    """`gcloud`: `compute ssh --command` is looked into."""
    reading, found = by_table("gcloud", call)
    if found.path in ("compute ssh", "app instances ssh"):
        texts = found.args.values("--command")
        if texts:
            return Reading(
                Effect.OBSERVE,
                "gcloud.ssh",
                flags=_REMOTE,
                needs=reading.needs,
                silent=True,
                inside=(Inside(text=texts[-1].text, flags=_REMOTE, elsewhere=True),),
            )
        if found.args.ended:
            return Reading(
                Effect.OBSERVE,
                "gcloud.ssh",
                flags=_REMOTE,
                needs=reading.needs,
                silent=True,
                inside=(Inside(text=spoken(found.args.after), flags=_REMOTE, elsewhere=True),),
            )
        return Reading(
            Effect.OBSERVE,
            "gcloud.ssh",
            flags=_REMOTE | {Flag.CONTEXT, Flag.INTERACTIVE},
            needs=reading.needs,
        )
    return _says_destroy(reading, call)


def read_az(call: Call) -> Reading:
    """`az`: `vm run-command invoke --scripts` is looked into, `az rest` is a request."""
    reading, found = by_table("az", call)
    if found.path in ("vm run-command invoke", "vmss run-command invoke"):
        scripts = found.args.values("--scripts")
        if scripts and not opaque(scripts[-1].text) and not scripts[-1].text.startswith("@"):
            return Reading(
                Effect.OBSERVE,
                "az.run-command",
                flags=_REMOTE,
                needs=reading.needs,
                silent=True,
                inside=(Inside(text=scripts[-1].text, flags=_REMOTE, elsewhere=True),),
            )
        return replace(reading, effect=Effect.UNKNOWN, sentence="runs a script that is not written here")
    if found.path == "rest":
        method = found.args.value("-m", "--method") or "GET"
        asked = read_request(
            method, found.args.value("-u", "--url", "--uri") or "", found.args.value("-b", "--body")
        )
        return replace(asked, needs=reading.needs)
    return _says_destroy(reading, call)


def read_git(call: Call) -> Reading:
    """`git`: its configuration can start programs."""
    hides = git_hides(call.words)
    reading, found = by_table("git", call)
    if found.path == "bisect run":
        return Reading(
            Effect.CHANGE,
            "git.bisect",
            "checks out one commit after another",
            inside=(Inside(tuple(found.args.operands)),) if found.args.operands else (),
        )
    if found.path == "push":
        refs = [word.text for word in found.args.operands[1:]]
        if any(ref.startswith(("+", ":")) for ref in refs):
            return replace(
                reading,
                effect=Effect.DESTROY,
                rule="git.push.force",
                sentence="overwrites or deletes what the remote has",
            )
    if hides is not None:
        return hides if hides.effect.value > reading.effect.value else reading
    return reading


_COPY = Grammar(values=frozenset(["-i", "-P", "-o", "-F", "-l", "-S", "-c", "-J"]))
_SYNC = Grammar(values=frozenset(["-e", "--rsh", "--exclude", "--include", "--exclude-from", "--include-from", "--files-from", "--bwlimit", "--rsync-path", "--backup-dir", "--suffix", "--timeout", "--password-file", "--log-file", "--max-size", "--min-size", "--chmod", "--port", "-f", "--filter", "-T", "--temp-dir", "--partial-dir", "--compare-dest", "--link-dest"]))  # fmt: skip
_REMOTE_PATH = re.compile(r"^(?:[^/:]+@)?[^/:]+:|^rsync://|^(?:scp|sftp)://")


def read_copy_over(call: Call) -> Reading:
    """`scp`, `rsync`: to us it looks, to others it changes, with --delete it destroys."""
    args = parse(call.words, _COPY if call.name == "scp" else _SYNC)
    if call.name == "rsync" and args.has("-n", "--dry-run", "--list-only"):
        return Reading(Effect.OBSERVE, "rsync.preview")
    if (call.name == "scp" and args.has("-S")) or any(
        re.match(r"proxycommand|localcommand", word.text, re.I) for word in args.values("-o")
    ):
        return unknown(f"{call.name}.program", "would start another program")
    shell = args.value("-e", "--rsh", "--rsync-path")
    if shell is not None and not re.fullmatch(
        r"(?:/usr/bin/)?ssh(?: -[\w=./~@$\ufffc -]*)?|sudo rsync", shell
    ):
        return unknown("rsync.program", "would start another program")
    if len(args.operands) < 2:
        return unknown(f"{call.name}.unknown", f"`{call.name}` without source and destination")
    *sources, destination = args.operands
    far = [word for word in args.operands if _REMOTE_PATH.match(word.text)]
    targets = tuple(
        dict.fromkeys("host:" + word.raw.strip("\"'").partition(":")[0].rpartition("@")[2] for word in far)
    )
    needs = _HOST if far else frozenset()
    deletes = [name for name in args.options if name.startswith(("--del", "--remove-s"))]
    if deletes:
        return Reading(
            Effect.DESTROY, "rsync.delete", "deletes what the other side does not have", _WIDE, targets, needs
        )
    open_end = not destination.known and not all(_REMOTE_PATH.match(word.text) for word in sources)
    if _REMOTE_PATH.match(destination.text) or open_end:
        return Reading(
            Effect.CHANGE,
            f"{call.name}.up",
            f"overwrites files at {destination.raw}",
            _REMOTE,
            targets,
            needs,
        )
    flags = _REMOTE if far else NO_FLAGS
    base = Reading(Effect.OBSERVE, f"{call.name}.down", flags=flags, targets=targets, needs=needs)
    if far or paths.temporary(destination):
        return _to_us(destination, call, call.name, base)
    return Reading(Effect.CHANGE, f"{call.name}.local", f"writes {destination.raw}", targets=targets)


def read_sftp(call: Call) -> Reading:
    """`sftp`, `ftp`, `lftp`: a session; a batch is not read."""
    args = parse(call.words, Grammar(values=frozenset(["-b", "-i", "-P", "-o", "-c", "-e", "-u"])))
    if args.has("-b", "-c", "-e") or call.stdin != NOTHING:
        return unknown(f"{call.name}.batch", "runs a batch that is not read here")
    return Reading(
        Effect.OBSERVE, call.name, flags=frozenset({Flag.CONTEXT, Flag.INTERACTIVE, Flag.REMOTE}), needs=_HOST
    )


def read_ansible(call: Call) -> Reading:
    """`ansible -a`, `knife ssh`, `salt cmd.run`: shell on many hosts."""
    values = frozenset(
        [
            "-i",
            "-m",
            "-a",
            "-e",
            "-u",
            "-l",
            "-f",
            "-b",
            "--become-user",
            "--inventory",
            "--module-name",
            "--args",
            "--extra-vars",
            "--limit",
            "--user",
            "--forks",
            "--tags",
            "-t",
            "--skip-tags",
            "--private-key",
            "--vault-password-file",
            "-x",
            "-P",
            "-C",
            "-G",
            "-E",
            "-L",
        ]
    ) - {"-b"}
    args = parse(call.words, Grammar(values=values))
    flags = _REMOTE | _WIDE
    if call.name == "ansible":
        if args.has("--list-hosts", "--version"):
            return Reading(Effect.OBSERVE, "ansible.list")
        module = args.value("-m", "--module-name") or "command"
        text = args.value("-a", "--args")
        if args.has("-C", "--check"):
            return Reading(Effect.OBSERVE, "ansible.check", flags=flags, needs=_HOST)
        if module.rpartition(".")[2] in ("ping", "setup", "debug", "stat", "service_facts", "gather_facts"):
            return Reading(Effect.OBSERVE, f"ansible.{module}", flags=flags, needs=_HOST)
        if module.rpartition(".")[2] in ("command", "shell", "raw") and text is not None and not opaque(text):
            return Reading(
                Effect.OBSERVE,
                "ansible",
                flags=flags,
                needs=_HOST,
                silent=True,
                inside=(Inside(text=text, flags=flags, elsewhere=True),),
            )
        if module.rpartition(".")[2] in ("service", "systemd", "reboot"):
            return Reading(
                Effect.DISRUPT, f"ansible.{module}", "acts on services of many hosts", flags, needs=_HOST
            )
        if module.rpartition(".")[2] in (
            "copy",
            "template",
            "lineinfile",
            "user",
            "package",
            "apt",
            "yum",
            "get_url",
            "git",
        ):
            return Reading(Effect.DISRUPT, f"ansible.{module}", "changes many hosts", flags, needs=_HOST)
        return Reading(Effect.UNKNOWN, "ansible.unknown", "runs a module nobody has read", flags, needs=_HOST)
    if call.name == "ansible-playbook":
        if args.has("--check", "-C", "--list-hosts", "--list-tasks", "--list-tags", "--syntax-check"):
            return Reading(Effect.OBSERVE, "ansible-playbook.preview", needs=_HOST)
        return Reading(
            Effect.DISRUPT,
            "ansible-playbook",
            "applies a playbook, which restarts services as a rule",
            flags,
            needs=_HOST,
        )
    if call.name == "salt":
        function = args.operands[1].text if len(args.operands) > 1 else ""
        if function in (
            "test.ping",
            "grains.items",
            "grains.get",
            "status.uptime",
            "test.version",
            "service.status",
            "pkg.version",
        ):
            return Reading(Effect.OBSERVE, f"salt.{function}", flags=flags, needs=_HOST)
        if function == "cmd.run" and len(args.operands) > 2 and not opaque(args.operands[2].text):
            return Reading(
                Effect.OBSERVE,
                "salt",
                flags=flags,
                needs=_HOST,
                silent=True,
                inside=(Inside(text=args.operands[2].text, flags=flags, elsewhere=True),),
            )
        if function.startswith(("state.", "service.", "pkg.")):
            return Reading(Effect.DISRUPT, "salt.state", "changes many hosts", flags, needs=_HOST)
    if call.name == "knife":
        if args.operands and args.operands[0].text == "ssh" and len(args.operands) > 2:
            text = spoken(tuple(args.operands[2:]))
            return Reading(
                Effect.OBSERVE,
                "knife",
                flags=flags,
                needs=_HOST,
                silent=True,
                inside=(Inside(text=text, flags=flags, elsewhere=True),),
            )
        return _says_destroy(by_table("knife", call)[0], call)
    return Reading(
        Effect.UNKNOWN,
        f"{call.name}.unknown",
        f"nobody can say what this `{call.name}` does",
        flags,
        needs=_HOST,
    )


def read_crictl(call: Call) -> Reading:
    """`crictl`, `nerdctl`, `lxc`, `ctr`: exec looks inside, the rest goes by the table."""
    reading, found = by_table(call.name, call)
    if found.path == "exec":
        inner = behind(found.args, 1) if call.name == "lxc" else tuple(found.args.operands[1:])
        return in_container(f"{call.name}.exec", inner, call)
    return reading


def read_bq(call: Call) -> Reading:
    """`bq query '…'`: the statement is judged."""
    reading, found = by_table("bq", call)
    if found.path == "query":
        if found.args.has("--dry_run"):
            return replace(reading, effect=Effect.OBSERVE)
        if found.args.operands and not opaque(found.args.operands[0].text):
            return Reading(
                Effect.OBSERVE,
                "bq.query",
                flags=frozenset({Flag.HEAVY}),
                needs=reading.needs,
                inside=(Inside(text=found.args.operands[0].text, language="sql:bigquery"),),
            )
        return replace(reading, effect=Effect.UNKNOWN, sentence="runs a query that is not written here")
    return reading


def read_ip(call: Call) -> Reading:
    """`ip`: `netns exec` looks inside."""
    reading, found = by_table("ip", call)
    if found.path == "netns exec":
        inner = tuple(call.words[3:]) if len(call.words) > 3 else ()
        return in_container("ip.netns", inner, call, flags=frozenset({Flag.PRIVILEGED})) if inner else reading
    return reading


def read_cockroach(call: Call) -> Reading:
    """`cockroach sql -e '…'`."""
    reading, found = by_table("cockroach", call)
    if found.path == "sql":
        statements = found.args.values("-e", "--execute")
        if statements and not any(opaque(one.text) for one in statements):
            return Reading(
                Effect.OBSERVE,
                "cockroach.sql",
                silent=True,
                inside=tuple(Inside(text=one.text, language="sql:postgres") for one in statements),
            )
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            return Reading(
                Effect.OBSERVE,
                "cockroach.sql",
                silent=True,
                inside=(Inside(text=call.stdin.literal, language="sql:postgres"),),
            )
        if call.stdin != NOTHING or statements or found.args.has("-f", "--file"):
            return unknown("cockroach.sql.unknown", "runs statements that are not written here")
        return Reading(Effect.OBSERVE, "cockroach.sql", flags=frozenset({Flag.CONTEXT, Flag.INTERACTIVE}))
    return reading


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("kubectl", "oc", "microk8s.kubectl", "k3s-kubectl"), read_kubectl),
    **dict.fromkeys(("docker", "podman", "nerdctl"), read_docker),
    "aws": read_aws,
    "gcloud": read_gcloud,
    "az": read_az,
    "git": read_git,
    **dict.fromkeys(("scp", "rsync"), read_copy_over),
    **dict.fromkeys(("sftp", "ftp", "lftp"), read_sftp),
    **dict.fromkeys(("ansible", "ansible-playbook", "salt", "knife"), read_ansible),
    **dict.fromkeys(("crictl", "lxc"), read_crictl),
    "bq": read_bq,
    "ip": read_ip,
    "cockroach": read_cockroach,
}
