"""The shape of the code, held by tests: what ARCHITECTURE.md promises, a stranger may rely on.

Every rule lists all that breaks it, with the line, so that one run shows the whole work.
"""

import ast
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "tocsin"
TESTS = ROOT / "tests"

# --- exceptions, each with its reason ---------------------------------------------------------------------------

# file::function -> why this import may not stand at the top of the file
IMPORTS_INSIDE: dict[str, str] = {
    "cli/lazy.py::Lazy.get_command": "`tocsin --help` answers without importing what the other commands need",
    "kit/late.py::late": "a process that only measures loads only what its checks need; who asks says what and why",
    "store/migrate.py::upgrade": "Alembic and what it brings hold 10 MB, and tables change once in many starts",
}

# Where programs may be started and sockets opened: invariant 7, and the rooms drills stand in.
WORLD = ("connectors", "probe", "sandbox", "client")
# file -> why it touches the world outside those
WORLD_TOO: dict[str, str] = {
    "cli/watch.py": "starts itself anew when its settings changed",
    "web/server.py": "listens; it is the door through which people and senders come in",
}

# Packages of values only: no I/O, no clock, no chance. What import-linter cannot see is looked for here.
CORE = (
    "response",
    "comms",
    "drill",
    "postmortem",
    "status",
    "incident",
    "detection",
    "oncall",
    "jobs",
    "runbook",
    "effects",
)
FILE_CALLS = {
    "open",
    "print",
    "input",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "iterdir",
    "glob",
    "rglob",
}
# file -> why it reads files nevertheless
CORE_READS: dict[str, str] = {
    "effects/tools/table.py": "the rule tables of tools are data of this package and of those that extend it, read once",
}

# Ratchets: today's sizes beyond the limit. A number may become smaller, a line may go; nothing may be added
# without splitting something else first.
LINES_AT_MOST = 400
LONG_FILES = {
    "client/calls.py": 1400,  # made by scripts/api.py: a method for each call
    "client/types.py": 1700,  # made by scripts/api.py: a type for each type
}
FUNCTION_LINES_AT_MOST = 60
LONG_FUNCTIONS: dict[str, int] = {}

# The seeds are other people's documents: we read them as they are.
SEEDS = {
    "examples/cookcam/runbook.md": "7d22d941dea37c8e1ca630887088716cdb0abeab21ba6772c09de45e2303d241",
    "examples/prepchef/runbook.md": "c7ed067d7f8de982ff8b4c7aee2b544e00b1ded46587875ecf464916da48e60e",
}

STARTS_OR_CONNECTS = {
    "subprocess", "socket", "socketserver", "ssl", "multiprocessing", "pty", "pycurl", "httpx2", "asyncssh",
    "urllib.request", "http.client", "http.server", "smtplib", "ftplib", "telnetlib",
}  # fmt: skip
WORLD_CALLS = {
    "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell",
    "open_connection", "open_unix_connection", "start_server", "start_unix_server",
    "create_connection", "create_server", "create_datagram_endpoint",
}  # fmt: skip
OS_CALLS = re.compile(r"(system|popen|fork|forkpty|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?)")
# Our own memory. A driver that speaks to a team's database is a connector's.
KNOWS_SQL = {"sqlalchemy", "alembic", "sqlite3", "pysqlite3"}
DRIVERS = {"psycopg", "redis", "pymongo"}
READS_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("time", "time_ns")}  # fmt: skip

# --- reading the code -------------------------------------------------------------------------------------------


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def modules(folder: Path = SRC) -> list[Path]:
    """Every Python file, in order."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def living(folder: Path = SRC) -> list[Path]:
    """Every Python file that is still edited: a published migration never is."""
    return [path for path in modules(folder) if "versions" not in path.parts]


def name_of(path: Path) -> str:
    """As the lists above write it: from src/tocsin or from the root."""
    return str(path.relative_to(SRC if path.is_relative_to(SRC) else ROOT))


def imported(node: ast.AST) -> Iterator[str]:
    """Full names a statement imports: `from a import b` gives a and a.b."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield module
            yield from (f"{module}.{alias.name}" for alias in names)
        case _:
            return


def imports_by_name(node: ast.AST) -> bool:
    """An import that no tool sees."""
    return isinstance(node, ast.Call) and dotted(node.func)[-1:] in {("import_module",), ("__import__",)}


def is_one_of(name: str, packages: set[str]) -> bool:
    """Whether an imported name is one of the packages or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def dotted(node: ast.expr) -> tuple[str, ...]:
    """`a.b.c` as its parts, the first empty where it is no plain name (`f().b`); empty for anything else."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=name):
            return (*(dotted(value) or ("",)), name)
        case _:
            return ()


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with its qualified name."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield f"{prefix}{name}", child
                    yield from walk(child, f"{prefix}{name}.")
                case ast.ClassDef(name=name):
                    yield from walk(child, f"{prefix}{name}.")
                case _:
                    yield from walk(child, prefix)

    yield from walk(tree(path), "")


def none(found: list[str], rule: str) -> None:
    """Fail with everything that breaks the rule."""
    assert not found, f"{rule}:\n  " + "\n  ".join(found)


# --- layers and imports -----------------------------------------------------------------------------------------


def test_imports_only_point_down_and_the_core_knows_no_world() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_import_hides_inside_a_function() -> None:
    inside = {
        f"{name_of(path)}::{name}": statement.lineno
        for path in modules()
        for name, function in functions(path)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Import | ast.ImportFrom) or imports_by_name(statement)
    }
    none(
        [f"{where} line {line}" for where, line in inside.items() if where not in IMPORTS_INSIDE],
        "import at the top",
    )
    none([where for where in IMPORTS_INSIDE if where not in inside], "no longer needed in IMPORTS_INSIDE")


def test_no_import_is_for_the_type_checker_only() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Name) and node.id == "TYPE_CHECKING")
        or (isinstance(node, ast.Attribute) and node.attr == "TYPE_CHECKING")
    ]
    none(found, "TYPE_CHECKING hides a cycle")


def test_a_package_file_holds_nothing_but_names() -> None:
    def is_name(statement: ast.stmt) -> bool:
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom():
                return True
            case ast.Assign(targets=[ast.Name(id="__all__" | "__version__")]):
                return True
            case _:
                return False

    found = [
        f"{name_of(path)}:{statement.lineno}"
        for path in modules()
        if path.name == "__init__.py"
        for statement in tree(path).body
        if not is_name(statement)
    ]
    none(found, "code in __init__.py")


def test_only_connectors_probe_and_sandbox_start_programs_or_open_sockets() -> None:
    found = []
    for path in modules():
        name = name_of(path)
        if name.split("/")[0] in WORLD or name in WORLD_TOO:
            continue
        forbidden = STARTS_OR_CONNECTS | (set() if name.startswith("store/") else DRIVERS)
        for node in ast.walk(tree(path)):
            found += [f"{name}:{node.lineno} imports {n}" for n in imported(node) if is_one_of(n, forbidden)]
            if isinstance(node, ast.Call):
                called = dotted(node.func)
                if called[-1:] and (
                    called[-1] in WORLD_CALLS or (called[0] == "os" and OS_CALLS.fullmatch(called[-1]))
                ):
                    found.append(f"{name}:{node.lineno} calls {'.'.join(called)}")
    none(sorted(set(found)), "only connectors, probe and sandbox reach the world")


def test_the_core_opens_no_file_and_prints_nothing() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} calls {'.'.join(dotted(node.func)) or '?'}"
        for path in modules()
        if name_of(path).split("/")[0] in CORE and name_of(path) not in CORE_READS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and {*dotted(node.func)[-1:]} & FILE_CALLS
    ]
    none(found, "the core takes values and returns values")


def test_only_the_store_knows_sql() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} imports {name}"
        for path in modules()
        if name_of(path).split("/")[0] != "store"
        for node in ast.walk(tree(path))
        for name in imported(node)
        if is_one_of(name, KNOWS_SQL)
    ]
    none(found, "only store speaks to databases of our own")


# --- time -------------------------------------------------------------------------------------------------------


def test_only_the_clock_reads_the_clock() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} {'.'.join(dotted(node))}"
        for path in modules()
        if name_of(path) != "kit/clock.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and dotted(node)[-2:] in READS_CLOCK
    ]
    none(found, "take `now` or a Clock")


def test_nothing_sleeps_in_tests() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules(TESTS)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Call) and dotted(node.func)[-1:] == ("sleep",))
        or any(name.endswith(".sleep") for name in imported(node))
    ]
    none(found, "wait for the thing itself, or with the fixture `deadline`")


STOPWATCHES = {("time", name) for name in ("monotonic", "perf_counter", "process_time", "time")}
# Who waits for something needs a clock to give up by; nobody else does.
WAITS_BY_THE_CLOCK = {"tests/conftest.py", "tests/crash/test_kill.py"}


def test_no_test_measures_time() -> None:
    """A busy machine is no defect: what must be fast is measured in `benchmarks/`, beside its peer."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules(TESTS)
        if name_of(path) not in WAITS_BY_THE_CLOCK and "fuzz/" not in name_of(path)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and dotted(node) in STOPWATCHES)
        or any(name in {".".join(watch) for watch in STOPWATCHES} for name in imported(node))
    ]
    none(found, "count the work, or measure in benchmarks/")


# --- size and words ---------------------------------------------------------------------------------------------


def ratchet(actual: dict[str, int], limit: int, known: dict[str, int], list_name: str) -> None:
    """Beyond the limit only what is listed, none longer than listed, and no line in the list without need."""
    none(
        [f"{where}: {size} lines, at most {max(limit, known.get(where, 0))}" for where, size in actual.items()
         if size > max(limit, known.get(where, 0))],
        "split it by its second job",
    )  # fmt: skip
    none(
        [where for where in known if actual.get(where, 0) <= limit],
        f"short enough now: remove from {list_name}",
    )


def test_no_file_grows_beyond_four_hundred_lines() -> None:
    sizes = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in living()}
    ratchet(sizes, LINES_AT_MOST, LONG_FILES, "LONG_FILES")


def test_no_function_grows_beyond_sixty_lines() -> None:
    sizes = {
        f"{name_of(path)}::{name}": (function.end_lineno or function.lineno) - function.lineno + 1
        for path in living()
        for name, function in functions(path)
    }
    ratchet(sizes, FUNCTION_LINES_AT_MOST, LONG_FUNCTIONS, "LONG_FUNCTIONS")


def test_every_module_and_everything_public_says_what_it_is() -> None:
    found = []
    for path in living():
        if tree(path).body and not ast.get_docstring(tree(path)):
            found.append(f"{name_of(path)}:1 the module")
        for node in tree(path).body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    if not name.startswith("_") and not ast.get_docstring(node):
                        found.append(f"{name_of(path)}:{node.lineno} {name}")
    none(found, "no docstring")


# --- the repository ---------------------------------------------------------------------------------------------

# Ana, Bo and Chen are the people of our examples (CONTRIBUTING.md) and have no machine.
SOMEONES_FOLDER = re.compile(
    r"(?<![\w.])/(?:home/(?!ana/|bo/|chen/)[a-z][\w-]*|Users/\w+|root|work)/[\w.~-]+"
)
NOT_OURS = re.compile(r"examples/[^/]+/runbook\.md|tests/data/.*|uv\.lock|.*package-lock\.json|LICENSE")


def texts() -> Iterator[tuple[str, str]]:
    """Every text file that belongs to the repository, without what tools leave behind."""
    folders = ("src", "tests", "docs", "examples", "scripts", "benchmarks", "deploy", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    for path in sorted([*files, *ROOT.glob("*.md"), *ROOT.glob("*.toml"), ROOT / "Makefile"]):
        name = str(path.relative_to(ROOT))
        if not path.is_file() or NOT_OURS.fullmatch(name) or {"__pycache__", "results"} & set(path.parts):
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{name}:{number} {hit[0]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (hit := SOMEONES_FOLDER.search(line))
    ]
    none(found, "a path that exists on one machine only")


@pytest.mark.parametrize("name", SEEDS)
def test_the_seeds_are_verbatim(name: str) -> None:
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == SEEDS[name], f"{name} was edited"
