"""What is known about a runbook's surroundings: files, checks, drills, copies. Read by somebody else; nothing here looks.

Everything is optional: what nobody looked at is absent, and then no rule says anything about it. A rule that speaks of
what is *missing* must find it in the list of what was looked for, never only absent from what was found.
"""

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote

from tocsin.effects.effect import Effect
from tocsin.effects.repository.held import Repository
from tocsin.runbook.book import Runbook, Step


@dataclass(frozen=True, slots=True)
class Files:
    """What lies around the document, as far as its text names it.

    Attributes:
        repository: the texts that commands of the document may run, by path from the root.
        folder: of the document, from the root; "" is the root.
        asked: every path that was looked for, from the root. found: those that are there, files and folders.
        cwd: the folder steps run in, from the root, if somebody set it; else they may run in the root or in `folder`.
    """

    repository: Repository
    folder: str = ""
    asked: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    cwd: str | None = None

    @property
    def bases(self) -> tuple[str, ...]:
        """The folders a step may run in, from the root."""
        return (self.cwd,) if self.cwd is not None else tuple(dict.fromkeys(("", self.folder)))

    def missing(self, *paths: str) -> bool:
        """Whether all of these were looked for and none is there."""
        return bool(paths) and all(path in self.asked and path not in self.found for path in paths)


@dataclass(frozen=True, slots=True)
class Watched:
    """A check that is set up, as far as its settings say what it will raise; a `Claim`.

    Attributes:
        title: of the alert, or the check's name. labels: "check" and "kind". section: the one its settings name, if any.
    """

    title: str
    labels: Mapping[str, str]
    impact: str | None = None
    section: str | None = None
    runbook_url: str | None = None

    @property
    def name(self) -> str:
        return self.labels.get("check", self.title)


@dataclass(frozen=True, slots=True)
class Drill:
    """One rehearsal of a section, as the team's record has it.

    Attributes:
        section: its anchor, number or title. version: of what was drilled against, or None.
        text_sha256: of the section's text then, or None if nobody noted it.
    """

    section: str
    on: date
    passed: bool
    version: str | None = None
    text_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """The commands of one procedure of another document, to be compared.

    Attributes:
        commands: (line, text) in reading order, blanks made one. above: the titles around it, outermost first.
    """

    path: str
    title: str
    line: int
    commands: tuple[tuple[int, str], ...]
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """Facts from outside the text; what nobody gathered is None or empty.

    Attributes:
        programs: whether each program the document starts here is there; None if nobody asked this machine.
        watched: the checks of the settings that name this document as their runbook.
        drills: the record of rehearsals. versions: of the project ("") and of programs, as its files pin them.
        copies: procedures of the other documents of the same run.
    """

    files: Files | None = None
    programs: Mapping[str, bool] | None = None
    watched: tuple[Watched, ...] | None = None
    drills: tuple[Drill, ...] | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[Copied, ...] = ()


NOTHING_KNOWN = ProjectFacts()

_PATH = re.compile(r"(?<![\w$<{}~@:.*/-])(?:\./|(?:[\w.-]+/)+)[\w][\w./-]*(?![\w$<{}*/(])")
_SHELL_FILE = re.compile(r"(?<![\w$<{}~@:.*/-])[\w.-]+\.(?:sh|bash)(?![\w.$<{}*/(-])")
_LINK = re.compile(r"\]\(<?(?!\w+:|#|/)([^)\s#?>]+)")
LEAST_COPIED = 3  # fewer commands than these are alike by chance
MOST_COPIED = 200  # more than these are a whole document, whose parts are compared
RECIPES = ("package.json", "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile")
_RUNS_RECIPES = re.compile(r"\b(?:npm|pnpm|yarn|make|just)\b")
_PLAIN_FOLDER = re.compile(r"[\w.-][\w./-]*")
_CD = re.compile(r"(?:^|[;&\n]\s*)(?:cd|pushd)\s+([\w./-]+)")


def paths_in(text: str) -> set[str]:
    """Relative paths a shell text names: `./x.sh`, `ops/restore.sh`, `x.sh`."""
    return {posixpath.normpath(found) for found in (*_PATH.findall(text), *_SHELL_FILE.findall(text))}


def links_in(text: str) -> set[str]:
    """Relative targets of the links of a Markdown text, without fragments."""
    return {unquote(target) for target in _LINK.findall(text)}


def folders_in(book: Runbook) -> set[str]:
    """Folders, relative to where steps run, that the document's commands change to."""
    found = {hop.name for step in _steps(book) for hop in step.context if hop.kind == "cwd"}
    found |= {name for step in _steps(book) for action in step.actions for name in _CD.findall(action.text)}
    return {posixpath.normpath(name) for name in found if _PLAIN_FOLDER.fullmatch(name)}


def named_by(book: Runbook) -> set[str]:
    """Paths relative to where steps run that the document names, and the recipe files its commands would read."""
    texts = [action.text for step in _steps(book) for action in step.actions if action.language == "shell"]
    return _named(texts, folders_in(book))


def named_in(text: str) -> set[str]:
    """The same for one shell text, relative to where it runs."""
    return _named([text], {name for name in _CD.findall(text) if _PLAIN_FOLDER.fullmatch(name)})


def _named(texts: Collection[str], folders: Iterable[str]) -> set[str]:
    found = {path for text in texts for path in paths_in(text)}
    if any(_RUNS_RECIPES.search(text) for text in texts):
        found |= set(RECIPES)
    below = {posixpath.normpath(posixpath.join(folder, path)) for folder in folders for path in found}
    return {path for path in (*found, *below) if not path.startswith("..")}


def linked_by(book: Runbook) -> set[str]:
    """Relative link targets of the document."""
    return {target for section in book.walk() for target in links_in(section.text)}


def copied(book: Runbook) -> tuple[Copied, ...]:
    """The procedures of a document, for `ProjectFacts.copies` of another one.

    Only those with something to compare that do something: of two ways to look at a thing neither is the wrong one.
    """
    found = []
    for section in book.walk():
        if section.level <= 1 and any(child.steps() for child in section.children):
            continue  # a whole document; its procedures are below
        steps = section.steps()
        if all(step.judgement.effect is Effect.OBSERVE for step in steps):
            continue
        actions = [action for step in steps for action in step.actions]
        if LEAST_COPIED <= len(actions) <= MOST_COPIED:
            commands = tuple([(action.span.first_line, " ".join(action.text.split())) for action in actions])
            above = (book.title, *section.path[:-1])
            found.append(Copied(book.path, section.title, section.heading_line, commands, above))
    return tuple(found)


def _steps(book: Runbook) -> tuple[Step, ...]:
    return tuple(step for section in book.sections for step in section.steps())
