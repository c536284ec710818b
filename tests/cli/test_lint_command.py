"""tocsin lint as people and pipelines call it."""

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from tests.cli.ready import called
from tests.unit.runbook.lint.cases import incident

CURL = incident("Verification\ncurl https://shop.internal/health")
FLUSH = incident(
    "Resolution\n# Flush expired keys\nredis-cli FLUSHALL",
    "Verification\ncurl -fsS -m 5 https://shop.internal/health",
)
CLEAN = incident("Investigation\njournalctl -u shop -n 200 --no-pager")


def lint(*arguments: str, cwd: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return called("lint", *arguments, cwd=cwd, environment=environment, text=text or "")


def found(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    return [(row["doc"], row["rule"]) for row in json.loads(done.stdout)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.md").write_text(CURL, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.md").write_text(FLUSH, encoding="utf-8")
    (tmp_path / "clean.md").write_text(CLEAN, encoding="utf-8")
    return tmp_path


def test_the_json_is_a_list_of_findings_with_exactly_these_keys(folder: Path) -> None:
    for way in (["--format", "json"], ["--json"]):
        rows = json.loads(lint("sub/a.md", *way, cwd=folder).stdout)
        assert rows
        assert all(
            list(row) == ["doc", "line", "column", "severity", "rule", "message", "fix"] for row in rows
        )
    assert json.loads(lint("clean.md", "--json", "--select", "TOC2", cwd=folder).stdout) == []


@pytest.mark.parametrize(
    ("file", "level", "code"),
    [
        ("sub/a.md", None, 1), ("sub/a.md", "never", 0), ("b.md", None, 0), ("b.md", "error", 0), ("b.md", "warning", 1),
        ("b.md", "note", 1), ("clean.md", "warning", 0),
    ],
)  # fmt: skip
def test_the_exit_code_says_whether_something_bad_enough_was_found(
    folder: Path, file: str, level: str | None, code: int
) -> None:
    chosen = ["--fail-on", level] if level else []
    assert lint(file, *chosen, cwd=folder).returncode == code


def test_a_folder_is_walked_in_order_and_hidden_ones_are_not(folder: Path) -> None:
    for hidden in (".git", "node_modules/x"):
        (folder / hidden).mkdir(parents=True)
        (folder / hidden / "c.md").write_text(FLUSH, encoding="utf-8")
    (folder / "empty.md").write_bytes(b"")
    done = lint(".", "sub/a.md", "--json", cwd=folder)
    documents = list(dict.fromkeys(document for document, _ in found(done)))
    assert documents == ["b.md", "sub/a.md"]
    assert "empty.md is empty. Passed over." in done.stderr
    (folder / "nothing").mkdir()
    none = lint("nothing", cwd=folder)
    assert none.returncode == 3
    assert "no *.md" in none.stderr


def test_standard_input_is_a_document_too(folder: Path) -> None:
    done = lint("-", "--json", cwd=folder, text=CURL)
    assert ("-", "TOC301") in found(done)
    assert lint("-", cwd=folder, text="").returncode == 2


def test_rules_are_chosen_by_id_and_by_family(folder: Path) -> None:
    assert {rule for _, rule in found(lint("sub/a.md", "--json", "--select", "TOC2", cwd=folder))} <= {
        "TOC201",
        "TOC204",
    }
    some = {rule for _, rule in found(lint("sub/a.md", "--json", "--ignore", "TOC204,TOC3", cwd=folder))}
    assert not {rule for rule in some if rule == "TOC204" or rule.startswith("TOC3")}
    wrong = lint("b.md", "--select", "E501", cwd=folder)
    assert wrong.returncode == 2
    assert "is no rule" in wrong.stderr


def test_text_shows_the_line_the_caret_and_what_fix_would_write(folder: Path) -> None:
    said = lint("b.md", "--select", "TOC301", cwd=folder).stdout
    assert "b.md:9:1: warning TOC301 " in said
    assert "    9 | curl https://shop.internal/health\n      | ^\n" in said
    assert "--fix writes: curl -fsS -m 10" in said


def test_annotations_and_sarif_are_printed_alone(folder: Path) -> None:
    said = lint(".", "--format", "github", cwd=folder).stdout
    assert said
    assert all(
        re.match(r"::(error|warning|notice) file=[\w/]+\.md,line=\d+,col=\d+,title=TOC\d+::", line)
        for line in said.splitlines()
    )
    log = json.loads(lint(".", "--format", "sarif", cwd=folder).stdout)
    assert {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in log["runs"][0]["results"]
    } == {"b.md", "sub/a.md"}


class TestMending:
    def test_the_difference_is_shown_and_nothing_written(self, folder: Path) -> None:
        done = lint("b.md", "--fix", "--diff", cwd=folder)
        assert done.returncode == 1
        assert (
            "-curl https://shop.internal/health\n+curl -fsS -m 10 https://shop.internal/health\n"
            in done.stdout
        )
        assert (folder / "b.md").read_text() == CURL
        patched = subprocess.run(
            ["git", "apply", "-"], cwd=folder, input=done.stdout, text=True, check=False, capture_output=True
        )
        assert patched.returncode == 0, patched.stderr
        assert lint("b.md", "--diff", cwd=folder).returncode == 0

    def test_it_is_written_in_one_move_and_mode_mark_and_line_ends_stay(self, folder: Path) -> None:
        file = folder / "b.md"
        file.write_bytes(b"\xef\xbb\xbf" + CURL.replace("\n", "\r\n").encode())
        file.chmod(0o640)
        link = folder / "link.md"
        link.symlink_to("b.md")
        done = lint("link.md", "--fix", cwd=folder)
        assert "mended 1 place" in done.stderr
        assert (
            file.read_bytes()
            == b"\xef\xbb\xbf" + CURL.replace("\n", "\r\n").replace("curl ", "curl -fsS -m 10 ").encode()
        )
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert link.is_symlink()
        assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
        before = file.stat()
        assert lint("b.md", "--fix", cwd=folder).stderr == ""
        assert file.stat().st_ino == before.st_ino, "nothing to mend, nothing written"

    def test_standard_input_is_mended_onto_standard_output(self, folder: Path) -> None:
        done = lint("-", "--fix", cwd=folder, text=CURL)
        assert done.stdout == CURL.replace("curl ", "curl -fsS -m 10 ")

    def test_what_is_no_utf_8_is_refused_and_stays(self, folder: Path) -> None:
        content = CURL.encode() + b"\xff\n"
        (folder / "b.md").write_bytes(content)
        done = lint("b.md", "--fix", cwd=folder)
        assert done.returncode == 2
        assert "not UTF-8" in done.stderr
        assert (folder / "b.md").read_bytes() == content

    def test_what_is_silenced_is_not_mended(self, folder: Path) -> None:
        kept = CURL.replace("```bash", "<!-- tocsin: ignore TOC301 because -f hides the page -->\n```bash")
        (folder / "b.md").write_text(kept)
        assert lint("b.md", "--fix", cwd=folder).returncode == 0
        assert (folder / "b.md").read_text() == kept


class TestSettings:
    def test_the_nearest_settings_leave_out_rules_and_raise_the_bar_for_some_paths(
        self, folder: Path
    ) -> None:
        (folder / "tocsin.toml").write_text(
            '[lint]\nignore = ["TOC402"]\nfail_on = "warning"\n[lint.paths."sub/*"]\nignore = ["TOC2"]\nfail_on = "never"\n'
        )
        assert lint("b.md", cwd=folder).returncode == 1
        assert lint("b.md", "--fail-on", "error", cwd=folder).returncode == 0
        below = lint("a.md", "--json", cwd=folder / "sub")
        assert below.returncode == 0
        assert not [rule for _, rule in found(below) if rule.startswith("TOC2")]

    def test_a_waiver_turns_an_error_of_its_runbook_into_a_warning(self, folder: Path) -> None:
        waivers = "".join(
            f'[[waive]]\nrule = "{rule}"\nstep = "1.1"\nreason = "a cache"\nuntil = 2099-01-01\n'
            for rule in ("TOC201", "TOC204")
        )
        (folder / "tocsin.toml").write_text(f'[tocsin]\nrunbook = "sub/a.md"\n{waivers}')
        done = lint("sub/a.md", cwd=folder)
        assert done.returncode == 0, done.stdout
        assert "waived until 2099-01-01: a cache" in done.stdout

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('[lint]\nignore = ["F401"]\n', ":2: lint.ignore"),
            ('[lint]\nfail_on = "bad"\n', ":2: lint.fail_on"),
            ("[lint]\nignor = []\n", 'Did you mean "ignore"'),
        ],
    )
    def test_a_wrong_key_names_file_and_line(self, folder: Path, text: str, said: str) -> None:
        (folder / "tocsin.toml").write_text(text)
        done = lint("b.md", cwd=folder)
        assert done.returncode == 2
        assert said in done.stderr
