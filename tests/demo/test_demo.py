"""The demo as a person meets it: the whole story piped, a terminal with typed answers, and what goes wrong beforehand."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.demo.conftest import COLUMNS, LONG, ROOT, Place, Player

PARTS = ("Timeline", "Root cause", "Impact", "What went well", "What went poorly", "Action items")


def commands(player: Player, first: str) -> list[str]:
    """The indented commands printed below a line."""
    lines = player.text.split(first, 1)[1].splitlines()[1:]
    found: list[str] = []
    for line in lines:
        if not re.match(r" {2,}[(.\w/]", line, re.ASCII):
            break
        found.append(line.strip())
    return found


def run(command: str, place: Place) -> subprocess.CompletedProcess[str]:
    """A printed command, typed into a shell at the root of the checkout."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=place.variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def ordered(text: str, *claims: str) -> None:
    """Each of these is said, one after the other."""
    at = 0
    for claim in claims:
        found = text.find(claim, at)
        assert found >= 0, f"not said, or not after the one before: {claim!r}\n{text}"
        at = found + len(claim)


def test_both_incidents_are_played_from_the_alert_to_the_post_mortem(place: Place) -> None:
    player = place.play("--yes")
    assert player.end() == 0
    text = player.text
    assert "\x1b" not in player.raw, "piped, it is plain"
    ordered(
        text,
        "cookcam: API Not Responding",
        "bad sample 1 of 3", "bad sample 3 of 3", "HTTP 502",
        "INC-1 P0: § API Not Responding", 'P0 names "Complete service outage"', "status 502",
        "ana's phone", "Ana acknowledges",
        "1.1 pm2 status cookcam-api", "cookcam-api: stopped",
        "May we?   1.4a  Restart service", "disrupt  restarts the process", "stays lost",
        "Ana types: pm2 restart cookcam-api", "ana approved 1.4a",
        "cookcam-api: online",
        "good sample 2 of 2", "HTTP 200",
        "shortened for the demo; the runbook says 1 h", "stays good", "resolved",
        "post-mortem drafted",
        "cleared away",
    )  # fmt: skip
    ordered(
        text,
        "prepchef: Redis Memory Full",
        "OOM command not allowed", "INC-1 P1: § Redis Memory Full", "ana's phone",
        "5.1 redis-cli INFO memory", "maxmemory_policy: noeviction",
        "not run: 5.2a redis-cli FLUSHALL ASYNC  destroy",
        "it destroys (deletes every key of every database)", "TOC204", "Flush expired keys",
        "not run: 5.2b redis-cli --scan",
        "May we?   5.4  Configure eviction policy", "CONFIG SET maxmemory-policy {old value}",
        "before: noeviction · after: allkeys-lru", "way back: redis-cli CONFIG SET maxmemory-policy noeviction",
        "good sample 2 of 2", "resolved", "post-mortem drafted",
    )  # fmt: skip
    assert "result 5.2" not in text
    assert "run    5.2" not in text
    for name in ("cookcam", "prepchef"):
        written = (place.folder / name / "postmortems" / "INC-1.md").read_text(encoding="utf-8")
        ordered(written, *(f"## {number}. {part}" for number, part in enumerate(PARTS, start=1)))
        assert "| end | resolved" in written
        assert (place.folder / name / "timeline.md").is_file()
    assert place.left() == []
    assert not place.rooms.exists()
    _what_it_says_to_try_works(player, place)


def _what_it_says_to_try_works(player: Player, place: Place) -> None:
    tried = [line for line in commands(player, "Try next") if not line.endswith("--serve")]
    assert len(tried) == 4
    for line in tried:
        done = run(line, place)
        # A runbook with findings is what lint exists for; that is its exit code 1.
        assert done.returncode == (1 if " lint " in line else 0), f"{line}\n{done.stdout}{done.stderr}"
        assert done.stdout
    assert any("Intact" in run(line, place).stdout for line in tried if "audit" in line)


def test_a_person_types_what_may_run_and_tries_the_commands_while_it_is_left_running(place: Place) -> None:
    player = place.play("--only", "prepchef", "--serve", terminal=True)
    player.until("Press Enter to acknowledge")
    # Which of them it comes to be shown is up to the machine.
    assert re.search(r"[0-3] of 3 bad samples in a row …", player.words), (
        "the time passes visibly while tocsin has not noticed yet"
    )
    player.type("")
    player.until("Type the command to approve it")
    player.type("redis-cli FLUSHALL ASYNC")
    player.until("That is something else, and nothing ran")
    player.type("redis-cli CONFIG SET maxmemory-policy allkeys-lru")
    player.until("left running; http://127.0.0.1:")
    player.until("and it breaks again")
    assert "\x1b[1" in player.raw
    wide = [
        line
        for line in player.text.splitlines()
        if len(line.rpartition("\r")[2]) > COLUMNS and "; .venv" not in line
    ]
    assert not [line for line in wide if not line.strip().startswith(("(.", "> "))], wide
    address = player.words.split("left running; ")[1].split()[0]
    with urllib.request.urlopen(address, timeout=600) as answer:
        assert answer.status == 200
    tried = commands(player, "in another terminal, from here:")
    for line in tried[:-1]:
        done = run(line, place)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert "up " in run(next(line for line in tried if "check run" in line), place).stdout
    second = place.play("--yes", "--only", "prepchef")
    assert second.end() == 2
    assert "a demo runs here already" in second.text
    _it_can_be_broken_again(tried, place)
    assert player.interrupt() == 0
    assert "done in" in player.text
    assert place.left() == []


def _it_can_be_broken_again(tried: list[str], place: Place) -> None:
    assert run(tried[-1].partition("#")[0], place).returncode == 0
    show = next(line for line in tried if "incident show" in line).replace("INC-1", "INC-1 --json")
    Deadline()(
        lambda: json.loads(run(show, place).stdout)["stage"] != "resolved",
        what="reopened",
        within=LONG,
    )


def test_what_a_person_leaves_stays_open_and_is_said_so(place: Place) -> None:
    player = place.play("--only", "prepchef", terminal=True)
    player.until("Press Enter to acknowledge")
    player.type("")
    player.until("Type the command to approve it")
    player.type("")
    player.until("Nothing more to offer, and it is still broken")
    player.type("")
    assert player.end() == 0
    assert "INC-1 stays open, as you left it" in player.words
    assert "ana rejected 5.4" in player.words
    assert place.left() == []


@pytest.mark.parametrize("how", ["interrupt", "terminate"])
def test_ctrl_c_clears_everything_away(place: Place, how: str) -> None:
    # Without --yes it waits for its person, so it is in the middle however late the signal comes.
    player = place.play("--only", "prepchef", terminal=True)
    player.until("broken on purpose")
    if how == "interrupt":
        assert player.interrupt() == 130
    else:
        player.process.terminate()
        assert player.end() == 130
    assert "started again it goes on here" in player.words
    assert place.left() == []
    assert not place.rooms.exists()


# -- what is wrong is said before anything is started ---------------------------------------------------


def refused(player: Player, *said: str) -> None:
    assert player.end() == 2
    for words in said:
        assert words in player.words
    assert "Traceback" not in player.text
    assert len(player.text.splitlines()) <= 3, "one sentence and what to do next"


def test_without_tools_it_says_which_are_missing_and_how_to_get_them(place: Place) -> None:
    refused(place.play("--yes", "--tools", "/nowhere"), "/nowhere", "pm2", "Run scripts/setup")
    assert not place.folder.exists()


def test_without_a_terminal_it_never_asks(place: Place) -> None:
    refused(place.play(), "Nobody can be asked here", "--yes")


def test_a_folder_that_cannot_be_used_is_named(place: Place) -> None:
    place.folder.write_text("a file", encoding="utf-8")
    refused(place.play("--yes"), str(place.folder), "--folder")


def test_a_folder_of_somebody_else_is_never_moved_or_emptied(place: Place) -> None:
    theirs = place.folder / "prepchef" / "main.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("precious", encoding="utf-8")
    player = place.play("--yes", "--only", "prepchef", "--fresh")
    assert player.end() == 2
    assert "was not made by a rehearsal" in player.words
    assert theirs.read_text(encoding="utf-8") == "precious"


def test_missing_examples_are_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "cookcam").mkdir()
    refused(
        place.play("--yes", "--examples", str(tmp_path)),
        str(tmp_path / "cookcam" / "tocsin.toml"),
        "--examples",
    )


def test_a_limit_on_files_is_noticed_before_it_hurts(place: Place) -> None:
    done = run(f"ulimit -f 1000; .venv/bin/python -m tocsin demo --yes --folder {place.folder}", place)
    assert done.returncode == 2
    assert "ulimit -f unlimited" in done.stderr
    assert place.left() == []
