"""Programs that hide programs: find, editors, git's configuration.

Source: docs/reference/effects.md, section on programs that hide programs.
"""

import re
from collections.abc import Callable

from tocsin.effects import paths
from tocsin.effects.dataflow import shown, written
from tocsin.effects.effect import Effect, Flag, Undo, Undoable
from tocsin.effects.reading import Call, Inside, Reading, unknown
from tocsin.effects.words import HOLE, Word

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


# What git can be told by `-c` without anything being started, written or sent elsewhere. Any other setting may name a
# program (an alias, a pager, a differ, a filter, a helper), a file or another place.
_GIT_TELLS = re.compile(
    r"(?:color|advice|column|status|log|merge\.conflictstyle|versionsort|grep|blame\.(?!ignorerevsfile)|rerere|i18n|init|user|author|committer|"
    r"safe|transfer|protocol\.version|pack|gc|tag\.(?:sort|gpgsign)|branch\.sort|commit\.(?:gpgsign|verbose)|submodule\.(?:recurse|fetchjobs)|fetch|pull|push\.default|"
    r"rebase\.(?:autostash|autosquash)|http\.(?:sslverify|extraheader|proxy|postbuffer|version|lowspeed\w+|useragent|timeout|\S+\.extraheader)|"
    r"diff\.(?:renames|renamelimit|algorithm|noprefix|mnemonicprefix|context|statgraphwidth|wserrorhighlight|colormoved|submodule|ignoresubmodules)|"
    r"core\.(?:abbrev|quotepath|autocrlf|eol|safecrlf|longpaths|filemode|ignorecase|precomposeunicode|compression|preloadindex|whitespace|logallrefupdates|untrackedcache)"
    r")(?:\.|$|(?<=\.))",
    re.I,
)
_NO_PROGRAM = frozenset({"cat", "", "true", "false", "less", "less -FRX", "less -R", "less -S"})
_GIT_RUNS_BY = (
    "--upload-pack",
    "--receive-pack",
    "--exec=",
    "--exec-path=",
    "--ext-diff",
    "--open-files-in-pager",
    "--textconv",
    "--extcmd",
    "ext::",
)


def git_hides(words: tuple[Word, ...]) -> Reading | None:
    """git's ways to start programs through its configuration; None if there are none."""
    for position, given in enumerate(words):
        text = given.text
        told = (
            words[position + 1].text if text in ("-c", "--config-env") and position + 1 < len(words) else ""
        )
        if not told and text.startswith("-c") and "=" in text and not text.startswith("--"):
            told = text[2:]
        if told:
            key, _, value = told.partition("=")
            if value not in _NO_PROGRAM and (HOLE in key or _GIT_TELLS.match(key) is None):
                guess = (Inside(text=value.removeprefix("!")),)
                return unknown(
                    "git.config",
                    f"`-c {key[:40]}` may start a program or lead elsewhere",
                    inside=guess if re.search(r"[\s!/]", value) else (),
                )
        if (
            text.startswith(_GIT_RUNS_BY)
            or text in ("-O", "--exec")
            or (text.startswith("-O") and any(word.text == "grep" for word in words[:position]))
        ):
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
    **dict.fromkeys(("find", "gfind"), read_find),
    **dict.fromkeys(("fd", "fdfind"), read_fd),
    **dict.fromkeys(("vim", "vi", "nvim", "nano", "emacs", "pico", "view", "ed", "ex", "micro", "visudo", "vipw", "sudoedit", "sensible-editor", "code", "crudini-edit"), read_editor),
}  # fmt: skip
