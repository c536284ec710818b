"""awk and sed: filters whose programs can start other programs and write files.

Source: docs/reference/effects.md, section on programs that hide programs.
"""

import re
from collections.abc import Callable

from tocsin.effects import paths
from tocsin.effects.dataflow import shown
from tocsin.effects.effect import Effect, Flag, Undo, Undoable
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import Call, Inside, Reading, unknown
from tocsin.effects.words import HOLE, Word

# What is no program text in awk, read from the left: strings, comments, patterns where an operand may stand.
_AWK_LETTERS = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\\\n|#[^\n]*|(?P<open>[~(,!{;&|\n]\s*|^\s*|\b(?:print|return|in)\s+)/(?:\\.|\[\^?\]?[^\]\n]*\]|[^/\\\n])*/',
    re.S,
)
_AWK_WRITES = re.compile(r"\b(?:print|printf)\b[^;}\n]*?>")
_AWK_STARTS = re.compile(r"\bsystem\s*\(|@load|@include|@\s*\w+\s*[(=]|(?<!\|)\|(?!\|)|\|&")
_AWK_SAYS = re.compile(r'(?:system\s*\(|\|)\s*"((?:\\.|[^"\\])*)"|"((?:\\.|[^"\\])*)"\s*\|')
_AWK = Grammar(
    values=frozenset(
        {"-F", "-v", "-f", "--file", "-i", "--include", "--assign", "--field-separator", "-e", "--source", "-E", "-l", "--load", "--exec"}
    ),
    switches=frozenset(
        {"-b", "-c", "-C", "-g", "-I", "-k", "-M", "-n", "-N", "-O", "-P", "-r", "-s", "-S", "-t", "-V", "-h", "--posix", "--traditional", "--sandbox",
         "--characters-as-bytes", "--re-interval", "--non-decimal-data", "--use-lc-numeric", "--lint", "--csv", "--bignum", "--version", "--help", "--optimize"}
    ),
)  # fmt: skip


def _awk_again(call: Call) -> tuple[Inside, ...]:
    """The same command without `-i inplace`: its program may do more."""
    rest = tuple(
        word for word in call.words if word.text not in ("-i", "--include", "inplace", "--include=inplace")
    )
    return (Inside((Word("awk", 0, 0, "awk"), *rest), stdin=call.stdin),)


def _awk_option(call: Call, args: Args) -> Reading | None:
    """What the options of awk do by themselves; None if nothing."""
    if args.values("-i", "--include") and all(
        word.text == "inplace" for word in args.values("-i", "--include")
    ):
        return Reading(Effect.CHANGE, "awk.in-place", "edits files in place", inside=_awk_again(call))
    if args.has("-f", "--file", "-i", "--include", "-l", "--load", "-E", "--exec"):
        return unknown("awk.file", "runs an awk program that is not written here")
    strange = [
        name
        for name in args.options
        if name not in _AWK.values and name not in _AWK.switches and (len(name) == 2 or name[1] == "-")
    ]
    if strange:
        # gawk's -o, -p, -d write what they know to a file, -D takes commands.
        return unknown("awk.option", f"`{strange[0][:20]}` may write a file or take commands")
    return None


def read_awk(call: Call) -> Reading:
    """`awk`: looks, unless the program starts programs or writes files."""
    args = parse(call.words, _AWK)
    does = _awk_option(call, args)
    if does is not None:
        return does
    programs = [word.text for word in args.values("-e", "--source")] or [
        word.text for word in args.operands[:1]
    ]
    if not programs:
        if args.has("--version", "-V", "--help", "-h"):
            return Reading(Effect.OBSERVE, "awk.help")
        return unknown("awk.unknown", "awk without a program")
    return _awk_program("\n".join(programs))


def _awk_program(program: str) -> Reading:
    if program.replace(HOLE, "").strip() == "" and program:
        return unknown("awk.unknown", "runs an awk program that is not written here")
    bare = _AWK_LETTERS.sub(
        lambda match: f'{match["open"] or ""}""' if match[0][0] not in "#\\" else " ", program
    )
    if re.search(r"(?:^|[{};])\s*" + HOLE, bare) and not re.fullmatch(rf"\W*{HOLE}\W*", bare):
        return unknown("awk.unknown", "a part of the awk program is not written here")
    if _AWK_STARTS.search(bare):
        guess = tuple(Inside(text=one or other) for one, other in _AWK_SAYS.findall(program) if one or other)
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


_SED_SCRIPT = frozenset({"-e", "--expression"})
_SED_ADDRESS = re.compile(
    rf"[\s;{{}}]*(?:(?:\d+(?:~\d+)?|\$|{HOLE}|/(?:\\.|\[\^?\]?[^\]\n]*\]|[^/\\\n\[])*/[IM]*|\\(?P<c>[^\n\\])(?:\\.|(?!(?P=c))[^\\\n])*(?P=c)[IM]*)"
    rf"(?:\s*,\s*(?:[+~]?(?:\d+|{HOLE})|\$|/(?:\\.|\[\^?\]?[^\]\n]*\]|[^/\\\n\[])*/[IM]*|\\(?P<e>[^\n\\])(?:\\.|(?!(?P=e))[^\\\n])*(?P=e)[IM]*))?\s*)?(?:!\s*)*"
)
_SED_SUBSTITUTE = re.compile(
    r"s(?P<d>[^\n\\\[\]])(?:\\.|\[\^?\]?(?:\[:\w+:\]|[^\]\n\[]|\[(?!:))*\]|(?!(?P=d))[^\\\[])*(?P=d)(?:\\.|(?!(?P=d))[^\\])*(?P=d)(?P<flags>[^;}\n]*)",
    re.S,
)
_SED_TRANSLATE = re.compile(
    r"y(?P<d>[^\n\\])(?:\\.|(?!(?P=d))[^\\])*(?P=d)(?:\\.|(?!(?P=d))[^\\])*(?P=d)", re.S
)
_SED_TEXT = re.compile(r"[aic](?:[ \t]*\\\n)?(?:\\\n|[^\n])*")
_SED_NAMED = re.compile(r"[btT:][^;}\n]*|#[^\n]*|[rR][^\n]*")
_SED_LETTER = re.compile(r"[pPdDqQ=nNgGhHxlzF{}](?:[ \t]*\d+)?")
_SED_ENDS = re.compile(r"\s*(?:[;\n}]|$)")
_SED_FLAGS = re.compile(rf"[gpiImM\d\s{HOLE}]*")


def _sed_runs(script: str) -> str:
    """What a sed script does beyond printing: "" nothing, "e" runs, "w" writes, "?" cannot be told."""
    at, worst = 0, ""
    while at < len(script):
        address = _SED_ADDRESS.match(script, at)
        if address is not None:
            at = address.end()
        if at >= len(script):
            # A hole where an address may stand may be a whole script.
            return "?" if address is not None and HOLE in address[0] else worst
        does, end = _sed_command(script, at)
        if does:
            return does
        if end <= at:
            return "?"
        at = end
    return worst


def _sed_command(script: str, at: int) -> tuple[str, int]:
    """(what the command at this place does, where it ends)."""
    letter = script[at]
    if letter in "eW" or letter == "w":
        return ("e" if letter == "e" else _sed_file(script[at + 1 :])), len(script)
    if letter == "s":
        match = _SED_SUBSTITUTE.match(script, at)
        return (_sed_flags(match["flags"]), match.end()) if match is not None else ("?", at)
    for pattern in (_SED_TRANSLATE, _SED_TEXT, _SED_NAMED, _SED_LETTER):
        match = pattern.match(script, at)
        if match is not None:
            ended = letter in "aic#:btTrR{}" or _SED_ENDS.match(script, match.end())
            return "" if ended else "?", match.end()
    return "?", at


def _sed_flags(flags: str) -> str:
    """What the letters behind a substitution do: "w /dev/stdout" prints."""
    if _SED_FLAGS.fullmatch(flags) is not None:
        return "" if HOLE not in flags or flags.strip() == "" else "?"
    before, _, file = flags.partition("w")
    return "e" if "e" in before else _sed_file(file) if "w" in flags else "?"


def _sed_file(name: str) -> str:
    return "" if name.strip() in ("/dev/stdout", "/dev/stderr") else "w"


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
    does = _sed_runs("\n".join(script.text for script in scripts))
    if does == "e":
        return unknown("sed.program", "sed starts other programs")
    in_place = any(
        name.startswith(("-i", "--i")) or (not name.startswith("--") and "i" in name) for name in args.options
    )
    if in_place:
        names = ", ".join(shown(name) for name in files[:3]) or "files"
        if files and all(paths.temporary(name) for name in files) and does != "w":
            return Reading(Effect.OBSERVE, "sed.scratch", flags=frozenset({Flag.LOCAL}))
        return Reading(Effect.CHANGE, "sed.in-place", f"edits {names} in place",
                       undo=Undo(Undoable.YES, "cat " + " ".join(shown(name) for name in files) if files else None,
                                 "write the old content back"))  # fmt: skip
    if does == "w":
        return Reading(Effect.CHANGE, "sed.write", "sed writes a file")
    if does == "?":
        return unknown("sed.unknown", "the sed script could not be read")
    return Reading(Effect.OBSERVE, "sed")


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), read_awk),
    **dict.fromkeys(("sed", "gsed"), read_sed),
}
