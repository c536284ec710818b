"""Catalogue of TOC4xx: is it still true, and whose is it?"""

from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.rule import Rule

E, W, N = Level.ERROR, Level.WARNING, Level.NOTE

RULES = (
    Rule("TOC401", W, "the review date has passed, or there is none", "procedures age with the system",
         "Next Review: two years ago", "Next Review: in three months", "Review it and set the next date."),
    Rule("TOC402", W, "no owner", "nobody fixes it", "no owner named", "Owner: payments team", "Name the team that keeps it."),
    Rule("TOC403", E, "a contact is a hole", "nobody is called", "CTO: [Phone]", "CTO: +49 30 1234567",
         "Fill in how to reach them, or bind the role to a person in tocsin.toml."),
    Rule("TOC404", W, "a dead link", "the reader stops", "[see](#gone)", "[see](#restore)", "Point it at a heading that exists."),
    Rule("TOC405", E, "names a script or recipe that is not in the repository", "found at 03:00 otherwise",
         "./ops/restore.sh, removed in spring", "./ops/restore-shop.sh, which is there", "Name what is there now, or bring it back."),
    Rule("TOC406", W, "a program that the machine does not have", "the command is refused", "htop, in a container without it",
         "top -b -n 1", "Use a program that is there, or install it before the incident."),
    Rule("TOC407", W, "never drilled, or the drill is out of date", "a wish list, not a runbook", "Last drilled: never",
         "Last drilled: three weeks ago", "Carry it out once, on something that may break, and note the day."),
    Rule("TOC408", W, "a check without a section, a section without a check", "gaps and dead text",
         "a check that names #redis-full, a runbook without it", "the check names a section that is there",
         "Write the section, or correct the check in tocsin.toml."),
    Rule("TOC409", W, "a date, revision or id of one day in a command", "it acts on the wrong day", "backup-2025-01-20.sql.gz",
         "the newest of a listing", "Make it a parameter, chosen from a listing."),
    Rule("TOC410", W, "two copies of a procedure that differ", "one was mended, the other is used",
         "the restore in two documents, one with a new flag", "the restore once, and a link", "Keep one, and link to it."),
    Rule("TOC411", W, "a removed API, flag or program", "today's server refuses it", "apiVersion: extensions/v1beta1",
         "apiVersion: networking.k8s.io/v1", "Use what replaced it."),
    Rule("TOC412", W, "nothing for the incident that is not listed", "the worst ones are not", "no \"unlisted\" line",
         "For unlisted incidents, escalate to the on-call engineer at once.", "Say what to do when no section fits."),
    Rule("TOC413", W, "one person, one account, one laptop", "holidays exist", "ask Jo for the key",
         "the key is in the team's vault", "Name a role and a shared place."),
    Rule("TOC414", W, "a severity without a clock, a clock without a person", "a promise nobody keeps", "P3: low priority",
         "P3: within 4 hours", "State the clock, and who is called when it ends."),
    Rule("TOC415", N, "a proof older than what it proves", "the badge is of another version", "tested with PostgreSQL 12, where 16 runs",
         "tested with PostgreSQL 16", "Try it again with what runs now."),
)  # fmt: skip
