"""The only door to the judge: what would running this text do to the world?

Pure, deterministic and total: any text gets an answer, and when nobody can say, the answer is unknown, which
is permitted like destroy.
Source: docs/reference/effects.md, sections on the scale of effects and on judging.
"""

from functools import lru_cache

from tocsin.effects.batch import of_batch
from tocsin.effects.bounded import bound
from tocsin.effects.effect import Effect, Flag, Judgement
from tocsin.effects.http import read_http_text
from tocsin.effects.powershell import of_windows, read_powershell
from tocsin.effects.reading import Place, Reading, Tally, unknown
from tocsin.effects.repository.find import enters, stays
from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.effects.repository.judged import distrust
from tocsin.effects.shell import walk
from tocsin.effects.sql import read_sql
from tocsin.effects.tools.redis import read_redis_text
from tocsin.effects.undo import joined, undo_for

__all__ = ["bound", "judge"]

_NO_FACTS: frozenset[str] = frozenset()
_ENDLESS = frozenset({Flag.INTERACTIVE, Flag.UNBOUNDED})


@lru_cache(maxsize=4096)
def judge(
    text: str,
    language: str = "shell",
    *,
    facts: frozenset[str] = _NO_FACTS,
    repository: Repository | None = None,
) -> Judgement:
    """What running this text would do.

    Args:
        text: the final text; open placeholders count as any value.
        language: "shell", "sql", "redis", "http", "powershell", "batch"; any other is unknown.
        facts: what is known about the targets. Understood are "created:NAME" (an earlier step of this
            procedure made the database NAME, so loading into it is a change) and "replicas:N" (what is
            scaled has N replicas now, so going below N disrupts). Facts never lower a destroying rule that
            does not ask for them.
        repository: the files that lie where the text runs. What it runs of them (`npm run x`, `make x`, `just x`,
            `./x.sh`) is judged by its own text, and `read` says what was read; what is not held is unknown, whatever its
            name says (`NOTHING_HELD`: all of it). None: nobody looked, and usual names count for what they usually do.

    Returns:
        The judgement; `bounded` holds the text to run instead if the original is interactive or endless, and
        judging that text gives a judgement without these flags.

    >>> judge("redis-cli FLUSHALL ASYNC").effect
    <Effect.DESTROY: 4>
    """
    tally = Tally()
    here = _here(text, repository)
    place = Place(facts=facts, repository=here)
    try:
        _read(text, language, place, tally)
    except RecursionError:
        tally.add(unknown("judge.deep", "too deeply nested to read"), 0, len(text))
    if len(tally.read) > 1:
        distrust(tally, (0, len(text)))
    undo = None
    if tally.effect is not Effect.OBSERVE:
        exact = undo_for(text, language) if len(tally.undos) == 1 else None
        undo = exact or joined(tally.undos)
    bounded = _bounded(text, facts, tally, repository) if language == "shell" else None
    return tally.judgement(undo, bounded)


def _here(text: str, repository: Repository | None) -> Repository | None:
    """The files where the commands of this text run: those of the folder it changes to first, none if it goes on moving."""
    if repository is None or stays(text):
        return repository
    entered = enters(text)
    if entered is None or not stays(entered[1]):
        return NOTHING_HELD
    return repository.at(entered[0]) or NOTHING_HELD


def _bounded(text: str, facts: frozenset[str], tally: Tally, repository: Repository | None) -> str | None:
    """The bounded form, if there is one that really ends by itself and does the same to the world."""
    if not tally.flags & _ENDLESS and "logs" not in text:
        return None
    instead = bound(text)
    if instead is None or instead == text:
        return None
    again = judge(instead, facts=facts, repository=repository)
    return None if again.flags & _ENDLESS or again.effect is not tally.effect else instead


def _read(text: str, language: str, place: Place, tally: Tally) -> None:
    readings: list[Reading]
    match language:
        case "shell":
            walk(text, tally, place=place)
            return
        case "sql":
            readings = read_sql(text)
        case "redis":
            readings = [
                read_redis_text(line)
                for line in text.splitlines()
                if line.strip() and not line.startswith("#")
            ]
        case "http":
            readings = [read_http_text(text)]
        case "powershell" if (line := of_windows(text)) is not None:
            walk(line, tally, place=place)
            return
        case "batch" if (line := of_batch(text)) is not None:
            walk(line, tally, place=place)
            return
        case "powershell":
            readings = [read_powershell(text)]
        case _:
            readings = [unknown("judge.language", f"texts in {language[:20]!r} cannot be judged")]
    for reading in readings:
        tally.add(reading, 0, len(text))
