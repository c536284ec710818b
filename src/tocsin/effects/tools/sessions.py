"""Tools that open a session somewhere else by a subcommand, and may carry the command for it: `cephadm shell -- ceph -s`.

Source: docs/reference/effects.md, section on wrappers.
"""

from collections.abc import Callable

from tocsin.effects.effect import Effect
from tocsin.effects.inside import REMOTE, in_container
from tocsin.effects.reading import Call, Inside, Reading
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.tools.table import tables
from tocsin.effects.words import Word

_LOCAL_MACHINES = {"shell": 1, "ssh": 0, "run": 0}
# Subcommand to how many operands of its own come before the command. Every name a table gives must stand here.
_CARRIES: dict[str, dict[str, int]] = {
    "cephadm": {"shell": 0},
    "virtctl": {"ssh": 1},
    "tsh": {"ssh": 1},
    "qm": {"guest exec": 1, "exec": 1},
    "multipass": {"exec": 1, "shell": 1},
    **dict.fromkeys(("limactl", "colima", "orb", "orbctl"), _LOCAL_MACHINES),
}


def read_session(call: Call) -> Reading:
    """The command a session is opened for; an opener if there is none."""
    reading, found = by_table(call.name, call)
    carried = next(
        (
            inner
            for path, skip in _CARRIES[call.name].items()
            if (inner := _behind(call, path.split(), skip)) is not None
        ),
        None,
    )
    if carried is None:
        return says_destroy(reading, call)
    texts = found.args.values("-c", "--command") if call.name == "virtctl" else []
    if texts:
        inside = tuple(Inside(text=text.text, flags=REMOTE, elsewhere=True) for text in texts)
        return Reading(
            Effect.OBSERVE, f"{call.name}.session", needs=reading.needs, inside=inside, silent=True
        )
    if len(carried) == 1 and " " in carried[0].text:
        carried = (Word("sh", 0, 0, "sh"), Word("-c", 0, 0, "-c"), carried[0])
    return in_container(f"{call.name}.session", carried, call, needs=reading.needs)


def _behind(call: Call, path: list[str], operands: int) -> tuple[Word, ...] | None:
    """The words behind this subcommand and so many operands, as they stand; None if it is another subcommand.

    Options of the tool may stand between these.
    """
    grammar = tables()[call.name].grammar
    words, index, seen = call.words, 0, 0
    while index < len(words):
        text = words[index].text
        if text == "--":
            return words[index + 1 :] if seen >= len(path) else None
        if text.startswith("-") and len(text) > 1:
            index += 2 if text in grammar.values else 1
            continue
        if seen == len(path) + operands:
            break
        if seen < len(path) and text != path[seen]:
            return None
        seen += 1
        index += 1
    return words[index:] if seen >= len(path) else None


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(_CARRIES, read_session)
