"""What other programs of this machine say: run a reading command of our own writing, or end the attempt."""

import json

from tocsin.detection.check import Verdict
from tocsin.probe.attempt import Attempt, Ended, Finding, milliseconds
from tocsin.probe.run_text import RunText

_SHOWN = 200


def said_by(run: RunText, text: str, trying: Attempt, facts: dict[str, str]) -> str:
    """What the command prints.

    Raises Ended with "unknown" when it could not be asked, failed or took too long: a tool that does not answer
    says nothing about what it watches.
    """
    ran = run(text, trying.left)
    facts = {**facts, "command": text}
    if ran.error is not None:
        raise Ended(Finding(Verdict.UNKNOWN, f"could not run {text}: {ran.error}", {**facts, "error": "own"}))
    if ran.timed_out:
        late = f"{text}: no end within {milliseconds(trying.spec.timeout)}"
        raise Ended(Finding(Verdict.UNKNOWN, late, {**facts, "error": "timeout"}))
    if ran.exit_status != 0:
        words = (ran.stderr.strip() or ran.stdout.strip()).splitlines()
        why = words[-1][:_SHOWN] if words else "it says nothing"
        said = f"{text}: exit status {ran.exit_status}: {why}"
        raise Ended(Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"}))
    return ran.stdout


def json_said_by(run: RunText, text: str, trying: Attempt, facts: dict[str, str]) -> object:
    """The JSON document the command prints. Raises Ended as `said_by`, also for anything but JSON."""
    printed = said_by(run, text, trying, facts)
    try:
        document: object = json.loads(printed)
    except (ValueError, RecursionError) as error:
        wrong = Finding(
            Verdict.UNKNOWN, f"{text}: what it prints is not JSON", {**facts, "command": text, "error": "own"}
        )
        raise Ended(wrong) from error
    return document
