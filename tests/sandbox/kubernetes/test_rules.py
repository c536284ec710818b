"""Rules on which everything else stands: patches, selectors, paces, durations, logs, images."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import InputError
from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.container import BackOff
from tocsin.sandbox.kubernetes.deployments import Pace
from tocsin.sandbox.kubernetes.images import Image, ImageTable
from tocsin.sandbox.kubernetes.kinds import CONFIGMAPS
from tocsin.sandbox.kubernetes.logs import Log, read
from tocsin.sandbox.kubernetes.objects import Json, Object, copy, digest
from tocsin.sandbox.kubernetes.ownership import applied
from tocsin.sandbox.kubernetes.patches import json_patch, merge_patch, strategic_patch
from tocsin.sandbox.kubernetes.selectors import field_selector, label_selector
from tocsin.sandbox.kubernetes.settings import IngressSettings, SimulatorSettings
from tocsin.sandbox.kubernetes.tables import brief

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(st.text(max_size=4), plain, max_size=4)


@given(objects, objects)
def test_a_merge_patch_done_twice_is_a_merge_patch_done_once(before: Object, patch: Object) -> None:
    once = merge_patch(before, patch)
    assert merge_patch(once, patch) == once


@given(objects)
def test_an_empty_patch_of_any_kind_changes_nothing(before: Object) -> None:
    assert merge_patch(before, {}) == before
    assert strategic_patch(before, {}, "Deployment") == before
    assert json_patch(before, []) == before


@given(objects)
def test_a_copy_is_equal_and_shares_nothing(one: Object) -> None:
    before = dict(one)
    other = copy(one)
    assert other == one
    other["new"] = "of no strategy"
    assert one == before


@given(objects)
def test_equal_values_have_equal_digests_in_whatever_order(one: Object) -> None:
    assert digest(dict(reversed(list(one.items())))) == digest(one)


@pytest.mark.parametrize(
    ("operations", "after"),
    [
        ([{"op": "add", "path": "/a", "value": 1}], {"a": 1, "l": [1, 2], "o": {"k/x": 1}}),
        ([{"op": "add", "path": "/l/-", "value": 3}], {"l": [1, 2, 3], "o": {"k/x": 1}}),
        ([{"op": "add", "path": "/l/0", "value": 0}], {"l": [0, 1, 2], "o": {"k/x": 1}}),
        ([{"op": "remove", "path": "/l/0"}], {"l": [2], "o": {"k/x": 1}}),
        ([{"op": "replace", "path": "/o/k~1x", "value": 2}], {"l": [1, 2], "o": {"k/x": 2}}),
        ([{"op": "move", "from": "/o", "path": "/p"}], {"l": [1, 2], "p": {"k/x": 1}}),
        ([{"op": "copy", "from": "/l/1", "path": "/c"}], {"l": [1, 2], "o": {"k/x": 1}, "c": 2}),
        ([{"op": "test", "path": "/l/0", "value": 1}, {"op": "remove", "path": "/o"}], {"l": [1, 2]}),
    ],
)
def test_json_patches_do_what_rfc_6902_says(operations: Json, after: Object) -> None:
    before: Object = {"l": [1, 2], "o": {"k/x": 1}}
    assert json_patch(before, operations) == after
    assert before == {"l": [1, 2], "o": {"k/x": 1}}


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "remove", "path": "/nope"}],
        [{"op": "replace", "path": "/l/9", "value": 1}],
        [{"op": "test", "path": "/l/0", "value": 2}],
        [{"op": "jump", "path": "/l"}],
        [{"op": "add", "path": "/l"}],
        {"op": "add"},
        ["add"],
    ],
)
def test_json_patches_that_cannot_be_done_are_refused(operations: Json) -> None:
    with pytest.raises(ApiError):
        json_patch({"l": [1]}, operations)


def test_a_strategic_patch_knows_order_deletion_and_sets() -> None:
    before: Object = {
        "spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b"}]},
        "metadata": {"finalizers": ["x", "y"]},
    }
    patch: Object = {
        "spec": {
            "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
            "containers": [{"name": "c"}, {"name": "b", "$patch": "delete"}],
        },
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["x"], "finalizers": ["z"]},
    }
    assert strategic_patch(before, patch, "Pod") == {
        "spec": {"containers": [{"name": "c"}, {"name": "a", "image": "1"}]},
        "metadata": {"finalizers": ["y", "z"]},
    }
    replaced = strategic_patch(before, {"spec": {"$patch": "replace", "containers": [{"name": "z"}]}}, "Pod")
    assert replaced["spec"] == {"containers": [{"name": "z"}]}
    strategy: Object = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    kept = strategic_patch(
        strategy, {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}, "Deployment"
    )
    assert kept == {"spec": {"strategy": {"type": "Recreate"}}}
    with pytest.raises(ApiError, match="merge key"):
        strategic_patch(before, {"spec": {"containers": [{"image": "2"}]}}, "Pod")


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier!=back", True),
        ("app!=web", False),
        ("app in (web, api)", True),
        ("app notin (web)", False),
        ("missing notin (web)", True),
        ("app", True),
        ("!app", False),
        ("!missing,app in (web)", True),
        ("n>4", True),
        ("n<4", False),
        ("app.kubernetes.io/name=x", True),
    ],
)
def test_label_selectors(selector: str, matches: bool) -> None:
    one: Object = {"metadata": {"labels": {"app": "web", "n": "5", "app.kubernetes.io/name": "x"}}}
    assert label_selector(selector)(one) is matches


@pytest.mark.parametrize("selector", ["app in web", "a=b=c", "(", "app in (a"])
def test_a_selector_that_cannot_be_read_is_refused(selector: str) -> None:
    with pytest.raises(ApiError):
        label_selector(selector)


def test_field_selectors() -> None:
    one: Object = {"metadata": {"name": "a"}, "status": {"phase": "Running"}, "spec": {"nodeName": "n"}}
    assert field_selector("metadata.name=a,status.phase!=Failed,spec.nodeName==n", "pods")(one)
    assert not field_selector("status.phase=Failed", "pods")(one)
    with pytest.raises(ApiError, match="not supported"):
        field_selector("spec.nodeName=n", "services")


@pytest.mark.parametrize(
    ("replicas", "strategy", "pace"),
    [
        (4, {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}, Pace(1, 1)),
        (2, {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}, Pace(1, 0)),
        (10, {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}, Pace(3, 2)),
        (1, {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}}, Pace(0, 1)),
        (3, {"type": "Recreate"}, Pace(0, 3)),
    ],
)
def test_surge_is_rounded_up_and_unavailability_down(replicas: int, strategy: Object, pace: Pace) -> None:
    assert Pace.of({"spec": {"replicas": replicas, "strategy": strategy}}) == pace


def test_the_first_restart_comes_at_once_and_the_next_ones_ever_later() -> None:
    back_off = BackOff(first=1.0, most=10.0)
    assert [back_off.after(count) for count in range(7)] == [0.0, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (599, "9m59s"), (660, "11m"), (10800, "3h"), (100000, "27h"), (180000, "2d2h"), (9 * 86400, "9d")],
)  # fmt: skip
def test_durations_are_as_short_as_kubectls(seconds: int, shown: str) -> None:
    assert brief(timedelta(seconds=seconds)) == shown


def test_a_log_keeps_whole_lines_and_the_last_half_one() -> None:
    log = Log()
    log.take(b"one\ntw", NOW)
    assert read(log, {}, NOW) == b"one\n"
    log.take(b"o\nthree", NOW + timedelta(seconds=30))
    log.finish(NOW + timedelta(seconds=31))
    assert read(log, {}, NOW) == b"one\ntwo\nthree\n"
    assert read(log, {"tailLines": "2"}, NOW) == b"two\nthree\n"
    assert read(log, {"sinceSeconds": "40"}, NOW + timedelta(minutes=1)) == b"two\nthree\n"
    assert read(log, {"limitBytes": "3"}, NOW) == b"one"
    assert read(log, {"timestamps": "true", "tailLines": "1"}, NOW).startswith(b"2026-01-02T03:04:36")
    with pytest.raises(ApiError):
        read(log, {"tailLines": "-1"}, NOW)


def test_the_image_table_and_the_settings_survive_their_files(tmp_path: Path) -> None:
    table = ImageTable(
        (Image("a/*:1", ("/bin/x", "{ip}"), ("y",), 80, tmp_path, {"A": "b"}, True), Image("*", ("/bin/z",)))
    )
    table.save(tmp_path / "images.json")
    assert ImageTable.load(tmp_path / "images.json") == table
    assert table.find("a/b:1") == table.images[0]
    assert table.find("a/b:2") == table.images[1]
    settings = SimulatorSettings(
        1, tmp_path, tmp_path, "t", tmp_path, tmp_path, {"A": "b"}, ("n",), 3.0, (1.0, 2.0),
        IngressSettings(tmp_path, 80, 443, tmp_path, tmp_path),
    )  # fmt: skip
    settings.save(tmp_path / "settings.json")
    assert SimulatorSettings.load(tmp_path / "settings.json") == settings
    assert ((tmp_path / "settings.json").stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize(
    "said", ["", "[]", '{"images": [{}]}', '{"images": [{"image": "a", "argv": ["x"], "port": "y"}]}']
)
def test_a_wrong_image_table_is_named(tmp_path: Path, said: str) -> None:
    (tmp_path / "images.json").write_text(said)
    with pytest.raises(InputError, match=r"images\.json"):
        ImageTable.load(tmp_path / "images.json")


names = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(st.sampled_from(["ana", "bo"]), st.sets(names)), max_size=6))
def test_after_any_applies_an_object_holds_exactly_what_somebody_owns(
    applies: list[tuple[str, set[str]]],
) -> None:
    held: Object | None = None
    owned: dict[str, set[str]] = {}
    for manager, keys in applies:
        data: Object = dict.fromkeys(sorted(keys), "x")
        wanted: Object = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "c"},
            **({"data": data} if data else {}),
        }
        held = applied(CONFIGMAPS, wanted, held, manager, "now", force=False)
        owned[manager] = keys
        kept = held.get("data") or {}
        assert isinstance(kept, dict)
        assert set(kept) == set().union(*owned.values())
