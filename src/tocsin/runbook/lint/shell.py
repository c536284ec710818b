"""Shell text to simple commands, for rules that look at how commands belong together.

This is no judge: what a command would do is said by `effects`. Here only its words, its place in pipelines and what
wraps it matter. Reading is total and never raises; what cannot be read gives fewer commands, never wrong ones.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "time", "esac", "in"}
)
_SEPARATORS = ("&&", "||", "|&", ";;", ";", "|", "&", "\n", "(", ")")
_PLACEHOLDER = re.compile(r"<[A-Za-z][^<>\n|;&`]{0,80}[^<>\s|;&`]>|<[A-Za-z]>")
_REDIRECT = re.compile(r"(\d*|&)(<<<|<<-?|>>|>\||>&|<&|<>|>|<)")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_ASSIGN = re.compile(r"[A-Za-z_]\w*\+?=")


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command.

    Attributes:
        words: what the program would get, quotes taken away; expansions and placeholders as written.
        raw: the words as written. start, end: offsets in the text.
        env: assignments in front of it. pipeline: number of its pipeline in the text; stage: place in it, from 0.
        last: whether it is the last of its pipeline. redirects: (operator, target) pairs.
        via: wrappers taken off, outermost first ("sudo", "xargs", "ssh", "kubectl exec").
        heredoc: the text given on standard input, or None. joined: the operator before it ("", "&&", "||", ";", "|").
        inner: whether it stands in a substitution. wrapper: the command that runs it, or None.
        name: the program, without its directory. args: the words after it.
        plain: arguments that are no options; values of separate options are among them.
    """

    words: tuple[str, ...]
    raw: tuple[str, ...]
    start: int
    end: int
    env: tuple[str, ...] = ()
    pipeline: int = 0
    stage: int = 0
    last: bool = True
    redirects: tuple[tuple[str, str], ...] = ()
    via: tuple[str, ...] = ()
    heredoc: str | None = None
    joined: str = ""
    inner: bool = False
    wrapper: "Command | None" = None

    name: str = field(init=False)
    args: tuple[str, ...] = field(init=False)
    plain: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.words[0].rsplit("/", 1)[-1] if self.words else "")
        object.__setattr__(self, "args", self.words[1:])
        object.__setattr__(self, "plain", tuple(word for word in self.words[1:] if not word.startswith("-")))

    def has(self, *options: str) -> bool:
        """Whether one of these options is given: "-f", "--force" (also "--force=x" and "-rf" for "-f")."""
        for word in self.args:
            for option in options:
                if word == option or (option.startswith("--") and word.startswith(f"{option}=")):
                    return True
                if len(option) == 2 and re.fullmatch(r"-[A-Za-z0-9]+", word) and option[1] in word[1:]:
                    return True
        return False

    def value(self, *options: str) -> str | None:
        """The value of one of these options: "-n x", "-nx", "--namespace=x"."""
        for index, word in enumerate(self.args):
            for option in options:
                if word == option:
                    return self.args[index + 1] if index + 1 < len(self.args) else None
                if option.startswith("--") and word.startswith(f"{option}="):
                    return word[len(option) + 1 :]
                if (
                    len(option) == 2
                    and word.startswith(option)
                    and len(word) > 2
                    and not word.startswith("--")
                ):
                    return word[2:].lstrip("=")
        return None


@dataclass(slots=True)
class _Token:
    kind: str  # word, op, redirect
    text: str
    raw: str
    start: int
    end: int


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
    tokens, nested, heredocs, broken = _tokens(text)
    found = _group(tokens, heredocs)
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


def _tokens(text: str) -> tuple[list[_Token], list[tuple[int, str]], list[str], str]:
    tokens: list[_Token] = []
    nested: list[tuple[int, str]] = []
    heredocs: list[str] = []
    waiting: list[str] = []
    position = 0
    broken = ""
    size = len(text)
    while position < size:
        char = text[position]
        if char == "\n" and waiting:
            position += 1
            for mark in waiting:
                close = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t]*$", re.M).search(text, position)
                heredocs.append(text[position : close.start() if close else size])
                position = close.end() if close else size
                broken = broken or ("" if close else f"the here-document {mark} never ends")
            waiting = []
            tokens.append(_Token("op", "\n", "\n", position - 1, position))
            continue
        if char in " \t\r":
            position += 1
            continue
        if char == "\\" and text[position + 1 : position + 2] == "\n":
            position += 2
            continue
        if char == "#" and (position == 0 or text[position - 1] in " \t\n;("):
            end_of_line = text.find("\n", position)
            position = size if end_of_line < 0 else end_of_line
            continue
        placeholder = _PLACEHOLDER.match(text, position) if char == "<" else None
        redirect = None if placeholder else _REDIRECT.match(text, position)
        if (
            redirect is not None
            and (char in "<>&" or redirect[1].isdigit())
            and text[position : position + 2] not in ("<(", ">(", "&&")
        ):
            heredoc = (
                _HEREDOC.match(text, position)
                if redirect[2].startswith("<<") and redirect[2] != "<<<"
                else None
            )
            if heredoc is not None:
                waiting.append(heredoc[2])
                tokens.append(_Token("redirect", "<<", heredoc[0], position, heredoc.end()))
                tokens.append(_Token("word", heredoc[2], heredoc[2], position, heredoc.end()))
                position = heredoc.end()
                continue
            tokens.append(_Token("redirect", redirect[2], redirect[0], position, redirect.end()))
            position = redirect.end()
            continue
        operator = next((op for op in _SEPARATORS if text.startswith(op, position)), None)
        if operator is not None and not placeholder:
            tokens.append(_Token("op", operator, operator, position, position + len(operator)))
            position += len(operator)
            continue
        word, raw, end, problem = _word(text, position, nested)
        broken = broken or problem
        tokens.append(_Token("word", word, raw, position, end))
        position = max(end, position + 1)
    return tokens, nested, heredocs, broken


def _word(text: str, start: int, nested: list[tuple[int, str]]) -> tuple[str, str, int, str]:
    out: list[str] = []
    position = start
    size = len(text)
    while position < size:
        char = text[position]
        if char in " \t\r\n;|&()" or (
            char in "<>"
            and not _PLACEHOLDER.match(text, position)
            and text[position + 1 : position + 2] != "("
        ):
            break
        if char == "<" and (hole := _PLACEHOLDER.match(text, position)):
            out.append(hole[0])
            position = hole.end()
        elif char == "'" or text.startswith("$'", position):
            begin = position + (1 if char == "'" else 2)
            end = text.find("'", begin)
            if end < 0:
                return "".join(out) + text[begin:], text[start:], size, "a single quote never closes"
            out.append(text[begin:end])
            position = end + 1
        elif char == '"':
            inside, position, problem = _double(text, position + 1, nested)
            out.append(inside)
            if problem:
                return "".join(out), text[start:position], position, problem
        elif char == "\\":
            out.append(text[position + 1 : position + 2] if text[position + 1 : position + 2] != "\n" else "")
            position += 2
        elif text.startswith(("$(", "<(", ">("), position) and not text.startswith("$((", position):
            end = _closing(text, position + 1)
            nested.append((position + 2, text[position + 2 : end - 1]))
            out.append(text[position:end])
            position = end
        elif text.startswith("$((", position):
            end = _closing(text, position + 1)
            out.append(text[position:end])
            position = end
        elif text.startswith("${", position):
            end = text.find("}", position)
            end = size if end < 0 else end + 1
            out.append(text[position:end])
            position = end
        elif char == "`":
            end = text.find("`", position + 1)
            end = size if end < 0 else end + 1
            nested.append((position + 1, text[position + 1 : end - 1]))
            out.append(text[position:end])
            position = end
        else:
            out.append(char)
            position += 1
    return "".join(out), text[start:position], position, ""


def _double(text: str, start: int, nested: list[tuple[int, str]]) -> tuple[str, int, str]:
    out: list[str] = []
    position = start
    while position < len(text):
        char = text[position]
        if char == '"':
            return "".join(out), position + 1, ""
        if char == "\\" and text[position + 1 : position + 2] in ('"', "\\", "$", "`", "\n"):
            out.append(text[position + 1] if text[position + 1] != "\n" else "")
            position += 2
        elif text.startswith("$(", position) and not text.startswith("$((", position):
            end = _closing(text, position + 1)
            nested.append((position + 2, text[position + 2 : end - 1]))
            out.append(text[position:end])
            position = end
        else:
            out.append(char)
            position += 1
    return "".join(out), len(text), "a double quote never closes"


def _closing(text: str, start: int) -> int:
    """The offset behind the bracket that closes the one at `start`."""
    depth = 0
    position = start
    quote = ""
    while position < len(text):
        char = text[position]
        if quote:
            if char == "\\" and quote == '"':
                position += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return len(text)


def _group(tokens: list[_Token], heredocs: list[str]) -> list[Command]:
    found: list[Command] = []
    bodies = iter(heredocs)
    words: list[_Token] = []
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
                    tuple(t.text for t in words),
                    tuple(t.raw for t in words),
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


def _unwrap(command: Command, depth: int) -> list[Command]:
    """The command and, behind a wrapper, the one that really runs."""
    name = command.name
    words = command.words
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
        at = _after_options(words, 1, _VALUE_OPTIONS["ssh"]) + 1
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
