"""How a command that carries another one is read.

Source: docs/reference/runbook-language.md, section on wrappers.
"""

from collections.abc import Iterator

from tocsin.effects.dataflow import opaque, spoken_hint
from tocsin.effects.effect import Effect, Flag, Part
from tocsin.effects.options import Args
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, Stdin, unknown
from tocsin.effects.words import Word

PRIVILEGED = frozenset({Flag.PRIVILEGED})
BACKGROUND = frozenset({Flag.BACKGROUND})
WIDE = frozenset({Flag.WIDE})
REMOTE = frozenset({Flag.REMOTE})
UNBOUNDED = frozenset({Flag.UNBOUNDED})
OPENER = frozenset({Flag.CONTEXT, Flag.INTERACTIVE})


def wrapped(name: str, *inside: Inside, flags: frozenset[Flag] = NO_FLAGS, targets: tuple[str, ...] = (),
            needs: frozenset[str] = frozenset()) -> Reading:  # fmt: skip
    """A command that is nothing but its inside."""
    return Reading(
        Effect.OBSERVE, name, flags=flags, targets=targets, needs=needs, inside=inside, silent=True
    )


def goes_on(parts: list[Part]) -> Iterator[Reading]:
    """What `&` behind these parts adds: they go on after the step ends."""
    if not parts:
        return
    yield Reading(Effect.OBSERVE, "shell.background", flags=BACKGROUND, silent=True)
    if Effect.join(part.effect for part in parts) is Effect.CHANGE:
        yield Reading(Effect.DISRUPT, "shell.background", "goes on after the step ends", flags=BACKGROUND)


def piped_script(call: Call, stdin: Stdin) -> Reading:
    """A shell that runs what arrives on its input; an opener if nothing does."""
    if stdin == NOTHING:
        return Reading(Effect.OBSERVE, call.name, flags=OPENER)
    if opaque(stdin.literal) and not (stdin.known and stdin.literal == ""):
        hint = spoken_hint(stdin.source)
        guess = (Inside(text=hint),) if hint else ()
        return unknown(
            f"{call.name}.piped", f"runs what arrives from `{stdin.source[:80]}` unread", inside=guess
        )
    return wrapped(call.name, Inside(text=stdin.literal))


def spoken(words: tuple[Word, ...]) -> str:
    """Words joined as ssh and watch do: a blank between, and then read by a shell again."""
    return " ".join(word.text for word in words)


def behind(args: Args, skip: int) -> tuple[Word, ...]:
    """The command of `exec`-like subcommands: behind `--`, else behind `skip` operands."""
    return args.after if args.ended and args.after else tuple(args.operands[skip:])


# Options of `exec` and its kind, which may also stand behind the name of the pod or container.
_EXEC_VALUES = frozenset({"-n", "--namespace", "-c", "--container", "--context", "--kubeconfig", "-u", "--user", "-w", "--workdir", "-e", "--env", "--timeout", "--shell", "-s", "--cluster"})  # fmt: skip
_EXEC_SWITCHES = frozenset({"-i", "-t", "-it", "-ti", "--stdin", "--tty", "-T", "--no-tty", "-d", "--detach", "-q", "--quiet", "--stdin=true", "--tty=true", "--interactive"})  # fmt: skip


def carried(words: tuple[Word, ...], verb: str) -> tuple[Word, ...]:
    """The command that `… exec pod cmd -x y` carries, with or without `--`: every word of it as it stands.

    Args:
        words: all words of the call.
        verb: the subcommand that carries it, `exec` or `rsh`.
    """
    at = _behind_options(words, 0)
    while at < len(words) and words[at].text != verb:
        at = _behind_options(words, at + 1)
    at = _behind_options(words, at + 1)
    if words[at : at + 1] and words[at].text == "--":
        at += 1
    at = _behind_options(words, at + 1)  # the name of the pod or container
    return words[at + 1 :] if words[at : at + 1] and words[at].text == "--" else words[at:]


def _behind_options(words: tuple[Word, ...], at: int) -> int:
    """The index of the first word from here on that is no option of `exec` and no value of one."""
    while at < len(words):
        text = words[at].text
        if text in _EXEC_VALUES:
            at += 2
        elif text in _EXEC_SWITCHES or (text.startswith("--") and "=" in text):
            at += 1
        else:
            break
    return at


def in_container(name: str, inner: tuple[Word, ...], call: Call, *, flags: frozenset[Flag] = NO_FLAGS,
                 targets: tuple[str, ...] = (), needs: frozenset[str] = frozenset()) -> Reading:  # fmt: skip
    """The reading of a command that runs in a container or pod; an opener if there is none."""
    if not inner:
        if call.stdin != NOTHING:
            return Reading(
                Effect.UNKNOWN,
                f"{name}.piped",
                "sends input to a program that is not named",
                flags=flags,
                targets=targets,
                needs=needs,
            )
        return Reading(Effect.OBSERVE, name, flags=flags | OPENER, targets=targets, needs=needs)
    inside = Inside(inner, flags=flags, elsewhere=True, stdin=call.stdin)
    return wrapped(name, inside, flags=flags, targets=targets, needs=needs)
