"""Claims about what other packages add (kit/plugins.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.kit.plugins import plugins


def test_an_installed_package_is_found_by_its_group_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "pigeons-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tocsin.birds]\npigeon = pigeons.loft:COO\n")
    (tmp_path / "pigeons").mkdir()
    (tmp_path / "pigeons" / "__init__.py").write_text("")
    (tmp_path / "pigeons" / "loft.py").write_text("COO = 'coo'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = plugins("tocsin.birds")
    assert {name: each.value for name, each in found.items()} == {"pigeon": "pigeons.loft:COO"}
    assert found["pigeon"].load() == "coo"
    assert plugins("tocsin.fish") == {}


def test_who_has_no_plugins_does_not_pay_for_looking() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, tocsin.kit.plugins; print('importlib.metadata' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == "False\n"
