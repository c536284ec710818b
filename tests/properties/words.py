"""What people may say at any moment, allowed or not: the words that the histories of the properties are made of."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.said import AUDIENCES
from tocsin.incident.team import ROLES
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.testing.world import World

Act = Callable[[World], None]
PEOPLE = ("ana", "bo", "chen", "dee", "vic", "nobody")

people = st.sampled_from(PEOPLE).map(PersonId)
roles = st.sampled_from((*ROLES, "cook"))
minutes = st.sampled_from([-5, 1, 10, 25, 45, 90, 600])
audiences = st.sampled_from((*AUDIENCES, "log", "nobody"))
TEXTS = (
    "We are looking into it. Next update by 03:20 UTC.",
    "Everything is resolved.",
    "Bo restarted 10.0.0.4, password=hunter22x",
    "An outage. It will be fixed within 10 minutes. Next update by 04:00 UTC.",
    " ",
)


def _by(make: Callable[[World, PersonId], ev.Event | None]) -> st.SearchStrategy[Act]:
    def act(name: PersonId) -> Act:
        def run(w: World) -> None:
            event = make(w, name)
            if event is not None:
                w.happen(event, f"person:{name}")

        return run

    return people.map(act)


def _offer(role: str, to: PersonId) -> st.SearchStrategy[Act]:
    return _by(lambda w, by: ev.RoleOffered(role, to, by))


def _task_given(to: PersonId, box: int | None) -> st.SearchStrategy[Act]:
    def make(w: World, by: PersonId) -> ev.Event:
        key = f"{w.incident.id}.k{len(w.incident.team.tasks) + 1}"
        return ev.TaskGiven(
            key, "look at it", to, by, w.now + timedelta(minutes=box) if box is not None else None
        )

    return _by(make)


def _task(which: int, how: str) -> st.SearchStrategy[Act]:
    def make(w: World, by: PersonId) -> ev.Event:
        key = f"{w.incident.id}.k{which}"
        return ev.TaskTaken(key, by) if how == "taken" else ev.TaskClosed(key, by, how == "done", "seen")

    return _by(make)


def _drafted(audience: str, text: str) -> st.SearchStrategy[Act]:
    def make(w: World, by: PersonId) -> ev.Event:
        return ev.UpdateDrafted(
            audience, text, f"{w.incident.id}.u{len(w.incident.said.updates) + 1}", "", by
        )

    return _by(make)


def _update(which: int, how: str) -> st.SearchStrategy[Act]:
    """Approve, send or withdraw any update there ever was, also a second time or after other words."""

    def make(w: World, by: PersonId) -> ev.Event | None:
        known = list(w.incident.said.updates.values())
        if not known:
            return None
        chosen = known[-1 - which % len(known)]
        key = chosen.drafted.update
        match how:
            case "approve":
                return ev.UpdateApproved(key, by, chosen.digest)
            case "send":
                return ev.UpdateSent(key, by, chosen.digest)
            case "send anyway":
                return ev.UpdateSent(key, by, chosen.digest, "I say so")
            case "send other words":
                return ev.UpdateSent(key, by, "0" * 64, "I say so")
            case _:
                return ev.UpdateWithdrawn(key, by, "wrong")

    return _by(make)


def _leader_sends(audience: str) -> Act:
    """What mostly happens: whoever commands sends the newest draft."""

    def act(w: World) -> None:
        waiting, leader = w.incident.said.draft(audience), w.incident.commander
        if waiting is not None and leader is not None:
            w.happen(ev.UpdateSent(waiting.drafted.update, leader, waiting.digest), f"person:{leader}")

    return act


def _delivered(which: int, took_it: bool) -> Act:
    def act(w: World) -> None:
        known = list(w.incident.said.updates)
        if known:
            key = known[which % len(known)]
            event: ev.Event = (
                ev.UpdateDelivered(key, "hook", "200")
                if took_it
                else ev.UpdateUndelivered(key, "hook", "gone", True)
            )
            w.happen(event, "pager:hook")

    return act


def _absorbs(number: int) -> st.SearchStrategy[Act]:
    def make(w: World, by: PersonId) -> ev.Event:
        alert = Alert(f"x:other{number}", AlertState.FIRING, f"other {number}", "check:x", w.now)
        return ev.Absorbed(IncidentId(f"INC-{number}"), (alert,), by)

    return _by(make)


words: st.SearchStrategy[Act] = st.one_of(
    st.sampled_from(AUDIENCES).map(_leader_sends),
    st.sampled_from(["public", "customers"]).map(_leader_sends),
    st.just(_leader_sends("public")),
    _by(lambda w, by: ev.Merged(IncidentId("INC-2"), by)),
    st.tuples(roles, people).flatmap(lambda t: _offer(*t)),
    roles.flatmap(lambda role: _by(lambda w, by: ev.RoleWanted(role, by))),
    roles.flatmap(lambda role: _by(lambda w, by: ev.OfferDeclined(role, by))),
    st.tuples(people, st.none() | minutes).flatmap(lambda t: _task_given(*t)),
    st.tuples(st.integers(1, 4), st.sampled_from(["taken", "done", "gave up"])).flatmap(lambda t: _task(*t)),
    people.flatmap(lambda who: _by(lambda w, by: ev.ResponderReleased(who, by))),
    people.flatmap(lambda who: _by(lambda w, by: ev.ResponderCalled(who, by, "needed"))),
    st.booleans().flatmap(lambda sure: _by(lambda w, by: ev.CauseNamed(by, "the fan", sure))),
    _by(lambda w, by: ev.EscalationWanted(by, "help")),
    minutes.flatmap(
        lambda m: _by(lambda w, by: ev.EscalationPostponed(by, w.now + timedelta(minutes=m), "nearly"))
    ),
    minutes.flatmap(lambda m: _by(lambda w, by: ev.Snoozed(by, w.now + timedelta(minutes=m)))),
    _by(lambda w, by: ev.MajorDeclared(by, "a minister")),
    _by(lambda w, by: ev.SecurityDeclared(by, "a login", "Blue Heron")),
    _by(lambda w, by: ev.Linked(IncidentId("INC-2"), by)),
    _by(lambda w, by: ev.Resolved(by, "nothing there", "nothing there", false_alarm=True)),
    st.integers(2, 3).flatmap(_absorbs),
    st.tuples(audiences, st.sampled_from(TEXTS)).flatmap(lambda t: _drafted(*t)),
    st.tuples(
        st.integers(0, 8), st.sampled_from(["approve", "send", "send anyway", "send other words", "withdraw"])
    ).flatmap(lambda t: _update(*t)),
    st.builds(_delivered, st.integers(0, 20), st.booleans()),
    st.sampled_from(["status-page", "customers", "the-moon"]).flatmap(
        lambda item: _by(lambda w, by: ev.ChecklistTicked(item, by, "done"))
    ),
    minutes.flatmap(lambda m: _by(lambda w, by: ev.CadenceSet(by, timedelta(minutes=m)))),
)
