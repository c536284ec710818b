"""Commands that carry a text in shell: shells, `su -c`, `watch`, and what runs later.

Source: docs/reference/runbook-language.md, section on wrappers.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import BACKGROUND, OPENER, PRIVILEGED, UNBOUNDED, piped_script, spoken, wrapped
from tocsin.effects.options import Grammar, parse
from tocsin.effects.prefix import prefix, skip_options
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.words import HOLE

SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "busybox-sh"})


def read_shell(call: Call) -> Reading:
    """`sh -c '…'`, `bash script`, `… | bash`: a text in shell."""
    words = call.words
    for position, given in enumerate(words):
        text = given.text
        if text in ("--version", "--help"):
            return Reading(Effect.OBSERVE, f"{call.name}.help")
        if text.startswith("-") and not text.startswith("--") and "c" in text[1:]:
            script = next((word for word in words[position + 1 :] if not word.text.startswith("-")), None)
            if script is None or opaque(script.text):
                return unknown(f"{call.name}.unknown", "runs a text that is not written here")
            return wrapped(call.name, Inside(text=script.text, stdin=call.stdin))
        if text in ("-s", "-"):
            return piped_script(call, call.stdin)
        if text in ("-n",) and not any("+" in word.text[:1] for word in words):
            return Reading(Effect.OBSERVE, f"{call.name}.check")
        if text in ("-o", "+o", "-O", "--rcfile", "--init-file"):
            continue
        if call.name == "fish" and any(word.text.startswith(("-C", "--init", "--command")) for word in words):
            return unknown("fish.init", "runs a text before the one it is given")
        if not text.startswith(("-", "+")) and (
            position == 0 or words[position - 1].text not in ("-o", "+o", "-O")
        ):
            return unknown(f"{call.name}.script", f"runs the script {given.raw}, which is not written here")
    return piped_script(call, call.stdin)


def read_eval(call: Call) -> Reading:
    """`eval`, `trap`: their words are shell."""
    words = call.words
    if call.name == "trap":
        if not words or words[0].text in ("-", "-l", "-p", ""):
            return Reading(Effect.OBSERVE, "trap")
        words = words[:1]
    text = " ".join(word.text for word in words)
    if not text.strip():
        return Reading(Effect.OBSERVE, call.name)
    if HOLE in text:
        return unknown(
            f"{call.name}.unknown",
            f"`{call.name}` of a text that is not written here",
            inside=(Inside(text=text),),
        )
    return wrapped(call.name, Inside(text=text, stdin=call.stdin if call.name == "eval" else NOTHING))


def read_su(call: Call) -> Reading:
    """`su - user -c '…'`, `runuser`, `script -c`."""
    grammar = Grammar(
        values=frozenset({"-c", "--command", "-s", "--shell", "-g", "-G", "-u", "--user", "-w", "-E"})
    )
    args = parse(call.words, grammar)
    script = args.values("-c", "--command")
    flags = PRIVILEGED if call.name != "script" else NO_FLAGS
    shell = args.value("-s", "--shell")
    if (
        call.name != "script"
        and shell is not None
        and shell.rpartition("/")[2] not in SHELLS | {"nologin", "false"}
    ):
        return unknown(f"{call.name}.shell", f"starts {shell[:40]} for a shell")
    kept = (
        written(args.operands[0], rule="script.output")
        if call.name == "script" and script and args.operands
        else None
    )
    if kept is not None and kept.effect is not Effect.OBSERVE:
        return replace(kept, inside=(Inside(text=script[-1].text, stdin=call.stdin),))
    if script:
        return wrapped(call.name, Inside(text=script[-1].text, flags=flags, stdin=call.stdin))
    if call.name == "runuser" and args.has("-u", "--user") and args.operands:
        return wrapped(call.name, Inside(tuple(args.operands), flags=flags, stdin=call.stdin))
    if call.name == "script" and len(args.operands) > 1:
        return wrapped("script", Inside(tuple(args.operands[1:]), stdin=call.stdin))
    if call.stdin != NOTHING:
        return piped_script(call, call.stdin)
    return Reading(Effect.OBSERVE, call.name, flags=OPENER | flags)


def read_watch(call: Call) -> Reading:
    """`watch -n 5 'cmd'`: the command again and again."""
    rule = prefix(
        "-n --interval -q --equexit",
        "-d --differences -t --no-title -b --beep -e --errexit -g --chgexit -c --color -x --exec -p --precise -w -r --no-wrap",
    )
    index, clear = skip_options(call.words, rule)
    inner = call.words[index:]
    if not inner:
        return Reading(Effect.OBSERVE, "watch", flags=UNBOUNDED)
    exact = any(word.text in ("-x", "--exec") for word in call.words[:index])
    inside = Inside(inner, stdin=call.stdin) if exact else Inside(text=spoken(inner), stdin=call.stdin)
    meant = (
        (Inside(inner),) if not exact and len(inner) > 1 and any(" " in word.text for word in inner) else ()
    )
    if not clear:
        return Reading(
            Effect.UNKNOWN,
            "watch.option",
            "an option of `watch` is not known",
            flags=UNBOUNDED,
            inside=(inside,),
        )
    return wrapped("watch", inside, *meant, flags=UNBOUNDED)


def read_scheduled(call: Call) -> Reading:
    """`at`, `batch`: what they are given runs later."""
    args = parse(call.words, Grammar(values=frozenset({"-f", "-q", "-t"})))
    if args.has("-l"):
        return Reading(Effect.OBSERVE, "at.list")
    if args.has("-r", "-d"):
        return Reading(Effect.CHANGE, "at.remove", "removes a scheduled job")
    later = Reading(Effect.CHANGE, call.name, "schedules a job", flags=BACKGROUND)
    if call.stdin.literal is None:
        return unknown(f"{call.name}.unknown", "schedules a job that is not written here")
    return Reading(
        later.effect, later.rule, later.sentence, later.flags, inside=(Inside(text=call.stdin.literal),)
    )


def read_crontab(call: Call) -> Reading:
    """`crontab`: listing looks; a file or `-` replaces every job."""
    args = parse(call.words, Grammar(values=frozenset({"-u"})))
    if args.has("-l") and not args.operands and not args.has("-r", "-e"):
        return Reading(Effect.OBSERVE, "crontab.list")
    if args.has("-e"):
        return Reading(
            Effect.CHANGE,
            "crontab.edit",
            "opens the table of jobs for editing",
            flags=frozenset({Flag.INTERACTIVE}),
        )
    if args.has("-r"):
        return Reading(Effect.DESTROY, "crontab.remove", "removes every scheduled job")
    if re.search(r"\bcrontab\b[^|;&]*\s-l\b", call.stdin.source) and [
        word.text for word in args.operands
    ] in ([], ["-"]):
        return Reading(Effect.CHANGE, "crontab.edit", "changes the table of jobs that is there")
    return Reading(Effect.DESTROY, "crontab.replace", "replaces every scheduled job")


def read_nix_shell(call: Call) -> Reading:
    """`nix-shell --run 'cmd'`, `machinectl shell m cmd`: the command, in another environment."""
    texts = [word.text for word in call.words]
    if call.name == "machinectl":
        if texts[:1] != ["shell"] or len(texts) < 3:
            return says_destroy(by_table("machinectl", call)[0], call)
        return wrapped(
            "machinectl", Inside(call.words[2:], flags=PRIVILEGED, elsewhere=True, stdin=call.stdin)
        )
    given = [call.words[at + 1] for at, text in enumerate(texts[:-1]) if text in ("--run", "--command")]
    if given:
        return unknown(
            "nix-shell", "may download packages and runs a command", inside=(Inside(text=given[-1].text),)
        )
    return unknown("nix-shell.unknown", "an environment that is not written here")


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("nix-shell", "machinectl"), read_nix_shell),
    **dict.fromkeys(SHELLS, read_shell),
    **dict.fromkeys(("eval", "trap"), read_eval),
    **dict.fromkeys(("su", "runuser", "script"), read_su),
    "watch": read_watch,
    **dict.fromkeys(("at", "batch"), read_scheduled),
    "crontab": read_crontab,
}
