"""The one place where a step runs. Judged again on its final text; unknown means no.

Before a change the old state is captured, afterwards it is read again, and a result adapter says what really
happened: an exit status is a claim, not a proof. Nothing here decides what comes next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePath

from tocsin.connectors.api import Runner, RunRequest, RunResult
from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.effects.results import Finding, Outcome, adapt
from tocsin.effects.undo import way_back
from tocsin.incident.commands import NOT_RUN, RunStep, StepText
from tocsin.incident.events import StepFinished
from tocsin.incident.place import digest_of, judgements
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import EvidenceId
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.store.evidence import seal

_SUMMARY_LINES = 6
_SUMMARY_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement that ran. Its output stands in the evidence, `stdout_chars` and `stderr_chars` long, in order."""

    text: str
    target: str
    exit_status: int | None
    statuses: tuple[int, ...]
    stdout_chars: int
    stderr_chars: int
    truncated_bytes: int
    took: timedelta
    outcome: str
    sentence: str


@dataclass(frozen=True, slots=True)
class About:
    """What evidence says beside the output itself: what ran, and the state captured around a change."""

    ran: tuple[Ran, ...]
    captured_before: str | None
    captured_after: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything one run showed, redacted; immutable, hashed."""

    id: EvidenceId
    stdout: str
    stderr: str
    about: About

    @property
    def meta(self) -> str:
        """The canonical JSON of `about`."""
        return codec.encode(self.about)

    @property
    def sha256(self) -> str:
        return seal(self.stdout, self.stderr, self.meta)


@dataclass(frozen=True, slots=True)
class Performed:
    """The event to report, and the evidence it cites."""

    finished: StepFinished
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Workshop:
    """What steps run with.

    Attributes:
        runners: by target name, as in `StepText.target`.
        timeout: of one statement that looks; change_timeout: of one statement of an approved step, after which it is
            ended and in doubt.
        cwd: where texts run whose context names no directory.
        changing: runners for approved steps where a target has one of its own (a connection that may write).
        capture_timeout: for reading the old state before and after a change.
    """

    runners: Mapping[str, Runner]
    redactor: Redactor
    clock: Clock
    timeout: timedelta
    change_timeout: timedelta = timedelta(minutes=15)
    cwd: str | None = None
    changing: Mapping[str, Runner] = field(default_factory=dict)
    capture_timeout: timedelta = timedelta(seconds=10)


def run_step(command: RunStep, workshop: Workshop) -> Performed:
    """Run the statements of a step, in order, until one fails.

    Refuses, without starting anything, a step whose texts are not the approved ones, whose final text judges worse
    than it was queued with, or whose target is not bound. What waited longer than its yes counts is not run either.
    """
    started = workshop.clock.now()
    if command.until is not None and started >= command.until:
        told = f"not run: the yes to it ran out at {command.until:%H:%M:%S} UTC, before it could begin"
        performed = _report(
            command, started, workshop, (), Finding(Outcome.FAILED, told, ()), None, None, None
        )
        return replace(performed, finished=replace(performed.finished, outcome=NOT_RUN))
    refusal = _refusal(command, workshop)
    if refusal is not None:
        return _report(
            command,
            started,
            workshop,
            (),
            Finding(Outcome.FAILED, f"not run: {refusal}", ()),
            None,
            None,
            None,
        )
    before = _capture(command, workshop)
    shown: list[_Shown] = []
    finding = Finding(Outcome.DONE, "", ())
    status: int | None = None
    after: str | None = None
    for text in command.texts:
        result = _run(command, text, workshop)
        if text is command.texts[-1]:
            after = _capture(command, workshop)
        finding = _finding(command, text, result, before, after)
        status = result.exit_status
        shown.append(_kept(text, result, finding, workshop))
        if finding.outcome in (Outcome.FAILED, Outcome.IN_DOUBT):
            break
    return _report(command, started, workshop, tuple(shown), finding, status, before, after)


def could_not_run(command: RunStep, workshop: Workshop, why: str) -> Performed:
    """The report of a step that a defect of our own kept from running."""
    finding = Finding(Outcome.FAILED, f"tocsin could not run it: {why}", ())
    return _report(command, workshop.clock.now(), workshop, (), finding, None, None, None)


def _finding(
    command: RunStep, text: StepText, result: RunResult, before: str | None, after: str | None
) -> Finding:
    """What really happened, as the tool's result adapter reads it."""
    if command.ask is not None and (result.timed_out or result.in_doubt):
        # We ended it, or lost it, in the middle: nobody can say how far it got.
        return Finding(
            Outcome.IN_DOUBT, "its end was not seen: " + ("time limit" if result.timed_out else "lost"), ()
        )
    if result.error is not None:
        return Finding(Outcome.FAILED, f"could not be started: {result.error}", ())
    return adapt(
        text.text,
        result.exit_status,
        result.statuses,
        result.stdout,
        result.stderr,
        result.timed_out,
        before,
        after,
    )


def _refusal(command: RunStep, workshop: Workshop) -> str | None:
    """Why this must not run, or None. The second wall: the first is that such a step is never queued."""
    if not command.texts:
        return "it has no text"
    if digest_of(command.texts) != command.digest:
        return "its text or target is not the one that was approved"
    judged = [
        each for text in command.texts for each in judgements(text.text, text.language, text.environment)
    ]
    effect = Effect.join(judgement.effect for judgement in judged)
    if effect.value > Effect.from_word(command.effect).value:
        return f"it would {effect.word}, and was let through as {command.effect}"
    if command.ask is None and not all(judgement.runs_by_itself for judgement in judged):
        return f"nobody approved it, and it does more than look ({effect.word})"
    for text in command.texts:
        if text.target not in workshop.runners:
            return f'its target "{text.target}" is not bound'
        if (text.language == "sql") != text.target.startswith("database:") or text.language not in (
            "shell",
            "sql",
        ):
            return f"{text.language} cannot be run on {text.target}"
    return None


def _run(command: RunStep, text: StepText, workshop: Workshop) -> RunResult:
    runner = workshop.runners[text.target]
    if command.ask is not None:
        runner = workshop.changing.get(text.target, runner)
    limit = workshop.timeout if command.ask is None else workshop.change_timeout
    return runner.run(
        RunRequest(text.text, text.language, _directory(text, workshop), text.environment, limit)
    )


def _directory(text: StepText, workshop: Workshop) -> str | None:
    """Where the text runs: its own directory, a relative one below that of the steps."""
    if text.cwd is None:
        return workshop.cwd
    return str(PurePath(workshop.cwd or "/") / text.cwd)


def _capture(command: RunStep, workshop: Workshop) -> str | None:
    """The old state as text, or None when there is nothing to capture or it cannot be read harmlessly."""
    if command.capture is None or not judge(command.capture).runs_by_itself:
        return None
    first = _captured(command)
    runner = workshop.runners[first.target]
    request = RunRequest(
        command.capture, "shell", _directory(first, workshop), first.environment, workshop.capture_timeout
    )
    result = runner.run(request)
    return result.stdout if result.error is None and result.exit_status == 0 else None


def _captured(command: RunStep) -> StepText:
    """The statement whose old state is kept: the first that does more than look, as the ask showed it."""
    changing = (
        text for text in command.texts if judge(text.text, text.language).effect is not Effect.OBSERVE
    )
    return next(changing, command.texts[0])


@dataclass(frozen=True, slots=True)
class _Shown:
    """One statement with its redacted output."""

    ran: Ran
    stdout: str
    stderr: str


def _kept(text: StepText, result: RunResult, finding: Finding, workshop: Workshop) -> _Shown:
    redact = workshop.redactor.redact
    stdout, stderr = redact(result.stdout), redact(result.stderr)
    ran = Ran(
        redact(text.text), text.target, result.exit_status, result.statuses, len(stdout), len(stderr),
        result.truncated_bytes, result.took, finding.outcome.value, redact(finding.sentence),
    )  # fmt: skip
    return _Shown(ran, stdout, stderr)


def _report(
    command: RunStep,
    started: datetime,
    workshop: Workshop,
    shown: tuple[_Shown, ...],
    finding: Finding,
    status: int | None,
    before: str | None,
    after: str | None,
) -> Performed:
    redact = workshop.redactor.redact
    about = About(
        tuple(each.ran for each in shown),
        redact(before) if before else None,
        redact(after) if after else None,
    )
    evidence = Evidence(
        EvidenceId(f"{command.run}.e"),
        "".join(each.stdout for each in shown),
        "".join(each.stderr for each in shown),
        about,
    )
    undo = (
        way_back(_captured(command).text, before) if before is not None and command.ask is not None else None
    )
    finished = StepFinished(
        run=command.run,
        outcome=finding.outcome.value,
        sentence=redact(finding.sentence),
        exit_status=status,
        started_at=started,
        took=workshop.clock.now() - started,
        evidence=evidence.id,
        evidence_sha256=evidence.sha256,
        facts=tuple((redact(name), redact(value)) for name, value in finding.facts),
        undo=redact(undo) if undo else None,
        summary=_summary(evidence),
    )
    return Performed(finished, evidence)


def _summary(evidence: Evidence) -> str:
    """The first lines of what was shown, for timelines; the evidence holds all of it."""
    shown = printable(f"{evidence.stdout.rstrip()}\n{evidence.stderr.rstrip()}")
    lines = [line[:_SUMMARY_WIDTH].rstrip() for line in shown.splitlines() if line.strip()]
    return "\n".join(lines[:_SUMMARY_LINES] + (["…"] if len(lines) > _SUMMARY_LINES else []))
