"""The way back: what to read before a change, and the exact reverse command built from what was read.

Recipes know one kind of command each. Captured text comes from outside and is hostile: every value from it is
checked for its kind and quoted, so it can never add a word or an option to the reverse command.
Source: docs/reference/effects.md, table of captures and undos.
"""

from tocsin.effects.effect import Effect, Undo, Undoable
from tocsin.effects.recipe import Recipe
from tocsin.effects.shelltext import simple_commands
from tocsin.effects.undo_host import host_recipe
from tocsin.effects.undo_kube import kube_recipe
from tocsin.effects.undo_opposites import OPPOSITES, opposite_recipe
from tocsin.effects.undo_redis import redis_recipe
from tocsin.effects.undo_sql import psql_recipe, sql_recipe
from tocsin.effects.words import Word

_PREFIXES = ("sudo", "doas")
_WORST = {Undoable.YES: 0, Undoable.PARTLY: 1, Undoable.NO: 2}


def undo_for(text: str, language: str = "shell") -> Undo | None:
    """What to read before this change and how it goes back; None if no recipe knows it.

    Args:
        text: one change. Several changes in one text have no single way back.
        language: "shell", "sql" or "redis"; others have no recipes.
    """
    recipe = _recipe(text, language)
    return recipe.undo if recipe is not None else None


def way_back(text: str, captured: str, language: str = "shell") -> str | None:
    """The exact reverse of a change, from what its capture printed before it; None if there is none.

    Args:
        text: the change as it was run.
        captured: what `undo_for(text).capture` printed before the change.
        language: as in `undo_for`; the reverse is in the same language.

    >>> way_back("redis-cli CONFIG SET maxmemory-policy allkeys-lru", "maxmemory-policy\\nnoeviction")
    'redis-cli CONFIG SET maxmemory-policy noeviction'
    """
    recipe = _recipe(text, language)
    if recipe is None or recipe.back is None or "\0" in captured:
        return None
    return recipe.back(captured)


def joined(undos: list[tuple[Effect, Undo | None]]) -> Undo | None:
    """The way back of several changes together: the worst of them; exact only if there is just one."""
    if not undos:
        return None
    filled = [undo if undo is not None else _by_effect(effect) for effect, undo in undos]
    if len(filled) == 1:
        return filled[0]
    worst = max(filled, key=lambda undo: _WORST[undo.undoable])
    lost = "; ".join(dict.fromkeys(undo.lost for undo in filled if undo.lost))
    return Undo(worst.undoable, None, "take each part back, the last first", lost or None)


def _by_effect(effect: Effect) -> Undo:
    """What can be said of a change that no recipe knows."""
    match effect:
        case Effect.DESTROY:
            return Undo(Undoable.NO, lost="what is deleted or overwritten")
        case Effect.UNKNOWN:
            return Undo(Undoable.NO, lost="nobody can say what")
        case Effect.DISRUPT:
            return Undo(Undoable.PARTLY, lost="work that is interrupted")
        case _:
            return Undo(Undoable.PARTLY, lost="the state before, unless it is written down")


def _recipe(text: str, language: str) -> Recipe | None:
    match language:
        case "sql":
            return sql_recipe(text)
        case "redis":
            line = text.strip()
            return redis_recipe([], tuple(_line_words(line))) if line and "\n" not in line else None
        case "shell":
            return _shell_recipe(text)
        case _:
            return None


def _line_words(line: str) -> list[Word]:
    commands = simple_commands(line)
    return list(commands[0].words) if len(commands) == 1 and commands[0].alone else []


def _shell_recipe(text: str) -> Recipe | None:
    commands = simple_commands(text)
    if len(commands) != 1 or not commands[0].alone:
        return None
    words = commands[0].words
    prefix = []
    while len(words) > 1 and words[0].text in _PREFIXES and words[0].raw == words[0].text:
        prefix.append(words[0].raw)
        words = words[1:]
    if words[0].text.startswith("-"):
        return None  # sudo's own options: whose rights the way back needs is not ours to guess
    name = words[0].text.rpartition("/")[2]
    match name:
        case "redis-cli" | "valkey-cli":
            connection, command = _redis_parts(words)
            return redis_recipe([*prefix, *connection], command) if command else None
        case "kubectl" | "oc" | "k":
            recipe = kube_recipe(prefix, words)
        case "psql":
            return psql_recipe(prefix, words)
        case _:
            recipe = host_recipe(prefix, words)
    return opposite_recipe(name, prefix, words) if recipe is None and name in OPPOSITES else recipe


def _redis_parts(words: tuple[Word, ...]) -> tuple[list[str], tuple[Word, ...]]:
    """redis-cli with its connection options as written, and the Redis command behind them."""
    connection = [words[0].raw]
    index = 1
    takes_value = (
        "-h",
        "-p",
        "-s",
        "-a",
        "-u",
        "-n",
        "--user",
        "--pass",
        "--cert",
        "--key",
        "--cacert",
        "--sni",
        "-t",
    )
    while index < len(words) and words[index].text.startswith("-"):
        text = words[index].text
        connection.append(words[index].raw)
        if text in takes_value and index + 1 < len(words):
            index += 1
            connection.append(words[index].raw)
        elif text not in (
            "--tls",
            "--no-auth-warning",
            "--raw",
            "--no-raw",
            "-e",
            "-c",
            "-2",
            "-3",
            "--insecure",
        ):
            return connection, ()
        index += 1
    return connection, words[index:]
