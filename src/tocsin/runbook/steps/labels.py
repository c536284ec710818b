"""Judging what holds the labels of an alert's template (`{{ $labels.pod }}`): one word each, as after it is filled."""

from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Judgement
from tocsin.runbook.steps.parameters import LABEL


def unveiled(text: str, judge: Callable[[str], Judgement]) -> Judgement:
    """The judgement of a text in which each label is a hole of the same length; targets and the way back say it as written."""
    spelled: dict[str, str] = {}

    def hole(found: str, name: str) -> str:
        word = f"<{name[: len(found) - 2].ljust(len(found) - 2, '_')}>"
        spelled[word] = found
        return word

    judgement = judge(LABEL.sub(lambda m: hole(m[0], m[1] or m[2]), text))

    def said(words: str) -> str:
        for word, found in spelled.items():
            words = words.replace(word, found)
        return words

    undo = judgement.undo
    if undo is not None:
        undo = replace(
            undo,
            capture=said(undo.capture) if undo.capture else undo.capture,
            reverse=said(undo.reverse) if undo.reverse else undo.reverse,
        )
    return replace(judgement, targets=tuple(said(target) for target in judgement.targets), undo=undo)
