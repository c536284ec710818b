"""TOC3xx about meaning: filters that leave some behind, remedies beside the cause, statistics, codes."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.words.wording import fold

_WRITES = re.compile(r"\s*(?:UPDATE|INSERT|DELETE)\b", re.IGNORECASE)
_KILLS = re.compile(r"pg_(?:terminate|cancel)_backend", re.IGNORECASE)
_YOUNG = re.compile(r"query_start\s*>\s*interval|>\s*interval\s*'\d+\s*(?:seconds?|minutes?)'", re.IGNORECASE)
_MEMORY = re.compile(r"memory|full|oom|evict")
_EXHAUSTED = re.compile(r"too many|exhaust|remaining|max|pool|full|limit|reach")


def left_behind(view: View) -> Iterator[Diagnostic]:
    """TOC313: a repair whose window is fixed while the outage's length is not."""
    for _, line, statement in view.statements():
        if not _WRITES.match(statement.text):
            continue
        found = re.search(
            r"[>]=?\s*\(?\s*(?:now\s*\(\s*\)|current_timestamp)\s*-\s*interval\s*'?([^')]+)'?",
            statement.text,
            re.IGNORECASE,
        )
        if found:
            yield view.at(
                "TOC313",
                line,
                statement.action,
                statement.offset,
                f"What is older than {found[1].strip()} stays as it is, however long the trouble lasted.",
            )


_OLDER = re.compile(
    r"query_start\s*<\s*(?:now\(\)|current_timestamp)|now\(\)\s*-\s*query_start\s*>", re.IGNORECASE
)
_BUSY = re.compile(r"\bload\b|\bcpu\b|high database|\bburst|\bspike|too many (?:queries|requests)|\bqps\b")
_LONG = re.compile(r"long|slow|old|stuck|idle|lock|block|hang|runaway")


_CONNECTIONS = re.compile(r"connection|slots|pool|verbindung|conexion|conexoes|connexion")


def needs_what_is_gone(view: View) -> Iterator[Diagnostic]:
    """TOC314: connecting to count connections when there are none left."""
    for procedure in view.procedures:
        about = fold(" ".join((procedure.section.title, *procedure.section.symptoms)))
        if (
            procedure.section.level <= 1
            or not _CONNECTIONS.search(about)
            or not _EXHAUSTED.search(about)
            or not re.search(r"connect|pool|slots", about)
            or re.search(r"\breserved\b|admin port", procedure.text)
        ):
            continue
        for line in procedure.lines:
            if line.step.role in (Role.VERIFICATION, Role.ROLLBACK):
                continue  # by then there are connections again
            found = next(
                (
                    (s.action, s.command)
                    for s in line.statements
                    if s.command is not None and s.command.name in ("psql", "mysql")
                ),
                None,
            )
            if (
                found is not None
                and found[1] is not None
                and not re.search(
                    r"monitor|superuser|reserved|postgres@|-U\s*postgres|-u\s*root|admin|33062|\bdba\b",
                    found[0].text,
                )
            ):
                yield view.at(
                    "TOC314",
                    line,
                    found[0],
                    found[1].start,
                    "When connections are used up this cannot connect either; the refusal is then all it shows.",
                )
                break


def beside_the_cause(view: View) -> Iterator[Diagnostic]:
    """TOC320: remedies whose selection cannot contain what the section is about."""
    for procedure in view.procedures:
        if not procedure.incident:
            continue
        about = fold(" ".join((procedure.section.title, *procedure.section.symptoms)))
        for line in procedure.lines:
            for statement in line.statements:
                sql = statement.text
                kills = _KILLS.search(sql)
                if (
                    kills
                    and re.search(r"connection", about)
                    and re.search(r"state\s*=\s*'active'|state\s*(?:<>|!=)\s*'idle'", sql, re.IGNORECASE)
                    and not re.search(r"(?<!<>\s)(?<!!=\s)(?<!<>)(?<!!=)'idle", sql)
                ):
                    yield view.at(
                        "TOC320",
                        line,
                        statement.action,
                        statement.offset,
                        "Connections that are held are idle; this ends only active ones.",
                    )
                if kills and _OLDER.search(sql) and _BUSY.search(about) and not _LONG.search(about):
                    yield view.at(
                        "TOC320",
                        line,
                        statement.action,
                        statement.offset,
                        "This ends only what runs for long; load that many short ones make stays.",
                    )
                aged = _YOUNG.search(sql)
                if (
                    aged
                    and not kills
                    and re.search(r"\bload\b|\bcpu\b|high database", about)
                    and "pg_stat_activity" in sql
                ):
                    yield view.at(
                        "TOC320",
                        line,
                        statement.action,
                        statement.offset,
                        "A filter on the age of one query cannot see load that many short ones make.",
                    )
            for action, command in line.named("redis-cli"):
                text = " ".join(command.words)
                if (
                    _MEMORY.search(about)
                    and re.search(r"lock|session", text)
                    and re.search(r"scan|keys", text, re.IGNORECASE)
                ):
                    yield view.at(
                        "TOC320",
                        line,
                        action,
                        command.start,
                        "Locks and sessions are in use and small; deleting them frees little and breaks what holds them.",
                    )


def weak_statistics(view: View) -> Iterator[Diagnostic]:
    """TOC318: a percentile of fewer samples than it needs to differ from the maximum."""
    for slo in view.book.policy.slos:
        percent = re.match(r"p(\d+(?:\.\d+)?)$", slo.statistic)
        if percent and slo.samples is not None and slo.samples * (100 - float(percent[1])) < 100:
            yield view.remark(
                "TOC318", slo.span, f"The {slo.statistic} of {slo.samples} samples is their maximum."
            )


def codes(view: View) -> Iterator[Diagnostic]:
    """TOC319: 429 among the symptoms where nginx limits and nothing makes it answer 429."""
    if "limit_req_status" in view.whole:
        return
    for section in view.book.incidents():
        about = " ".join((section.title, *section.symptoms))
        inside = "\n".join(inner.text for inner in section.walk())
        if re.search(r"(?<!\d)429(?!\d)", about) and re.search(r"limit_req|limiting requests", inside):
            yield view.remark(
                "TOC319",
                section.span,
                "nginx answers a limited request with 503 unless limit_req_status says 429.",
            )


RULES = (left_behind, needs_what_is_gone, beside_the_cause, weak_statistics, codes)
