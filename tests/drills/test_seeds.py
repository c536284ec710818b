"""Every scenario of the seeds: what their sections really do, as measured, compared with the verdicts that are kept.

`examples/*/expected/drills/NAME.json`. A verdict that is better without a change of text is as suspicious as a worse one.
"""

import json

import pytest
from tests.drills.conftest import EXAMPLES, Yard, scenario

from tocsin.drill.result import kept, result
from tocsin.kit import codec

SCENARIOS = [
    (path.parents[1].name, path.stem)
    for path in sorted(EXAMPLES.glob("*/drills/*.toml"))
    # These are looked at more closely elsewhere.
    if path.stem not in ("api-stopped", "redis-memory-full")
]


@pytest.mark.parametrize(("example", "name"), SCENARIOS, ids=["-".join(each) for each in SCENARIOS])
def test_the_section_does_what_is_known_of_it(yard: Yard, example: str, name: str) -> None:
    wanted = scenario(example, name)
    run = yard.run(wanted)
    assert run.broken is None, run.broken
    assert run.residue == ()
    assert run.left == (), "the sandbox put everything back"
    found = result(wanted, (run,), run.times.began)
    assert found.wrong == ()
    expected = json.loads(
        (EXAMPLES / example / "expected" / "drills" / f"{name}.json").read_text(encoding="utf-8")
    )
    said = json.loads(codec.encode(kept(wanted, found.verdict)))
    assert said == {**expected, "corrected": None}, "the corrected text is tried by `tocsin drill run`"
    assert yard.left() == []


def test_every_verdict_that_is_kept_has_its_scenario() -> None:
    verdicts = {(path.parents[2].name, path.stem) for path in EXAMPLES.glob("*/expected/drills/*.json")}
    scenarios = {(path.parents[1].name, path.stem) for path in EXAMPLES.glob("*/drills/*.toml")}
    assert verdicts == scenarios
