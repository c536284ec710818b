"""The way back a runbook gives itself: steps under Rollback or Re-enable, bound to the changes they undo.

Source: docs/reference/runbook-language.md, section 9.3.
"""

from collections.abc import Iterable, Mapping

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role
from tocsin.runbook.steps.drafts import ChoiceDraft, NodeDraft, StepDraft, Unit
from tocsin.runbook.steps.freeze import effect_of

_NOT_UNDONE = frozenset(
    {
        Role.VERIFICATION,
        Role.POST_INCIDENT,
        Role.PREVENTION,
        Role.TOOLBOX,
        Role.COMMUNICATION,
        Role.REFERENCES,
    }
)
Way = tuple[tuple[int, int], ...]  # the options a step stands in: which choice, which of its ways


def bind_ways_back(units: Iterable[Unit], procedures: Mapping[int, int]) -> None:
    """Gives each change the rollback steps that follow it in its procedure.

    A rollback speaks for the changes since the rollback before it; one inside a way of a choice only for that way.

    Args:
        procedures: of a step, by identity: which procedure it belongs to.
    """
    changes: dict[int, list[tuple[StepDraft, Way]]] = {}
    undoing: dict[int, bool] = {}  # whether the last step seen there was a rollback
    for step, way in _walk([node for unit in units for node in unit.nodes], ()):
        place = procedures.get(id(step), 0)
        open_changes = changes.setdefault(place, [])
        if step.role is Role.ROLLBACK:
            for change, inside in open_changes:
                if inside[: len(way)] == way:
                    change.undone_by = (*change.undone_by, step)
            undoing[place] = True
        elif step.role not in _NOT_UNDONE and effect_of(step) is not Effect.OBSERVE and step.actions:
            if undoing.get(place):
                open_changes[:] = [(c, w) for c, w in open_changes if not c.undone_by]
            open_changes.append((step, way))
            undoing[place] = False


def _walk(nodes: Iterable[NodeDraft], way: Way) -> Iterable[tuple[StepDraft, Way]]:
    for node in nodes:
        match node:
            case StepDraft():
                yield node, way
            case ChoiceDraft(options=options):
                for index, option in enumerate(options):
                    yield from _walk(option.body, (*way, (id(node), index)))
            case _:
                pass
