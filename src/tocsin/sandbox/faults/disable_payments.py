"""PrepChef, "3. Disable Payments (Emergency Stop)": hundreds of bookings of nearly ten thousand dollars each."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.kind import SIMULATED_CLUSTER
from tocsin.sandbox.oracles import kubernetes, postgres
from tocsin.sandbox.prepchef import DATABASE
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom
from tocsin.sandbox.service import wait_until

HEADING = "Disable Payments (Emergency Stop)"
_WITHIN = timedelta(seconds=180)
_FRAUD = """\
INSERT INTO bookings (kitchen_id, guest, amount_cents, start_time, end_time, created_at)
SELECT 1 + n % 60, 'drill-fraud-' || n, 999999, now() + interval '3 days', now() + interval '3 days 4 hours', now()
FROM generate_series(1, 300) AS n
"""
_THERE = "SELECT count(*) FROM bookings WHERE guest LIKE 'drill-fraud-%'"


@dataclass(frozen=True, slots=True)
class Before:
    """Nothing has to be remembered: the bookings of the fault are known by their guests."""


def inject(room: PrepChefClusterRoom) -> Before:
    """Book. Raises TocsinError."""
    room.postgres.query(_FRAUD, DATABASE)
    return Before()


def confirm(room: PrepChefClusterRoom) -> bool:
    """Whether there are such bookings, and payments are still taken."""
    return room.postgres.query(_THERE, DATABASE) != "0" and room.pays()


def restore(room: PrepChefClusterRoom, _: Before) -> None:
    """Without those bookings, and the cluster of a normal day. Raises TocsinError."""
    room.postgres.query("DELETE FROM bookings WHERE guest LIKE 'drill-fraud-%'", DATABASE)
    room.settle()
    # A rollout that the runbook began may still be on its way.
    wait_until(room.pays, "payments are taken again", _WITHIN)


def oracles(room: PrepChefClusterRoom) -> Oracles:
    """Every object of the cluster of all namespaces, and the rows."""
    return {**kubernetes.objects(room.cluster.client), **postgres.contents(room.postgres, DATABASE)}


FRAUD = Fault(
    "disable_payments",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("prepchef-cluster",),
    stand_ins=("Stripe is a stand-in", SIMULATED_CLUSTER),
)
