"""Who is next, and whether everybody can be reached before it matters."""

from tocsin.kit.ids import PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.oncall.readiness import gaps

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


def test_what_stands_between_a_page_and_a_person_is_said() -> None:
    found = gaps(roster(("ana",), ("bo",), ("vic", "zoe")), 4)
    assert any('"bo" on level 2 has no way to be reached' in sentence for sentence in found)
    assert any('"vic" on level 3 is a viewer' in sentence for sentence in found)
    assert any('"zoe", who is not among the people' in sentence for sentence in found)
    assert any("level 4 has nobody" in sentence for sentence in found)


def test_a_full_roster_has_no_gaps() -> None:
    assert gaps(roster(("ana",)), 1) == ()
