"""`git`, beyond what its table says.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Effect
from tocsin.effects.hidden import git_hides
from tocsin.effects.reading import Call, Inside, Reading
from tocsin.effects.tools.bytable import by_table
from tocsin.effects.words import Word


def read_git(call: Call) -> Reading:
    """`git`: its configuration can start programs."""
    hides = git_hides(call.words)
    reading, found = by_table("git", replace(call, words=apart(call.words)[1]))
    if found.path == "bisect run":
        return Reading(
            Effect.CHANGE,
            "git.bisect",
            "checks out one commit after another",
            inside=(Inside(tuple(found.args.operands)),) if found.args.operands else (),
        )
    if found.path == "push":
        refs = [word.text for word in found.args.operands[1:]]
        if any(ref.startswith(("+", ":")) for ref in refs):
            return replace(
                reading,
                effect=Effect.DESTROY,
                rule="git.push.force",
                sentence="overwrites or deletes what the remote has",
            )
    if found.path == "fetch":
        into = [word.text.partition(":") for word in found.args.operands[1:] if ":" in word.text]
        if any(not to.startswith("refs/remotes/") for _, _, to in into):
            forced = any(text.startswith("+") for text, _, _ in into) or found.args.has("-f", "--force")
            return replace(
                reading,
                effect=Effect.DESTROY if forced else Effect.CHANGE,
                rule="git.fetch.into",
                sentence="sets branches of this copy to what the remote has",
            )
    if found.path == "checkout" and found.args.ended and found.args.after:
        return replace(
            reading,
            effect=Effect.DESTROY,
            rule="git.checkout.discard",
            sentence="throws away changes that were not committed",
        )
    if hides is not None:
        return hides if hides.effect.value >= reading.effect.value else reading
    return reading


def apart(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words of `git` as (each `-C directory` before the verb, the rest).

    There `-C` says where; after the verb of `switch` and `branch` it forces.
    """
    end = 0
    # A hole without quotes may be several words, the verb among them.
    while (
        len(words) > end + 2 and words[end].text == "-C" and (words[end + 1].known or words[end + 1].quoted)
    ):
        end += 2
    return words[:end], words[end:]


HANDLERS: dict[str, Callable[[Call], Reading]] = {"git": read_git}
