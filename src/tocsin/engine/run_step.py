"""The one place where a step runs. Judged again on its final text and on the scripts it runs; unknown means no.

Before a change the target says who it is and the old state is captured, afterwards it is read again, and a result
adapter says what really happened: an exit status is a claim, not a proof. Nothing here decides what comes next.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePath

from tocsin.connectors.api import Runner, RunRequest, RunResult
from tocsin.effects.dry import answered
from tocsin.effects.effect import Effect, Judgement
from tocsin.effects.expected import compare
from tocsin.effects.judge import judge
from tocsin.effects.repository.held import NOTHING_HELD
from tocsin.effects.results import Finding, Outcome, adapt
from tocsin.effects.undo import way_back
from tocsin.engine.scripts import Scripts
from tocsin.engine.secret_store import SecretStore
from tocsin.engine.shown import About, Evidence, Performed, Shown, shown, summary
from tocsin.errors import TocsinError
from tocsin.incident.commands import NOT_RUN, RunStep, StepText
from tocsin.incident.events import Expectation, StepFinished
from tocsin.incident.place import changed_since, changing, digest_of, judgements
from tocsin.incident.preview import DRY_RUN
from tocsin.kit.clock import Clock
from tocsin.kit.ids import EvidenceId
from tocsin.kit.redact import Redactor

Progress = Callable[[int], None]


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
        secrets: what a text refers to by name. scripts: what lies in `cwd`; none of it is known where it is not given.
    """

    runners: Mapping[str, Runner]
    redactor: Redactor
    clock: Clock
    timeout: timedelta
    change_timeout: timedelta = timedelta(minutes=15)
    cwd: str | None = None
    changing: Mapping[str, Runner] = field(default_factory=dict)
    capture_timeout: timedelta = timedelta(seconds=10)
    secrets: SecretStore = field(default_factory=SecretStore)
    scripts: Scripts = field(default_factory=Scripts)


@dataclass(frozen=True, slots=True)
class _Work:
    """One step being carried out: the command, the workshop with this step's secrets known, and their values."""

    command: RunStep
    workshop: Workshop
    secrets: Mapping[str, str]


def run_step(command: RunStep, workshop: Workshop, begun: Progress | None = None) -> Performed:
    """Run the statements of a step, in order, until one fails.

    Refuses, without starting anything, a step whose texts are not the approved ones, whose final text judges worse
    than it was queued with, whose target is not bound, or whose target is not who it has to be. What waited longer than
    its yes counts is not run either, nor what runs a script that is not what it was: each is read again just before the
    statement that runs it.

    Args:
        begun: told the number of each statement (1 first) before it starts, so that a crash can say how far it got.
    """
    started = workshop.clock.now()
    why_not = _why_not(command, workshop, started)
    if why_not is not None:
        told, outcome = why_not
        performed = _report(
            _Work(command, workshop, {}), started, (), Finding(Outcome.FAILED, told, ()), None, None
        )
        return replace(performed, finished=replace(performed.finished, outcome=outcome))
    try:
        secrets = workshop.secrets.resolve(text.text for text in command.texts)
    except TocsinError as problem:
        finding = Finding(Outcome.FAILED, f"not run: {problem.message}", ())
        return _report(_Work(command, workshop, {}), started, (), finding, None, None)
    hiding = workshop.redactor if not secrets else workshop.redactor.knowing(secrets.values())
    work = _Work(command, replace(workshop, redactor=hiding), secrets)
    return _carry_out(work, started, begun)


def could_not_run(command: RunStep, workshop: Workshop, why: str) -> Performed:
    """The report of a step that a defect of our own kept from running."""
    finding = Finding(Outcome.FAILED, f"tocsin could not run it: {why}", ())
    return _report(_Work(command, workshop, {}), workshop.clock.now(), (), finding, None, None)


def _why_not(command: RunStep, workshop: Workshop, now: datetime) -> tuple[str, str] | None:
    """Why this does not begin, and the outcome that says whether it may be asked for again; None if it may begin."""
    if command.until is not None and now >= command.until:
        return (
            f"not run: the yes to it ran out at {command.until:%H:%M:%S} UTC, before it could begin",
            NOT_RUN,
        )
    refusal = _unbound(command, workshop)
    if refusal is not None:
        return f"not run: {refusal}", Outcome.FAILED.value
    moved = next((told for text in command.texts if (told := _moved(command, text, workshop))), None)
    if moved is not None:
        return f"not run: {moved}", _never_begun(command)
    refusal = _refusal(command, workshop)
    if refusal is not None:
        return f"not run: {refusal}", Outcome.FAILED.value
    stranger = _stranger(command, workshop)
    return (f"not run: {stranger}", NOT_RUN) if stranger is not None else None


def _moved(command: RunStep, text: StepText, workshop: Workshop) -> str | None:
    """Why a statement must not run although its words are the same: what it runs of the repository is not."""
    changed = changed_since(text.read, _judged(text, workshop)[0].read) if text.read else None
    if changed is None:
        return None
    return f"{changed} changed since it was {'judged' if command.ask is None else 'approved'}"


def _judged(text: StepText, workshop: Workshop) -> tuple[Judgement, ...]:
    """The final text and its variables, judged by the scripts that lie there now if it was judged by some before."""
    here = bool(text.read) and workshop.runners[text.target].local
    held = workshop.scripts.held(text) if here else NOTHING_HELD
    return judgements(text.text, text.language, text.environment, held)


def _carry_out(work: _Work, started: datetime, begun: Progress | None) -> Performed:
    texts = work.command.texts
    before = _capture(work)
    ran: list[Shown] = []
    after: str | None = None
    for number, text in enumerate(texts, start=1):
        moved = _moved(work.command, text, work.workshop)
        if moved is not None:
            return _stopped(work, started, tuple(ran), moved, before)
        if begun is not None:
            begun(number)
        result = _run(work, text)
        if text is texts[-1]:
            after = _capture(work)
        finding = _finding(work.command, text, result, before, after)
        ran.append(shown(text, result, finding, work.workshop.redactor))
        if finding.outcome in (Outcome.FAILED, Outcome.IN_DOUBT):
            break
    return _report(work, started, tuple(ran), _overall(ran, len(texts)), before, after)


def _stopped(
    work: _Work, started: datetime, ran: tuple[Shown, ...], moved: str, before: str | None
) -> Performed:
    """The report of a step whose next statement is not what it was."""
    if not ran:
        performed = _report(work, started, (), Finding(Outcome.FAILED, f"not run: {moved}", ()), None, None)
        return replace(performed, finished=replace(performed.finished, outcome=_never_begun(work.command)))
    told = f"statement {len(ran) + 1} of {len(work.command.texts)} not run, {len(ran)} before it ran: {moved}"
    return _report(work, started, ran, Finding(Outcome.FAILED, told, ()), before, _capture(work))


def _never_begun(command: RunStep) -> str:
    """A change may be asked for again. What only looks has failed to: no answer is no good answer."""
    return Outcome.FAILED.value if command.ask is None else NOT_RUN


def _overall(ran: list[Shown], statements: int) -> Finding:
    """What the step as a whole turned out to be; of several statements, how far it got."""
    last = ran[-1].finding
    if statements == 1:
        return last
    facts = tuple(dict.fromkeys(fact for each in ran for fact in each.finding.facts))
    if last.outcome in (Outcome.FAILED, Outcome.IN_DOUBT):
        done = len(ran) - 1
        rest = statements - len(ran)
        told = f"statement {len(ran)} of {statements} {_VERB[last.outcome]}"
        told += f", {done} before it ran" if done else ", nothing before it"
        told += f", {rest} after it did not" if rest else ""
        return Finding(last.outcome, f"{told}: {last.sentence}", facts)
    outcomes = [each.finding.outcome for each in ran]
    if Outcome.DONE in outcomes and last.outcome is Outcome.NO_EFFECT:
        return Finding(Outcome.DONE, last.sentence, facts)  # the last had nothing to do, one before it had
    return Finding(last.outcome, last.sentence, facts)


_VERB = {Outcome.FAILED: "failed", Outcome.IN_DOUBT: "is in doubt"}


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
    if command.purpose == DRY_RUN and result.exit_status is not None and not result.timed_out:
        return answered(text.text, result.exit_status, result.stderr)
    return adapt(
        text.text, result.exit_status, result.statuses, result.stdout, result.stderr, result.timed_out, before, after
    )  # fmt: skip


def _unbound(command: RunStep, workshop: Workshop) -> str | None:
    """Why these are not the approved texts, or run on no target; or None."""
    if not command.texts:
        return "it has no text"
    if digest_of(command.texts) != command.digest:
        return "its text or target is not the one that was approved"
    for text in command.texts:
        if text.target not in workshop.runners:
            return f'its target "{text.target}" is not bound'
    return None


def _refusal(command: RunStep, workshop: Workshop) -> str | None:
    """Why this must not run, or None. The second wall: the first is that such a step is never queued."""
    judged = [each for text in command.texts for each in _judged(text, workshop)]
    effect = Effect.join(judgement.effect for judgement in judged)
    if effect.value > Effect.from_word(command.effect).value:
        return f"it would {effect.word}, and was let through as {command.effect}"
    if command.ask is None and not all(judgement.runs_by_itself for judgement in judged):
        return f"nobody approved it, and it does more than look ({effect.word})"
    for text in command.texts:
        if (text.language == "sql") != text.target.startswith("database:") or text.language not in (
            "shell",
            "sql",
        ):
            return f"{text.language} cannot be run on {text.target}"
    return None


def _stranger(command: RunStep, workshop: Workshop) -> str | None:
    """Why a target of a change is not who it has to be, or None. Who cannot be asked is not the one either."""
    if command.ask is None:
        return None
    wanted = dict(command.identities)
    for target in dict.fromkeys(text.target for text in command.texts):
        if target not in wanted:
            return f"nobody has said who {target} is; look at it (tocsin target list) and ask again"
        try:
            seen = workshop.runners[target].identity()
        except TocsinError as problem:
            return f"who {target} is could not be asked: {problem.message}"
        if seen != wanted[target]:
            return f"{target} says it is {seen}, and it has to be {wanted[target]}"
    return None


def _run(work: _Work, text: StepText) -> RunResult:
    workshop, command = work.workshop, work.command
    runner = workshop.runners[text.target]
    if command.ask is not None:
        runner = workshop.changing.get(text.target, runner)
    limit = workshop.timeout if command.ask is None else workshop.change_timeout
    environment = (*text.environment, *work.secrets.items())
    return runner.run(RunRequest(text.text, text.language, _directory(text, workshop), environment, limit))


def _directory(text: StepText, workshop: Workshop) -> str | None:
    """Where the text runs: its own directory, a relative one below that of the steps. Another host has its own."""
    local = workshop.runners[text.target].local
    if text.cwd is None:
        return workshop.cwd if local else None
    return str(PurePath(workshop.cwd or "/") / text.cwd) if local else text.cwd


def _capture(work: _Work) -> str | None:
    """The old state as text, or None when there is nothing to capture or it cannot be read harmlessly."""
    command, workshop = work.command, work.workshop
    if command.capture is None:
        return None
    first = _changing(work)
    if not judge(command.capture, first.language).runs_by_itself:
        return None
    request = RunRequest(
        command.capture, first.language, _directory(first, workshop),
        (*first.environment, *work.secrets.items()), workshop.capture_timeout, bare=True,
    )  # fmt: skip
    result = workshop.runners[first.target].run(request)
    return result.stdout if result.error is None and result.exit_status == 0 else None


def _changing(work: _Work) -> StepText:
    return changing(work.command.texts, lambda text: _judged(text, work.workshop)[0])


def _report(
    work: _Work,
    started: datetime,
    ran: tuple[Shown, ...],
    finding: Finding,
    before: str | None,
    after: str | None,
) -> Performed:
    command, workshop = work.command, work.workshop
    redact = workshop.redactor.redact
    about = About(
        tuple(each.ran for each in ran), redact(before) if before else None, redact(after) if after else None
    )
    evidence = Evidence(
        EvidenceId(f"{command.run}.e"),
        "".join(each.stdout for each in ran),
        "".join(each.stderr for each in ran),
        about,
    )
    facts = tuple((redact(name), redact(value)) for name, value in finding.facts)
    status = ran[-1].exit_status if ran else None
    finished = StepFinished(
        run=command.run,
        outcome=finding.outcome.value,
        sentence=redact(finding.sentence),
        exit_status=status,
        started_at=started,
        took=workshop.clock.now() - started,
        evidence=evidence.id,
        evidence_sha256=evidence.sha256,
        facts=facts,
        undo=_undo(work, before),
        summary=summary(evidence),
        expectations=_expectations(command, evidence, status, facts) if ran else (),
        statements=len(command.texts),
        ended_well=sum(each.finding.outcome not in (Outcome.FAILED, Outcome.IN_DOUBT) for each in ran),
    )
    return Performed(finished, evidence)


def _undo(work: _Work, before: str | None) -> str | None:
    """The exact way back, or None. One that holds a secret cannot be shown and approved, and so is none."""
    if before is None or work.command.ask is None:
        return None
    first = _changing(work)
    undo = way_back(first.text, before, first.language)
    return undo if undo is not None and work.workshop.redactor.redact(undo) == undo else None


def _expectations(
    command: RunStep, evidence: Evidence, status: int | None, facts: tuple[tuple[str, str], ...]
) -> tuple[Expectation, ...]:
    """What the runbook said should be seen, each with its answer."""
    found = []
    for each in command.expects:
        answer = compare(each.kind, each.value, each.text, evidence.stdout, status, dict(facts))
        found.append(Expectation(each.text, answer.state.value, answer.seen))
    return tuple(found)
