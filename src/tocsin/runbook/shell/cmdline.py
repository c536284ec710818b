"""The words of a command line, and which options take a value."""

import re

from tocsin.runbook.shell.statements import ANGLE

_SPLIT = re.compile(r"(?:[^\s'\"\\]|\\.|'[^']*'|\"(?:\\.|[^\"\\])*\")+")
_BRACED = re.compile(r"\{\{[^{}\n]{1,80}\}\}")
_BLANK = "\ue000"  # stands for the blank within a hole; no white space, and in nobody's runbook
META = re.compile(r"[|;&<>]|\$\(")
SHELLS = frozenset(
    {"sh", "bash", "zsh", "ash", "dash", "ksh", "/bin/sh", "/bin/bash", "/bin/ash", "/bin/zsh"}
)
WITH_VALUE = {
    "ssh": frozenset(
        [
            "-i",
            "-p",
            "-l",
            "-o",
            "-F",
            "-J",
            "-L",
            "-R",
            "-D",
            "-b",
            "-c",
            "-m",
            "-S",
            "-W",
            "-w",
            "-E",
            "-e",
            "-I",
            "-O",
            "-Q",
            "-B",
        ]
    ),
    "psql": frozenset(
        [
            "-h",
            "-p",
            "-U",
            "-d",
            "-v",
            "-P",
            "-F",
            "-R",
            "-T",
            "--host",
            "--port",
            "--username",
            "--dbname",
            "--set",
            "--variable",
            "--pset",
            "--field-separator",
        ]
    ),
    "mysql": frozenset(
        [
            "-h",
            "-P",
            "-u",
            "-D",
            "-S",
            "--host",
            "--port",
            "--user",
            "--database",
            "--socket",
            "--defaults-file",
            "--protocol",
        ]
    ),
    "redis": frozenset(
        [
            "-h",
            "-p",
            "-s",
            "-a",
            "-u",
            "-n",
            "--user",
            "--pass",
            "--cacert",
            "--cert",
            "--key",
            "--sni",
            "-c-",
        ]
    ),
    "exec": frozenset(
        [
            "-n",
            "--namespace",
            "-c",
            "--container",
            "--context",
            "--kubeconfig",
            "-u",
            "--user",
            "-w",
            "--workdir",
            "-e",
            "--env",
            "--env-file",
            "-f",
            "--file",
            "-p",
            "--project-name",
            "--index",
            "--cluster",
            "--as",
        ]
    ),
    "run": frozenset(
        "-e --env --env-file -v --volume -p --publish --name --network --net -w --workdir -u --user --entrypoint -l"
        " --label -m --memory --cpus --platform --mount --add-host -f --file --project-name -h --hostname".split()
    ),
    "other": frozenset(
        [
            "-h",
            "-p",
            "-u",
            "-d",
            "-U",
            "--host",
            "--port",
            "--user",
            "--username",
            "--database",
            "--url",
            "-P",
            "--password",
        ]
    ),
}


def words(text: str) -> list[str]:
    """The words of a simple command, quotes removed; holes such as `<the node>` and `{{ node }}` stay one word."""
    if "<" in text:
        text = ANGLE.sub(lambda hole: hole[0].replace(" ", _BLANK), text)
    if "{{" in text:
        text = _BRACED.sub(lambda hole: hole[0].replace(" ", _BLANK), text)
    return [_unquoted(word).replace(_BLANK, " ") for word in _SPLIT.findall(text)]


def _unquoted(word: str) -> str:
    if "'" not in word and '"' not in word:
        return word
    return re.sub(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"", lambda m: m[1] if m[1] is not None else m[2], word)


def positional(parts: list[str], valued: frozenset[str]) -> tuple[list[str], dict[str, str]]:
    """Words that are no options, up to the end or `--`, and the options with their values."""
    plain: list[str] = []
    options: dict[str, str] = {}
    index = 0
    while index < len(parts):
        part = parts[index]
        if part == "--":
            break
        if part.startswith("-") and len(part) > 1 and not part.startswith("<"):
            name, _, value = part.partition("=")
            if part in valued and index + 1 < len(parts):
                index += 1
                value = parts[index]
            options[name] = value
        else:
            plain.append(part)
        index += 1
    return plain, options
