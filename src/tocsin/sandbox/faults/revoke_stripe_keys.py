"""PrepChef, "2. Revoke Stripe Keys (Compromised)": the secret key stands in a log that others can read."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.kind import SIMULATED_CLUSTER
from tocsin.sandbox.oracles import kubernetes, postgres
from tocsin.sandbox.prepchef import DATABASE
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom
from tocsin.sandbox.service import wait_until

HEADING = "Revoke Stripe Keys (Compromised)"
LOG = "payments.log"
_WITHIN = timedelta(seconds=180)
_LINE = "ERROR payments: request to api.stripe.com failed, headers: authorization Bearer {key}\n"


@dataclass(frozen=True, slots=True)
class Before:
    """How long the log was."""

    size: int


def inject(room: PrepChefClusterRoom) -> Before:
    """Write the key into a log of the application, as a careless handler of errors does."""
    log = room.logs / LOG
    before = Before(log.stat().st_size)
    with log.open("a", encoding="utf-8") as file:
        # More than once: whoever logs a header logs it with every request.
        file.writelines(_LINE.format(key=room.stripe_key) for _ in range(5))
    room.leaked = True
    return before


def confirm(room: PrepChefClusterRoom) -> bool:
    """Whether the key that leaked still opens Stripe, or customers cannot pay. Without a leak there is neither."""
    return (room.leaked and not _revoked(room)) or not room.pays()


def restore(room: PrepChefClusterRoom, before: Before) -> None:
    """The log without the key, the key works again, and the cluster of a normal day. Raises TocsinError."""
    log = room.logs / LOG
    log.write_bytes(log.read_bytes()[: before.size] if log.exists() else b"")
    room.leaked = False
    room.settle()
    wait_until(lambda: not confirm(room), "payments are as on a normal day", _WITHIN)


def oracles(room: PrepChefClusterRoom) -> Oracles:
    """Every object of the cluster, rows, and what Stripe saw: charges by key, keys that are revoked."""
    charges: dict[str, int] = {}
    for one in room.stripe.intents:
        charges[_short(one.key)] = charges.get(_short(one.key), 0) + 1
    return {
        **kubernetes.objects(room.cluster.client),
        **postgres.contents(room.postgres, DATABASE),
        **{f"stripe.charges.{key}": str(count) for key, count in charges.items()},
        "stripe.revoked": str(sum(key.revoked for key in room.stripe.keys)),
    }


LEAKED = Fault(
    "revoke_stripe_keys",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("prepchef-cluster",),
    stand_ins=("Stripe is a stand-in", SIMULATED_CLUSTER),
)


def _revoked(room: PrepChefClusterRoom) -> bool:
    return any(key.secret == room.stripe_key and key.revoked for key in room.stripe.keys)


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:8]
