"""What setting a variable in front of a command does: some name code that would run, some take a protection away.

Source: docs/reference/effects.md, section 13.
"""

import re

from tocsin.effects import paths
from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.words import HOLE, Word

_LOADS_CODE = frozenset(
    {"PATH", "BASH_ENV", "ENV", "PROMPT_COMMAND", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT",
     "PYTHONBREAKPOINT", "PERL5OPT", "PERL5LIB", "PERL5DB", "PERLLIB", "RUBYOPT", "RUBYLIB", "NODE_OPTIONS", "NODE_PATH",
     "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "IFS", "SHELLOPTS", "BASHOPTS", "GCONV_PATH",
     "LUA_INIT", "PHPRC", "PHP_INI_SCAN_DIR", "VIMINIT", "EXINIT", "VIMRUNTIME", "MAKEFLAGS", "MAKEFILES", "MANOPT", "FPATH",
     "R_PROFILE", "GEM_HOME", "GEM_PATH", "BUNDLE_GEMFILE", "GOFLAGS", "RUSTC_WRAPPER", "CLOUDSDK_PYTHON",
     "DOTNET_STARTUP_HOOKS", "ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "ELIXIR_ERL_OPTIONS", "JULIA_LOAD_PATH", "LIBMYSQL_PLUGINS",
     "LIBMYSQL_PLUGIN_DIR", "PSMODULEPATH", "PSModulePath", "SSH_SK_PROVIDER", "SSH_SK_HELPER", "ZDOTDIR", "RUBYGEMS_GEMDEPS"}
)  # fmt: skip
_LOADS_CODE_LIKE = re.compile(
    r"(?:LD|DYLD)_|BASH_(?:FUNC_|ALIASES\b|CMDS\b)|TF_CLI_ARGS|npm_config_(?:script_shell|node_options|shell)|ANSIBLE_\w*(?:PLUGINS|LIBRARY|UTILS)$",
    re.I,
)
_STARTS_CODE = frozenset(
    {"GIT_SSH", "GIT_EXTERNAL_DIFF", "LESSOPEN", "LESSCLOSE", "TAR_OPTIONS", "PSQLRC", "KUBECTL_EXTERNAL_DIFF",
     "SVN_SSH", "CVS_RSH", "RSYNC_CONNECT_PROG", "FCEDIT", "GIT_PROXY_COMMAND", "SHELL", "CC", "CXX", "LESSKEY",
     "LESSKEYIN", "LESSKEY_SYSTEM", "LESSKEY_CONTENT", "LESSKEYIN_SYSTEM", "LESSEDIT", "LESSECHO", "LESSMETAESCAPE", "TERRAGRUNT_TFPATH", "TG_TF_PATH",
     "TF_REATTACH_PROVIDERS", "KUBECTL_PLUGINS_PATH", "CHROME_BIN", "PG_COLOR_COMMAND", "JQ_LIBRARY_PATH", "CARGO_BUILD_RUSTC", "RUSTC", "GOTOOLDIR"}
)  # fmt: skip
_STARTS_CODE_LIKE = re.compile(
    r"(?:PAGER|EDITOR|VISUAL|ASKPASS|BROWSER|RSH|SSH_COMMAND|PASSCOMMAND|PASSWORD_COMMAND)$"
)
# Where programs look for their own settings, which can name programs to start (git's aliases, pagers and differs) or
# files to write (curl's output): with another place nobody can say what a harmless word means.
_MOVES_SETTINGS = frozenset(
    {"HOME", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_CONFIG", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT",
     "GIT_CONFIG_PARAMETERS", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "CURL_HOME"}
)  # fmt: skip
# Files of settings that teams keep many of, one for each cluster or account. They can name programs too (a
# kubeconfig's `exec`, `credential_process`), so the place decides: see `settings_at`.
_NAMES_SETTINGS = frozenset(
    {"KUBECONFIG", "TALOSCONFIG", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PGSERVICEFILE", "PGSYSCONFDIR",
     "MYSQL_HOME", "DOCKER_CONFIG", "HELM_PLUGINS", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "TF_CLI_CONFIG_FILE",
     "TF_DATA_DIR", "ANSIBLE_CONFIG", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "CLOUDSDK_CONFIG", "BOTO_CONFIG",
     "AZURE_CONFIG_DIR", "GNUPGHOME", "WGETRC", "VAULT_CONFIG_PATH", "NPM_CONFIG_USERCONFIG", "GH_CONFIG_DIR", "INPUTRC",
     "SCREENRC", "KREW_ROOT", "RCLONE_CONFIG", "CARGO_HOME", "PIP_CONFIG_FILE", "TNS_ADMIN", "RIPGREP_CONFIG_PATH", "KUBERC",
     "BAT_CONFIG_PATH", "BAT_CONFIG_DIR", "ACKRC", "ESLINTRC", "NETRC", "PYLINTRC", "YAMLLINT_CONFIG_FILE"}
)  # fmt: skip
# Files that programs write along the way.
_NAMES_OUTPUT = frozenset({"TF_LOG_PATH", "LESSHISTFILE", "PSQL_HISTORY", "MYSQL_HISTFILE", "HISTFILE", "SSLKEYLOGFILE", "GIT_TRACE", "GIT_TRACE2",
     "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF", "GIT_TRACE_PACKET", "GIT_TRACE_PACKFILE", "GIT_TRACE_CURL", "GIT_TRACE_SETUP", "GIT_TRACE_PERFORMANCE",
     "NODE_V8_COVERAGE", "ANSIBLE_LOG_PATH", "PYTHONPYCACHEPREFIX", "SQLITE_HISTORY", "REDISCLI_HISTFILE", "BASH_XTRACEFD"})  # fmt: skip
_OWN_PLACE = re.compile(
    r"[\"']?(?:\$\{?(?:HOME|PWD|USERPROFILE|XDG_CONFIG_HOME)\b|\$\(pwd\)|<(?!\()|\{\{|\[)"
)
_HARMLESS_PROGRAMS = frozenset(
    {"", "cat", "less", "more", "true", "head", "/bin/cat", "/bin/sh", "/bin/bash", "less -S", "less -R"}
)
_RUNS_WHEN_SHOWN = frozenset({"PS0", "PS1", "PS2", "PS4", "PROMPT"})
_SUBSCRIPT = re.compile(r"\[[^\]]*(?:\$\(|`)")
_CONTEXT = frozenset({Flag.CONTEXT})


_SYSTEM_PATH = re.compile(
    rf"(?:(?:/usr/local|/usr|/opt/homebrew|/snap)?/s?bin|{HOLE})(?::(?:(?:/usr/local|/usr|/opt/homebrew|/snap)?/s?bin|{HOLE}))*"
)
_OWN_PATH = re.compile(r"\$\{?PATH\}?")
_EDITORS = frozenset({"vi", "vim", "nvim", "nano", "emacs", "pico", "micro", "code --wait", "code -w"})
# ssh as git starts it, with options that name no program, no library and no file of settings.
_PLAIN_SSH = re.compile(
    r"(?:/usr/bin/)?ssh(?: (?:-[vqTxaCn46]+|-[ip] ?[\w./~@:+-]+|-l ?\w+|-o ?\"?(?:StrictHostKeyChecking|UserKnownHostsFile|IdentitiesOnly|BatchMode|ConnectTimeout|LogLevel|"
    r"ServerAliveInterval|ServerAliveCountMax|IdentityFile|Port|User|PasswordAuthentication|ControlMaster|ForwardAgent|AddressFamily)[= ][\w./~:-]+\"?))*",
    re.I,
)


def _harmless_program(name: str, value: Word) -> bool:
    """Whether this variable names a program that is known to do no harm in that place."""
    if value.text in _HARMLESS_PROGRAMS:
        return True
    if name == "GIT_SSH_COMMAND":
        return _PLAIN_SSH.fullmatch(value.text) is not None
    return name.endswith(("EDITOR", "VISUAL")) and value.text in _EDITORS


def _system_path(value: Word) -> bool:
    """Whether a search path holds only the system's own folders, and itself."""
    holes = value.text.count(HOLE)
    return _SYSTEM_PATH.fullmatch(value.text) is not None and holes == len(_OWN_PATH.findall(value.raw))


def read_assignment(name: str, value: Word) -> Reading | None:
    """What setting this variable in front of a command does; None if nothing by itself."""
    if name in _LOADS_CODE or _LOADS_CODE_LIKE.match(name):
        if name == "PATH" and HOLE in value.text and re.search(r"\$\{?PATH\b", value.raw) and not value.text.startswith((".", "/tmp")):  # fmt: skip
            return (
                None
                if value.text.endswith(HOLE) or value.text.startswith(HOLE)
                else unknown("shell.path", "changes which programs are found")
            )
        if name == "PATH" and _system_path(value):
            return None
        return unknown(f"shell.variable.{name.lower()}", f"{name} changes which code runs")
    if (name in _STARTS_CODE or _STARTS_CODE_LIKE.search(name)) and not _harmless_program(name, value):
        return unknown(f"shell.variable.{name.lower()}", f"{name} names a program that would be started")
    if name in _MOVES_SETTINGS or name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")):
        return unknown(
            f"shell.variable.{name.lower()}",
            f"{name} changes which settings hold, and those can start programs",
        )
    if name in _NAMES_SETTINGS and value.text:
        return settings_at(value, f"shell.variable.{name.lower()}", own=name)
    if (name in _RUNS_WHEN_SHOWN and re.search(r"\$\(|`|" + HOLE, value.text + value.raw)) or (
        name in ("LESS", "SYSTEMD_LESS") and re.search(r"!|\+|-[okO]|--log|--lesskey", value.text)
    ):
        return unknown(f"shell.variable.{name.lower()}", f"{name} would run what stands in it")
    if "[" in value.text and _SUBSCRIPT.search(value.text):
        return unknown("shell.evaluated", f"{name} holds a subscript that a sum would run")
    if name == "PGOPTIONS" and re.search(r"preload_libraries|dynamic_library_path", value.text):
        return unknown("shell.variable.pgoptions", "has the server load a library into the session")
    if name in _NAMES_OUTPUT and value.text not in ("", "-", "0", "1", "2", "true", "false"):
        return written(value, appends=True, rule=f"shell.variable.{name.lower()}")
    if name == "PGOPTIONS" and re.search(r"read_only\s*=\s*'?(?:off|false|0)", value.text):
        return Reading(Effect.CHANGE, "shell.variable.pgoptions", "takes away the protection against writing")
    return None


def settings_at(value: Word, rule: str, *, own: str = "") -> Reading:
    """What it means to read settings from this file.

    Such a file can name a program to start. One that lies where the team keeps its files says where later commands
    act, which is context; one from a place where anybody can write, or out of a variable, is unknown.

    Args:
        own: the variable that is being set; taking its own old value along is harmless.
    """
    lone = re.match(r"[\"']?\$\{?" + own + r"\b", value.raw) if own else None
    taken_from = value.text.startswith(HOLE) and not lone and not _OWN_PLACE.match(value.raw)
    if taken_from or any(paths.temporary(value._replace(text=part)) for part in value.text.split(":")):
        return unknown(rule, f"reads its settings from {value.raw[:60]}, and those can start programs")
    return Reading(Effect.OBSERVE, rule, flags=_CONTEXT, silent=True)
