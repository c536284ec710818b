"""Who is next."""

from tocsin.kit.ids import PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole, Method, Person

ANA = Person(PersonId("ana"), "Ana", AccessRole.RESPONDER, (Method("sink", "ana"),))
BO = Person(PersonId("bo"), "Bo", AccessRole.RESPONDER, ())
VIC = Person(PersonId("vic"), "Vic", AccessRole.VIEWER, (Method("sink", "vic"),))


def roster(*levels: tuple[str, ...]) -> Roster:
    return Roster((ANA, BO, VIC), tuple(tuple(PersonId(name) for name in level) for level in levels))


def test_a_level_nobody_can_be_reached_on_is_passed_over() -> None:
    found = roster(("ana",), ("bo",), ("vic",))
    assert found.next_level(0) == 1
    assert found.next_level(1) == 3
    assert found.next_level(3) is None
    assert found.last_level == 3


def test_an_empty_roster_has_no_level() -> None:
    assert Roster().next_level(0) is None
    assert Roster().last_level == 0
    assert Roster().at(1) == ()
