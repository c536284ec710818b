"""A page with everything on it, for tests."""

from datetime import UTC, datetime, timedelta

from tocsin.status.board import (
    Board,
    Component,
    Day,
    Impact,
    Maintenance,
    PublicIncident,
    PublicUpdate,
    State,
    last_days,
)

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
NASTY = '"></title></style><script>alert(1)</script> & <b>\x00\x07 ]]> 🚨'


def days(known: int = 70) -> tuple[Day, ...]:
    """Some with trouble, the oldest without data."""
    return last_days(
        NOW.date(),
        [
            Day(
                NOW.date() - timedelta(days=back),
                timedelta(hours=24 if back else 3),
                timedelta(minutes=14) if back % 23 == 5 else timedelta(),
                timedelta(minutes=3) if back % 17 == 2 else timedelta(),
            )
            for back in range(known)
        ],
    )


def component(number: int, name: str, state: State, group: str | None = None) -> Component:
    """One of the page."""
    return Component(f"c{number}", f"part-{number}", name, number, state, NOW, days(), group, f"{name} about")


COMPONENTS = (
    component(1, "API", State.PARTIAL),
    component(2, "Checkout", State.DEGRADED),
    component(3, "Web", State.OPERATIONAL, "Front"),
    component(4, f"App {NASTY}", State.UNKNOWN, "Front"),
    component(5, "Search", State.MAINTENANCE, "Front"),
    component(6, "Payouts", State.MAJOR),
)
OPEN = PublicIncident(
    "a1",
    f"Some bookings fail {NASTY}",
    Impact.MAJOR,
    (
        PublicUpdate("u2", NOW - timedelta(minutes=2), "identified", f"**Impact**: some\nfail {NASTY}\n\n- [a](javascript:x)\n- ![i](https://evil.example/x.png)\n\n# no heading"),
        PublicUpdate("u1", NOW - timedelta(minutes=9), "investigating", "", withdrawn=True),
    ),
    NOW - timedelta(minutes=12),
    ("c1", "c2"),
    NOW + timedelta(minutes=10),
    ("https://wiki.example/secret-runbook#redis",),
    internal="INC-12",
)  # fmt: skip
OVER = PublicIncident(
    "b2",
    "Slow search",
    Impact.MINOR,
    (
        PublicUpdate("o2", NOW - timedelta(days=3), "resolved", "It works again."),
        PublicUpdate("o1", NOW - timedelta(days=3, hours=1), "monitoring", "We watch it."),
    ),
    NOW - timedelta(days=3, hours=2),
    ("c5",),
    postmortem=True,
    internal="INC-9",
)
WORKS = (
    Maintenance("m1", "Upgrade", "Reads keep working.", NOW - timedelta(minutes=30), NOW + timedelta(hours=1), NOW - timedelta(days=2), ("c5",)),
    Maintenance("m2", "Network", "", NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1), NOW - timedelta(days=2), ("c1",)),
    Maintenance("m3", "Old", "", NOW - timedelta(days=2), NOW - timedelta(days=1), NOW - timedelta(days=4)),
)  # fmt: skip
FULL = Board(
    "p1", "PrepChef", "https://status.prepchef.app", NOW, timedelta(minutes=5), COMPONENTS, (OPEN, OVER), WORKS,
    "Bookings of kitchens", "https://ops.example/status/subscribe?a=1&b=2",
)  # fmt: skip
EMPTY = Board("p1", "PrepChef", "https://status.prepchef.app", NOW, timedelta(minutes=5), ())
