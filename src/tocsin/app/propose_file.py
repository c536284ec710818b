"""The commented tocsin.toml that `tocsin init` proposes for a runbook."""

import re

from tocsin.app.propose import Proposal, checks, database, hosts, toml, variables
from tocsin.app.synthetics import missing_values
from tocsin.app.synthetics import propose as propose_synthetics
from tocsin.app.synthetics import table as synthetic_table
from tocsin.kit import duration
from tocsin.runbook.book import Runbook
from tocsin.runbook.policy.terms import Contact, EscalationLevel, JobPromise

_WIDTH = 96


def settings_text(book: Runbook, runbook: str, name: str) -> str:
    """The whole file.

    Args:
        runbook: the runbook's path as the file is to name it. name: of the installation.
    """
    parts = [
        [
            f"# Proposed by `tocsin init` from {runbook}: read it, correct it, and uncomment what you complete.",
            "# Every key is described in docs/reference/settings.md, every check in docs/reference/checks.md.",
        ],
        ["[tocsin]", f"name = {toml(name)}", f"runbook = {toml(runbook)}"],
        _people(book),
        _pagers(),
        _targets(book),
        *_checks(book),
        _synthetics(book, runbook),
        *_jobs(book),
        _slos(book),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _people(book: Runbook) -> list[str]:
    """Levels and contacts; who they are is for people to say."""
    policy = book.policy
    lines = ["# --- who is called ---------------------------------------------------------------"]
    lines += [_told(contact) for contact in policy.contacts if not contact.vendor]
    vendors = [_told(contact) for contact in policy.contacts if contact.vendor]
    if vendors:
        lines += ["# Outside, to be called by people:", *vendors]
    lines += [
        "# One table for each person, for example:",
        "# [people.ana]",
        '# name = "Ana"',
        '# role = "commander"',
        '# page = ["phone:+49…"]          # pager:address, in the order they are tried',
    ]
    levels = policy.escalation
    lines += ["#", "# [oncall]"]
    lines += (
        [_level(level) for level in levels] if levels else ["# level1 = []  # the runbook names no levels"]
    )
    if policy.severities:
        lines += [
            "#",
            "# Severities of the runbook; `impact` of a check in these words decides how bad it is:",
        ]
        for severity in policy.severities:
            clock = (
                "" if severity.response is None else f", response within {duration.spell(severity.response)}"
            )
            lines.append(f"#   {severity.name}{f' ({severity.label})' if severity.label else ''}{clock}")
            lines += [f"#     {_plain(text)}" for text in severity.criteria]
    return lines


def _told(contact: Contact) -> str:
    value = contact.value if contact.value is not None else "the runbook leaves this open"
    return f"#   {_plain(contact.role)}: {_plain(value)}  (line {contact.span.first_line})"


def _level(level: EscalationLevel) -> str:
    after = f", the next after {duration.spell(level.after)}" if level.after is not None else ""
    return f"# level{level.level} = []  # {_plain(level.who)}{after} (line {level.span.first_line})"


def _pagers() -> list[str]:
    return [
        "# [pagers.phone]",
        '# kind = "…"                    # docs/reference/channels.md',
    ]


def _targets(book: Runbook) -> list[str]:
    """Where commands run, and what they see."""
    names, logins, dsn = variables(book), hosts(book), database(book)
    lines = [
        "# --- where the runbook's commands run -----------------------------------------------",
        "[targets]",
    ]
    if logins:
        lines += [
            "# The runbook logs in to these. If tocsin runs there, uncomment; otherwise bind them with [targets.ssh.NAME].",
            f"# hosts = {toml(logins)}",
        ]
    if names:
        lines += [
            "# Variables its commands use; their values are redacted everywhere.",
            f"secrets = {toml(names)}",
        ]
    if dsn is not None:
        lines.append(f"database = {toml(dsn)}  # where plain SQL of the runbook is meant for")
    if any(each.kind == "kubernetes" for each in checks(book)):
        lines.append('# kubernetes = "…"  # the context of your kubeconfig that its kubectl commands mean')
    return lines


def _checks(book: Runbook) -> list[list[str]]:
    proposed = checks(book)
    if not proposed:
        return [["# The runbook mentions nothing that could be watched; add [[checks]] of your own."]]
    head = "# --- what is watched --------------------------------------------------------------"
    return [[head, *_check(proposed[0])], *(_check(each) for each in proposed[1:])]


def _check(one: Proposal) -> list[str]:
    lines = [f"# line {one.line}: {_plain(one.text)}"]
    if one.missing:
        lines.append(f"# To complete first: {one.missing}.")
    table = ["[[checks]]", f"name = {toml(one.name)}", f"kind = {toml(one.kind)}"]
    table += [f"{key} = {toml(value)}" for key, value in one.keys]
    if one.section is not None:
        # Only offered: an alert of a check goes to its section, and a command of a section need not be its symptom
        # (a health check at the end of "restore the backup" is none).
        table.append(f"# section = {toml(one.section)}  # if trouble here means that one; else it is matched")
    table.append('# impact = "…"  # in the runbook\'s words')
    return lines + [f"# {line}" if one.missing and not line.startswith("#") else line for line in table]


def _synthetics(book: Runbook, runbook: str) -> list[str]:
    """The table of `tocsin synthetics`; nothing runs by it until somebody calls it or sets its schedule."""
    lines = synthetic_table(book, _plain(runbook))
    if not lines:
        return []
    # Without a host, or a path's values, no run could begin: then it is to be completed.
    proposal = propose_synthetics(book)
    whole = proposal.base_url is not None and bool(proposal.paths) and not missing_values(proposal)
    head = "# --- synthetics the runbook promises -------------------------------------------------"
    often = '# schedule = "0 * * * *"        # `tocsin serve` runs it then; without it only `tocsin synthetics run` does'
    if whole:
        return [head, *lines, often]
    return [
        head,
        "# To complete first: base_url, paths, and values for each placeholder of a path.",
        *(line if line.startswith("#") else f"# {line}" for line in (*lines, often)),
    ]


def _jobs(book: Runbook) -> list[list[str]]:
    """What the runbook says of its jobs, and the tables that watch them; they need a job that reports, or its records."""
    jobs = book.policy.jobs
    if not jobs:
        return []
    head = "# --- scheduled jobs the runbook promises --------------------------------------------"
    told = [_job(job) for job in jobs]
    return [[head, *told[0]], *told[1:]]


def _job(job: JobPromise) -> list[str]:
    when = " ".join(filter(None, (job.cron, job.zone))) or job.cadence or "no time is given"
    lines = [f"# {_plain(job.name)}: {_plain(when)}  (line {job.span.first_line})"]
    if job.on_miss:
        lines.append(f"#   when missed: {_plain(job.on_miss)}")
    name = re.sub(r"[^a-z0-9]+", "-", job.name.casefold()).strip("-")[:60] or "job"
    if job.cron is None:
        return lines
    zone = toml(job.zone or "UTC")
    if "reconcil" in job.name.casefold():
        lines += [
            "# If tocsin is to do it: say where the records are (docs/how-to/reconcile-payouts.md).",
            f"# [reconcile.{name}]",
            f"# schedule = {toml(job.cron)}",
            f"# zone = {zone}",
            *(
                line
                for side in ("left", "right")
                for line in (
                    f"# [reconcile.{name}.{side}]",
                    '# postgres = "…"              # or csv = "…", or parquet = "…"',
                    '# query = "SELECT … WHERE … = {day}"',
                    '# key = "…"',
                    '# amount = "…"',
                    '# currency = "…"',
                )
            ),
            "# If another program does it: let it report (docs/how-to/watch-a-job.md).",
        ]
    else:
        lines.append("# To complete first: let it report (docs/how-to/watch-a-job.md).")
    return [
        *lines,
        "# [[heartbeats]]",
        f"# name = {toml(name)}",
        f"# schedule = {toml(job.cron)}",
        f"# zone = {zone}",
        '# grace = "30 min"             # a success must come so long after the planned time',
    ]


def _slos(book: Runbook) -> list[str]:
    slos = book.policy.slos
    if not slos:
        return []
    lines = ["# --- objectives the runbook states --------------------------------------------------"]
    for slo in slos:
        lines.append(f"# {_plain(slo.text)}  (line {slo.span.first_line})")
        if slo.unit in ("ms", "s") and slo.comparison in ("<", "<="):
            lines.append(f'#   on an http check: degraded_after = "{slo.value:g} {slo.unit}"')
    return lines


def _plain(text: str) -> str:
    """Words of the runbook as one line of a comment; nothing in it can end the comment."""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029\s]+", " ", text).strip()[:_WIDTH]
