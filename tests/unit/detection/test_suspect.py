"""How well a change fits a trouble."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.change_event import ChangeEvent
from tocsin.detection.suspect import Fit, Trouble, suspects, weigh

THREE = datetime(2026, 11, 22, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DEPLOYED = ChangeEvent(
    "github:deployment:1", "deployment succeeded: cookcam/api f95f852 to production", "github", THREE - 12 * MINUTE,
    "succeeded", "ana", labels={"repository": "cookcam/api", "environment": "production"},
)  # fmt: skip
API = Trouble(
    ({"service": "cookcam-api", "env": "prod"},), ("502 from api.cookcam.app", "API Not Responding"), THREE
)
ELSEWHERE = Trouble(({"service": "search"},), ("search is slow", ""), THREE)


def test_the_same_service_however_it_is_written_is_the_first_suspect_with_its_time() -> None:
    found = weigh(DEPLOYED, API)
    assert found.fit is Fit.SAME
    assert found.reasons == ("its repository cookcam/api is the alert's service cookcam-api", "12 min before")


def test_what_the_incident_is_called_counts_where_no_label_does() -> None:
    found = weigh(DEPLOYED, replace(API, labels=({},)))
    assert found.fit is Fit.SAME
    assert "cookcam" in found.reasons[0]
    assert weigh(DEPLOYED, ELSEWHERE).fit is Fit.NEAR
    assert weigh(DEPLOYED, ELSEWHERE).reasons == ("12 min before",)


def test_words_that_every_service_has_prove_nothing() -> None:
    change = replace(DEPLOYED, labels={"repository": "acme/api-service"})
    assert (
        weigh(change, replace(API, labels=({},), words=("the API service of shop is down",))).fit is Fit.NEAR
    )


def test_what_went_to_another_place_is_told_apart_but_not_left_out() -> None:
    staged = replace(DEPLOYED, key="s", labels={**DEPLOYED.labels, "environment": "staging"})
    trouble = replace(API, labels=({"service": "cookcam-api", "environment": "production"},))
    assert weigh(staged, trouble).fit is Fit.ELSEWHERE
    assert "it went to environment staging, the alert is of production" in weigh(staged, trouble).reasons
    assert [each.change.key for each in suspects([staged, DEPLOYED], trouble)] == [DEPLOYED.key, "s"]


@pytest.mark.parametrize(
    ("here", "there"), [("production", "prod"), ("Staging", "stage"), ("live", "production")]
)
def test_a_place_has_many_spellings(here: str, there: str) -> None:
    change = replace(DEPLOYED, labels={"repository": "cookcam/api", "environment": there})
    assert (
        weigh(change, replace(API, labels=({"service": "cookcam-api", "environment": here},))).fit is Fit.SAME
    )


def test_of_those_that_fit_the_last_before_the_trouble_comes_first_and_what_came_after_it_last() -> None:
    minutes = {"long before": -300, "just before": -2, "after": 1}
    changes = [replace(DEPLOYED, key=key, at=THREE + away * MINUTE) for key, away in minutes.items()]
    stranger = replace(DEPLOYED, key="stranger", at=THREE - MINUTE, labels={})
    found = suspects([*changes, stranger], API)
    assert [each.change.key for each in found] == ["just before", "long before", "after", "stranger"]
    assert found[2].reasons[-1] == "1 min after it began"


def test_a_failed_change_says_so() -> None:
    assert "it failed" in weigh(replace(DEPLOYED, state="failed"), API).reasons


TEXT = st.text(max_size=20)


@given(
    st.dictionaries(TEXT | st.sampled_from(["service", "repo", "env"]), TEXT, max_size=4),
    st.dictionaries(TEXT | st.sampled_from(["service", "repo", "env"]), TEXT, max_size=4),
    st.lists(TEXT, max_size=2),
)
def test_no_change_is_lost_whatever_labels_say(
    theirs: dict[str, str], ours: dict[str, str], words: list[str]
) -> None:
    changes = [replace(DEPLOYED, labels=theirs), replace(DEPLOYED, key="other", labels={})]
    found = suspects(changes, Trouble((ours,), tuple(words), THREE))
    assert {each.change.key for each in found} == {"github:deployment:1", "other"}
    assert all(each.reasons for each in found)
