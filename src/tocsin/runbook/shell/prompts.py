"""Prompts and mixed output: which lines of a fence are typed, and which are printed.

Source: docs/reference/runbook-language.md, sections 6.2 and 6.3. With at least one `$`-like prompt, only
prompted lines are commands; everything else is sample output.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.runbook.book import Hop
from tocsin.runbook.markdown.blocks import Line
from tocsin.runbook.shell.openers import opener
from tocsin.runbook.shell.printed import is_output
from tocsin.runbook.shell.statements import logical
from tocsin.runbook.words.programs import first_word, reads_like_command, starts_command


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed at one prompt, and what was printed.

    Attributes:
        lines: the command, prompts removed. comments: comment lines above it, signs removed.
        language: shell, sql, redis, mongo or script. hops: where the prompt says it runs.
        output: the lines printed after it.
    """

    lines: tuple[Line, ...]
    comments: tuple[Line, ...]
    language: str
    hops: tuple[Hop, ...]
    output: tuple[Line, ...]


_SHELL = re.compile(
    r"\s*(?:\((?:[\w.-]+)\)\s*)?(?:"
    r"(?P<bracket>\[(?P<user>[\w.-]+)@(?P<host>[\w.-]+)[^\]]{0,80}\][$#%])"
    r"|(?P<at>(?P<user2>[\w.-]+)@(?P<host2>[\w.-]+)(?::\s?(?P<folder>[^\s$#%]{0,80})|\s[^\s$#%]{1,40})?\s?[$#%](?=\s))"
    r"|➜\s{1,2}(?:~|[\w.~-]{1,40}(?=\sgit:))(?:\sgit:\([^\s()]{1,60}\))?(?:\s[✗✔])?(?=\s)"
    r"|(?P<inner>(?:/[\w./-]{0,60}|~(?:/[\w./-]{0,60})?)\s?[$#%](?=\s))"
    r"|(?P<plain>(?:sh|bash|ash)-\d[\d.]*[$#]|[$❯➜])"
    r")\s+(?P<rest>\S.*)$"
)
_PERCENT = re.compile(r"\s*%\s+(?P<rest>\S.*)$")
_REPL = re.compile(
    r"\s*(?:"
    r"(?P<sql>(?:[\w-]{1,40}[=\-*'\"(][#>]|mysql>|MariaDB \[[^\]]*\]>|sqlite>|cqlsh(?::\w+)?>|SQL>|(?:ksql|trino|presto|hive|spark-sql|beeline)(?::\w+)?>))"
    r"|(?P<redis>(?:(?:\d{1,3}\.){3}\d{1,3}:\d+|[\w.-]+:6379|redis)(?:\[\d+\])?>)"
    r"|(?P<mongo>(?:mongos?|test|rs\d+:PRIMARY|rs\d+ \[[^\]]+\] \w+|\w+ \[direct: \w+\] \w+)>)"
    r"|(?P<python>>>>|In \[\d+\]:|irb\([^)]*\)[^>]*>)"
    r"|(?P<power>PS(?: [A-Z]:\\[^>]*)?>|[A-Z]:\\[^<>|]{0,80}>)"
    r"|(?P<other>(?:gpg|sftp|lftp|ftp|telnet|nslookup|ntpq|ceph|virsh #|zkcli|rabbitmq|aql|cypher|ghci|scala|asterisk\*CLI)>|\((?:gdb|parted|lldb|pdb|Pdb)\)|hbase(?::\d+:\d+|\([^()]{1,20}\):\d+:\d+)>|iex\(\d+\)>|\[zk: [^\]]{1,60}\])"
    r")\s*(?P<rest>\S.*)$"
)
_NAMED = re.compile(r"[A-Za-z]{2,}")
_NO_NAMES = ("sql", "ksql", "trino", "presto", "hive", "spark-sql", "beeline")
_CONTINUED = re.compile(r"\s*>\s(?P<rest>.*)$")
_ROOT = re.compile(r"\s*#\s(?P<rest>\S.*)$")
_COMMENT = re.compile(r"\s*#+\s*(?P<rest>\S.*)$")


# A quick no for most fences: no line begins like a prompt.
_MAYBE = re.compile(
    r"\s*(?:[$%❯➜]\s|\(?[\w.-]+@|\[|\(|(?:sh|bash|ash)-\d|[^\s<]{1,60}[#>]\s*\S|[/~][\w./-]{0,60}\s?[$%#]\s|\w+ [\[\w][^<]{0,60}>|In \[|PS[ >]|[A-Z]:\\)"
)
_CONSOLES = frozenset({"console", "terminal", "shell-session", "shellsession", "sh-session"})


def _only_hashes(lines: Sequence[Line], language: str) -> bool:
    """Whether `# ` could be a root prompt: in a console, or if there is nothing else, or a command and what it prints."""
    first = next((line.text.strip() for line in lines if line.text.strip()), "")
    return first.startswith("# ") and (language in _CONSOLES or reads_like_command(first[2:]))


def typed(lines: Sequence[Line], language: str) -> tuple[Typed, ...] | None:
    """The prompted commands of a fence, or None if it has no prompts."""
    for line in lines:
        if _MAYBE.match(line.text):
            break
    else:
        if not _only_hashes(lines, language):
            return None
    root = _root_prompts(lines, language)
    percent = not any(_SHELL.match(line.text) for line in lines) and any(
        (found := _PERCENT.match(line.text)) and starts_command(found["rest"]) for line in lines
    )
    if not root and not percent and not any(_prompt(line, False, False) for line in lines):
        return None
    sure = root or percent or any(_SHELL.match(line.text) for line in lines)
    out: list[Typed] = []
    comments: list[Line] = []
    noted: list[Line] = []  # the same lines as they stand
    index, fresh = 0, True
    while index < len(lines):
        line = lines[index]
        prompt = _prompt(line, root, percent)
        if prompt is None and not sure and not any(t.hops for t in out) and opener(line.text.strip()):
            # `psql` in front of its prompt opens what the prompt names.
            out.append(Typed((line.stripped(),), tuple(comments), "shell", (), ()))
            comments, noted, fresh = [], [], True
            index += 1
            continue
        if prompt is None:
            note = _COMMENT.match(line.text)
            if note and fresh and not root:
                comments.append(line.cut(note.start("rest")))
                noted.append(line)
            elif out and line.text.strip():
                # What looked like a comment is output too, if more output follows it.
                out[-1] = _printed(out[-1], *noted, line)
                comments, noted = [], []
                fresh = False
            else:
                fresh = True
            index += 1
            continue
        kind, column, hops = prompt
        command, index = _command(lines, index, column, root, percent)
        out.append(Typed(command, tuple(comments), kind, hops, ()))
        comments, noted, fresh = [], [], True
    return tuple(out)


def prompt_of(line: Line) -> tuple[str, str] | None:
    """The language and the text behind the prompt of a line, or None if it begins with none."""
    if _MAYBE.match(line.text) is None:
        return None
    found = _prompt(line, False, False)
    return (found[0], line.text[found[1] :]) if found is not None else None


def _printed(before: Typed, *lines: Line) -> Typed:
    return Typed(before.lines, before.comments, before.language, before.hops, (*before.output, *lines))


def _prompt(line: Line, root: bool, percent: bool) -> tuple[str, int, tuple[Hop, ...]] | None:
    """Language, column of the command and hops of a prompted line, or None."""
    if found := _SHELL.match(line.text):
        host = found["host"] or found["host2"]
        user = found["user"] or found["user2"]
        hops: tuple[Hop, ...] = (
            (Hop("host", host, user),) if host and host not in ("localhost", "host") else ()
        )
        folder = found["folder"] or ""
        if hops and folder.startswith(("/", "~/")):
            hops = (*hops, Hop("cwd", folder))
        if found["plain"] and found["plain"] in "$❯➜" and not _is_command(found["rest"]):
            return None
        return "shell", found.start("rest"), hops
    if percent and (found := _PERCENT.match(line.text)) and starts_command(found["rest"]):
        return "shell", found.start("rest"), ()
    if root and (found := _ROOT.match(line.text)) and reads_like_command(found["rest"]):
        return "shell", found.start("rest"), ()
    if found := _REPL.match(line.text):
        if found["sql"]:
            name = re.split(r"[=\-*'\"(>]", found["sql"])[0]
            kind = "mysql" if name.lower() in ("mysql",) or "MariaDB" in found["sql"] else "postgres"
            kind = {"sqlite": "sqlite", "cqlsh": "cassandra"}.get(name, kind)
            kind = "sql" if name.split(":")[0].lower() in _NO_NAMES else kind
            dsn = (
                ""
                if name.split(":")[0].lower() in ("mysql", "sqlite", "cqlsh", *_NO_NAMES)
                or "MariaDB" in found["sql"]
                else name
            )
            return "sql", found.start("rest"), (Hop("database", dsn, kind),)
        if found["redis"]:
            address = found["redis"].rstrip(">")
            return (
                "redis",
                found.start("rest"),
                (Hop("database", "" if address == "redis" else address, "redis"),),
            )
        if found["mongo"]:
            return "mongo", found.start("rest"), (Hop("database", "", "mongo"),)
        if found["other"]:
            return "script", found.start("rest"), (Hop("repl", _NAMED.findall(found["other"])[0]),)
        return "script", found.start("rest"), (Hop("repl", "python" if found["python"] else "powershell"),)
    return None


def _is_command(text: str) -> bool:
    """Whether the text behind a bare sign is typed: a table cell "$ 5.00" is not."""
    word = first_word(text)
    return bool(word) and not re.match(r"[\d.,]+$", word)


def _command(
    lines: Sequence[Line], index: int, column: int, root: bool, percent: bool
) -> tuple[tuple[Line, ...], int]:
    """The lines of one typed command from `index` on, prompts removed, and the index after it."""
    rest = [lines[index].cut(column)]
    following = index + 1
    # Continuation lines carry a ">" prompt or none; they end where the command is complete.
    while following < len(lines):
        if logical(rest, 0) == len(rest) - 1 and _complete(rest):
            more = _CONTINUED.match(lines[following].text)
            if more is None or not rest[-1].text.rstrip().endswith(("|", "&&", "||")):
                break
        if _prompt(lines[following], root, percent) is not None:
            break
        more = _CONTINUED.match(lines[following].text)
        rest.append(lines[following].cut(more.start("rest")) if more else lines[following])
        following += 1
        if len(rest) > 400:
            break
    return tuple(rest), following


_HEREDOC = re.compile(r"<<-?\s*['\"\\]?([A-Za-z_]\w*)")


def _complete(lines: Sequence[Line]) -> bool:
    text = lines[-1].text
    if text.endswith("\\"):
        return False
    if heredoc := _HEREDOC.search(lines[0].text):
        return len(lines) > 1 and text.strip() == heredoc[1]
    joined = " ".join(line.text for line in lines)
    outside = re.sub(r"'[^']*'|\"(?:\\.|[^\"\\])*\"", "", joined)
    return "'" not in outside.replace("\\'", "") and '"' not in outside.replace('\\"', "")


def _root_prompts(lines: Sequence[Line], language: str) -> bool:
    """Whether `# ` begins commands here: see 6.3; a comment unless it reads like a command and more speaks for it."""
    shown = [line.text.strip() for line in lines if line.text.strip()]
    marked = [text for text in shown if text.startswith("# ")]
    commands = [text for text in marked if reads_like_command(text[2:])]
    if not commands:
        return False
    if language in _CONSOLES:
        return len(commands) == len(marked)
    if any(
        found["rest"] and line.text[: found.start("rest")].rstrip().endswith("#")
        for line in lines
        if (found := _SHELL.match(line.text))
    ):
        return True
    # With what they print between them: nothing else in the fence can be typed.
    return len(commands) == len(marked) and all(
        is_output(text) for text in shown if not text.startswith("# ")
    )
