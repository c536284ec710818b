"""What must hold for the judge whatever text it is given; used by the fuzzer and by the small fuzz of the test run."""

import shlex
from collections.abc import Sequence

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge

LANGUAGES = ("shell", "sql", "redis", "http")
DESTROYS = {
    "shell": "rm -rf /srv/data\n",
    "sql": "DROP TABLE orders;\n",
    "redis": "FLUSHALL\n",
}
# Pieces that mean something to one of the parsers; a fuzzer finds their combinations.
PIECES: Sequence[str] = (
    " ", "\n", "\t", "\r\n", "\\", "\\\n", "'", '"', "`", "$(", ")", "${", "}", "{", "((", "))", "[[", "]]", "[", "]", "<<EOF\n",
    "<<'EOF'\n", "\nEOF\n", "<<-E\n", "<<<", "<(", ">(", ">", ">>", ">|", "&>", "2>&1", "<", "|", "|&", "||", "&&", "&", ";", ";;",
    "!", "#", "~", "*", "?", "=", "--", "-", "-c", "-e", "-f", "-n", "--help", "--dry-run=client", "--dry-run=none", "<name>", "$x",
    "$@", "${x:-y}", "$'\\x72m'", "if ", "then ", "else ", "fi", "for i in ", "do ", "done", "while ", "case x in ", "esac", "function ",
    "f() ", "time ", "coproc ", "sudo ", "env A=b ", "xargs ", "ssh h ", "sh -c ", "bash ", "eval ", "trap ", "timeout 5 ", "nohup ",
    "find . -exec ", "\\;", "{} +", "kubectl ", "delete ", "pvc ", "get ", "exec p -- ", "docker run ", "psql -c ", "redis-cli ", "curl ",
    "-X DELETE ", "http://h/x", "rm -rf /srv/data", "cat ", "echo ", "tee ", "awk ", "sed ", "tmux new ", "strace ", "nc h 1 ", "mongosh --eval ",
    "SELECT ", "* FROM t", "DROP TABLE t", "DELETE FROM t", "WITH a AS (", "EXPLAIN ANALYZE ", "COPY t TO PROGRAM ", "\\gexec", "\\copy ",
    "$$", "/*", "*/", "--\n", "INTO OUTFILE ", "FOR UPDATE", "pg_terminate_backend(1)", "FLUSHALL", "GET k", "EVAL ", "\0", "\u202e", "é", "\ufffc",
)  # fmt: skip


def broken(text: str, language: str) -> str | None:
    """Which claim does not hold for this text, or None. An exception is the worst of them and passes through."""
    plain = judge(text, language)
    if plain.effect is not Effect.OBSERVE and not plain.reasons:
        return f"no reason for {plain.effect.word}"
    if any(not 0 <= part.start <= part.end <= len(text) for part in plain.parts):
        return "a part lies outside the text"
    if plain.bounded is not None and judge(plain.bounded).effect is not plain.effect:
        return "the bounded form has another effect"
    before = DESTROYS.get(language)
    if before is not None and not judge(before + text, language).effect.needs_two:
        return "what stands behind it hides that the first line destroys"
    if language == "shell" and "\0" not in text:
        inside = judge(f"sudo sh -c {shlex.quote(text)}").effect
        if inside is not Effect.UNKNOWN and inside.value < plain.effect.value:
            return f"wrapping lowers {plain.effect.word} to {inside.word}"
    return None
