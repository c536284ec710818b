"""Which texts mean the same without a shell: one command of plain words, found in PATH."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

# Nothing in these words is expanded, split or redirected by bash; "=" in the first word would be an assignment.
_WORD = r"[A-Za-z0-9_./:@%+,=-]+"
_PLAIN = re.compile(rf"[ \t\n]*({_WORD}(?:[ \t]+{_WORD})*)[ \t\n]*\Z")

# Words bash acts on itself (compgen -b and compgen -k of bash 5.2; those of older ones are among them).
SHELL_WORDS = frozenset(
    [
        *(
            ".",
            ":",
            "[",
            "alias",
            "bg",
            "bind",
            "break",
            "builtin",
            "caller",
            "case",
            "cd",
            "command",
            "compgen",
        ),
        *(
            "complete",
            "compopt",
            "continue",
            "coproc",
            "declare",
            "dirs",
            "disown",
            "do",
            "done",
            "echo",
            "elif",
        ),
        *(
            "else",
            "enable",
            "esac",
            "eval",
            "exec",
            "exit",
            "export",
            "false",
            "fc",
            "fg",
            "fi",
            "for",
            "function",
        ),
        *(
            "getopts",
            "hash",
            "help",
            "history",
            "if",
            "in",
            "jobs",
            "kill",
            "let",
            "local",
            "logout",
            "mapfile",
        ),
        *(
            "popd",
            "printf",
            "pushd",
            "pwd",
            "read",
            "readarray",
            "readonly",
            "return",
            "select",
            "set",
            "shift",
        ),
        *("shopt", "source", "suspend", "test", "then", "time", "times", "trap", "true", "type", "typeset"),
        *("ulimit", "umask", "unalias", "unset", "until", "wait", "while"),
    ]
)
# Variables that make bash itself behave differently, or that it would rewrite.
_BASH_OWN = frozenset({"BASHOPTS", "ENV", "OLDPWD", "POSIXLY_CORRECT", "PWD", "SHELLOPTS"})


@dataclass(frozen=True, slots=True)
class PlainCommand:
    """A command that may be started directly.

    Attributes:
        path: of the program. argv: as the text says. environment: what bash would have given it.
    """

    path: str
    argv: tuple[str, ...]
    environment: dict[str, str]


def plain_command(text: str, environment: Mapping[str, str], cwd: str | None) -> PlainCommand | None:
    """The command to start in place of `bash -c text`, or None when bash could make a difference.

    Says None in every doubt: shell syntax, a word of the shell, a program not found, a PATH with relative
    places, variables that steer bash.
    """
    match = _PLAIN.match(text)
    if match is None:
        return None
    argv = tuple(match[1].split())
    name = argv[0]
    if "=" in name or name in SHELL_WORDS or _steered(environment):
        return None
    path = _found(name, environment.get("PATH"), cwd)
    if path is None:
        return None
    try:
        depth = int(environment.get("SHLVL", "0")) + 1
    except ValueError:
        return None
    here = os.path.realpath(cwd or os.getcwd())
    return PlainCommand(path, argv, {**environment, "PWD": here, "SHLVL": str(depth), "_": path})


def _steered(environment: Mapping[str, str]) -> bool:
    return any(key in _BASH_OWN or key.startswith("BASH_") for key in environment)


def _found(name: str, search: str | None, cwd: str | None) -> str | None:
    if "/" in name:
        return name if _is_program(os.path.join(cwd or "", name)) else None
    places = search.split(":") if search else []
    if not all(place.startswith("/") for place in places):
        return None
    candidates = (os.path.join(place, name) for place in places)
    return next((path for path in candidates if _is_program(path)), None)


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
