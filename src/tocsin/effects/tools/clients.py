"""What database clients have in common: their target, and SQL that nobody can read from here.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re

from tocsin.effects.dataflow import spoken_hint
from tocsin.effects.effect import Effect, Undo, Undoable
from tocsin.effects.options import Args
from tocsin.effects.reading import Call, Inside, Reading
from tocsin.effects.words import Word

_LOADS_DUMP = re.compile(
    r"gunzip|zcat|unzstd|zstd|pg_dump|mysqldump|mysqlbinlog|pg_restore|mongodump|\.sql\.|dump|backup|restore|\.gz\b|\.bak",
    re.I,
)


def target(args: Args, database: Word | None) -> str:
    """Which server and database, as far as the options say."""
    host = args.value("-h", "--host")
    port = args.value("-p", "--port", "-P")
    name = (database.raw or database.text) if database is not None else ""
    place = f"{host}:{port}" if host and port else host or ""
    return "database:" + (
        "/".join(part for part in (place, name.strip("\"'")) if part) or "whatever the environment says"
    )


def load(call: Call, rule: str, database: str, hint: str, targets: tuple[str, ...], name: str) -> Reading:
    """SQL that nobody can read from here, into this database."""
    if f"created:{database}" in call.place.facts:
        return Reading(Effect.CHANGE, f"{rule}.load", f"loads data into {database}, which this procedure made",
                       targets=targets, undo=Undo(Undoable.YES, None, f"drop the new database {database}"))  # fmt: skip
    if _LOADS_DUMP.search(hint):
        return Reading(
            Effect.DESTROY,
            f"{rule}.load",
            f"loads a dump into {name}: what is there may be replaced",
            targets=targets,
        )
    said = spoken_hint(hint)
    guess = (Inside(text=said, language="sql:postgres"),) if said else ()
    return Reading(
        Effect.UNKNOWN,
        f"{rule}.unknown",
        "runs statements that are not written here",
        targets=targets,
        inside=guess,
    )
