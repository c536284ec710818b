"""Dry runs: the text that says what a change would do and does nothing itself, for the eyes of whoever says yes.

The rules are those of `effects.dry_tools`; whatever they say, only what the judge lets run by itself is ever a dry run.
Source: docs/reference/effects.md, section on dry runs.
"""

from dataclasses import dataclass

from tocsin.effects.dry_tools import RULES
from tocsin.effects.finding import Finding, done, failed, first_line
from tocsin.effects.judge import judge
from tocsin.effects.recipe import known
from tocsin.effects.repository.held import NOTHING_HELD
from tocsin.effects.shelltext import simple_commands
from tocsin.effects.words import Word

_PREFIXES = ("sudo", "doas")
_PREFIX_SWITCHES = ("-n", "-E", "-H")
_DIFFERS = 1


@dataclass(frozen=True, slots=True)
class DryRun:
    """How a change can be tried.

    Attributes:
        text: what to run, in the language of the change; it only looks. None if there is none.
        because: why there is none, as the end of a sentence; "" if there is one.
    """

    text: str | None
    because: str = ""


def dry_run(text: str, language: str = "shell") -> DryRun:
    """The dry run of a change. Pure and total.

    Args:
        text: the final text of one statement.
        language: "shell"; others have none.

    >>> dry_run("kubectl scale deployment/api --replicas=3").text
    'kubectl scale deployment/api --replicas=3 --dry-run=server'
    >>> dry_run("pm2 restart api").because
    'PM2 has no dry run'
    """
    if language != "shell":
        return DryRun(None, f"{'SQL' if language == 'sql' else language[:20]} has no dry run that only looks")
    commands = simple_commands(text)
    if len(commands) != 1 or not commands[0].alone:
        return DryRun(None, "it is more than one plain command")
    words = commands[0].words
    if not known(*words):
        return DryRun(None, "not all of it is known before it runs")
    at = _behind_prefix(words)
    name = words[at].text.rpartition("/")[2] if at is not None else ""
    rule = RULES.get(name)
    if at is None or rule is None:
        return DryRun(None, f"no dry run of {name[:40] or 'this'} is known")
    form = rule(words[at:])
    if isinstance(form, str):
        return DryRun(None, form)
    found = " ".join((*(word.raw for word in words[:at]), *form))
    judged = judge(found, repository=NOTHING_HELD)
    if not judged.runs_by_itself:
        flags = ", ".join(sorted(flag.value for flag in judged.flags))
        return DryRun(
            None, f"its dry run would do more than look ({judged.effect.word}{f', {flags}' if flags else ''})"
        )
    return DryRun(found)


def _behind_prefix(words: tuple[Word, ...]) -> int | None:
    """Where the command itself begins; None if whose rights it takes is not plain."""
    at = 0
    while at < len(words) and words[at].text in _PREFIXES:
        at += 1
        while at < len(words) and words[at].text.startswith("-"):
            if words[at].text in ("-u", "-g"):
                at += 2
            elif words[at].text in _PREFIX_SWITCHES:
                at += 1
            else:
                return None
    return at if at < len(words) else None


def answered(text: str, exit_status: int, stderr: str) -> Finding:
    """What a dry run showed. Its tool's words about what was done are not ours: nothing was.

    Args:
        text: the dry run. exit_status, stderr: how it ended.
    """
    if exit_status == 0:
        return done("It answered; nothing was changed.")
    words = text.split()
    if exit_status == _DIFFERS and "diff" in words and not stderr.strip():
        return done("It answered what would differ; nothing was changed.")
    return failed(f"It ended with status {exit_status}{first_line(stderr)}.")
