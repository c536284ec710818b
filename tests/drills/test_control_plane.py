"""A drill on a real control plane: where it is named, who is told of it, and what happens when it is not there."""

from pathlib import Path

import pytest
from tests.drills.conftest import Yard
from tests.drills.test_refusals import redis

from tocsin.app.settings import load
from tocsin.errors import InputError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.drill import cell, child
from tocsin.sandbox.drill.cell import Wanted
from tocsin.sandbox.drill.schedule import DrillSchedule
from tocsin.sandbox.drill.watchdog import programs


def test_the_settings_name_it_and_scheduled_drills_are_told(tmp_path: Path) -> None:
    (tmp_path / "runbook.md").write_text("# Runbook\n", encoding="utf-8")
    settings = tmp_path / "tocsin.toml"
    settings.write_text('[drills]\nschedule = "0 4 * * 1"\ncontrol_plane = "plane"\n', encoding="utf-8")
    found = load(settings, {})
    assert found.drills is not None
    assert found.drills_at.control_plane == found.drills.control_plane == tmp_path / "plane"
    told = DrillSchedule(found.drills, SystemClock()).command()
    assert told[told.index("--control-plane") + 1] == str(tmp_path / "plane")


def test_without_it_nobody_is_told_of_any() -> None:
    assert "--control-plane" not in child.command(("x",), Path("drills"), None, "person")


def test_its_programs_can_be_seen_in_a_capsule(tmp_path: Path) -> None:
    assert tmp_path in programs(Path("/nowhere"), tmp_path)
    assert tmp_path not in programs(Path("/nowhere"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "etcd").touch()
    (tmp_path / "etcd").symlink_to(elsewhere / "etcd")
    assert elsewhere in programs(Path("/nowhere"), tmp_path)


def test_a_control_plane_that_is_not_there_is_said_before_anything_is_started(
    yard: Yard, tmp_path: Path
) -> None:
    told: list[object] = []
    with pytest.raises(InputError, match=r"no etcd, kube-apiserver, kube-controller-manager here"):
        cell.run(
            Wanted(redis()),
            yard.rooms,
            Path("/nowhere"),
            SystemClock(),
            tell=told.append,
            control_plane=tmp_path,
        )
    assert told == []
    assert list(yard.rooms.glob("*")) == []
