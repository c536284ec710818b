"""What the documents say is there, is there: commands, links, terms, and the tests that ARCHITECTURE.md names."""

import doctest
import os
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.cli.main import cli
from tocsin.effects.effect import Effect, Flag
from tocsin.web.api.table import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
FENCE = re.compile(
    r"^(?P<mark>```+|~~~+)(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^(?P=mark)\s*$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(
    r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]\n]*\]\((?P<image>[^)\s]+)\)"
)
EXAMPLE = re.compile(r"^- (?:Bad|Good): .*$", re.MULTILINE)  # of a lint rule: a dead link is what it is about
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
TERM = re.compile(r"^\|\s*\*\*(?P<terms>[^*|]+)\*\*\s*\|\s*(?P<meaning>.*?)\s*\|", re.MULTILINE)


def documents() -> list[Path]:
    """Every document of ours; the runbooks in examples/ are other people's."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def commands(document: Path) -> list[str]:
    """Command lines that a reader is told to type: `$ ` lines of console fences, all lines of bash fences."""
    found = []
    for fence in FENCE.finditer(document.read_text(encoding="utf-8")):
        body = fence["body"].replace("\\\n", " ")
        match fence["language"]:
            case "console":
                found += [line[2:] for line in body.splitlines() if line.startswith("$ ")]
            case "bash" | "sh":
                found += [
                    line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("#")
                ]
    return [part.strip() for line in found for part in re.split(r"&&|\|\||[;|]", line) if part.strip()]


def words(command: str) -> list[str]:
    """The command's words without settings in front (`CI=true scripts/test`) and without a trailing comment."""
    parts = shlex.split(command, comments=True)
    while parts and re.fullmatch(r"[A-Z_]+=.*", parts[0]):
        parts.pop(0)
    return parts


@cache
def helps(*path: str) -> str | None:
    """What `tocsin … --help` prints, or None if there is no such command."""
    ran = CliRunner(env={"NO_COLOR": "1", "TERM": "dumb"}).invoke(cli, [*path, "--help"])
    return ran.output if ran.exit_code == 0 else None


def unknown_subcommand(arguments: list[str]) -> str | None:
    """The first part of a `tocsin …` line that is no command of it, or None if all is known."""
    path: list[str] = []
    text = helps()
    for word in ["", *arguments]:
        if word.startswith("-"):
            break
        if word:
            if text is None or not re.search(
                r"^\s*(Commands|COMMAND)\b|COMMAND \[ARGS\]", text, re.MULTILINE
            ):
                break  # a command without subcommands: what follows are its arguments
            path.append(word)
            text = helps(*path)
        if text is None:
            return " ".join(["tocsin", *path])
    options = [word.split("=")[0] for word in arguments if word.startswith("--")]
    missing = [option for option in options if option not in (text or "") and option != "--help"]
    return f"tocsin {' '.join(path)} {missing[0]}" if missing else None


def test_every_command_a_document_tells_to_type_exists() -> None:
    wrong = []
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for document in documents():
        for command in commands(document):
            match words(command):
                case [script, *_] if script.removeprefix("./").startswith(("scripts/", ".ci/")):
                    if not os.access(ROOT / script, os.X_OK):
                        wrong.append(f"{document.name}: {script} is no executable file")
                case ["make", target, *_] if target not in targets:
                    wrong.append(f"{document.name}: make {target}: no such target")
                case [("tocsin" | ".venv/bin/tocsin"), *arguments]:
                    if unknown := unknown_subcommand(arguments):
                        wrong.append(f"{document.name}: `{command}`: no {unknown}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["scripts", ".ci"])
def test_what_people_start_is_executable_and_ends_at_the_first_error(folder: str) -> None:
    for script in (ROOT / folder).iterdir():
        if script.is_file() and not script.suffix:
            assert os.access(script, os.X_OK), f"{script}: not executable"
            text = script.read_text()
            assert text.startswith("#!/usr/bin/env bash\n"), script
            assert "set -euo pipefail" in text, script


def slug(heading: str) -> str:
    """The anchor a heading gets on the pages people read documents on."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", lambda m: m[1] or "", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def test_every_link_between_documents_resolves() -> None:
    wrong = []
    for document in documents():
        text = FENCE.sub("", document.read_text(encoding="utf-8"))
        text = EXAMPLE.sub("", re.sub(r"(`+)[^`\n]+\1", "", text))
        for link in LINK.finditer(text):
            target = link["target"] or link["image"]
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            path = (document.parent / file) if file else document
            if not path.exists():
                wrong.append(f"{document.relative_to(ROOT)}: {target}: no such file")
            elif (
                anchor and path.suffix == ".md" and anchor not in map(slug, HEADING.findall(path.read_text()))
            ):
                wrong.append(f"{document.relative_to(ROOT)}: {target}: no such heading")
    assert not wrong, "\n".join(wrong)


def test_a_term_has_one_meaning() -> None:
    rows = TERM.findall(GLOSSARY.read_text(encoding="utf-8"))
    terms = [term.strip().lower() for names, _ in rows for term in names.split(",")]
    assert len(terms) > 50
    assert sorted(set(terms)) == sorted(terms), "a term stands in the glossary twice"
    assert not [names for names, meaning in rows if not meaning]


def test_the_glossary_and_the_code_have_the_same_scale_of_effects() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    scale = text.split("The scale of effects", 1)[1]
    named = [names for names, _ in TERM.findall(scale)][: len(Effect)]
    assert {effect.word for effect in Effect} == set(named)


def test_every_flag_is_in_the_glossary() -> None:
    (meaning,) = [
        meaning for names, meaning in TERM.findall(GLOSSARY.read_text(encoding="utf-8")) if names == "Flag"
    ]
    assert not [flag.value for flag in Flag if flag.value not in meaning]


def test_every_phase_of_the_glossary_is_a_file_of_the_response() -> None:
    (meaning,) = [
        meaning for names, meaning in TERM.findall(GLOSSARY.read_text(encoding="utf-8")) if names == "Phase"
    ]
    phases = re.findall(r"\w+", meaning.split(":", 1)[1].split(".", 1)[0])
    assert "mitigate" in phases
    assert not [phase for phase in phases if not (ROOT / "src/tocsin/response" / f"{phase}.py").is_file()]


def test_every_test_that_a_document_names_exists() -> None:
    known = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in [path.stem, *re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))]
    } | {each.name for each in OPERATIONS}  # a test page is no test
    wrong = [
        f"{document.name}: {name}"
        for document in documents()
        for name in re.findall(r"\btest_\w+", document.read_text(encoding="utf-8"))
        if name not in known
    ]
    assert not wrong, "\n".join(wrong)


def test_every_document_that_the_code_cites_exists() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {cited}"
        for folder in ("src", "scripts", "benchmarks", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for cited in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text(encoding="utf-8"))
        if not (ROOT / cited).exists()
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "document",
    [path for path in documents() if ">>> " in path.read_text(encoding="utf-8")],
    ids=lambda path: path.stem,
)
def test_the_examples_of_a_document_give_what_it_says(document: Path) -> None:
    failed, tried = doctest.testfile(str(document), module_relative=False, encoding="utf-8")
    assert tried
    assert not failed
