"""Which text of the repository a command runs, if it is held and nothing in between may have changed or moved it."""

import re
from dataclasses import replace

from tocsin.effects.effect import Effect
from tocsin.effects.reading import NOTHING, Call, Inside, Place, Reading
from tocsin.effects.repository import just, make, npm
from tocsin.effects.repository.held import Held, Origin, Repository, sha256
from tocsin.effects.words import HOLE, Word

_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ash", "ksh"})
_SHEBANG = re.compile(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(?:/\S*/)?(\w+)")
_PLAIN_OPTION = re.compile(r"-[exuv]+|-[eux]*o|pipefail|errexit|nounset|xtrace|--norc|--noprofile")
# What makes a name mean another file, or a program read another file than the one that lies there.
_MOVES = re.compile(
    r"(?<![\w./-])(?:cd|pushd|popd|chdir|chroot|unshare|nsenter|systemd-run|enable|hash|alias|unalias)(?![\w-])"
    r"|\b(?:MAKEFLAGS|MAKEFILES|GNUMAKEFLAGS|BASH_ENV|NODE_OPTIONS|npm_config_\w+|NPM_CONFIG_\w+|JUST_\w+|PATH)=",
)
_REPLACES = re.compile(
    r"\bgit\s[^|;&\n]*?\b(?:checkout|pull|switch|reset|merge|rebase|restore|apply|am|stash|clone|revert|cherry-pick|submodule|bisect|"
    r"worktree|read-tree|sparse-checkout)\b|\bgh\s+(?:pr\s+checkout|repo\s+(?:clone|sync))\b|\bsvn\s+(?:up|switch|revert)|\bhg\s+(?:up|pull)|"
    r"\b(?:npm|pnpm|yarn)\s+(?:pkg|version|init)\b|(?<![\w./-])(?:rsync|tar|unzip|patch|mount|curl\s[^|\n]*-[oO]|wget)\b"
)
_ENTERS = re.compile(r"\s*cd\s+([\w.-][\w./-]*)\s*(?:&&|;|\n)")
HELD = "repository.text"
UNREAD = "repository.unread"
# Wrappers behind which a name still means the same file.
_TRANSPARENT = frozenset(
    "sudo env time nohup nice ionice timeout stdbuf setsid command exec bash sh dash zsh eval".split()
) | {HELD}
_ELSEWHERE_OPTIONS = frozenset({"-i", "--login", "-D", "--chdir", "-C", "-R", "--chroot", "-l"})
_IN_FRONT = re.compile(
    r"\w+=\S*|sudo|env|time|timeout|nohup|nice|command|exec|then|do|else|if|!|\{|\(|\$|-\S+|\d+[smh]?"
)
_READERS = frozenset(
    "cat less more head tail ls chmod sha256sum md5sum shellcheck file stat wc diff grep test [ [[ which".split()
)


def stays(text: str) -> bool:
    """Whether commands of this text run where the text does, and find the files that lie there now."""
    return _MOVES.search(text) is None and _REPLACES.search(text) is None


def enters(text: str) -> tuple[str, str] | None:
    """The folder a text changes to before anything else, and the text without that, at the same offsets."""
    found = _ENTERS.match(text)
    return (found[1], " " * found.end() + text[found.end() :]) if found else None


def replaces(text: str) -> bool:
    """Whether later texts may find other files than those that lie there now."""
    return _REPLACES.search(text) is not None


def touches(text: str, file: str) -> bool:
    """Whether a text does more with a file than run or read it: then nobody knows what it holds when it runs."""
    name = file.rpartition("/")[2]
    if name not in text:
        return False
    for line in re.split(r"[\n;|&]+", text):
        if name not in line:
            continue
        if re.search(r">|<<", line):
            return True
        words = line.split()
        while words and _IN_FRONT.fullmatch(words[0]):
            words = words[1:]
        head = words[0].strip("\"'") if words else ""
        if head.rpartition("/")[2] not in _READERS | _SHELLS | {name, "source", "."}:
            return True
    return False


def find(head: str, call: Call, repository: Repository) -> Held | None:
    """What this command runs of the repository; None if it runs nothing that is held, or in a way nobody can tell.

    Args:
        head: its name as written. call: the same without directory. repository: seen from where it runs.
    """
    if HOLE in head:
        return None
    if "/" in head:
        return _file(head, repository, interpreted=False)
    if call.name in npm.NAMES:
        return npm.read(call.name, call.words, repository)
    if call.name == "make":
        return make.read(call.words, repository)
    if call.name == "just":
        return just.read(call.words, repository)
    if call.name in _SHELLS | {"source", "."}:
        rest = [word.text for word in call.words]
        while rest and call.name in _SHELLS and _PLAIN_OPTION.fullmatch(rest[0]):
            rest = rest[1:]
        sourced = call.name in ("source", ".")
        if (
            rest
            and not rest[0].startswith(("-", "+"))
            and HOLE not in rest[0]
            and ("/" in rest[0] or not sourced)
        ):
            return _file(rest[0], repository, interpreted=True)
    return None


def _file(name: str, repository: Repository, *, interpreted: bool) -> Held | None:
    found = repository.find(name)
    if found is None:
        return None
    path, text = found
    shebang = _SHEBANG.match(text)
    if not interpreted and (shebang[1] not in _SHELLS if shebang else not path.endswith(".sh")):
        return None
    return Held(path, path, sha256(text), text, tuple(range(1, text.count("\n") + 2)))


def runs(head: str, call: Call) -> str | None:
    """What of a repository this command runs, as people call it; None if it is a program of its own.

    Told by its words alone, and rather once too often: what is not found then is unknown.

    Args:
        head: its name as written. call: the same without directory.
    """
    if call.name in npm.NAMES:
        return (
            f"`{call.name} {' '.join(word.text for word in call.words[:3])}`" if npm.may_run(call) else None
        )
    if call.name == "make":
        return None if _asks_for_help(call) else "a target of the Makefile"
    if call.name == "just":
        words = [word.text for word in call.words]
        return (
            None
            if _asks_for_help(call) or words in (["--list"], ["-l"], ["--summary"])
            else "a recipe of the justfile"
        )
    if HOLE not in head and ("/" in head or head.endswith((".sh", ".bash"))):
        return head
    return None


def _asks_for_help(call: Call) -> bool:
    return [word.text for word in call.words] in (["--help"], ["--version"])


def by_text(words: tuple[Word, ...], by_name: Reading, place: Place, text: str) -> Reading:
    """The reading of what a command runs of the repository; `by_name` if it runs nothing of it, or if nobody looked.

    What is run and not held is unknown: a name says what somebody meant, not what is run. Tools that a framework puts
    beside a project under a name the tables know (`bin/rails`, `node_modules/.bin/pm2`) stay what they are.

    Args:
        by_name: what the command is taken for without its text. text: the one around it, which may touch the file.
    """
    if place.repository is None:
        return by_name
    head = words[0].text
    call = Call(head.rpartition("/")[2], words[1:], NOTHING, place)
    held = find(head, call, place.repository) if not place.elsewhere else None
    if held is not None and not touches(text, held.file):
        inside = Inside(text=held.text, origin=Origin(held, by_name.effect))
        told = f"runs {held.file}:{held.line}, which was read"
        return Reading(Effect.OBSERVE, HELD, told, by_name.flags, by_name.targets, inside=(inside,))
    if by_name.effect.rank >= Effect.UNKNOWN.rank:
        return by_name
    run = runs(head, call)
    if run is None or (held is None and run == head and by_name.rule != "tool.help"):
        return by_name
    told = f"runs {run}, which was not read"
    return replace(by_name, effect=Effect.UNKNOWN, rule=UNREAD, sentence=told, undo=None, silent=False)


def stays_here(words: tuple[Word, ...], reading: Reading) -> bool:
    """Whether what is inside a command runs in the same folder of the same machine."""
    if reading.rule == HELD:
        return True
    return reading.rule.partition(".")[0] in _TRANSPARENT and not any(
        word.text.partition("=")[0] in _ELSEWHERE_OPTIONS for word in words[1:]
    )
