"""Options that no table mentions and whose names speak for themselves: `--post-renderer`, `--output-file`, `--fix`.

A table says which subcommands look. An option can still start a program, write a file or act, and no table names
every option of every version; what an option is called can only make a look worse, never milder.
Source: docs/reference/effects.md, section on tool tables.
"""

import re
from collections.abc import Iterator

from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect
from tocsin.effects.reading import Call, Reading, unknown
from tocsin.effects.tools.table import Found, Table
from tocsin.effects.variables import settings_at
from tocsin.effects.words import Word

# What options are called, by their last word, their last two, or whole.
_RUNS = frozenset(
    (
        "exec execute command cmd program hook hooks prehook posthook plugin plugins pager editor engine toolexec vettool tfpath prepipe "
        "prepipex javaagent modprobe debugger rsh pythonpath predefine define eval require hooks-dir hook-path hooks-path plugin-path "
        "plugin-dir pluginpath plugindir module-path library-path library-paths post-renderer tf-path vet-tool script-shell node-options "
        "init-script pre-invoke config-plugin load-extension vault-password-file become-password-file connection-password-file"
    ).split()
)
_WRITES = frozenset(
    (
        "outfile outputfile outputdir outdir outputpath logfile tracefile reportfile dumpfile msgfile sess_out keylogfile writerand dest "
        "destination output-file output-path output-dir output-directory output-folder output-to output-filename out-file out-path out-dir "
        "out-to log-file write-to save-to save-as dest-dir dump-file dump-to trace-file report-file report-path profile-output to-file "
        "cursor-file plaintext-file export-to cache-dir state-out config-out save tree"
    ).split()
)
_MAY_WRITE = frozenset("output out export report log result o file-out".split())
_SETTINGS = frozenset(
    "kuberc rcfile bigqueryrc userconfig globalconfig configfile configfiles flagsfile config-file config-files flags-file settings-file".split()
)
_ACTS = frozenset(
    (
        "fix apply delete del remove purge prune clear reset write inplace in-place overwrite update upgrade install repair kill restart cleanup "
        "clean truncate flush rotate destroy wipe erase disable commit execute restore rollback publish push schedule replace allow-writes "
        "compact defrag fixes init prepare recover refresh-cache reload"
    ).split()
)
_ACTS_ON = ("fix-", "purge-", "delete-", "remove-", "recovery-")
# Most options end in none of these, and are done with at once.
_LAST = frozenset(
    name.rpartition("-")[2] for names in (_RUNS, _WRITES, _MAY_WRITE, _SETTINGS, _ACTS) for name in names
)
_SHORT = 2  # a dash and a letter
_SYSTEM = re.compile(r"/(?:etc|usr|boot|dev|s?bin|lib\w*|proc|sys)/")
_INTO = frozenset({"save", "export", "backup", "dump", "download"})
_PATH = re.compile(
    r"(?:~?/|\.{1,2}/)[^{}]*|[\w.-]+\.(?:txt|json|ya?ml|csv|log|html?|xml|md|out|dump|sql|gz|tgz|tar|zip|bin|hprof|sarif|pem|conf|pcap)"
)


def spoken_options(name: str, call: Call, table: Table, found: Found) -> Iterator[Reading]:
    """What the options of a look say by their names that the table does not mention.

    Args:
        name: what the tool was called.
        found: what the table says; only asked for what it takes for a look.
    """
    looks = found.effect is Effect.OBSERVE
    if (
        looks
        and found.args.operands
        and found.path.rpartition(" ")[2] in _INTO
        and _SYSTEM.match(found.args.operands[-1].text)
    ):
        into = written(found.args.operands[-1], elsewhere=call.place.elsewhere, rule=f"{name}.output")
        if into is not None:
            yield into
    if not found.args.options:
        return
    speak = {
        called: kind
        for option in found.args.options
        if (kind := _kind(called := option.partition("=")[0])) and (looks or kind == "runs")
    }
    if not speak:
        return
    words = call.words
    for position, given in enumerate(words):
        option, equals, value = given.text.partition("=")
        if option == "--":
            return
        if option not in speak:
            continue
        kind = speak[option]
        told = table.mentioned.get(option)
        if told is not None and (not told or found.path in told):
            continue
        follows = words[position + 1] if position + 1 < len(words) else given._replace(text="")
        file = given._replace(text=value) if equals else follows
        reading = _reading(name, kind, option, file, call, found, table)
        if reading is not None:
            yield reading


def _kind(option: str) -> str:
    """What the name of an option speaks of: "runs", "writes", "may write", "settings", "acts" or ""."""
    if len(option) <= _SHORT:
        return "may write" if option == "-o" else ""
    name = option.lstrip("-")
    before, _, last = name.rpartition("-")
    if last not in _LAST and not name.startswith(_ACTS_ON):
        return ""
    two = f"{before.rpartition('-')[2]}-{last}" if before else last
    if (last in _RUNS or two in _RUNS or name in _RUNS) and not name.startswith(("no-", "print-")):
        return "runs"
    if name in _WRITES or two in _WRITES:
        return "writes"
    if last in _SETTINGS or two in _SETTINGS:
        return "settings"
    if name in _MAY_WRITE:
        return "may write"
    acts = name in _ACTS or two in _ACTS or name.removeprefix("auto-") in _ACTS or name.startswith(_ACTS_ON)
    return "acts" if acts and option[1] == "-" else ""


def _reading(
    name: str, kind: str, option: str, file: Word, call: Call, found: Found, table: Table
) -> Reading | None:
    match kind:
        case "runs":
            return unknown(f"{name}.option", f"`{option}` may start a program or load code")
        case "acts" if not found.previewed:
            return unknown(f"{name}.option", f"`{option}` is in no table and speaks of acting")
        case "settings" if file.text and file.text[0] != "-":
            return settings_at(file, f"{name}.settings")
        case "may write" if not _PATH.fullmatch(file.text) or (
            option == "-o" and table.base is Effect.OBSERVE
        ):
            return None
        case "writes" | "may write" if file.text and (len(file.text) == 1 or file.text[0] != "-"):
            return written(file, elsewhere=call.place.elsewhere, rule=f"{name}.output")
        case _:
            return None
