"""CookCam's general process: what its first minutes and its useful commands do, as written and as corrected."""

import pytest
from tests.sandbox.faults.cookcam import CORRECTED, SEED, broken, fences, run, statements

from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.faults.api_not_responding import STOPPED

INITIAL = "Initial Response (< 5 minutes)"
INVESTIGATION = "Investigation (P0/P1: < 15 minutes)"


def test_as_written_the_first_fences_lie(cookcam: CookCamRoom) -> None:
    (initial,) = fences(INITIAL, SEED)
    (investigation,) = fences(INVESTIGATION, SEED)
    with broken(cookcam, STOPPED):
        # 502, and status 0.
        (curl,) = [line for line in statements(initial) if line.startswith("curl")]
        checked = run(cookcam, curl)
        assert (checked.status, "502" in checked.out) == (0, True)
        # The host cannot be reached, so what was meant for it runs here, and the fence ends with status 0.
        (before, inside) = initial.split("ssh production-server\n")
        assert "df -h" in inside
        whole = run(cookcam, "ssh production-server\n" + inside)
        assert whole.status == 0
        assert "Filesystem" in whole.out
        assert "ssh" in whole.errors
        assert "curl" in before
    # SQL below a bare psql is no shell, and bash refuses the fence as a whole.
    assert run(cookcam, f"bash -n <<'FENCE'\n{investigation}FENCE").status == 2


@pytest.mark.parametrize(
    "heading",
    [INITIAL, INVESTIGATION, "Resolution Confirmation", "Useful Commands"],
    ids=lambda name: name[:13],
)
def test_as_corrected_every_command_ends_and_is_fine_on_a_quiet_day(
    cookcam: CookCamRoom, heading: str
) -> None:
    (fence,) = fences(heading, CORRECTED)
    for command in statements(fence):
        done = run(cookcam, command)
        assert (done.status, done.errors) == (0, ""), command


def test_as_corrected_the_health_check_says_no(cookcam: CookCamRoom) -> None:
    (fence,) = fences("Resolution Confirmation", CORRECTED)
    with broken(cookcam, STOPPED):
        assert [run(cookcam, command).status for command in statements(fence)] == [22, 22]
