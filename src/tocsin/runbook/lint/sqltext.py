"""The SQL that commands send, and its statements one by one."""

import re

from tocsin.runbook.lint.command import Command

SQL_TOOLS = frozenset(
    "psql mysql mariadb cockroach sqlite3 pgcli mycli clickhouse-client sqlcmd gitlab-psql bq cqlsh".split()
)


_ENDS_IN_C = re.compile(r"-[A-Za-z]*[ce]")


def sql_of(command: Command, others: tuple[Command, ...]) -> list[str]:
    """The SQL a command sends: its -c or -e, its here-document, or what is echoed into it."""
    if command.name not in SQL_TOOLS:
        return []
    found: list[str] = []
    args = command.args
    for index, word in enumerate(args):
        if word in ("-c", "-e", "--command", "--execute", "-Q", "-q", "--query") and index + 1 < len(args):
            found.append(args[index + 1])
        elif word.startswith(("--command=", "--execute=", "--query=")):
            found.append(word.split("=", 1)[1])
        elif _ENDS_IN_C.fullmatch(word) and len(word) > 2 and index + 1 < len(args):
            found.append(args[index + 1])
    if command.name in ("sqlite3", "bq") and len(command.plain) > 1:
        found.append(command.plain[1 if command.name == "sqlite3" else -1])
    if command.heredoc:
        found.append(command.heredoc)
    found.extend(target for operator, target in command.redirects if operator == "<<<")
    if command.stage:
        found.extend(
            " ".join(c.plain) for c in others
            if c.pipeline == command.pipeline and c.stage == command.stage - 1 and c.name in ("echo", "printf")
        )  # fmt: skip
    return found


def split_sql(text: str) -> list[tuple[int, str]]:
    """Statements of a SQL text with their offsets, without comments."""
    out: list[tuple[int, str]] = []
    start = 0
    for found in _SQL_MARKS.finditer(text):
        mark = found[0]
        if mark[:1] in ("'", '"') and (len(mark) == 1 or mark[-1] != mark[0]):
            break  # a quotation that never closes: nobody can say where the statement ends
        if mark not in (";", ""):
            continue  # a quotation or a comment
        written = text[start : found.start()]
        piece = _SQL_COMMENT.sub(" ", written) if "--" in written else written
        if bare := piece.strip():
            out.append((start + len(written) - len(written.lstrip()), bare))
        start = found.end()
    return out


_SQL_COMMENT = re.compile(r"--[^\n]*")
_SQL_MARKS = re.compile(r"'[^']*'?|\"[^\"]*\"?|--[^\n]*|;|\Z")
