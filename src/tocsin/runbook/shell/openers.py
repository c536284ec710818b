"""Lines that open a session: on a host, as a user, in a container or pod, in a database or interpreter.

Source: docs/reference/runbook-language.md, section 7.1. A real command taken for an opener is not run; an
opener taken for a command would let the next lines run in the wrong place.
"""

import re

from tocsin.runbook.book import Hop
from tocsin.runbook.shell.clients import database, interpreter, platform
from tocsin.runbook.shell.cmdline import META, SHELLS, WITH_VALUE, positional, words
from tocsin.runbook.shell.statements import ANGLE

# A quick no for most lines; the words decide.
_MAY_OPEN = re.compile(
    r"\s*(?:[A-Za-z_]\w*=\S*\s+)*(?:\S*/)?(?:ssh|mosh|slogin|sudo|doas|su|docker|podman|nerdctl|docker-compose|crictl|lxc|ctr|kubectl|oc|k"
    r"|chroot|aws-vault|tmux|screen|psql|pgcli|mysql|mariadb|mycli|redis-cli|valkey-cli|mongosh|mongo|sqlite3|cqlsh"
    r"|clickhouse-client|sqlcmd|cockroach|rails|bundle|python3?|ipython|node|irb|iex|ghci|pry|php|flask"
    r"|gcloud|aws|nomad|minikube|juju|tsh|boundary|incus|vagrant|eb|cf|doctl|az|multipass|fly|flyctl|heroku|pct|machinectl|distrobox|toolbox|nsenter|sqlplus"
    r"|snowsql|duckdb|usql|beeline|impala-shell|spark-sql|trino|presto|cypher-shell|ksql|influx|supabase|manage\.py"
    r"|sh|bash|zsh|fish|ksh|[Ee]nter-[Pp][Ss][Ss]ession|etsn)(?:\s|$)"
)


_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")


def may_open(text: str) -> bool:
    """A quick no for lines that open nothing."""
    return _MAY_OPEN.match(text) is not None


def opener(text: str) -> tuple[Hop, ...] | None:
    """The session a statement opens, as hops from outside to inside, or None if it opens none.

    >>> opener("ssh -p 2222 deploy@web1")
    (Hop(kind='host', name='web1', detail='deploy'),)
    >>> opener("ssh web1 uptime") is None
    True
    """
    if not _MAY_OPEN.match(text):
        return None
    asked: list[str] = []
    if "$(" in text or "`" in text:
        # "kubectl exec -it $(kubectl get pod -l app=x -o name) -- sh": what it prints is one word.
        asked = _ASKED.findall(text)
        numbers = iter(range(len(asked)))
        text = _ASKED.sub(lambda _: f"{_MARK}{next(numbers)}{_MARK}", text)
    if META.search(ANGLE.sub("hole", text) if "<" in text else text) or "\n" in text.replace("\\\n", ""):
        return None
    parts = words(text.replace("\\\n", " "))
    while parts and "=" in parts[0] and _ASSIGNED.match(parts[0]):
        parts = parts[1:]
    hops = _opened(parts) if parts else None
    if not hops or not asked:
        return hops
    return tuple(
        Hop(hop.kind, _told(hop.name, asked), _told(hop.detail, asked) if hop.detail else None)
        for hop in hops
    )


_MARK = "\ue0f0"
_ASKED = re.compile(r"\$\([^()\n]{1,300}\)|`[^`\n]{1,300}`")
_ASKED_MARK = re.compile(rf"{_MARK}(\d+){_MARK}")


def _told(text: str, asked: list[str]) -> str:
    return _ASKED_MARK.sub(lambda found: asked[int(found[1])], text)


def _opened(parts: list[str]) -> tuple[Hop, ...] | None:
    program = parts[0].rsplit("/", 1)[-1]
    match program:
        case "ssh" | "mosh" | "slogin":
            return _ssh(parts[1:])
        case "sudo" | "doas" | "su":
            return _sudo(parts)
        case "docker" | "podman" | "nerdctl" | "docker-compose" | "crictl" | "lxc" | "ctr":
            return _container(parts)
        case "kubectl" | "oc" | "k":
            return _pod(parts)
        case _ if program.lower() in ("enter-pssession", "etsn"):
            return _powershell_session(parts[1:])
        case "chroot" if len(parts) == 2 or (len(parts) == 3 and parts[2] in SHELLS):
            return (Hop("container", parts[1]),)
        case "tmux" | "screen":
            return (
                ()
                if len(parts) == 1 or parts[1] in ("a", "attach", "-r", "-x", "-S", "new", "new-session")
                else None
            )
        case "sh" | "bash" | "zsh" | "fish" | "ksh" if len(parts) == 1:
            return ()
        case _:
            return (
                database(program, parts[1:])
                or interpreter(program, parts[1:])
                or platform(" ".join([program, *parts[1:]]))
            )


_COMPUTER = re.compile(r"-(?:computername|hostname|vmname|cn)(?::(.+))?$", re.IGNORECASE)


def _powershell_session(parts: list[str]) -> tuple[Hop, ...]:
    """`Enter-PSSession db-1`, `-ComputerName db-1`; of a session kept in a variable nobody knows where it goes."""
    for index, part in enumerate(parts):
        if (named := _COMPUTER.match(part)) is not None:
            return (Hop("host", named[1] or next(iter(parts[index + 1 :]), "<host>")),)
    first = parts[0] if parts and parts[0][0] not in "-$(" else "<host>"
    return (Hop("host", first),)


def _ssh(parts: list[str]) -> tuple[Hop, ...] | None:
    before, options = _before_command(parts, WITH_VALUE["ssh"])
    if not before or any(o in options for o in ("-N", "-f", "-W", "-O", "-V", "-G", "-Q")):
        return None
    user, _, host = before[0].rpartition("@")
    rest, more = _before_command(before[1:], WITH_VALUE["ssh"])
    options |= more
    hops = (
        *(_host(part) for part in options.get("-J", "").split(",") if part),
        Hop("host", host, user or options.get("-l") or None),
    )
    if not rest:
        # A tunnel that also gives a shell opens one; `ssh -N -L …` does not.
        return hops
    # A command that is itself a shell or client keeps the session open: `ssh -t web1 sudo -i`.
    command = words(rest[0]) if len(rest) == 1 else rest
    if (
        command
        and command[0] in SHELLS
        and all(part.startswith("-") and "c" not in part for part in command[1:])
    ):
        return hops
    inner = _opened(command) if command else None
    return (*hops, *inner) if inner else None


def _before_command(parts: list[str], valued: frozenset[str]) -> tuple[list[str], dict[str, str]]:
    """What is left after the options at the start, and these options."""
    options: dict[str, str] = {}
    index = 0
    while index < len(parts) and parts[index].startswith("-") and len(parts[index]) > 1:
        name = parts[index]
        if name in valued and index + 1 < len(parts):
            index += 1
            options[name] = parts[index]
        else:
            options[name] = ""
        index += 1
    return parts[index:], options


def _host(text: str) -> Hop:
    user, _, host = text.rpartition("@")
    return Hop("host", host, user or None)


def _sudo(parts: list[str]) -> tuple[Hop, ...] | None:
    if parts[0] == "su":
        rest = [part for part in parts[1:] if part not in ("-", "-l", "--login")]
        if len(rest) > 1 or any(part.startswith("-") for part in rest):
            return None
        return (Hop("user", rest[0] if rest else "root"),)
    user, index = "root", 1
    login = False
    while index < len(parts) and parts[index].startswith("-"):
        option = parts[index]
        if option in ("-u", "--user", "-iu") and index + 1 < len(parts):
            user = parts[index + 1]
            login = login or option == "-iu"
            index += 1
        elif option in ("--login", "--shell"):
            login = True
        elif re.fullmatch(r"-[EHnkSis]+u", option) and index + 1 < len(parts):
            login = login or bool(set(option) & set("is"))
            user = parts[index + 1]
            index += 1
        elif re.fullmatch(r"-[EHnkSis]+", option):
            login = login or bool(set(option) & set("is"))
        elif not re.fullmatch(r"--(?:preserve-env|set-home|non-interactive)(?:=.*)?", option):
            return None
        index += 1
    rest = parts[index:]
    if not rest:
        return (Hop("user", user),) if login else None
    if rest[0] in SHELLS and len(rest) == 1:
        return (Hop("user", user),)
    inner = _opened(rest)
    if inner is None or rest[0] == "su":
        return inner
    return inner if user == "root" and inner[0].kind != "database" else (Hop("user", user), *inner)


def _container(parts: list[str]) -> tuple[Hop, ...] | None:
    rest = parts[1:]
    if parts[0] == "lxc" and rest[:1] != ["exec"]:
        return None
    if rest[:1] == ["compose"]:
        rest = rest[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in WITH_VALUE["exec"] else rest[1:]
    if rest[:1] == ["attach"] and len(rest) == 2:
        return (Hop("container", rest[1]),)
    if rest[:1] == ["run"] and parts[0] != "lxc":
        return _container_run(rest[1:])
    if rest[:1] != ["exec"]:
        return None
    return _inside(rest[1:], "container", None)


def _container_run(parts: list[str]) -> tuple[Hop, ...] | None:
    """`docker run -it image bash` and `docker compose run web sh` open a shell in a new container."""
    plain, options = positional(parts, WITH_VALUE["run"])
    interactive = any(re.fullmatch(r"-[a-z]*[it][a-z]*|--interactive|--tty", option) for option in options)
    if not plain or not (interactive or len(plain) > 1):
        return None
    command = plain[1:]
    if not command:
        return (Hop("container", plain[0]),) if interactive else None
    if command[0] in SHELLS and len(command) == 1:
        return (Hop("container", plain[0]),)
    inner = _opened(command)
    return (Hop("container", plain[0]), *inner) if inner else None


def _pod(parts: list[str]) -> tuple[Hop, ...] | None:
    hops = _inside_pod(parts)
    context = _cluster_of(parts)
    return (Hop("cluster", context), *hops) if hops and context else hops


def _cluster_of(parts: list[str]) -> str | None:
    """The context of a kubeconfig that a line names for itself."""
    end = parts.index("--") if "--" in parts else len(parts)
    for at, part in enumerate(parts[:end]):
        name, _, value = part.partition("=")
        if name in ("--context", "--cluster", "--kubeconfig"):
            return value or (parts[at + 1] if at + 1 < end else None)
    return None


def _inside_pod(parts: list[str]) -> tuple[Hop, ...] | None:
    rest = [
        word
        for part in parts[1:]
        for word in (("-it", "-n") if _FLAGS_AND_SPACE.fullmatch(part) else (part,))
    ]
    lead: dict[str, str] = {}
    while rest and rest[0].startswith("-"):
        if rest[0] in WITH_VALUE["exec"]:
            lead[rest[0]] = rest[1] if len(rest) > 1 else ""
            rest = rest[2:]
        else:
            rest = rest[1:]
    match rest:
        case ["rsh", *more] if parts[0] == "oc":
            return _inside([*more, "sh"] if len(_leading(more)[0]) == 1 else more, "pod", lead.get("-n"))
        case ["debug", *more]:
            plain, options = positional(more, WITH_VALUE["exec"])
            if len(plain) == 1 and "/" in plain[0] and "--" not in more:
                return (Hop("pod", plain[0], options.get("-n") or lead.get("-n")),)
            return _pod_run(more)
        case ["run", *more]:
            return _pod_run(more)
        case ["exec", *more]:
            return _inside(more, "pod", lead.get("-n") or lead.get("--namespace"))
        case ["attach", *more]:
            plain, options = positional(more, WITH_VALUE["exec"])
            interactive = any(re.fullmatch(r"-[it]+|--stdin|--tty", option) for option in options)
            return _inside([*more, "--", "sh"], "pod", lead.get("-n")) if interactive and plain else None
        case _:
            return None


_FLAGS_AND_SPACE = re.compile(r"-[it]{1,2}n")


def _pod_run(parts: list[str]) -> tuple[Hop, ...] | None:
    """`kubectl run box -it --image=busybox -- sh` and `kubectl debug -it web-0 --image=busybox` open a shell."""
    command = parts[parts.index("--") + 1 :] if "--" in parts else []
    plain, options = positional(parts, WITH_VALUE["exec"])
    interactive = any(re.fullmatch(r"-[a-z]*[it][a-z]*|--stdin|--tty", option) for option in options)
    if not plain or not interactive:
        return None
    hop = Hop("pod", plain[0], options.get("-n") or options.get("--namespace") or None)
    if not command or (command[0] in SHELLS and len(command) == 1):
        return (hop,)
    inner = _opened(command)
    return (hop, *inner) if inner else None


def _inside(parts: list[str], kind: str, namespace: str | None) -> tuple[Hop, ...] | None:
    """The session of an `exec`: a shell opens the container, a bare client opens its database inside it."""
    if "--" in parts:
        at = parts.index("--")
        before, command = parts[:at], parts[at + 1 :]
        plain, options = positional(before, WITH_VALUE["exec"])
    else:
        plain, options = _leading(parts)
        command, plain = plain[1:], plain[:1]
        while command and command[0] in WITH_VALUE["exec"]:
            options[command[0]] = command[1] if len(command) > 1 else ""
            command = command[2:]
        while (
            len(command) > 2
            and command[-2] in ("-n", "--namespace", "-c", "--container")
            and kind == "pod"
            and command[0] in SHELLS
        ):
            options[command[-2]] = command[-1]
            command = command[:-2]
        if command in (["--bash"], ["--sh"]):
            command = [command[0][2:]]  # meant as "-- bash": what follows it is not for here
    if len(plain) != 1 or not command:
        return None
    detail = options.get("-n") or options.get("--namespace") or namespace
    hops: tuple[Hop, ...] = (Hop(kind, plain[0], detail or None),)
    if kind == "pod" and (box := options.get("-c") or options.get("--container")):
        hops = (*hops, Hop("container", box))  # one of several: another place than the pod's first
    while command and (
        command[0] in ("env", "exec", "winpty", "command", "nice", "time") or _ASSIGNED.match(command[0])
    ):
        command = command[1:]
    if not command:
        return None
    if command[0] in SHELLS and all(part in ("-l", "-i", "-il", "--login") for part in command[1:]):
        return hops
    if command[0] in SHELLS and len(command) == 3 and command[1].endswith("c"):
        command = words(command[2])
    inner = _opened(command) if command else None
    return (*hops, *inner) if inner is not None and (inner or command[0] in SHELLS) else None


def _leading(parts: list[str]) -> tuple[list[str], dict[str, str]]:
    """Options before the first plain word, then everything that follows as it stands."""
    options: dict[str, str] = {}
    index = 0
    while index < len(parts) and parts[index].startswith("-"):
        if parts[index] in WITH_VALUE["exec"] and index + 1 < len(parts):
            options[parts[index]] = parts[index + 1]
            index += 1
        index += 1
    return parts[index:], options
