"""What an incident goes by is what held when it was declared, whatever the settings say after a restart (PAG-01).

The runbook is pinned by its hash; here are the rest of it: the settings of the procedure and the order of levels. Who
is on call at a level is no policy: it is asked whenever the level is called.
"""

from dataclasses import replace

from tocsin.incident.incident import Incident
from tocsin.incident.kept import Kept
from tocsin.incident.situation import Situation


def policy(situation: Situation) -> Kept:
    """What an incident declared now is to keep."""
    return Kept(situation.settings, situation.roster.order)


def situation(incident: Incident, now: Situation) -> Situation:
    """The situation as this incident is to see it; one of an older log kept nothing and sees what holds now."""
    kept = incident.declared.kept if incident.declared is not None else None
    if kept is None:
        return now
    roster = now.roster.arranged(kept.levels)
    if roster is now.roster and kept.settings == now.settings:
        return now
    return replace(now, settings=kept.settings, roster=roster)
