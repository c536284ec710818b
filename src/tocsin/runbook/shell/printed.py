"""Lines that were printed or written for people, not typed: output, logs, data, sentences, and PromQL.

Content decides, because authors label sample output as `bash` too. Doubt is "not typed": a sample taken for a
command runs something. Source: docs/reference/runbook-language.md, sections 6.1 and 6.2.
"""

import re

from tocsin.runbook.words.programs import first_word, starts_command

_HEADER = re.compile(r"^\s*[A-Z][A-Z0-9_%/()-]*(?:\s{2,}|\t)[A-Z][A-Z0-9_%/()-]+(?:(?:\s{2,}|\t)[A-Z].*)?$")
_PRINTED = re.compile(
    r"\s*(?:\{\s*$|\{\s*\"|\[\s*(?:$|[{\"])|[●└├│]|HTTP/[\d.]+ \d{3}\b|\+-{3,}|-{5,}|={5,}|\(\d+ rows?\))"
)
_LOG = re.compile(
    r"^\s*(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:\d\d\b|\[?(?:ERROR|WARN|INFO|DEBUG|FATAL|CRITICAL)\]?[\s:]"
    r"|[IWEF]\d{4}\s+\d\d:\d\d:\d\d|(?:\S+\s+){0,4}?[\w./-]+\.\w{1,4}:\d+\]"
    r"|(?:Normal|Warning)\s{2,}\w"
    r"|(?:Error|Exception|Warning|FATAL|panic|Traceback)\b.*:|HTTP/[\d.]+ \d{3}|[\w./-]+: .*(?:failed|denied|refused|error|timed? ?out))"
)


def is_table_header(text: str) -> bool:
    """Whether a line is the header a tool prints above a table (`NAME   READY   STATUS`)."""
    return _HEADER.match(text) is not None


def is_log(text: str) -> bool:
    """Whether a line is of a log: a timestamp, a level or a place in a source file begins it."""
    return _LOG.match(text) is not None


# A shell takes no such beginning for the name of a program.
_NO_PROGRAM = re.compile(
    r"\s*(?:[-+*=,;|&)\]}%^?@•→]|/{1,2}(?:\s|$)|\.{2,}(?:\s|$)|…|<[^<>]*\s[^<>]*>|'[^']*[\s{\[(][^']*'|\"[^\"]*[\s{\[(][^\"]*\")"
)
_ASSIGNED = re.compile(r"\s*(?:[A-Za-z_]\w*=(?:\"[^\"]*\"|'[^']*'|[^\s\"'$`]*)\s+)*")
_NUMBER = re.compile(r"\d[\d.,/%]*[).:]?")
_FIELD = re.compile(r"\s*[A-Z][A-Za-z]+(?: [A-Za-z]+){1,3}:(?:\s|$)")
_LOGFMT = re.compile(r"\s*(?:(?:level|lvl)=\w+|(?:time|ts)=\"?\d{4}-\S+)\s+\w+=")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_CAPITAL = re.compile(r"[A-Z][a-z]+[,:]?$")


_GOES_ON = re.compile(r"\s*(?:-[A-Za-z0-9](?:[\s=]|$)|--[A-Za-z]|\|\|?\s|&&\s)")


def goes_on(text: str) -> bool:
    """Whether a line can only continue the one above: it begins with an option or an operator."""
    return _GOES_ON.match(text) is not None


def is_output(text: str) -> bool:
    """Whether a line that begins with no known program is surely none: printed, data, or a sentence."""
    if is_table_header(text) or _PRINTED.match(text) is not None or _LOG.match(text) is not None:
        return True
    if _NO_PROGRAM.match(text) is not None:
        return True
    parts = text.split()
    if not parts:
        return False
    word = parts[0]
    # "health: HEALTH_OK", "1 osds down", "6)", "replicas = 2"
    if (word.endswith(":") and len(word) > 1) or _NUMBER.fullmatch(word):
        return True
    if len(parts) > 2 and parts[1] == "=":
        return True
    return _is_sentence(text, parts)


def _is_sentence(text: str, parts: list[str]) -> bool:
    """Whether words that begin with no known program are a sentence or a message: many, and none is an option."""
    if _FIELD.match(text):
        return True
    if len(parts) < 4 or re.search(r"(?:^|\s)-{1,2}\w|[|<>$`]", text):
        return False
    if _CAPITAL.match(parts[0]):
        return True
    return re.search(r"\w: |[a-z]\.(?:\s+[A-Z]|$)|\w, \w", _QUOTED.sub("q", text)) is not None


def none_typed(text: str) -> bool:
    """Whether a line can be no command: it begins with no known program, and is surely something else."""
    bare = text.strip()
    if bare in ("[", "{", "("):
        return True
    assigned = _ASSIGNED.match(text) if "=" in text else None
    if assigned is not None and assigned.end() and _NUMBER.match(text, assigned.end()):
        return _NUMBER.fullmatch(text[assigned.end() :].split()[0]) is not None  # "notAfter=Aug  6 13:11:20"
    if assigned is not None and _LOGFMT.match(text):
        return True
    return not starts_command(text) and is_output(text)


_RUNNABLE = re.compile(
    r"(?:\.{1,2}|~)/|.*(?:/s?bin/|/libexec/|/scripts?/|/init\.d/)|.*\.(?:sh|bash|py|rb|pl|js|php|bat|ps1|run)$"
)


def names_a_file(text: str) -> bool:
    """Whether a line is nothing but a path, and not that of a program: `/var/log/nginx/error.log`."""
    bare = text.strip()
    return bare.startswith("/") and bare == first_word(text) and _RUNNABLE.match(bare) is None


_AGGREGATE = (
    r"(?:sum|avg|min|max|count|group|stddev|stdvar|topk|bottomk|quantile|count_values|rate|irate|increase|delta|idelta|deriv"
    r"|histogram_quantile|label_replace|label_join|absent|absent_over_time|predict_linear|changes|resets|sort|sort_desc|scalar"
    r"|vector|clamp|clamp_max|clamp_min|abs|ceil|floor|round|(?:avg|min|max|sum|count|quantile|last|present)_over_time)"
)
_CALL = re.compile(rf"\(*\s*{_AGGREGATE}\s*(?:(?:by|without|BY|WITHOUT)\s*\([^()]*\)\s*)?\((?!\))", re.I)
_CALL_NAME = re.compile(rf"\(*\s*{_AGGREGATE}\b", re.I)
_SELECTOR = re.compile(r"\(*\s*[A-Za-z_:][\w:]*\s*\{\s*[A-Za-z_]\w*\s*(?:=~|!=|!~|=)\s*[\"']")
_METRIC = r"[a-z][a-z0-9:]*_[a-z0-9_:]+"
_BARE = re.compile(rf"{_METRIC}_(?:total|bytes|seconds|count|sum|bucket|info|ratio|percent|up|status)\s*$")
_TERMS = re.compile(
    rf"\(*\s*{_METRIC}\s*[-+*/<>=!]{{1,2}}\s*(?:on\s*\(|ignoring\s*\(|bool\s|\(*{_METRIC}|[\d.])"
)


def is_promql(text: str) -> bool:
    """Whether a text is a PromQL expression: an aggregation, a selector with labels, or metrics compared.

    >>> is_promql('sum by (job) (rate(http_requests_total[5m])) > 10')
    True
    >>> is_promql("sort -u names")
    False
    """
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith(("#", "//"))]
    if not lines:
        return False
    lines[0] = first = lines[0].lstrip()
    if starts_command(first) and _CALL_NAME.match(first) is None:
        return False
    if any(sign in text for sign in ("$(", "`", "&&", ";")):
        return False
    if _CALL.match("\n".join(lines[:3])) or _SELECTOR.match("\n".join(lines[:2])):
        return True
    if starts_command(first):
        return False
    return _BARE.match(first) is not None or _TERMS.match(first) is not None
