"""CookCam, "5. Rate Limit Triggered": more requests than nginx lets through, from customers or from an attacker."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.sandbox.cookcam import HOST, CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fail2ban import Fail2ban, Rule
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.look import Crowd
from tocsin.sandbox.oracles.nginx import errors_since, log_end
from tocsin.sandbox.service import wait_until
from tocsin.sandbox.visitors import Visitors, log_of, rounds

HEADING = "Rate Limit Triggered"
PAGE = "/api/v1/chefs"
CUSTOMERS = "127.0.0.7"
NEIGHBOUR = "127.0.0.8"
ATTACKER = "127.0.0.66"
BURST = 80
"""Requests at once: a school class behind one address, or a script."""
_REFUSED = (429, 503)
_BANNED = 403
_WITHIN = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Before:
    """The room as it was, who is disturbing it, and who could block him."""

    normal: Normal
    visitors: Visitors
    guard: Fail2ban | None = None


def spike(room: CookCamRoom) -> Before:
    """Eighty customers behind one address ask at once, twice a second; most are refused. Raises TocsinError."""
    return _send(room, CUSTOMERS)


def attack(room: CookCamRoom) -> Before:
    """One address does the same out of malice. fail2ban stands by, and blocks whom a person names. Raises TocsinError."""
    guard = Fail2ban(room.room, room.nginx, Rule())
    room.room.begin(guard)
    return replace(_send(room, ATTACKER), guard=guard)


def customers_are_refused(room: CookCamRoom) -> bool:
    """Whether somebody of the crowd that comes next is turned away for being too many: the customers' own experience."""
    return any(_next_round(room, CUSTOMERS).get(status) for status in _REFUSED)


def attacker_gets_in(room: CookCamRoom) -> bool:
    """Whether the attacker is answered with anything but "forbidden", the next time he comes."""
    return any(count for status, count in _next_round(room, ATTACKER).items() if status != _BANNED)


def others_fare(room: CookCamRoom, size: int, source: str = NEIGHBOUR) -> Counter[int]:
    """How so many customers behind another address fare, asking at once: status → how often.

    nginx remembers an address's excess also across a reload: who wants to know about a quiet one names a new one.
    """
    ca = room.room.authority.certificate
    with Crowd(HOST, port=room.nginx.front.port, ca=ca, source=source, size=size) as crowd:
        return crowd.ask(PAGE)


def restore(room: CookCamRoom, before: Before) -> None:
    """Nobody asks, and nginx has the configuration it had. Raises TocsinError."""
    before.visitors.stop()
    if before.guard is not None:
        before.guard.stop()
    bring_back(room, before.normal)


SPIKE = Fault(
    "rate_limit_triggered.spike", HEADING, spike, customers_are_refused, restore, oracles, rooms=("cookcam",)
)
ATTACK = Fault(
    "rate_limit_triggered.attack", HEADING, attack, attacker_gets_in, restore, oracles, rooms=("cookcam",)
)


def _send(room: CookCamRoom, source: str) -> Before:
    before = Before(note(room), Visitors(room.room, HOST, PAGE, source=source, size=BURST))
    end = log_end(room.nginx)
    room.room.begin(before.visitors)
    wait_until(
        lambda: any("limiting requests" in line for line in errors_since(room.nginx, end)),
        "nginx refuses somebody",
        _WITHIN,
    )
    return before


def _next_round(room: CookCamRoom, source: str) -> dict[int, int]:
    """What a round brings that begins after this call; nothing when nobody comes."""
    log = log_of(room.room.scratch.path, source)
    before = len(rounds(log))
    if not before:
        return {}
    # The one that is under way may have begun before.
    wait_until(lambda: len(rounds(log)) > before + 1, "the crowd has come again", _WITHIN)
    return rounds(log)[-1]
