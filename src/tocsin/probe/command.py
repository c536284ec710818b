"""Command checks: a text that only looks, run again and again. Everything the judge does not know to be harmless is refused."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.effects.effect import Judgement
from tocsin.effects.judge import judge
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds, slower
from tocsin.probe.run_text import RunText

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """What to run and what must come of it.

    Attributes:
        command: a shell text that only observes.
        exit_status: the status that means up.
        contains: a text its output must hold, or None.
        degraded_after: slower than this is degraded, or None.
    """

    command: str
    exit_status: int
    contains: str | None
    degraded_after: timedelta | None


def command_settings(spec: CheckSpec) -> CommandSettings:
    """Read the settings of a command check. Raises ConfigError, also for a command that does more than look."""
    keys = Keys(check_name(spec), spec.settings)
    settings = CommandSettings(
        command=keys.text("command"),
        exit_status=keys.whole("exit_status", 0, most=255),
        contains=keys.text_or_none("contains"),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    judgement = judge(settings.command, "shell")
    if not judgement.runs_by_itself:
        raise keys.wrong("command", f"may only look, and this one is judged {_why(judgement)}")
    return settings


class CommandProber:
    """Takes samples of command checks.

    Args:
        run: how a text is run on this installation.
    """

    def __init__(self, clock: Clock, run: RunText) -> None:
        self._clock = clock
        self._run = run

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        command_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One run; judged again each time, on the text that runs."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = command_settings(trying.spec)
        ran = self._run(settings.command, trying.left)
        took = trying.took
        facts = {"command": settings.command}
        if ran.error is not None:
            return Finding(
                Verdict.UNKNOWN, f"could not run the command: {ran.error}", {**facts, "error": "own"}
            )
        if ran.timed_out:
            late = f"no end within {milliseconds(trying.spec.timeout)}"
            return Finding(Verdict.DOWN, late, {**facts, "error": "timeout"})
        if ran.exit_status in (126, 127):
            return Finding(
                Verdict.UNKNOWN,
                f"the command is missing: {_last_line(ran.stderr)}",
                {**facts, "error": "own"},
            )
        facts["exit_status"] = str(ran.exit_status)
        said = f"exit status {ran.exit_status} in {milliseconds(took)}"
        if ran.exit_status != settings.exit_status:
            words = _last_line(ran.stderr) or _last_line(ran.stdout)
            return Finding(Verdict.DOWN, f"{said}: {words}" if words else said, facts)
        if settings.contains is not None and settings.contains not in ran.stdout:
            return Finding(
                Verdict.DOWN, f"{said}, but the output does not contain {settings.contains!r}", facts
            )
        if slower(took, settings.degraded_after):
            return Finding(Verdict.DEGRADED, f"{said}, slower than expected", facts)
        return Finding(Verdict.UP, said, facts)


def _why(judgement: Judgement) -> str:
    flags = ", ".join(sorted(flag.value for flag in judgement.flags))
    reason = judgement.reasons[0].sentence if judgement.reasons else None
    return judgement.effect.word + (f" ({flags})" if flags else "") + (f": {reason}" if reason else "")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:_SHOWN] if lines else ""
