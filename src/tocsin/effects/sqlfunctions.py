"""SQL functions: known to be harmless, known to act, or unknown.

Source: docs/reference/effects.md, section on judging SQL.
"""

from functools import cache
from typing import NamedTuple

from sqlglot import exp

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NO_FLAGS, Reading, unknown
from tocsin.effects.tools.table import listed

_HEAVY = frozenset({Flag.HEAVY})


class _Named(NamedTuple):
    effect: Effect
    sentence: str
    flags: frozenset[Flag] = NO_FLAGS


_FUNCTIONS: dict[str, _Named] = {
    "pg_terminate_backend": _Named(Effect.DISRUPT, "ends other people's database sessions"),
    "pg_cancel_backend": _Named(Effect.DISRUPT, "cancels other people's queries"),
    "pg_promote": _Named(Effect.DISRUPT, "makes this replica the primary"),
    "pg_advisory_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_advisory_lock_shared": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_advisory_xact_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_try_advisory_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_try_advisory_xact_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_advisory_unlock": _Named(Effect.CHANGE, "releases a lock"),
    "pg_advisory_unlock_all": _Named(Effect.CHANGE, "releases locks"),
    "pg_wal_replay_pause": _Named(Effect.DISRUPT, "stops the replica from catching up"),
    "pg_wal_replay_resume": _Named(Effect.CHANGE, "lets the replica catch up"),
    "pg_reload_conf": _Named(Effect.CHANGE, "makes the server read its configuration again"),
    "pg_rotate_logfile": _Named(Effect.CHANGE, "starts a new log file"),
    "pg_switch_wal": _Named(Effect.CHANGE, "starts a new WAL segment"),
    "pg_create_restore_point": _Named(Effect.CHANGE, "writes a restore point"),
    "pg_create_physical_replication_slot": _Named(Effect.CHANGE, "makes a replication slot, which keeps WAL"),
    "pg_create_logical_replication_slot": _Named(Effect.CHANGE, "makes a replication slot, which keeps WAL"),
    "pg_drop_replication_slot": _Named(
        Effect.DESTROY, "drops a replication slot: the replica must be rebuilt"
    ),
    "pg_replication_slot_advance": _Named(Effect.DESTROY, "moves a consumer's position"),
    "pg_logical_slot_get_changes": _Named(Effect.DESTROY, "consumes changes meant for a subscriber"),
    "pg_backup_start": _Named(Effect.CHANGE, "starts a backup"),
    "pg_backup_stop": _Named(Effect.CHANGE, "ends a backup"),
    "pg_notify": _Named(Effect.CHANGE, "tells every listener", frozenset({Flag.NOTIFIES})),
    "nextval": _Named(Effect.CHANGE, "takes a number from a sequence"),
    "setval": _Named(Effect.CHANGE, "sets a sequence"),
    "set_config": _Named(Effect.CHANGE, "changes a setting, perhaps one that protects"),
    "lo_unlink": _Named(Effect.DESTROY, "deletes a large object"),
    "pg_sleep": _Named(Effect.OBSERVE, "", _HEAVY),
    "pg_stat_reset": _Named(Effect.DESTROY, "throws away statistics"),
    "pg_stat_statements_reset": _Named(Effect.DESTROY, "throws away query statistics"),
    "pg_stat_reset_shared": _Named(Effect.DESTROY, "throws away statistics"),
    "pg_prewarm": _Named(Effect.CHANGE, "loads a table into memory", _HEAVY),
    "sleep": _Named(Effect.OBSERVE, "", _HEAVY),
    "benchmark": _Named(Effect.OBSERVE, "", _HEAVY),
    "get_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "release_lock": _Named(Effect.CHANGE, "releases a lock"),
    "pg_logical_slot_peek_changes": _Named(Effect.OBSERVE, "", _HEAVY),
    "drop_chunks": _Named(Effect.DESTROY, "drops chunks of a table"),
}


@cache
def _catalogue() -> frozenset[str]:
    return listed("pg_functions.txt") | listed("pg_harmless.txt")


@cache
def _elsewhere() -> frozenset[str]:
    return listed("sql_harmless.txt")


def read_function(node: exp.Func, dialect: str) -> Reading | None:
    """What calling this function does; None if it is known to be harmless."""
    if isinstance(node, exp.Anonymous):
        name = (node.this if isinstance(node.this, str) else node.name).lower()
    elif isinstance(node, (exp.And, exp.Or, exp.Xor, exp.Cast, exp.Case, exp.Array, exp.Exists)):
        return None
    else:
        name = node.sql_name().lower()
        if name.startswith("read_") or isinstance(node, exp.NextValueFor):
            return unknown("sql.function", f"calls {name}, which is not known to be harmless")
        if _named(name) is None and not isinstance(node, exp.AnonymousAggFunc):
            return None  # sqlglot models only functions of the language itself, and they compute
    named = _named(name)
    if named is not None:
        if named.effect is Effect.OBSERVE and not named.flags:
            return None
        return Reading(named.effect, f"sql.function.{name}", named.sentence, named.flags)
    if name in _catalogue() or (dialect != "postgres" and name in _elsewhere()):
        return None
    if name.startswith("pg_stat_get_") or (
        name in _elsewhere() and dialect == "postgres" and name in ("if", "ifnull")
    ):
        return None
    return unknown("sql.function", f"calls {name}, which is not known to be harmless")


def _named(name: str) -> _Named | None:
    return _FUNCTIONS.get(name.rpartition(".")[2])
