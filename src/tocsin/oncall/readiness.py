"""Whether everybody a runbook wants to wake can really be reached, checked before it matters."""

from tocsin.oncall.escalation import Roster


def gaps(roster: Roster, levels_wanted: int) -> tuple[str, ...]:
    """What stands between a page and a person, one sentence each; empty when all is well (PAG-19).

    Args:
        roster: the people and levels of tocsin.toml.
        levels_wanted: how many escalation levels the runbook names.
    """
    found: list[str] = []
    for level in range(1, max(levels_wanted, 1) + 1):
        named = roster.levels[level - 1] if level <= len(roster.levels) else ()
        if not named:
            found.append(f"level {level} has nobody: set oncall.level{level} in tocsin.toml")
        for person in named:
            known = roster.person(person)
            if known is None:
                found.append(f'level {level} names "{person}", who is not among the people')
            elif not known.methods:
                found.append(
                    f'"{person}" on level {level} has no way to be reached: set people.{person}.page'
                )
            elif not known.access.may_act:
                found.append(f'"{person}" on level {level} is a viewer and could not act on a page')
    return tuple(found)
