"""Result adapters: what a run really did, because exit statuses lie in both directions.

Source: docs/reference/effects.md, section on result adapters; each row is a case of the tests.
"""

from tocsin.effects.finding import Finding, Outcome, Ran, by_status, doubt, failed, first_line
from tocsin.effects.results_data import DATA_ADAPTERS
from tocsin.effects.results_host import facts_of
from tocsin.effects.results_ops import ANSWERS, OPS_ADAPTERS
from tocsin.effects.results_quiet import bracket, quiet
from tocsin.effects.shelltext import Simple, simple_commands
from tocsin.effects.words import Word

__all__ = ["Finding", "Outcome", "adapt"]

_WRAPPERS = frozenset({"sudo", "doas", "env", "command", "time", "nice", "nohup", "exec"})
_ADAPTERS = {**OPS_ADAPTERS, **DATA_ADAPTERS}
_BROKEN_PIPE = 141
_TIMED_OUT = 124


def adapt(
    text: str,
    exit_status: int | None,
    statuses: tuple[int, ...],
    stdout: str,
    stderr: str,
    timed_out: bool,
    before: str | None,
    after: str | None,
) -> Finding:
    """What this run turned out to be.

    Args:
        text: what was run, in shell.
        exit_status: of the text as a whole, or None if it never started or timed out.
        statuses: of the parts of the last pipeline; empty if unknown.
        stdout, stderr: what it printed; untrusted.
        timed_out: whether our own time limit ended it.
        before, after: what the change's capture printed before and after it, or None.

    Returns:
        The finding. A text no adapter knows is judged "by exit status only", and says so.
    """
    if timed_out:
        return doubt("Our time limit ended it; what it did until then is not known.")
    if exit_status is None:
        return failed("It could not be started.")
    commands = simple_commands(text)
    if exit_status in (126, 127):
        return failed(f"The command was not found or could not be started{first_line(stderr)}.")
    if not commands:
        return bracket(text, exit_status) or by_status(exit_status, stderr)
    broken = _broken_part(commands, statuses)
    if broken is not None:
        return broken
    last = commands[-1]
    words = _bare(last.words)
    if words[0].text == "timeout" and exit_status == _TIMED_OUT:
        return doubt("Its own time limit ended it; what it did until then is not known.")
    words = _past_timeout(words)
    decides = words
    if (
        _name(words) in ("head", "tail", "sort", "wc", "cat", "less", "tee", "jq", "uniq", "cut")
        and len(commands) > 1
    ):
        decides = _bare(commands[0].words)  # a filter at the end only shows; the producer is what was asked
    status = 0 if exit_status == _BROKEN_PIPE and len(commands) > 1 else exit_status
    ran = Ran(decides, status, stdout, stderr, before, after)
    adapter = _ADAPTERS.get(_name(decides))
    found = quiet(ran, _name(decides)) or (adapter(ran) if adapter is not None else None)
    return found or facts_of(ran) or by_status(status, stderr)


def _broken_part(commands: list[Simple], statuses: tuple[int, ...]) -> Finding | None:
    """A part of the pipeline before the last that failed, if one did. A reader that stops early is no failure."""
    if len(statuses) < 2 or len(commands) < len(statuses):
        return None
    parts = commands[-len(statuses) :]
    for position, (part, status) in enumerate(zip(parts[:-1], statuses[:-1], strict=True)):
        words = _bare(part.words)
        if status in (0, _BROKEN_PIPE) or (status == 1 and _name(words) in ANSWERS):
            continue
        shown = " ".join(word.raw for word in words[:3])
        return failed(
            f"Part {position + 1} of {len(statuses)}, `{shown}`, failed with status {status}; what came behind it means nothing."
        )
    return None


def _name(words: tuple[Word, ...]) -> str:
    return words[0].text.rpartition("/")[2]


def _bare(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The command behind sudo and its kind."""
    while len(words) > 1 and words[0].text in _WRAPPERS:
        words = words[1:]
        while len(words) > 1 and (words[0].text.startswith("-") or "=" in words[0].text.partition("/")[0]):
            takes_value = words[0].text in ("-u", "-g", "--user")
            words = words[2:] if takes_value and len(words) > 2 else words[1:]
    return words


def _past_timeout(words: tuple[Word, ...]) -> tuple[Word, ...]:
    if words[0].text != "timeout":
        return words
    rest = words[1:]
    while rest and rest[0].text.startswith("-"):
        rest = rest[2:] if rest[0].text in ("-k", "-s") else rest[1:]
    return _bare(rest[1:]) if len(rest) > 1 else words
