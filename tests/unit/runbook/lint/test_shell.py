"""Shell text to simple commands, for the linter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.runbook.lint.shell import read


def words(text: str) -> list[tuple[str, ...]]:
    return [command.words for command in read(text).commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("df -h", [("df", "-h")]),
        ("a; b && c || d", [("a",), ("b",), ("c",), ("d",)]),
        ("# only a comment", []),
        ("ls # trailing", [("ls",)]),
        ("echo 'a b' \"c d\" e\\ f", [("echo", "a b", "c d", "e f")]),
        (
            "kubectl create secret x \\\n  --dry-run=client",
            [("kubectl", "create", "secret", "x", "--dry-run=client")],
        ),
        ("git checkout <previous-stable-commit>", [("git", "checkout", "<previous-stable-commit>")]),
        ("psql db < dump.sql", [("psql", "db")]),
        ("FOO=bar cmd", [("cmd",)]),
        ("if test -f x; then rm x; fi", [("test", "-f", "x"), ("rm", "x")]),
        ("for i in 1 2; do echo $i; done", [("for", "i", "in", "1", "2"), ("echo", "$i")]),
    ],
)
def test_words_are_what_the_program_gets(text: str, expected: list[tuple[str, ...]]) -> None:
    assert words(text) == expected


def test_wrappers_are_taken_off() -> None:
    found = read("sudo -u postgres psql -c 'SELECT 1'").commands
    assert [(c.name, c.via) for c in found] == [("sudo", ()), ("psql", ("sudo",))]
    found = read("ssh host 'systemctl restart x && df -h'").commands
    assert [(c.name, c.via) for c in found] == [("ssh", ()), ("systemctl", ("ssh",)), ("df", ("ssh",))]
    found = read("kubectl exec -it pod -- redis-cli INFO").commands
    assert found[1].words == ("redis-cli", "INFO")


def test_pipelines_and_redirects_are_kept() -> None:
    found = read("gunzip < a.gz | psql db > out").commands
    assert [(c.name, c.stage, c.last) for c in found] == [("gunzip", 0, False), ("psql", 1, True)]
    assert found[0].redirects == (("<", "a.gz"),)
    assert found[1].redirects == ((">", "out"),)


def test_a_here_document_belongs_to_its_command() -> None:
    found = read("psql db <<'EOF'\nSELECT 1;\nEOF\necho done").commands
    assert found[0].heredoc == "SELECT 1;\n"
    assert found[1].words == ("echo", "done")


def test_commands_in_substitutions_are_found() -> None:
    assert ("docker", "ps", "-q") in words("docker stop $(docker ps -q)")


@pytest.mark.parametrize("text", ["echo 'x", 'echo "x', "cat <<EOF\nx"])
def test_what_never_closes_is_said(text: str) -> None:
    assert read(text).broken


@given(st.text(alphabet=st.sampled_from("ab$(){}<>|&;'\"`\\ \n#-=/*"), max_size=60))
def test_reading_is_total(text: str) -> None:
    for command in read(text).commands:
        assert 0 <= command.start <= len(text)
