"""Programs that hide programs: awk, sed, find, editors, git's configuration.

Source: docs/reference/effects.md, section on programs that hide programs.
"""

import re
from collections.abc import Callable

from tocsin.effects import paths
from tocsin.effects.dataflow import shown, written
from tocsin.effects.effect import Effect, Flag, Undo, Undoable
from tocsin.effects.options import Grammar, parse
from tocsin.effects.reading import Call, Inside, Reading, unknown
from tocsin.effects.words import HOLE, Word

_AWK_STRING = re.compile(r'"(?:\\.|[^"\\])*"|(?<=[~(,!{;&|])\s*/(?:\\.|[^/\\\n])*/|^\s*/(?:\\.|[^/\\\n])*/')
_AWK_WRITES = re.compile(r"\b(?:print|printf)\b[^;}\n]*?>")
_AWK_RUNS = re.compile(r"\bsystem\s*\(|\||@load|@include|\bgetline\b")
_SED_SCRIPT = frozenset({"-e", "--expression"})


def _awk_again(call: Call) -> tuple[Inside, ...]:
    """The same command without `-i inplace`: its program may do more."""
    rest = tuple(
        word for word in call.words if word.text not in ("-i", "--include", "inplace", "--include=inplace")
    )
    return (Inside((Word("awk", 0, 0, "awk"), *rest), stdin=call.stdin),)


def read_awk(call: Call) -> Reading:
    """`awk`: looks, unless the program starts programs or writes files."""
    args = parse(
        call.words, Grammar(values=frozenset({"-F", "-v", "-f", "--file", "-i", "--include", "--assign"}))
    )
    if args.values("-i", "--include") and all(
        word.text == "inplace" for word in args.values("-i", "--include")
    ):
        return Reading(Effect.CHANGE, "awk.in-place", "edits files in place", inside=_awk_again(call))
    if args.has("-f", "--file", "-i", "--include", "-l", "--load", "-E", "--exec"):
        return unknown("awk.file", "runs an awk program that is not written here")
    if not args.operands:
        return unknown("awk.unknown", "awk without a program")
    program = args.operands[0].text
    if program.replace(HOLE, "").strip() == "" and program:
        return unknown("awk.unknown", "runs an awk program that is not written here")
    bare = _AWK_STRING.sub('""', program)
    if re.search(r"\bsystem\s*\(|@load|@include|@\w+\s*\(", bare) or re.search(r"(?<!\|)\|(?!\|)", bare):
        said = re.findall(r'(?:system\s*\(|\|)\s*"((?:\\.|[^"\\])*)"|"((?:\\.|[^"\\])*)"\s*\|', program)
        guess = tuple(Inside(text=one or other) for one, other in said if one or other)
        return unknown("awk.program", "awk starts other programs", inside=guess)
    while (flat := re.sub(r"\([^()]*\)", "0", bare)) != bare and not re.search(r"\)\s*>", bare):
        bare = flat  # `print (a > b ? 1 : 2)` compares, it writes nothing
    if _AWK_WRITES.search(bare):
        target = re.search(r'>>?\s*"([^"]*)"', program)
        if target is not None and target[1] in ("/dev/stderr", "/dev/stdout", "/dev/null"):
            return Reading(Effect.OBSERVE, "awk")
        # `print $1 > 5` without parentheses is also a file in awk, whatever the writer meant.
        return Reading(Effect.CHANGE, "awk.write", "awk writes files")
    return Reading(Effect.OBSERVE, "awk")


_SED_COMMAND = re.compile(
    r"^(?:[\d$,~+!\s]|/(?:\\.|[^/\\])*/I?)*(?:(?P<s>s)(?P<d>[^\w\s\\])(?:\\.|(?!(?P=d)).)*(?P=d)(?:\\.|(?!(?P=d)).)*(?P=d)(?P<flags>[^;\n}]*)"
    r"|y(?P<e>[^\w\s\\])(?:\\.|(?!(?P=e)).)*(?P=e)(?:\\.|(?!(?P=e)).)*(?P=e)|[pdqQ=nNgGhHxPDlz]\d*|[ai c]\\?[^\n]*|[btT:][^;\n]*|[{}])\s*(?:[;\n}]|$)",
    re.S,
)


_SED_ADDRESS = re.compile(r"^(?:[\d$,~+!\s{]|/(?:\\.|[^/\\])*/I?)*")


def _sed_runs(script: str) -> str:
    """What a sed script does beyond printing: "" nothing, "e" runs, "w" writes, "?" cannot be told."""
    rest = script.strip()
    while rest:
        match = _SED_COMMAND.match(rest)
        if match is None or not match[0]:
            bare = _SED_ADDRESS.sub("", rest, count=1)
            return "e" if bare[:1] == "e" else "w" if bare[:1] in ("w", "W", "r", "R") else "?"
        flags = match["flags"] or ""
        if "w" in flags:
            return "w"
        if "e" in flags:
            return "e"
        rest = rest[match.end() :].strip()
    return ""


def read_sed(call: Call) -> Reading:
    """`sed`: prints, unless -i edits files in place or the script writes or runs."""
    args = parse(
        call.words, Grammar(values=frozenset({"-e", "--expression", "-f", "--file", "-l", "--line-length"}))
    )
    scripts = args.values(*_SED_SCRIPT)
    files = args.operands if scripts or args.has("-f", "--file") else args.operands[1:]
    scripts = scripts or args.operands[:1]
    if args.has("-f", "--file"):
        return unknown("sed.file", "runs a sed script that is not written here")
    does = {_sed_runs(script.text) for script in scripts}
    if "e" in does:
        return unknown("sed.program", "sed starts other programs")
    in_place = any(
        name.startswith(("-i", "--i")) or (not name.startswith("--") and "i" in name) for name in args.options
    )
    if in_place:
        names = ", ".join(shown(name) for name in files[:3]) or "files"
        if files and all(paths.temporary(name) for name in files):
            return Reading(Effect.OBSERVE, "sed.scratch", flags=frozenset({Flag.LOCAL}))
        return Reading(Effect.CHANGE, "sed.in-place", f"edits {names} in place",
                       undo=Undo(Undoable.YES, "cat " + " ".join(shown(name) for name in files) if files else None,
                                 "write the old content back"))  # fmt: skip
    if "w" in does:
        return Reading(Effect.CHANGE, "sed.write", "sed writes a file")
    if "?" in does:
        text = " ".join(script.text for script in scripts)
        harmless = not re.search(r"(?:^|[;\s}{/\d$])[wWeR]\s*\S", text)
        if not harmless:
            return unknown("sed.unknown", "the sed script could not be read")
    return Reading(Effect.OBSERVE, "sed")


_FIND_VALUES = frozenset(
    (
        "-name -iname -path -ipath -wholename -regex -iregex -type -xtype -size -mtime -mmin -atime "
        "-amin -ctime -cmin -newer -anewer -cnewer -newermt -user -group -uid -gid -perm -maxdepth "
        "-mindepth -links -inum -samefile -fstype -printf -used -regextype -lname -ilname -D -context"
    ).split()
)
_FIND_EXEC = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


def read_find(call: Call) -> Reading:
    """`find`: looks, unless an action deletes, runs or writes."""
    inside: list[Inside] = []
    effect, rule, sentence = Effect.OBSERVE, "find", ""
    words = call.words
    flags: frozenset[Flag] = frozenset()
    index = 0
    starts = [word for word in words if not word.text.startswith(("-", "(", ")", "!"))][:1]
    while index < len(words):
        text = words[index].text
        index += 1
        if text in _FIND_EXEC:
            end = index
            while (
                end < len(words)
                and words[end].text not in (";", "\\;")
                and not (words[end].text == "+" and words[end - 1].text == "{}")
            ):
                end += 1
            inner = tuple(word._replace(text=word.text.replace("{}", HOLE)) for word in words[index:end])
            if starts and paths.temporary(starts[0]):
                inner = tuple(
                    word._replace(text=given.text.replace("{}", starts[0].text + "/x"), raw=given.raw)
                    for word, given in zip(inner, words[index:end], strict=True)
                )
            if text in ("-ok", "-okdir"):
                flags |= {Flag.INTERACTIVE}
            if inner:
                inside.append(Inside(inner, flags=frozenset({Flag.WIDE}), stdin=call.stdin))
            else:
                effect, rule, sentence = (
                    Effect.UNKNOWN,
                    "find.exec",
                    "find starts a program that is not named",
                )
            index = end + 1
        elif text == "-delete":
            scratch = bool(starts) and paths.temporary(starts[0])
            effect = Effect.join([effect, Effect.CHANGE if scratch else Effect.DESTROY])
            rule, sentence = "find.delete", "removes every file it finds"
            flags |= {Flag.WIDE}
        elif text in ("-fprint", "-fprintf", "-fls", "-fprint0") and index < len(words):
            reading = written(words[index], elsewhere=call.place.elsewhere, rule="find.fprint")
            if reading is not None and reading.effect.value > effect.value:
                effect, rule, sentence = reading.effect, reading.rule, reading.sentence
            index += 1
        elif text in _FIND_VALUES:
            index += 1
    return Reading(effect, rule, sentence, flags=flags, inside=tuple(inside))


def read_fd(call: Call) -> Reading:
    """`fd`: looks, unless -x or -X runs a command."""
    for position, given in enumerate(call.words):
        if given.text in ("-x", "-X", "--exec", "--exec-batch"):
            inner = tuple(
                word._replace(text=word.text.replace("{}", HOLE)) for word in call.words[position + 1 :]
            )
            if inner and not any(HOLE in word.text for word in inner):
                inner = (*inner, Word(HOLE, given.start, given.end, given.raw))  # fd appends what it finds
            if inner:
                return Reading(Effect.OBSERVE, "fd", inside=(Inside(inner, flags=frozenset({Flag.WIDE})),))
    return Reading(Effect.OBSERVE, "fd")


_GIT_RUNS = re.compile(
    r"^(?:core\.(?:pager|editor|sshcommand|fsmonitor|hookspath|askpass)|pager\.|alias\.|diff\.external|credential\.|.*\.(?:textconv|clean|smudge|driver|process)|uploadpack\.|protocol\.ext)",
    re.I,
)


def git_hides(words: tuple[Word, ...]) -> Reading | None:
    """git's ways to start programs through its configuration; None if there are none."""
    for position, given in enumerate(words):
        text = given.text
        if text in ("-c", "--config-env") and position + 1 < len(words):
            key, _, value = words[position + 1].text.partition("=")
            if (_GIT_RUNS.match(key) or HOLE in key) and value not in ("cat", "", "true", "false", "less"):
                guess = (Inside(text=value[1:]),) if value.startswith("!") else (Inside(text=value),)
                return unknown(
                    "git.config", "git would start a program through its configuration", inside=guess
                )
        if (
            text.startswith(
                (
                    "--upload-pack",
                    "--receive-pack",
                    "--exec=",
                    "--exec-path=",
                    "--ext-diff",
                    "--open-files-in-pager",
                )
            )
            or text == "-O"
            or (text.startswith("-O") and any(word.text == "grep" for word in words[:position]))
        ):
            if text not in ("--exec-path",):
                return unknown("git.program", "git would start another program")
        if text.startswith("--config-env="):
            return unknown("git.config", "git would take a setting from a variable nobody can see into")
    return None


def read_editor(call: Call) -> Reading:
    """`vim`, `nano`, `emacs`: a person edits."""
    if any(
        re.match(r"\+?[:!]|-c$|--cmd|-S$|-s$|-es|--eval|-l$|-f$|--batch", word.text) for word in call.words
    ) and call.name in ("vim", "vi", "nvim", "ex", "emacs", "ed", "view"):
        return unknown(f"{call.name}.script", "an editor runs commands that are not read here")
    looks = "-v" if call.name in ("nano", "pico") else "-R"
    reads_only = call.name == "view" or any(word.text == looks for word in call.words)
    if reads_only:
        return Reading(Effect.OBSERVE, call.name, flags=frozenset({Flag.INTERACTIVE}))
    names = [shown(word) for word in call.words if not word.text.startswith("-")]
    return Reading(Effect.CHANGE, call.name, f"opens {', '.join(names) or 'a file'} for editing",
                   flags=frozenset({Flag.INTERACTIVE}),
                   undo=Undo(Undoable.YES, f"cat {names[0]}" if names else None, "write the old content back"))  # fmt: skip


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), read_awk),
    **dict.fromkeys(("sed", "gsed"), read_sed),
    **dict.fromkeys(("find", "gfind"), read_find),
    **dict.fromkeys(("fd", "fdfind"), read_fd),
    **dict.fromkeys(("vim", "vi", "nvim", "nano", "emacs", "pico", "view", "ed", "ex", "micro", "visudo", "vipw", "sudoedit", "sensible-editor", "code", "crudini-edit"), read_editor),
}  # fmt: skip
