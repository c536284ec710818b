"""`mongosh --eval`: the expression is judged.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

from collections.abc import Callable

from tocsin.effects.dataflow import opaque
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import OPENER
from tocsin.effects.options import Grammar, in_full, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading

_MONGO = Grammar(values=frozenset(["--eval", "--host", "--port", "-u", "--username", "-p", "--password", "--authenticationDatabase", "-f", "--file", "--db", "--tlsCAFile", "--tlsCertificateKeyFile"]))  # fmt: skip


# What runs beside the expression: a session, a file, a library.
_MORE = ("-f", "--file", "--shell", "--require", "--csfleLibraryPath", "--cryptSharedLibPath")


def read_mongosh(call: Call) -> Reading:
    """`mongosh --eval '…'`."""
    args = parse(in_full(call.words, _MONGO), _MONGO)
    targets = (f"database:{args.operands[0].raw}",) if args.operands else ("database:mongodb",)
    flags = frozenset({Flag.SECRET}) if args.value("-p", "--password") else NO_FLAGS
    texts = args.values("--eval")
    if texts:
        more = any(word.text.endswith((".js", ".mongodb")) for word in args.operands) or call.stdin != NOTHING
        if more or args.has(*_MORE) or any(opaque(text.text) for text in texts) or len(args.operands) > 1:
            guesses = tuple(
                Inside(text=text.text, language="mongo") for text in texts if not opaque(text.text)
            )
            sentence = "runs a script that is not written here"
            return Reading(Effect.UNKNOWN, "mongosh.unknown", sentence, flags, targets, inside=guesses)
        return Reading(
            Effect.OBSERVE,
            "mongosh",
            flags=flags,
            targets=targets,
            silent=not flags,
            inside=tuple(Inside(text=text.text, language="mongo") for text in texts),
        )
    if call.stdin != NOTHING and call.stdin.literal is not None and not opaque(call.stdin.literal):
        return Reading(
            Effect.OBSERVE,
            "mongosh",
            flags=flags,
            targets=targets,
            silent=not flags,
            inside=(Inside(text=call.stdin.literal, language="mongo"),),
        )
    if (
        args.has("-f", "--file")
        or call.stdin != NOTHING
        or any(word.text.endswith(".js") for word in args.operands)
    ):
        return Reading(
            Effect.UNKNOWN, "mongosh.script", "runs a script that is not written here", flags, targets
        )
    return Reading(Effect.OBSERVE, "mongosh", flags=flags | OPENER, targets=targets)


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(("mongosh", "mongo"), read_mongosh)
