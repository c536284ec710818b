"""The reference is whole: every setting, command, option, event, tool and rule that the code knows stands in it."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import click
import msgspec
import pytest
from tests.docs.tool_list import listed

from tocsin.app import settings_file
from tocsin.app.settings_checks import CHECK_KEYS
from tocsin.cli.main import cli
from tocsin.connectors import apprise_pager, registry
from tocsin.detection.check import Verdict
from tocsin.effects.effect import Undoable
from tocsin.effects.finding import Outcome
from tocsin.incident import codec
from tocsin.incident.state import AskState, RunState, Stage
from tocsin.oncall.person import AccessRole
from tocsin.probe.registry import KINDS
from tocsin.runbook.book import ChoiceKind, ConditionKind, Role, StepKind, WaitKind
from tocsin.runbook.diagnostic import Level
from tocsin.web.api.table import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
SRC = ROOT / "src" / "tocsin"


def page(name: str) -> str:
    """A page of the reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def codes(text: str) -> set[str]:
    """Everything the text shows as code."""
    return set(re.findall(r"`([^`\n]+)`", text))


def rows(text: str, column: int) -> set[str]:
    """The code words of one column of all tables of the text."""
    cells = [re.split(r"(?<!\\)\|", line)[column + 1] for line in text.splitlines() if line.startswith("| ")]
    return {code for cell in cells for code in codes(cell)}


# -- events --------------------------------------------------------------------------------------------------


def test_every_event_and_command_is_described_and_no_other() -> None:
    described = {word for word in rows(page("events.md"), 0) if re.fullmatch(r"[A-Z][A-Za-z]+", word)}
    assert described == {*codec.event_kinds(), *codec.command_kinds()}


def test_every_call_of_the_api_is_described_with_its_scope() -> None:
    described = page("http.md")
    for each in OPERATIONS:
        assert f"| `{each.method} {each.path}` | `{each.needs.value}` | {each.about} |" in described


# -- settings ------------------------------------------------------------------------------------------------


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of its kind."""
    return re.split(r"^## ", text.split(f"## `{heading}`", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


TABLES: dict[str, type[msgspec.Struct]] = {
    "[tocsin]": settings_file.General,
    "[response]": settings_file.Response,
    "[people.ID]": settings_file.PersonTable,
    "[targets]": settings_file.TargetsTable,
    "[targets.ssh.NAME]": settings_file.SshTable,
    "[[waive]]": settings_file.WaiveTable,
    "[lint]": settings_file.LintTable,
    "[paging]": settings_file.PagingTable,
    "[canary]": settings_file.CanaryTable,
    "[drills]": settings_file.DrillsTable,
    "[reload]": settings_file.ReloadTable,
    "[cut_off]": settings_file.CutOffTable,
    "[heartbeat]": settings_file.HeartbeatTable,
    "[updates]": settings_file.UpdatesTable,
    "[web]": settings_file.WebTable,
    "[web.oidc]": settings_file.OidcTable,
}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_a_table_is_described_and_no_other(heading: str) -> None:
    assert rows(section(page("settings.md"), heading), 0) == set(TABLES[heading].__struct_fields__)


def test_every_table_of_the_settings_is_described() -> None:
    headings = re.findall(r"^## `\[+(\w+)", page("settings.md"), re.MULTILINE)
    assert set(headings) == set(settings_file.SettingsFile.__struct_fields__)


def test_every_key_of_a_check_is_described() -> None:
    assert rows(section(page("settings.md"), "[[checks]]"), 0) >= CHECK_KEYS


def keys_read(path: Path) -> set[str]:
    """The keys a prober or pager takes from its table."""
    text = path.read_text(encoding="utf-8")
    limits = re.findall(r'(?:share|count|size|time)_limit\(\s*keys,\s*"(\w+)"', text)
    return set(re.findall(r'keys\.(?!wrong|done)\w+\(\s*"(\w+)"', text)) | {
        f"{name}_{end}" for name in limits for end in ("degraded", "down")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_kind_of_check_is_described(kind: str) -> None:
    table = section(page("settings.md"), "[[checks]]")
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{kind}` |")]
    assert codes(row.split("|", 2)[2]) == keys_read(
        SRC / "probe" / ("http_settings.py" if kind == "http" else f"{kind}.py")
    )


def kinds_of_pagers() -> dict[str, object]:
    """Kind -> the module that makes it, as the registry has it; apprise comes by its entry point."""
    text = Path(str(registry.__file__)).read_text(encoding="utf-8")
    found = re.findall(r'"(\w+)": (\w+_pager)\.\w+', text)
    return {kind: getattr(registry, module) for kind, module in found} | {"apprise": apprise_pager}


def described_pagers() -> dict[str, str]:
    """Kind -> its row."""
    lines = page("channels.md").splitlines()
    return {found[1]: line for line in lines if (found := re.match(r'\| `"(\w+)"` \|', line))}


def test_every_pager_is_described_and_no_other() -> None:
    assert set(described_pagers()) == set(kinds_of_pagers())


@pytest.mark.parametrize("kind", sorted(kinds_of_pagers()))
def test_every_key_of_a_pager_is_described(kind: str) -> None:
    path = Path(str(getattr(kinds_of_pagers()[kind], "__file__", "")))
    text = path.read_text(encoding="utf-8")
    keys = keys_read(path) | ({"base_url"} if "base_url(keys, BASE_URL)" in text else set())
    if "HttpSettings.read" in text:
        keys |= keys_read(SRC / "connectors" / "http.py")
    row = described_pagers()[kind]
    if kind == "voice":  # "the same" as the SMS above it
        row += described_pagers()["sms"]
    if kind == "sms":
        keys -= {"language"}
    assert keys <= codes(row)


# -- command line --------------------------------------------------------------------------------------------


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that reach it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, name
        yield from leaves(found, (*path, name))


COMMANDS = dict(leaves(cli, ("tocsin",)))
# Described once for all commands, below the table.
FOR_ALL = {"--json", "--config", "--as"}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_described(path: tuple[str, ...]) -> None:
    text = page("cli.md")
    described = [line for line in text.splitlines() if re.match(rf"\| `{' '.join(path)}[ `]", line)]
    assert described, f"{' '.join(path)} is not in cli.md"
    missing = [
        option
        for parameter in COMMANDS[path].params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in [*parameter.opts, *parameter.secondary_opts][-1:]
        if option not in (text if option in FOR_ALL else "\n".join(described))
    ]
    assert not missing


def test_no_command_is_described_that_does_not_exist() -> None:
    described = re.findall(r"^\| `(tocsin [a-z ]+?)(?: [\[A-Z-].*?)?`", page("cli.md"), re.MULTILINE)
    known = {" ".join(path) for path in COMMANDS}
    assert not [name for name in described if name.strip() not in known]


# -- tools ---------------------------------------------------------------------------------------------------


def test_the_list_of_tools_is_current() -> None:
    assert listed() in page("tool-tables.md"), "run: python -m tests.docs.tool_list"


def test_every_key_of_a_tool_table_is_described() -> None:
    tools = SRC / "effects" / "tools"
    text = "".join((tools / name).read_text(encoding="utf-8") for name in ("table.py", "when.py"))
    top = set(re.findall(r'"(\w+)"', text.split("_KEYS = frozenset(", 1)[1].split(")", 1)[0]))
    when = set(re.findall(r'"(\w+)"', text.split("_WHEN_KEYS = frozenset(", 1)[1].split(")", 1)[0]))
    described = rows(page("tool-tables.md"), 0)
    assert {"names", "paths", "when"} <= top
    assert top | when <= described


# -- targets -------------------------------------------------------------------------------------------------


def test_every_reason_that_keeps_a_step_from_running_is_explained() -> None:
    told = " ".join(page("targets.md").split())
    reasons = [
        *written(SRC / "response" / "permit.py", "obstacles"),
        *written(SRC / "response" / "where.py", None),
    ]
    fragments = [max(reason, key=len).strip(' ("') for reason in reasons]
    fragments = [fragment for fragment in fragments if len(fragment) > 12]
    assert len(fragments) >= 12
    assert not [fragment for fragment in fragments if fragment not in told]


def written(path: Path, function: str | None) -> list[list[str]]:
    """The sentences that a module (or one function of it) makes, each as the fixed parts of its text."""
    found: list[list[str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and (function is None or node.name == function):
            inside = {
                id(part) for text in ast.walk(node) if isinstance(text, ast.JoinedStr) for part in text.values
            }
            for text in ast.walk(node):
                if isinstance(text, ast.JoinedStr):
                    found.append(
                        [str(part.value) for part in text.values if isinstance(part, ast.Constant)] or [""]
                    )
                elif (
                    isinstance(text, ast.Constant) and isinstance(text.value, str) and id(text) not in inside
                ):
                    if " " in text.value and text.value != ast.get_docstring(node, clean=False):
                        found.append([text.value])
    return found


# -- rules of the response -----------------------------------------------------------------------------------

RULE = re.compile(r"\b(?:SEV|DEC|INI|ROL|INV|MIT|ESC|COM|RES|NOI|PAG|PM|SELF)-\d\d\b")


def test_every_rule_that_the_code_cites_is_in_the_response() -> None:
    cited = {
        rule: path.name
        for path in sorted(SRC.rglob("*.py"))
        for rule in RULE.findall(path.read_text(encoding="utf-8"))
    }
    described = set(RULE.findall(page("response.md")))
    assert not {rule: name for rule, name in cited.items() if rule not in described}


def test_every_story_that_the_response_names_exists() -> None:
    named = set(re.findall(r"`(\w+)\.story`", page("response.md")))
    assert len(named) >= 10
    assert not named - {path.stem for path in (ROOT / "tests" / "stories").glob("*.story")}


def test_every_clock_is_described() -> None:
    named = {
        name.strip()
        for path in (SRC / "response").glob("*.py")
        for name in re.findall(
            r'^(?!TOCSIN)_?[A-Z_]+ = "([a-z -]+)"', path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    described = {name.split(" INC-")[0] for name in rows(page("response.md").split("## Clocks", 1)[1], 0)}
    assert "watch" in named
    assert named == described


# -- words ---------------------------------------------------------------------------------------------------

# The words people see, and where they are explained.
WORDS: dict[str, tuple[type[Enum], ...]] = {
    "glossary.md": (Stage, AccessRole, Verdict, Undoable, Outcome),
    "reference/runbook-language.md": (Role, StepKind, ConditionKind, ChoiceKind, WaitKind, Level),
    "reference/response.md": (AskState, RunState),
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, kinds in WORDS.items() for kind in kinds],
    ids=lambda part: str(part),
)
def test_every_word_that_the_code_shows_is_explained(name: str, kind: type[Enum]) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert not [
        word.value
        for word in kind
        if not re.search(rf"(?<![\w-]){re.escape(word.value)}(?![\w-])", text, re.IGNORECASE)
    ]


def test_every_page_is_linked_from_another() -> None:
    docs = ROOT / "docs"
    documents = [*ROOT.glob("*.md"), *docs.rglob("*.md")]
    linked = {
        (document.parent / target).resolve()
        for document in documents
        for target in re.findall(r"\]\(([\w/.-]+\.md)", document.read_text(encoding="utf-8"))
        if (document.parent / target).resolve() != document
    }
    alone = {path for path in docs.rglob("*.md") if path not in linked} - {docs / "README.md"}
    assert not alone, "link them from docs/README.md"
