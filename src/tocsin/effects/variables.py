"""What setting a variable in front of a command does: some name code that would run, some take a protection away.

Source: docs/reference/effects.md, section 13.
"""

import re

from tocsin.effects.effect import Effect
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.words import HOLE, Word

_LOADS_CODE = frozenset(
    {"PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "ENV", "PROMPT_COMMAND", "PYTHONSTARTUP",
     "PYTHONPATH", "PERL5OPT", "PERL5LIB", "RUBYOPT", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "IFS", "SHELLOPTS"}
)  # fmt: skip
_STARTS_CODE = frozenset(
    {"PAGER", "GIT_PAGER", "EDITOR", "VISUAL", "GIT_EDITOR", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_PROXY_COMMAND",
     "GIT_EXTERNAL_DIFF", "KUBE_EDITOR", "LESSOPEN", "MANPAGER", "BROWSER", "RSYNC_RSH", "PSQL_PAGER", "TAR_OPTIONS",
     "GIT_ASKPASS", "SSH_ASKPASS", "AWS_PAGER", "KUBECTL_EXTERNAL_DIFF", "PSQLRC"}
)  # fmt: skip
# Where programs look for their own settings, which can name programs to start (git's aliases, pagers and differs) or
# files to write (curl's output): with another place nobody can say what a harmless word means.
_MOVES_SETTINGS = frozenset(
    {"HOME", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_CONFIG", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT",
     "GIT_CONFIG_PARAMETERS", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "CURL_HOME"}
)  # fmt: skip
_HARMLESS_PROGRAMS = frozenset({"", "cat", "less", "more", "true", "head"})


def read_assignment(name: str, value: Word) -> Reading | None:
    """What setting this variable in front of a command does; None if nothing by itself."""
    if name in _LOADS_CODE:
        if (
            name == "PATH"
            and HOLE in value.text
            and re.search(r"\$\{?PATH\b", value.raw)
            and not value.text.startswith((".", "/tmp"))
        ):
            return (
                None
                if value.text.endswith(HOLE) or value.text.startswith(HOLE)
                else unknown("shell.path", "changes which programs are found")
            )
        return unknown(f"shell.variable.{name.lower()}", f"{name} changes which code runs")
    if name in _STARTS_CODE and value.text not in _HARMLESS_PROGRAMS:
        return unknown(f"shell.variable.{name.lower()}", f"{name} names a program that would be started")
    if name in _MOVES_SETTINGS or name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")):
        return unknown(
            f"shell.variable.{name.lower()}",
            f"{name} changes which settings hold, and those can start programs",
        )
    if name == "PGOPTIONS" and re.search(r"read_only\s*=\s*'?(?:off|false|0)", value.text):
        return Reading(Effect.CHANGE, "shell.variable.pgoptions", "takes away the protection against writing")
    return None
