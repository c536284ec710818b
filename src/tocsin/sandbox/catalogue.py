"""Every room and every fault by name: ours, and those that other packages add by entry point.

A new room or fault of ours is one line here. Others name theirs in their pyproject.toml, under "tocsin.rooms" (a
`RoomKind`) and "tocsin.faults" (a `Fault`): docs/how-to/add-a-drill.md.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from tocsin.errors import ConfigError
from tocsin.kit.keys import did_you_mean
from tocsin.kit.plugins import Plugin, plugins
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.faults import (
    api_not_responding,
    database_backup_restore,
    database_connections,
    disable_payments,
    finance_payout_reconciliation,
    high_database_load,
    memory_leak,
    option_a_rollback,
    option_b_hot_fix,
    option_c_scale_up,
    option_d_database_recovery,
    rate_limit_triggered,
    redis_memory_full,
    revoke_stripe_keys,
    ssl_certificate_expiration,
    stripe_webhook_failures,
    synthetic_monitoring,
)
from tocsin.sandbox.kind import SIMULATED_CLUSTER, RoomKind
from tocsin.sandbox.payout_job import PrepChefJobsRoom
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom

ROOM_GROUP = "tocsin.rooms"
FAULT_GROUP = "tocsin.faults"

AnyFault = Fault[Any, Any]
"""A fault whose kind of room is known by name only."""

_ROOMS: tuple[RoomKind, ...] = (
    RoomKind("cookcam", "nginx, Node under PM2 and Postgres", CookCamRoom.within, workdir="app"),
    RoomKind(
        "cookcam-cluster", "the same in PM2's cluster mode", CookCamRoom.within_clustered, workdir="app"
    ),
    RoomKind(
        "prepchef", "nginx, Node, Postgres, Redis with 8 MB and S3", PrepChefRoom.within, workdir="home"
    ),
    RoomKind(
        "prepchef-cluster",
        "the same with a Kubernetes cluster, and Stripe",
        PrepChefClusterRoom.within,
        workdir="home",
        stand_ins=(SIMULATED_CLUSTER, "Stripe is a stand-in"),
    ),
    RoomKind("prepchef-jobs", "the same with its nightly job", PrepChefJobsRoom.within, workdir="home"),
)
_FAULTS: tuple[AnyFault, ...] = (
    api_not_responding.STOPPED,
    api_not_responding.CRASH_LOOP,
    database_connections.EXHAUSTED,
    stripe_webhook_failures.FAILING,
    memory_leak.LEAK,
    rate_limit_triggered.SPIKE,
    rate_limit_triggered.ATTACK,
    option_a_rollback.BAD_RELEASE,
    option_b_hot_fix.BAD_RELEASE,
    option_c_scale_up.BUSY,
    option_d_database_recovery.SPOILED,
    database_backup_restore.DROPPED,
    revoke_stripe_keys.LEAKED,
    disable_payments.FRAUD,
    high_database_load.REPORTS_FAULT,
    high_database_load.SHORT_FAULT,
    redis_memory_full.FULL,
    ssl_certificate_expiration.EXPIRED,
    finance_payout_reconciliation.MISSED,
    synthetic_monitoring.SLOW,
)

_Found = TypeVar("_Found", RoomKind, AnyFault)


def room_kind(name: str) -> RoomKind:
    """The room of this name. Raises ConfigError, which names the nearest known one."""
    return _find(name, {kind.name: kind for kind in _ROOMS}, ROOM_GROUP, "room")


def fault(name: str) -> AnyFault:
    """The fault of this name. Raises ConfigError, which names the nearest known one."""
    return _find(name, {one.name: one for one in _FAULTS}, FAULT_GROUP, "fault")


def rooms() -> tuple[RoomKind, ...]:
    """The rooms of ours, in order."""
    return _ROOMS


def faults() -> tuple[AnyFault, ...]:
    """The faults of ours, in order."""
    return _FAULTS


def _find(name: str, own: dict[str, _Found], group: str, what: str) -> _Found:
    if name in own:
        return own[name]
    others: Mapping[str, Plugin] = plugins(group)
    if name not in others:
        raise ConfigError(f"unknown {what} {name!r}.", hint=did_you_mean(name, {*own, *others}))
    try:
        found: _Found = others[name].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"{what} {name!r}: its package could not be loaded: {error}.",
            hint=f"Reinstall what provides {others[name].value}.",
        ) from error
    return found
