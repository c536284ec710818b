"""A runbook judged again with what the repository holds: `npm run x`, `make x`, `./x.sh` by the text they run.

What is not held, or may not be what runs, is unknown, whatever its name says. The plan and the linter do this with what
lies around the document, the engine with what lies where its steps run; `Judgement.read` says of which content it holds.
"""

import re
from dataclasses import replace

from tocsin.effects.effect import Judgement
from tocsin.effects.judge import judge
from tocsin.effects.repository.find import replaces, touches
from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.runbook.book import Action, Choice, Hop, Node, Role, Runbook, Section, Step
from tocsin.runbook.project import Files
from tocsin.runbook.steps.freeze import join_judgements
from tocsin.runbook.steps.placed import placed

_SESSION = "TOC104"  # of the compiler: a session that is not closed, or whose end is a guess
# Variables that change which program or file a name means; what is sourced may define anything.
_UNCERTAIN = re.compile(
    r"PATH|\*|BASH_ENV|MAKE\w*|GNUMAKEFLAGS|NODE_OPTIONS|(?i:npm_config_\w+)|JUST_\w+|(?:source|\.)\s.*"
)
# What the judge takes by its name where nobody has looked; and beside that, what names a file.
_BY_NAME = re.compile(r"\b(?:npm|pnpm|yarn|make|just)\b|--(?:help|version)\b")
_A_FILE = re.compile(r"/|\.(?:sh|bash)\b")
_UNQUOTED = str.maketrans("", "", "\"'\\")


def _leads_away(hop: Hop) -> bool:
    """Whether what runs behind this hop may mean another file than the one that lies here."""
    return hop.kind != "cwd" and (hop.kind != "env" or _UNCERTAIN.fullmatch(hop.name) is not None)


def with_files(book: Runbook, files: Files | None) -> Runbook:
    """The book with every step that runs a text of the repository judged by that text.

    It is unknown where it runs elsewhere, where the folder is not known, where two files of that name are possible, and
    behind a step of the same procedure that may have changed the files.

    Args:
        files: what lies there; None where nobody looked.
    """
    reading = _Reading(
        files or Files(NOTHING_HELD), [d.span.first_line for d in book.diagnostics if d.rule == _SESSION]
    )
    if not any(
        reading.concerns(action.text)
        for section in book.sections
        for step in section.steps()
        for action in step.actions
    ):
        return book
    return replace(book, sections=tuple(reading.section(section) for section in book.sections))


class _Reading:
    """One pass over a book in reading order."""

    def __init__(self, files: Files, openers: list[int]) -> None:
        self.files = files
        self.openers = openers  # lines where a session is opened whose end is not certain
        self.first = 0
        self.places: dict[str, tuple[Repository, ...]] = {}
        self.earlier: list[str] = []  # shell texts of the same procedure so far

    def section(self, section: Section) -> Section:
        if section.level <= 2 or Role.INCIDENT in section.roles:
            self.earlier, self.first = [], section.span.first_line
        body = tuple(self.node(node) for node in section.body)
        return replace(section, body=body, children=tuple(self.section(child) for child in section.children))

    def node(self, node: Node) -> Node:
        match node:
            case Step():
                return self.step(node)
            case Choice():
                options = tuple(
                    replace(option, body=tuple(self.node(inner) for inner in option.body))
                    for option in node.options
                )
                return replace(node, options=options)
            case _:
                return node

    def step(self, step: Step) -> Step:
        actions = tuple(self.action(action) for action in step.actions)
        if actions == step.actions:
            return step
        judged = join_judgements([action.judgement for action in actions], warned=step.warned)
        return replace(step, actions=actions, judgement=judged)

    def action(self, action: Action) -> Action:
        if action.language != "shell":
            return action
        earlier = list(self.earlier)
        self.earlier.append(action.text)
        if not self.concerns(action.text):
            return action
        judged = self.read(action, earlier)
        if judged is None:
            judged = judge(action.text, repository=NOTHING_HELD)
            if judged == judge(action.text):
                return action  # it runs nothing of a repository; what else is known about it stays
        return replace(action, judgement=placed(judged, action.context))

    def concerns(self, text: str) -> bool:
        """Whether a shell text may be judged otherwise than by its names."""
        bare = text.translate(_UNQUOTED)
        return _BY_NAME.search(bare) is not None or (
            bool(self.files.repository.texts) and _A_FILE.search(bare) is not None
        )

    def read(self, action: Action, earlier: list[str]) -> Judgement | None:
        """The judgement by what is held; None if nobody can tell what that is when it runs."""
        opened = any(self.first <= line < action.span.first_line for line in self.openers)
        if opened or any(_leads_away(hop) for hop in action.context) or any(map(replaces, earlier)):
            return None
        folders = [hop.name for hop in action.context if hop.kind == "cwd"]
        found = {
            judged.read: judged
            for place in self.at("/".join(folders))
            if (judged := judge(action.text, repository=place)).read
        }
        if len(found) != 1:
            return None
        [judged] = found.values()
        if any(touches(before, file) for before in earlier for file, _, _ in judged.read):
            return None
        return judged

    def at(self, folder: str) -> tuple[Repository, ...]:
        """The repository seen from where a step may run; nothing for a folder outside or not written."""
        if folder not in self.places:
            bases = (self.files.repository.at(base or ".") for base in self.files.bases)
            seen = (base.at(folder or ".") for base in bases if base is not None)
            self.places[folder] = tuple(each for each in seen if each is not None)
        return self.places[folder]
