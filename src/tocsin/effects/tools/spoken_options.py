"""Options that no table mentions and whose names speak for themselves: `--post-renderer`, `--output-file`, `--fix`.

A table says which subcommands look. An option can still start a program, write a file or act, and no table names
every option of every version; what an option is called can only make a look worse, never milder.
Source: docs/reference/effects.md, section on tool tables.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect
from tocsin.effects.reading import Call, Reading, unknown
from tocsin.effects.tools.table import Found, Table
from tocsin.effects.variables import settings_at
from tocsin.effects.words import Word

_RUNS = re.compile(
    r"-(?!no-|print-)(?:[\w-]+-)?(?:exec|execute|command|cmd|program|(?:pre|post|deploy|renew|auth|cleanup)-?\w*-?hooks?|hooks?(?:-dir|-path)?|plugins?|"
    r"plugin-?(?:path|dir)|module-path|library-paths?|pager|editor|engine|post-renderer|prepipex?|(?:vet|tf)-?(?:tool|path)|toolexec|"
    r"custom-command|script-shell|node-options|javaagent|modprobe|debugger|init-script|pre-invoke|config-plugin|"
    r"(?:vault|become|connection)-password-file|rsh|pythonpath|predefine|define|eval|load-extension|require)$"
)
_ACTS = re.compile(
    r"--(?:auto-)?(?:fix|apply|delete|del|remove|purge|prune|clear|reset|write|in-?place|overwrite|update|upgrade|install|repair|kill|"
    r"restart|cleanup|clean|truncate|flush|rotate|destroy|wipe|erase|disable|commit|execute|restore|rollback|publish|push|schedule|"
    r"replace|allow-writes|auto-(?:compact|defrag)|(?:with-)?fixes|init|prepare|recover(?:y-\w+)?|refresh-cache|reload|"
    r"fix-[\w-]+|purge-[\w-]+|delete-[\w-]+|remove-[\w-]+)$"
)
_WRITES = re.compile(
    r"--?(?:[\w-]+-)?(?:out(?:put)?-?(?:file|path|dir|directory|folder|to|filename)|outfile|log-?file|write-?to|save(?:-to|-as)?|"
    r"dest(?:ination)?(?:-dir)?|dump-?(?:file|to)|trace-?file|report-?(?:file|path)|profile-output|to-file|tree|cursor-file|plaintext-file|"
    r"msgfile|sess_out|keylogfile|writerand|export-to|cache-dir|state-out|generate-config-out)$"
)
_MAY_WRITE = re.compile(r"--?(?:out(?:put)?|export|report|log|result|o|save|file-out|destination)$")
_SETTINGS = re.compile(
    r"--?(?:[\w-]+-)?(?:config-?files?|flags-?file|kuberc|rcfile|bigqueryrc|userconfig|globalconfig|settings-file)$"
)
_SYSTEM = re.compile(r"/(?:etc|usr|boot|dev|s?bin|lib\w*|proc|sys)/")
_INTO = re.compile(r"(?:^| )(?:save|export|backup|dump|download)$")
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
        and _INTO.search(found.path)
        and _SYSTEM.match(found.args.operands[-1].text)
    ):
        into = written(found.args.operands[-1], elsewhere=call.place.elsewhere, rule=f"{name}.output")
        if into is not None:
            yield into
    if not found.args.options:
        return
    words = call.words
    for position, given in enumerate(words):
        text = given.text
        if text == "--":
            return
        if len(text) < 2 or text[0] != "-":
            continue
        option, equals, value = text.partition("=")
        kind = _kind(option)
        if not kind or not (looks or kind == "runs"):
            continue
        told = table.mentioned.get(option)
        if told is not None and (not told or found.path in told):
            continue
        follows = words[position + 1] if position + 1 < len(words) else given._replace(text="")
        file = given._replace(text=value) if equals else follows
        reading = _reading(name, kind, option, file, call, found, table)
        if reading is not None:
            yield reading


@lru_cache(maxsize=4096)
def _kind(option: str) -> str:
    """What the name of an option speaks of: "runs", "writes", "may write", "settings", "acts" or ""."""
    long = option[:2] == "--"
    for kind, pattern in (
        ("runs", _RUNS),
        ("writes", _WRITES),
        ("settings", _SETTINGS),
        ("may write", _MAY_WRITE),
    ):
        if pattern.match(option, 0 if kind != "runs" or not long else 1):
            return kind
    return "acts" if long and _ACTS.match(option) else ""


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
