"""TOC405 and the files of TOC404: what the document names and the repository does not hold.

Silent unless the repository was looked at, and unless the document is about this repository: a path is missing only
where its folder is there, or another script that the document names.
"""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from tocsin.effects.repository import just, make, npm
from tocsin.effects.repository.find import enters, replaces
from tocsin.effects.words import word
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.programs import here
from tocsin.runbook.project import Files

_SCRIPT = re.compile(r"(?:\./)?(?:[\w.-]+/)*[\w.-]+")
_INTERPRETERS = frozenset("bash sh zsh dash python python3 node ruby perl php psql source .".split())
_SUFFIXES = (".sh", ".bash", ".py", ".js", ".mjs", ".ts", ".rb", ".pl", ".php", ".sql")
_DOCUMENTS = (
    *_SUFFIXES,
    ".md",
    ".yaml",
    ".yml",
    ".json",
    ".toml",
    ".png",
    ".svg",
    ".jpg",
    ".jpeg",
    ".gif",
    ".pdf",
)


def scripts(view: View) -> Iterator[Diagnostic]:
    """TOC405: scripts and recipes that are not in the repository."""
    files = view.project.files
    if files is None:
        return
    for procedure in view.procedures:
        changed = False
        for line in procedure.lines:
            changed = changed or replaces(line.text)
            for action, command in line.commands:
                if changed or not here(line.step, command) or command.inner:
                    continue
                bases = _bases(files, line, action)
                message = _script_message(command, files, bases) or _recipe_message(command, files, bases)
                if message:
                    yield view.at("TOC405", line, action, command.start, message)
            # What is cloned, built or unpacked may bring what is not there now.
            changed = changed or _MAKES.search(line.text) is not None


_MAKES = re.compile(
    r">\s*[\w./-]*\w\.(?:sh|py|sql|js)\b|\b(?:cp|mv|install|tee|scp|make|build|generate|cat\s*>)\b|\bcurl\s.*-[oO]"
)


def _bases(files: Files, line: Line, action: Action) -> list[str]:
    """The folders the command may run in, from the root; none if that is not known."""
    folders = [hop.name for hop in line.step.context if hop.kind == "cwd"]
    entered = enters(action.text)
    if entered is not None:
        folders.append(entered[0])
    if (entered is None and re.search(r"(?<![\w.-])(?:cd|pushd)\s", action.text)) or any(
        not re.fullmatch(r"[\w.-][\w./-]*", name) for name in folders
    ):
        return []
    return [posixpath.normpath(posixpath.join(base or ".", *folders)) for base in files.bases]


def _path(base: str, name: str) -> str:
    path = posixpath.normpath(posixpath.join(base, name))
    return "" if path == "." else path


def _script_message(command: Command, files: Files, bases: list[str]) -> str | None:
    name = _script_of(command)
    if name is None or not bases:
        return None
    paths = [_path(base, name) for base in bases]
    if any(path.startswith("..") for path in paths) or not files.missing(*paths):
        return None
    folder = posixpath.normpath(name).rpartition("/")[0]
    if not folder:
        return None  # `./x.sh` is said in whatever folder it lies
    folders = {path.rpartition("/")[0] for path in paths} & files.found
    siblings = {path.rpartition("/")[0] for path in files.repository.texts}
    # A script with its suffix is missing where its folder is; another name, which may be of another repository, only
    # where the document names something of that folder that is there.
    if not folders or not (name.endswith(_SUFFIXES) or folders & siblings):
        return None
    return f"{name} is not in the repository."


def _script_of(command: Command) -> str | None:
    """The script a command runs, if its name says that it is one of the repository's."""
    head = command.words[0] if command.words else ""
    if "/" in head:
        return head if not head.startswith(("/", "~")) and _SCRIPT.fullmatch(head) else None
    if command.name not in _INTERPRETERS:
        return None
    if command.name == "psql":
        given = command.value("-f", "--file")
    else:
        given = next((each for each in command.args if not each.startswith("-")), None)
        if command.has("-c", "-e", "-m"):
            return None
    if given is None or given.startswith(("/", "~")) or not _SCRIPT.fullmatch(given):
        return None
    return given if given.endswith(_SUFFIXES) and "/" in given else None


def _recipe_message(command: Command, files: Files, bases: list[str]) -> str | None:
    """The message for a script of package.json, a target or a recipe that is in none of the files that are there."""
    words = tuple(word(text) for text in command.args)
    if any(re.search(r"[$<{`*]", text) for text in command.args) or not bases:
        return None
    match command.name:
        case "npm" | "pnpm" | "yarn":
            return _npm_message(command, files, bases)
        case "make":
            names = make.FILES
        case "just":
            names = just.FILES
        case _:
            return None
    texts = [(path, files.repository.texts[path]) for base in bases for name in names if (path := _path(base, name)) in files.repository.texts]  # fmt: skip
    goals = [each.text for each in words if "=" not in each.text]
    if not texts or not goals or any(goal.startswith("-") for goal in goals):
        return None
    wanted = goals[:1]
    for path, text in texts:
        known = _targets(text) if command.name == "make" else _recipes(text)
        if known is None or any(goal in known or goal in files.found for goal in wanted):
            return None
        told = f"{path} has no {'target' if command.name == 'make' else 'recipe'} {wanted[0]}."
    return told


def _npm_message(command: Command, files: Files, bases: list[str]) -> str | None:
    words = tuple(word(text) for text in command.args)
    wanted = npm.named(command.name, words)
    explicit = bool(command.plain) and command.plain[0] in ("run", "run-script")
    paths = [path for base in bases if (path := _path(base, "package.json")) in files.repository.texts]
    if wanted is None or not explicit or not paths:
        return None
    for path in paths:
        text = files.repository.texts[path]
        known = npm.scripts(text)
        if known is None or wanted[0] in known or '"workspaces"' in text:
            return None
    return f"{paths[0]} has no script {wanted[0]}."


def _targets(text: str) -> set[str] | None:
    """The targets of a Makefile that is plainly written; None if it may have others."""
    made = make.parse(text)
    return None if made is None or "%" in text else set(made.targets)


def _recipes(text: str) -> set[str] | None:
    made = just.parse(text)
    return None if made is None else set(made.recipes)


_LINK = re.compile(r"(?<!\\)\]\(<?(?!\w+:|#|/)([^)\s#?>]+)")


def dead_links(view: View) -> Iterator[Diagnostic]:
    """TOC404: links to files of the repository that are not there."""
    files = view.project.files
    if files is None:
        return
    for raw in view.raw:
        if raw.fenced or "](" not in raw.text:
            continue
        plain = re.sub(r"`[^`]*`", lambda code: " " * len(code[0]), raw.text)
        for found in _LINK.finditer(plain):
            path = _path(files.folder, unquote(found[1]))
            if path.endswith(_DOCUMENTS) and not path.startswith("..") and files.missing(path):
                message = f"{found[1]} is not in the repository."
                yield view.remark("TOC404", raw.span, message, column=found.start(1) + 1, hint="Point it at a file that is there.")  # fmt: skip


RULES = (scripts, dead_links)
