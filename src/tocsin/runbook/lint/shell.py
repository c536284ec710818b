"""Shell text to simple commands, for rules that look at how commands belong together.

This is no judge: what a command would do is said by `effects`. Here only its words, its place in pipelines and what
wraps it matter. Reading is total and never raises; what cannot be read gives fewer commands, never wrong ones.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tocsin.effects.plain import plain_words
from tocsin.effects.words import HOLE
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.tokens import Token, tokens

_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "time", "esac", "in"}
)


_ASSIGN = re.compile(r"[A-Za-z_]\w*\+?=")


@dataclass(frozen=True, slots=True)
class Reading:
    """All commands of a text in reading order, and what could not be read ("" if all could)."""

    commands: tuple[Command, ...]
    broken: str


@lru_cache(maxsize=4096)
def read(text: str, depth: int = 0) -> Reading:
    """The commands of a shell text, wrapped and nested ones included."""
    if depth > 6 or len(text) > 100_000:
        return Reading((), "")
    if plain := plain_words(text):
        raw = tuple([word.raw for word in plain])
        # `...` is a hole to the judge and a word to the linter.
        said = tuple([word.raw if word.text == HOLE else word.text for word in plain])
        return Reading(tuple(_unwrap(Command(said, raw, plain[0].start, plain[-1].end), depth)), "")
    words, nested, heredocs, broken = tokens(text)
    found = _group(words, heredocs)
    out: list[Command] = []
    for command in found:
        out.extend(_unwrap(command, depth))
    for offset, inner in nested:
        below = read(inner, depth + 1)
        out.extend(_shift(command, offset, inner=True) for command in below.commands)
    out.sort(key=lambda command: command.start)
    return Reading(tuple(out), broken)


def _shift(command: Command, offset: int, *, inner: bool) -> Command:
    return Command(
        command.words, command.raw, command.start + offset, command.end + offset, command.env, command.pipeline + 1000,
        command.stage, command.last, command.redirects, command.via, command.heredoc, command.joined,
        inner or command.inner, command.wrapper,
    )  # fmt: skip


def _group(tokens: list[Token], heredocs: list[str]) -> list[Command]:
    found: list[Command] = []
    bodies = iter(heredocs)
    words: list[Token] = []
    env: list[str] = []
    redirects: list[tuple[str, str]] = []
    heredoc: str | None = None
    pipeline = stage = 0
    joined = ""
    pending: str | None = None

    def flush(operator: str) -> None:
        nonlocal words, env, redirects, heredoc, pipeline, stage, joined
        if words or env:
            at = (words[0].start, words[-1].end) if words else (tokens[0].start, tokens[0].end)
            found.append(
                Command(
                    tuple([t.text for t in words]),
                    tuple([t.raw for t in words]),
                    *at,
                    tuple(env),
                    pipeline,
                    stage,
                    operator not in ("|", "|&"),
                    tuple(redirects),
                    (),
                    heredoc,
                    joined,
                )
            )
        elif not redirects and operator == "\n":
            return
        words, env, redirects, heredoc = [], [], [], None
        if operator in ("|", "|&"):
            stage += 1
        else:
            pipeline, stage = pipeline + 1, 0
        joined = operator

    for token in tokens:
        if token.kind == "redirect":
            pending = token.text
            if token.text in ("<<",):
                heredoc = next(bodies, None)
        elif token.kind == "op":
            if token.text == "\n" and found and not words and joined in ("|", "&&", "||"):
                continue
            flush(token.text)
        elif pending is not None:
            if pending != "<<":
                redirects.append((pending, token.text))
            pending = None
        elif not words and token.raw in _KEYWORDS:
            continue
        elif not words and _ASSIGN.match(token.raw):
            env.append(token.text)
        else:
            words.append(token)
    flush(";")
    return found


_VALUE_OPTIONS = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-r", "-t", "--user", "--group"}),
    "env": frozenset({"-u", "-C", "-S"}),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "watch": frozenset({"-n", "--interval"}),
    "xargs": frozenset(
        {"-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E", "--max-args", "--max-procs", "--delimiter"}
    ),
    "ssh": frozenset(
        {"-p", "-i", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E", "-m", "-S", "-W"}
    ),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "doas": frozenset({"-u", "-C"}),
    "docker": frozenset({"-e", "-u", "-w", "--env", "--user", "--workdir", "-H", "--context", "--host"}),
    "kubectl": frozenset({"-n", "-c", "--namespace", "--container", "--context", "--kubeconfig"}),
    "flock": frozenset({"-w", "-E"}),
    "chroot": frozenset({"--userspec"}),
}


_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ash", "ksh"})


# What `_unwrap` knows how to take off.
_MAY_HOLD = _SHELLS | frozenset(
    "sudo doas env nohup nice ionice time exec command builtin stdbuf setsid timeout xargs flock chroot aws-vault watch ssh kubectl oc k docker podman "
    "nerdctl".split()
)


def _unwrap(command: Command, depth: int) -> list[Command]:
    """The command and, behind a wrapper, the one that really runs."""
    name = command.name
    words = command.words
    if name not in _MAY_HOLD:
        return [command]
    if name in (
        "sudo",
        "doas",
        "env",
        "nohup",
        "nice",
        "ionice",
        "time",
        "exec",
        "command",
        "builtin",
        "stdbuf",
        "setsid",
        "timeout",
        "xargs",
        "flock",
        "chroot",
        "aws-vault",
    ):
        at = _after_options(words, 1, _VALUE_OPTIONS.get(name, frozenset()))
        if name in ("timeout", "flock", "chroot"):
            at += 1
        while at < len(words) and name in ("env", "sudo") and _ASSIGN.match(words[at]):
            at += 1
        if name == "aws-vault":
            at = words.index("--") + 1 if "--" in words else len(words)
        return [command, *_inner(command, at, name, depth)] if at < len(words) else [command]
    if name == "watch":
        at = _after_options(words, 1, _VALUE_OPTIONS["watch"])
        return [command, *_text(command, " ".join(words[at:]), name, depth)]
    if name == "ssh":
        at = _after_options(words, _after_options(words, 1, _VALUE_OPTIONS["ssh"]) + 1, _VALUE_OPTIONS["ssh"])
        return [command, *_text(command, " ".join(words[at:]), name, depth)] if at < len(words) else [command]
    if name in _SHELLS and (script := command.value("-c", "-lc", "-ec")) is not None:
        return [command, *_text(command, script, name, depth)]
    if name in ("kubectl", "oc", "k") and "exec" in words:
        if "--" in words:
            return [command, *_inner(command, words.index("--") + 1, "kubectl exec", depth)]
        return [command]
    if name in ("docker", "podman", "nerdctl") and len(words) > 2 and "exec" in words[:4]:
        at = _after_options(words, words.index("exec") + 1, _VALUE_OPTIONS["docker"]) + 1
        return [command, *_inner(command, at, "docker exec", depth)]
    return [command]


def _after_options(words: tuple[str, ...], at: int, valued: frozenset[str]) -> int:
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        if words[at] == "--":
            return at + 1
        at += 2 if words[at] in valued else 1
    return at


def _inner(command: Command, at: int, wrapper: str, depth: int) -> list[Command]:
    if at >= len(command.words):
        return []
    inner = Command(
        command.words[at:], command.raw[at:], command.start, command.end, command.env, command.pipeline, command.stage,
        command.last, command.redirects, (*command.via, wrapper), command.heredoc, command.joined, command.inner, command,
    )  # fmt: skip
    return _unwrap(inner, depth)


def _text(command: Command, text: str, wrapper: str, depth: int) -> list[Command]:
    if not text.strip():
        return []
    return [
        Command(
            c.words, c.raw, command.start, command.end, c.env, command.pipeline, c.stage, c.last, c.redirects,
            (*command.via, wrapper, *c.via), c.heredoc, c.joined, command.inner, command,
        )
        for c in read(text, depth + 1).commands
    ]  # fmt: skip
