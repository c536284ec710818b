"""Ways back for services, processes, files and code on a machine.

Source: docs/reference/effects.md, table of captures and undos.
"""

import json
import re
import shlex
from collections.abc import Callable

from tocsin.effects.effect import Undo, Undoable
from tocsin.effects.recipe import Recipe, joined_words, known, safe
from tocsin.effects.tools.git import apart
from tocsin.effects.tools.table import tables
from tocsin.effects.words import Word

_REF = r"[A-Za-z0-9_][\w./@{}-]{0,200}"
_PATH = r"/[^\x00-\x1f]{0,1000}"


def host_recipe(prefix: list[str], words: tuple[Word, ...]) -> Recipe | None:
    """The way back of one command on this machine, or None if no recipe knows it."""
    name = words[0].text.rpartition("/")[2]
    build = _RECIPES.get(name)
    if build is None:
        return None
    recipe = build(f"{' '.join(prefix)} {words[0].raw}" if prefix else words[0].raw, words[1:])
    return recipe if recipe is not None and known(*words) else None


def _pm2(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    found = tables()["pm2"].ask(words)
    operands = found.args.operands
    name = operands[0].text if operands else ""
    capture = f"{tool} jlist"
    match found.path:
        case "restart" | "reload" | "startOrRestart":
            return Recipe(
                Undo(
                    Undoable.PARTLY,
                    capture,
                    None,
                    "requests in progress and what the processes kept in memory",
                )
            )
        case "stop":
            return Recipe(
                Undo(Undoable.YES, capture, f"{tool} start {shlex.quote(name)}"),
                lambda captured: _pm2_start_again(tool, name, captured),
            )
        case "delete" | "del":
            return Recipe(Undo(Undoable.PARTLY, capture, "start it again with the captured script, arguments and count", "environment that was only in the process"),
                          lambda captured: _pm2_define_again(tool, name, captured))  # fmt: skip
        case "scale":
            return Recipe(
                Undo(Undoable.YES, capture, f"{tool} scale {shlex.quote(name)} {{captured}}"),
                lambda captured: _pm2_scale_back(tool, name, captured),
            )
        case "start":
            return Recipe(Undo(Undoable.YES, capture, "stop what was not running before"))
        case _:
            return None


def pm2_processes(captured: str) -> list[dict[str, object]] | None:
    """The processes in the output of `pm2 jlist`, or None if it cannot be read.

    pm2 may print notices before the list, so the list is looked for from its bracket on.
    """
    for start in (match.start() for match in re.finditer(r"^\[", captured, re.M)):
        try:
            listed = json.loads(captured[start:].strip())
        except ValueError:
            continue
        if isinstance(listed, list) and all(isinstance(one, dict) for one in listed):
            return listed
    return None


def pm2_named(processes: list[dict[str, object]], name: str) -> list[dict[str, object]]:
    """The processes of this name or number; all of them for "all"."""
    if name == "all":
        return processes
    return [one for one in processes if one.get("name") == name or str(one.get("pm_id")) == name]


def pm2_field(process: dict[str, object], key: str) -> object:
    """A field of a process's `pm2_env`, or None."""
    env = process.get("pm2_env")
    return env.get(key) if isinstance(env, dict) else None


def _pm2_start_again(tool: str, name: str, captured: str) -> str | None:
    processes = pm2_processes(captured)
    if processes is None or name == "all":
        return None
    online = [one for one in pm2_named(processes, name) if pm2_field(one, "status") == "online"]
    return joined_words(tool, "start", shlex.quote(name)) if online else None


def _pm2_scale_back(tool: str, name: str, captured: str) -> str | None:
    processes = pm2_processes(captured)
    count = len(pm2_named(processes, name)) if processes else 0
    return joined_words(tool, "scale", shlex.quote(name), str(count)) if count else None


def _pm2_define_again(tool: str, name: str, captured: str) -> str | None:
    processes = pm2_named(pm2_processes(captured) or [], name)
    if not processes or name == "all":
        return None
    one = processes[0]
    script = safe(str(pm2_field(one, "pm_exec_path") or ""), _PATH)
    directory = safe(str(pm2_field(one, "pm_cwd") or ""), _PATH)
    given = safe(str(one.get("name") or ""), r"[\w.@ -]+")
    if script is None or given is None or not pm2_field(one, "pm_exec_path"):
        return None
    parts = [tool, "start", script, "--name", given]
    if directory is not None and pm2_field(one, "pm_cwd"):
        parts += ["--cwd", directory]
    if pm2_field(one, "exec_mode") == "cluster_mode":
        parts += ["-i", str(len(processes))]
    arguments = pm2_field(one, "args")
    if isinstance(arguments, list) and arguments:
        quoted = [
            safe(str(argument), r"[^\x00-\x1f]*")
            or (shlex.quote(str(argument)) if str(argument).isprintable() else None)
            for argument in arguments
        ]
        if None in quoted:
            return None
        parts += ["--", *(word for word in quoted if word)]
    return " ".join(parts)


def _systemctl(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    found = tables()["systemctl"].ask(words)
    operands = found.args.operands
    if len(operands) != 1 or re.search(r"[*?\[]", operands[0].text):
        return None
    user = "--user" if found.args.has("--user") else ""
    unit = shlex.quote(operands[0].text)
    capture = joined_words(tool, user, "show -p ActiveState -p UnitFileState", unit)

    def was(key: str, wanted: tuple[str, ...], verb: str) -> Callable[[str], str | None]:
        def back(captured: str) -> str | None:
            states = dict(line.strip().partition("=")[::2] for line in captured.splitlines())
            return joined_words(tool, user, verb, unit) if states.get(key) in wanted else None

        return back

    running, resting = ("active", "reloading", "activating"), ("inactive", "failed", "deactivating")
    opposites = {
        "stop": ("ActiveState", running, "start"),
        "start": ("ActiveState", resting, "stop"),
        "enable": ("UnitFileState", ("disabled",), "disable"),
        "disable": ("UnitFileState", ("enabled",), "enable"),
        "mask": ("UnitFileState", ("enabled", "disabled", "static", "indirect"), "unmask"),
        "unmask": ("UnitFileState", ("masked",), "mask"),
    }
    if found.path in opposites:
        key, wanted, verb = opposites[found.path]
        if found.args.has("--now"):
            return Recipe(Undo(Undoable.YES, capture, joined_words(tool, user, verb, "--now", unit)))
        return Recipe(
            Undo(Undoable.YES, capture, joined_words(tool, user, verb, unit)), was(key, wanted, verb)
        )
    if found.path in ("restart", "try-restart", "reload-or-restart"):
        return Recipe(Undo(Undoable.PARTLY, capture, None, "work in progress"))
    if found.path == "reload":
        return Recipe(Undo(Undoable.YES, capture, "write the old configuration back and reload again"))
    return None


def _git(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    directory, words = apart(words)
    found = tables()["git"].ask(words)
    if found.args.values("-C"):
        return None  # where it runs is not known
    git = joined_words(tool, *(word.raw for word in directory))

    def back(captured: str) -> str | None:
        states = dict(re.findall(r"^# branch\.(oid|head) (\S+)$", captured, re.M))
        head = states.get("head", "")
        ref = safe(states.get("oid", "") if head == "(detached)" else head, _REF)
        return joined_words(git, "checkout", ref) if ref and ".." not in ref else None

    match found.path:
        case "checkout" | "switch" if found.rule in ("git.checkout", "git.switch"):
            return Recipe(
                Undo(
                    Undoable.YES,
                    f"{git} status --branch --porcelain=v2",
                    f"{git} checkout {{the captured branch or commit}}",
                ),
                back,
            )
        case "pull" | "merge" | "revert" | "cherry-pick" | "commit":
            return Recipe(
                Undo(
                    Undoable.PARTLY,
                    f"{git} rev-parse HEAD",
                    "revert the commits behind the captured one",
                    "files that were not committed",
                )
            )
        case "push":
            return Recipe(
                Undo(
                    Undoable.PARTLY,
                    f"{git} ls-remote origin",
                    "push a revert commit; never force",
                    "what a deployment has done meanwhile",
                )
            )
        case _:
            return None


def _helm(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    found = tables()["helm"].ask(words)
    if found.path not in ("upgrade", "rollback") or not found.args.operands:
        return None
    release = found.args.operands[0].raw
    where = " ".join(
        f"{name} {value.raw}"
        for name in ("-n", "--namespace", "--kube-context")
        for value in found.args.values(name)
    )

    def back(captured: str) -> str | None:
        revisions = [int(number) for number in re.findall(r'"revision"\s*:\s*"?(\d{1,6})', captured)]
        return joined_words(tool, "rollback", release, str(max(revisions)), where) if revisions else None

    capture = joined_words(tool, "history", release, where, "-o json")
    return Recipe(
        Undo(
            Undoable.PARTLY,
            capture,
            f"{tool} rollback {release} {{captured}}",
            "hooks and migrations that ran",
        ),
        back,
    )


def _docker(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    found = tables()["docker"].ask(words)
    operands = found.args.operands
    if found.path in ("stop", "start", "kill", "pause", "unpause", "restart") and len(operands) == 1:
        name = shlex.quote(operands[0].text)
        capture = joined_words(tool, "inspect -f '{{.State.Status}}'", name)
        was, verb = {
            "stop": ("running", "start"), "kill": ("running", "start"), "start": ("exited", "stop"),
            "pause": ("running", "unpause"), "unpause": ("paused", "pause"),
        }.get(found.path, ("", ""))  # fmt: skip
        if not verb:
            return Recipe(Undo(Undoable.PARTLY, capture, None, "work in progress"))
        reverse = joined_words(tool, verb, name)
        return Recipe(
            Undo(Undoable.YES, capture, reverse),
            lambda captured: reverse if captured.strip() == was else None,
        )
    if found.path in ("rm", "container rm") and operands:
        return Recipe(
            Undo(
                Undoable.PARTLY,
                joined_words(tool, "inspect", *(word.raw for word in operands)),
                "run it again from the captured definition",
                "the writable layer",
            )
        )
    if found.path in ("compose stop", "compose down", "compose restart"):
        return Recipe(
            Undo(
                Undoable.PARTLY,
                f"{tool} compose ps",
                f"{tool} compose up -d",
                "work in progress and writable layers",
            )
        )
    return None


def _sysctl(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    settings = [word.text for word in words if "=" in word.text]
    if len(settings) != 1:
        return None
    key = settings[0].partition("=")[0]
    if not re.fullmatch(r"[\w./-]+", key):
        return None

    def back(captured: str) -> str | None:
        value = safe(" ".join(captured.split()), r"[\w./ :-]+")
        return joined_words(tool, "-w", f"{key}={value}") if value else None

    return Recipe(Undo(Undoable.YES, f"{tool} -n {key}", f"{tool} -w {key}={{captured}}"), back)


def _ufw(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    if not words or words[0].text not in ("allow", "deny", "limit", "reject"):
        return None
    rule = " ".join(word.raw for word in words)
    return Recipe(
        Undo(Undoable.YES, f"{tool} status numbered", f"{tool} delete {rule}"),
        lambda _: f"{tool} delete {rule}",
    )


def _iptables(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    texts = [word.text for word in words]
    at = next(
        (place for place, text in enumerate(texts) if text in ("-A", "-I", "--append", "--insert")), None
    )
    if at is None:
        return None
    rest = [word.raw for word in words]
    rest[at] = "-D"
    if texts[at] in ("-I", "--insert") and at + 2 < len(texts) and texts[at + 2].isdigit():
        del rest[at + 2]
    reverse = f"{tool} {' '.join(rest)}"
    return Recipe(Undo(Undoable.YES, f"{tool} -S", reverse), lambda _: reverse)


def _crontab(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    whose = " ".join(word.raw for word in words[:2]) if words and words[0].text == "-u" else ""
    return Recipe(
        Undo(
            Undoable.PARTLY,
            joined_words("crontab", whose, "-l"),
            "write the captured table back",
            "jobs missed meanwhile",
        )
    )


def _moved(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    names = [word for word in words if not word.text.startswith("-")]
    if len(names) != 2 or names[1].text.endswith("/"):
        return None
    reverse = f"{tool} {names[1].raw} {names[0].raw}"
    capture = f"ls -ld {names[0].raw} {names[1].raw}"

    def back(captured: str) -> str | None:
        # The reverse is exact only if nothing stood at the new name before.
        return None if re.search(rf"\s{re.escape(names[1].text)}/?\s*$", captured, re.M) else reverse

    return Recipe(
        Undo(Undoable.PARTLY, capture, reverse, "what stood at the new name, if anything did"), back
    )


def _read_file(tool: str, words: tuple[Word, ...]) -> Recipe | None:
    """Files are captured whole; writing them back is the engine's work."""
    names = [word for word in words if not word.text.startswith("-")]
    if not names:
        return None
    return Recipe(
        Undo(
            Undoable.PARTLY,
            f"cat {names[-1].raw}",
            "write the old content back",
            "the old content, if the file did not exist or could not be read",
        )
    )


_RECIPES: dict[str, Callable[[str, tuple[Word, ...]], Recipe | None]] = {
    "pm2": _pm2,
    "systemctl": _systemctl,
    "git": _git,
    "helm": _helm,
    "docker": _docker,
    "podman": _docker,
    "sysctl": _sysctl,
    "ufw": _ufw,
    "iptables": _iptables,
    "crontab": _crontab,
    "mv": _moved,
    "cp": _read_file,
    "tee": _read_file,
}
