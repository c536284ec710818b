"""PrepChef's promise "p95 latency < 200 ms across 5 samples per endpoint", while the line to the cities is slow."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import Deadline
from tests.sandbox.faults.seed import RUNBOOK

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.synthetic_monitoring import SLOW
from tocsin.sandbox.prepchef import PrepChefRoom

SETTINGS = """\
[tocsin]
name = "prepchef"
runbook = "{runbook}"
data = "{data}"
[synthetics]
base_url = "https://api.prepchef.com"
"""


def test_a_slow_line_breaks_the_promise_on_every_endpoint_and_nothing_else(
    prepchef: PrepChefRoom, tmp_path: Path
) -> None:
    before = SLOW.oracles(prepchef)
    Deadline()(lambda: not SLOW.confirm(prepchef), what="a normal day is fast")
    handle = SLOW.inject(prepchef)
    assert SLOW.confirm(prepchef)
    assert set(differences(before, SLOW.oracles(prepchef))) == {"nginx.city.conf"}

    settings = tmp_path / "tocsin.toml"
    settings.write_text(SETTINGS.format(runbook=RUNBOOK, data=tmp_path / "var"))
    out = tmp_path / "latest.json"
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "synthetics", "run", "--config", str(settings), "--out", str(out)],
        env={**prepchef.environment, "PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    report = json.loads(out.read_text())
    assert report["status"] == "degraded"
    assert [each["verdict"] for each in report["endpoints"]] == ["fail"] * 4
    assert min(each["p95_ms"] for each in report["endpoints"]) >= 200
    assert all(each["confirmation"]["confirmed"] for each in report["endpoints"])

    SLOW.restore(prepchef, handle)
    assert differences(before, SLOW.oracles(prepchef)) == {}
    Deadline()(lambda: not SLOW.confirm(prepchef), what="the line is fast again")
    SLOW.restore(prepchef, handle)
    assert differences(before, SLOW.oracles(prepchef)) == {}
