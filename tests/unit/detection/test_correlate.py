"""Known trouble or new."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.correlate import Linking, OpenIncident, Suppression, correlate
from tocsin.kit.ids import IncidentId

NIGHT = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)
FIRST = OpenIncident(IncidentId("INC-1"), frozenset({"check:api", "sentry:42"}))
SECOND = OpenIncident(IncidentId("INC-2"), frozenset({"check:redis", "sentry:42"}))
REHEARSAL = OpenIncident(IncidentId("INC-3"), frozenset({"check:api"}), drill=True)


def alert(fingerprint: str, state: AlertState = AlertState.FIRING, *, drill: bool = False) -> Alert:
    return Alert(fingerprint, state, "trouble", "api", NIGHT, drill=drill)


def test_the_same_fingerprint_joins_the_open_incident() -> None:
    assert correlate(alert("check:redis"), [FIRST, SECOND]).incident == "INC-2"


def test_the_oldest_incident_that_knows_the_fingerprint_wins() -> None:
    assert correlate(alert("sentry:42"), [FIRST, SECOND]).incident == "INC-1"


def test_unknown_trouble_opens_an_incident() -> None:
    assert correlate(alert("check:disk"), [FIRST, SECOND]).linking is Linking.OPEN


def test_a_resolution_reaches_the_incident_it_ends() -> None:
    assert correlate(alert("check:api", AlertState.RESOLVED), [FIRST]).incident == "INC-1"


def test_a_resolution_of_nothing_is_suppressed_with_the_reason() -> None:
    answer = correlate(alert("check:disk", AlertState.RESOLVED), [FIRST])
    assert (answer.linking, answer.reason) == (Linking.SUPPRESS, Suppression.RESOLVE_WITHOUT_OPEN)


def test_an_alert_overtaken_by_its_own_resolution_opens_nothing() -> None:
    late = correlate(alert("check:api"), [], {"check:api": NIGHT + timedelta(seconds=1)})
    assert (late.linking, late.reason) == (Linking.SUPPRESS, Suppression.STALE_ORDER)
    again = correlate(alert("check:api"), [], {"check:api": NIGHT - timedelta(seconds=1)})
    assert again.linking is Linking.OPEN


def test_a_rehearsal_never_joins_real_trouble_nor_the_other_way_round() -> None:
    assert correlate(alert("check:api", drill=True), [FIRST]).linking is Linking.OPEN
    assert correlate(alert("check:api"), [REHEARSAL]).linking is Linking.OPEN
    assert correlate(alert("check:api", drill=True), [FIRST, REHEARSAL]).incident == "INC-3"


names = st.sampled_from(["a", "b", "c", "d"])
incidents = st.lists(
    st.builds(
        OpenIncident, st.sampled_from(["INC-1", "INC-2"]).map(IncidentId), st.frozensets(names), st.booleans()
    )
)
alerts = st.builds(alert, names, st.sampled_from(AlertState), drill=st.booleans())
ends = st.dictionaries(names, st.integers(-5, 5).map(lambda minutes: NIGHT + timedelta(minutes=minutes)))


@given(alerts, incidents, ends)
def test_every_alert_ends_linked_or_suppressed_with_a_reason(
    one: Alert, opened: list[OpenIncident], ended: dict[str, datetime]
) -> None:
    answer = correlate(one, opened, ended)
    assert (answer.incident is not None) == (answer.linking is Linking.JOIN)
    assert (answer.reason is not None) == (answer.linking is Linking.SUPPRESS)
    assert answer.why


@given(alerts, incidents, ends)
def test_only_creation_is_suppressed_never_resolution(
    one: Alert, opened: list[OpenIncident], ended: dict[str, datetime]
) -> None:
    about = [i for i in opened if one.fingerprint in i.fingerprints and i.drill == one.drill]
    assert (correlate(one, opened, ended).linking is Linking.JOIN) == bool(about)
