"""Interpreters: `python`, `perl`, `node` and their kind run a text that is a program of its own.

Source: docs/reference/effects.md, section on programs that hide programs.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from tocsin.effects.dataflow import shown, written
from tocsin.effects.effect import Effect, Flag, Undo, Undoable
from tocsin.effects.powershell import read_powershell
from tocsin.effects.pythontext import only_computes
from tocsin.effects.reading import NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.words import HOLE

_INTERACTIVE = frozenset({Flag.INTERACTIVE, Flag.CONTEXT})
_HARMLESS_MODULES = frozenset({"json.tool", "platform", "site", "calendar", "base64", "tabnanny"})
_PERL_FILTER = re.compile(
    r"\s*(?:print\s+(?:\$_\s+)?(?:if|unless)\s+)?(?:s|m|tr)?/(?:\\.|[^/\\])*/(?:(?:\\.|[^/\\])*/)?[gimsx]*\s*;?\s*(?:print;?\s*)?"
)


def read_interpreter(call: Call) -> Reading:
    """`python`, `perl`, `node` …: their text is a program nobody reads here, with a tiny list of exceptions."""
    words = call.words
    texts = [word.text for word in words]
    if texts and all(text in ("--version", "-V", "-v", "-VV", "--help", "-h") for text in texts):
        return Reading(Effect.OBSERVE, f"{call.name}.version")
    if not words:
        if call.stdin == NOTHING:
            return Reading(Effect.OBSERVE, call.name, flags=_INTERACTIVE)
        return _piped(call)
    read = None
    if texts == ["-"] and call.stdin != NOTHING:
        return _piped(call)
    if call.name == "php":
        read = _php(call)
    elif call.name.startswith("python"):
        read = _python(call)
    elif call.name in ("node", "nodejs"):
        read = _node(call)
    elif call.name == "perl":
        read = _perl(call)
    elif call.name in ("pwsh", "powershell", "powershell.exe", "pwsh.exe"):
        read = _powershell(call)
    return read or _unread(call)


_DELETES = re.compile(
    r"\b(?:rmtree|os\.(?:remove|unlink|rmdir|truncate)|unlinkSync|rmSync|rmdirSync|FileUtils\.rm\w*|File\.delete|"
    r"delete_all|destroy_all|deleteMany|drop_all|dropDatabase|flush_?all|flush_?db|truncate)\b|(?<![\w.])unlink\b",
    re.I,
)
_QUOTED = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"")


def _piped(call: Call) -> Reading:
    """A program that arrives on the input; read if it is Python and stands here."""
    program = call.stdin.literal
    if program is not None and call.name.startswith(("pwsh", "powershell")):
        return read_powershell(program)
    if program is not None and call.name.startswith("python") and only_computes(program):
        return Reading(Effect.OBSERVE, "python.filter")
    if program is not None and _DELETES.search(program):
        return Reading(Effect.DESTROY, f"{call.name}.deletes", f"runs a {call.name} program that deletes")
    return unknown(f"{call.name}.piped", "runs a program that arrives on its input")


def _unread(call: Call) -> Reading:
    """A program nobody reads. What it says as a command can only make it worse."""
    texts = [word.text for word in call.words]
    program = next(
        (text for flag, text in pairwise(texts) if re.fullmatch(r"-[lnpiw]*[cerE]|--eval", flag)), ""
    )
    if _DELETES.search(program):
        return Reading(Effect.DESTROY, f"{call.name}.deletes", f"runs a {call.name} program that deletes")
    guess = tuple(
        Inside(text=text)
        for one, other in _QUOTED.findall(program)
        if " " in (text := (one or other).replace('\\"', '"')).strip()
    )
    sentence = f"runs a {call.name} program that nobody has read"
    return unknown(f"{call.name}.program", sentence, inside=guess[:8])


def _php(call: Call) -> Reading | None:
    """`php artisan …`, `php bin/console …`: tools of their own."""
    if len(call.words) == 1 and call.words[0].text in ("-m", "-i", "--ini"):
        return Reading(Effect.OBSERVE, "php.info")
    name = {"artisan": "artisan", "occ": "occ", "bin/console": "symfony-console"}.get(call.words[0].text)
    if name is None:
        return None
    inner = (call.words[0]._replace(text=name), *call.words[1:])
    return Reading(Effect.OBSERVE, "php", silent=True, inside=(Inside(inner, stdin=call.stdin),))


def _python(call: Call) -> Reading | None:
    """`python -m module`, `python -c '…'`, `python manage.py …`; None for any other program."""
    words = call.words
    texts = [word.text for word in words]
    for position, text in enumerate(texts):
        if text == "-m" and position + 1 < len(texts):
            module = texts[position + 1]
            given = [word for word in words[position + 2 :] if not word.text.startswith("-")]
            if module == "json.tool" and len(given) > 1:
                into = written(given[-1], elsewhere=call.place.elsewhere, rule="python.json.tool")
                return into or Reading(Effect.OBSERVE, "python.json.tool")
            if module in _HARMLESS_MODULES:
                return Reading(Effect.OBSERVE, f"python.{module}")
            if module == "http.server":
                return Reading(
                    Effect.CHANGE,
                    "python.http.server",
                    "serves files to the network",
                    flags=frozenset({Flag.UNBOUNDED}),
                )
            if module in ("pip", "venv", "pytest", "alembic", "flask", "celery"):
                if module == "venv":
                    return Reading(Effect.CHANGE, "python.venv", "makes a virtual environment")
                return Reading(
                    Effect.OBSERVE,
                    "python",
                    silent=True,
                    inside=(Inside(words[position + 1 :], stdin=call.stdin),),
                )
            return unknown("python.module", f"runs the module {module}")
        if text == "-c":
            program = texts[position + 1] if position + 1 < len(texts) else HOLE
            if only_computes(program):
                return Reading(Effect.OBSERVE, "python.filter")
            return _unread(call)
        if text.endswith("manage.py"):
            return Reading(
                Effect.OBSERVE,
                "python",
                silent=True,
                inside=(
                    Inside(
                        (words[position]._replace(text="manage.py"), *words[position + 1 :]), stdin=call.stdin
                    ),
                ),
            )
        if not text.startswith("-"):
            break
    return None


_NODE_SHOWS = re.compile(
    r"(?:process\.(?:version|arch|platform|versions(?:\.\w+)?)|require\(['\"]\.{0,2}/[\w/.-]+\.json['\"]\)(?:\.\w+)*|"
    r"JSON\.parse\(require\(['\"]fs['\"]\)\.readFileSync\(['\"][^'\"]+['\"](?:, ?['\"]utf-?8['\"])?\)\)(?:\.\w+)*|[\d+*/ .-]+)"
)


def _node(call: Call) -> Reading | None:
    """`node -p 'process.version'` and its kind; None for any other program."""
    texts = [word.text for word in call.words]
    if len(texts) != 2 or texts[0] not in ("-p", "-pe", "-e", "--print", "--eval"):
        return None
    said = texts[1].strip().removesuffix(";")
    printed = re.fullmatch(r"console\.log\((.*)\)", said, re.S)
    shows = _NODE_SHOWS.fullmatch(printed[1] if printed is not None else said)
    return Reading(Effect.OBSERVE, "node.shows") if shows is not None else None


_OF_POWERSHELL = frozenset("-noprofile -nop -noninteractive -noni -nologo -nol -mta -sta".split())


def _powershell(call: Call) -> Reading | None:
    """`pwsh -Command '…'`: every word behind it is the text; a file or an encoded text is not read."""
    texts = [word.text for word in call.words]
    at = 0
    while at < len(texts):
        option = texts[at].lower()
        if option in _OF_POWERSHELL:
            at += 1
        elif option in ("-executionpolicy", "-ep", "-ex", "-exec", "-outputformat", "-of", "-inputformat"):
            at += 2
        elif option in ("-c", "-command", "-comm", "-com", "-co"):
            said = " ".join(texts[at + 1 :])
            return _piped(call) if said == "-" else read_powershell(said)
        else:
            break
    if at < len(texts) and call.name.startswith("powershell") and not texts[at].startswith("-"):
        return read_powershell(" ".join(texts[at:]))
    return None


# Fields, groups and plain strings, perhaps under a pattern: nothing in them is computed.
_PERL_PRINTS = re.compile(
    r"\s*print\s+(?:(?:\$(?:F\[-?\d+\]|\d|_|&|\.)|\"(?:[^\"\\@$`]|\\[nt]|\$(?:F\[-?\d+\]|\d|_|&|\.))*\")(?:\s*,\s*)?)+"
    r"(?:\s*(?:if|unless)\s+/(?:\\.|[^/\\$@]|\$(?=[/|)]))*/[ims]*)?\s*;?\s*"
)
_PERL_SUBSTITUTES = re.compile(
    r"(?:\s*(?:s|tr|y)(?P<d>[/|#,!])(?:\\.|(?!(?P=d)).)*(?P=d)(?:\\.|(?!(?P=d)).)*(?P=d)[gimsx]*\s*;?)+"
)


def _perl(call: Call) -> Reading | None:
    """A filter of one line that only prints, or `-pi -e 's/a/b/'`; None for any other program."""
    texts = [word.text for word in call.words]
    switches = [text for text in texts[:3] if text.startswith("-")]
    edits = len(texts) > 2 and re.fullmatch(
        r"(?:-[p0i](?:\.\w+)?|-0?pi(?:\.\w+)?|-i(?:\.\w+)?p?|-p)+e?", "".join(switches[:1])
    )
    if edits and "i" in "".join(switches):
        given = [word for word in call.words if not word.text.startswith("-")]
        if (
            given
            and _PERL_SUBSTITUTES.fullmatch(given[0].text)
            and not re.search(r"@\{|\$\{|\(\?\??\{|" + HOLE, given[0].text)
        ):
            names = " ".join(shown(word) for word in given[1:])
            return Reading(Effect.CHANGE, "perl.in-place", f"edits {names or 'files'} in place",
                           undo=Undo(Undoable.YES, f"cat {names}" if names else None, "write the old content back"))  # fmt: skip
    if len(texts) >= 2 and re.fullmatch(r"-[np]e|-l?[np]l?a?e|-l?an?l?e", texts[0]):
        program = texts[1]
        if any(re.match(r"\s*[|>+]|.*\|\s*$", text, re.S) for text in texts[2:]):
            return None  # perl opens `cmd|` and `>file` where a file is named
        print_if = re.fullmatch(
            r"\s*print(?:\s+\$_)?\s+(?:if|unless)\s+!?\s*/(?:\\.|[^/\\])*/[ims]*\s*;?\s*", program
        )
        if _PERL_PRINTS.fullmatch(program) and "(?{" not in program and "(??{" not in program:
            return Reading(Effect.OBSERVE, "perl.prints")
        if print_if or (_PERL_FILTER.fullmatch(program) and "e" not in program.rpartition("/")[2]):
            if not re.search(r"@\{|\$\{|\(\?\{|\?\?\{", program):
                return Reading(Effect.OBSERVE, "perl.filter")
    return None


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("python", "python3", "python2", "perl", "ruby", "node", "nodejs", "php", "deno", "bun", "lua", "osascript", "pwsh", "powershell", "powershell.exe", "pwsh.exe", "tclsh", "expect"), read_interpreter),
}  # fmt: skip
