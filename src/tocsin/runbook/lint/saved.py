"""TOC201: what is destroyed without anything before it that keeps it."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Undoable
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.excused import kept_elsewhere, needs_no_copy
from tocsin.runbook.lint.facts import REACH, Line, Procedure, View
from tocsin.runbook.lint.told import takes_back
from tocsin.runbook.words.wording import fold

_SAVES = re.compile(
    r"\b(?:pg_dump\w*|mysqldump|mongodump|mongoexport|BGSAVE|BGREWRITEAOF|backups?(?! (?:host|server|machine|disk|volume|job|bucket|site|node|line|plan|window)\b)|snapshots?|etcdctl snapshot|velero|sqlite3 .*\.backup|"
    r"create-(?:db-)?snapshot|create-image|disk snapshot|export-|state pull|vault operator raft snapshot|git (?:stash|tag|branch)|"
    r"COPY .* TO|SELECT .* INTO OUTFILE|CREATE TABLE \w+ AS|cp -[aprR]+|rsync|tar\s+-?c\w*f|get .*-o ?(?:yaml|json).*>|--dump|kubectl cp|"
    r"DUMP\b|--rdb\b|copy-snapshot|sicher\w*|respald\w*|sauvegard\w*)\b|\.(?:bak|backup|orig|old)\b",
    re.IGNORECASE,
)


_REBUILT = re.compile(
    r"^[^|;&]*\b(?:rm|find|truncate|unlink|UNLINK|DEL)\b.*(?:\b(?:tmp|temp|te?mpfiles|cache|caches|scratch|node_modules|\.terraform|__pycache__|dist|build|target/debug)\b|\.log\b|/logs?/|-mtime \+\d)",
    re.IGNORECASE,
)


_ASIDE_HOST = re.compile(r"\bssh\s+(?:-\S+\s+)*\S*\b(?:restore|scratch|sandbox|spare|staging)\b")
# A cache is filled again; a lease and a vault keep what was there.
_VERSIONED = re.compile(
    r"\bcaches?[ :-](?:flush|clear|purge|clean|prune)|(?:flush|clear|purge|clean|prune)\w*[ :-]caches?\b|put-secret-value|/rotate\b|--force-with-lease|\bnpm\b.*\bci\b|\bgit\b[^&|;]*\bswitch (?:--detach\b|[\w./-]+[ \t]*(?:\n|$))",
    re.IGNORECASE,
)
_AGED = re.compile(r"\bfind\b(?=.*-i?name\b)(?=.*-[mca](?:time|min) \+\d)(?=.*-delete|.*-exec rm)")


_CONTENT = re.compile(r"\bFLUSH(?:ALL|DB)\b|/var/lib/|\bDROP\b|pgdata|/data\b", re.IGNORECASE)


def unsaved(view: View) -> Iterator[Diagnostic]:
    """TOC201: a destroying step with nothing before it that keeps what will be lost."""
    for procedure in view.procedures:
        destroying = [line.order for line in procedure.lines if line.step.judgement.effect is Effect.DESTROY]
        if not destroying:
            continue
        savers: list[Line] = []
        for line in procedure.lines:
            if line.step.judgement.effect is Effect.DESTROY and line.step.actions:
                kept = any(not procedure.exclusive(saver, line) for saver in savers[-REACH:])
                first = next(
                    (a for a in line.step.actions if a.judgement.effect is Effect.DESTROY),
                    line.step.actions[0],
                )
                excused = kept_elsewhere(view, line) or needs_no_copy(view, line)
                if (
                    not (kept or excused)
                    and not _kept_inside(line, first)
                    and not _way_back(view, procedure, line)
                ):
                    yield view.at(
                        "TOC201", line, first, 0, "This destroys, and no step before it keeps what is lost."
                    )
            if line.order < destroying[-1] and _saves(line):
                savers.append(line)


# What keeps something, by its command; "ls /backup" and "restore the dump" only speak of it.
_SAVE_COMMAND = re.compile(
    r"\b(?:pg_dump\w*|mysqldump|mongodump|mongoexport|BGSAVE|BGREWRITEAOF|velero backup create|create-(?:db-)?\S*snapshot|create-image|create-backup|"
    r"snapshots? (?:create|save)|backups? (?:create|run|now)|disk snapshot|copy-snapshot|export-\S+|state pull|git (?:stash|tag|branch)|kubectl cp|"
    r"start-\S*backup\S*|COPY .* TO|INTO OUTFILE|CREATE TABLE \S+ AS|cp|mv|rsync|tar|scp|s3 (?:cp|sync|mv)|gsutil|rclone|restic backup|borg create|"
    r"zfs snapshot|lvcreate|pbm backup|wal-g backup-push|xtrabackup|--rdb|\.backup|SHOW (?:REPLICA|SLAVE) STATUS|postcat|BACKUP (?:DATABASE|TABLE))\b|>>?\s*[\w\"'./$-]",
    re.IGNORECASE,
)
_LOADERS_OF_BACKUPS = re.compile(
    r"\b(?:pg_restore|mongorestore|mysqlimport|restore-\S+)\b|\|\s*(?:psql|mysql|mongorestore)\b|\b(?:psql|mysql)\b[^|\n]*<(?![\w -]{1,40}>)",
    re.IGNORECASE,
)


# One of these is in every text that `_SAVES` finds, casefolded.
_SAVING = (
    "dump", "mongoexport", "bgsave", "bgrewriteaof", "backup", "snapshot", "velero", "sqlite3", "create-image", "export-", "state pull", "git ", "copy ",
    "select ", "create table", "cp ", "rsync", "tar", "get ", "--rdb", "sicher", "respald", "sauvegard", ".bak", ".orig", ".old",
)  # fmt: skip


def _may_save(text: str) -> bool:
    # The plain searches first: the pattern is tried at every letter.
    return any(map(text.casefold().__contains__, _SAVING)) and _SAVES.search(text) is not None


def _saves(line: Line) -> bool:
    """Whether a step keeps what a later one destroys: by hand in words, else by a command that writes it somewhere."""
    if not line.step.actions:
        return _SAVES.search(_not_restoring(line.words)) is not None
    if _LOADERS_OF_BACKUPS.search(line.text):
        return False
    if line.step.judgement.effect is Effect.OBSERVE and _SAVE_COMMAND.search(line.text) is None:
        # Looking at backups keeps nothing, unless it stops where there is none.
        return (
            _PROVES.search(line.text) is not None
            and _KEPT_THERE.search(f"{line.words} {line.text}") is not None
        )
    return _may_save(f"{line.words} {line.text}") or (
        line.step.judgement.effect is not Effect.DESTROY and _WRITTEN_DOWN.search(line.text) is not None
    )


_KEPT_THERE = re.compile(
    r"backup|snapshot|archiv|dump|export|_SUCCESS|sicher|respald|sauvegard", re.IGNORECASE
)
_PROVES = re.compile(
    r"\bjq\s+(?:-\w+\s+)*-\w*e|\bgrep\s+-\w*q|\btest\s|\[\[? |--exit-code|\bgzip -t\b|sha256sum -c|md5sum -c"
)
# The state is written to a file: offsets, a queue listing, an object.
_WRITTEN_DOWN = re.compile(
    r"(?:--describe|\bget\b|\bexport\b|\bdump\b|\bshow\b|\blist\b|status|select|postcat|postqueue)[^|\n]*>\s*[\w\"'./$-]|SHOW (?:REPLICA|SLAVE) STATUS",
    re.IGNORECASE,
)


def _way_back(view: View, procedure: Procedure, line: Line) -> bool:
    """Whether it takes back what the procedure itself did with the same program: a new database dropped, an old value set."""
    if line.step.role is not Role.ROLLBACK and not takes_back(view, line):
        return False
    names = {
        command.name
        for _, command in line.commands
        if command.wrapper is None or command.wrapper.name == "ssh"
    }
    made = {
        "dropdb": "createdb",
        "rm": "cp",
        "pg_restore": "pg_dump",
        "mysql": "mysqldump",
        "mongorestore": "mongodump",
        "gpasswd": "usermod",
    }
    before = {
        command.name for other in procedure.before(line) for _, command in other.commands if not _reads(other)
    }
    if bool(names & before) or any(made.get(name) in before for name in names):
        return True
    return _brings_back(procedure, line) or _made_in_words(view, procedure, line)


_KEPT_ASIDE = re.compile(r"[\w./~-]+[.-](?:before|bak|orig|old|saved?|backup|prev(?:ious)?)\b", re.IGNORECASE)
_REMOVED_FILE = re.compile(r"\brm (?:-[fvi]+ )*(?P<file>/[\w./-]+)")


def _brings_back(procedure: Procedure, line: Line) -> bool:
    """Whether a way back puts a file in place that was set aside before, or removes one that was made before."""
    earlier = [other.text for other in procedure.before(line) if not _reads(other)]
    names = {*_KEPT_ASIDE.findall(line.text), *(found["file"] for found in _REMOVED_FILE.finditer(line.text))}
    return any(name in text for name in names for text in earlier)


# A single file, or a manifest: what a folder holds by now nobody knows.
_TAKEN_AWAY = re.compile(
    r"\b(?:rm (?:-[fvi]+ )*(?P<file>/[\w./-]+)|delete\s[^\n;|&]*(?:-f|--filename)[ =](?P<manifest>[\w./-]+))"
)
_MAKES = re.compile(
    r"\b(?:install|put|save|write|create|apply|place|add|copy|paste|installier\w*|schreib\w*|speicher\w*|guard\w*|cre\w*|enregistr\w*)\b"
)


def _made_in_words(view: View, procedure: Procedure, line: Line) -> bool:
    """Whether a way back removes exactly what a sentence before it had put there: "Install it as /etc/cron.d/tidy"."""
    names = {found["file"] or found["manifest"] for found in _TAKEN_AWAY.finditer(line.text)}
    told = view.lines_of(procedure.section.span.first_line, line.step.span.first_line - 1) if names else ()
    return bool(names) and all(
        any(name in raw.text and _MAKES.search(fold(raw.text)) for raw in told) for name in names
    )


def _reads(line: Line) -> bool:
    return line.step.judgement.effect is Effect.OBSERVE


# `tar -czf copy.tgz … && rm -r …`: what goes has been packed in the same line.
_PACKED_FIRST = re.compile(
    r"\b(?:tar\s+-{0,2}\w*c\w*|zip|7z\s+a|gzip\s+-k|zstd)\s[^\n]*?&&[^\n]*\brm\s|\bset -\w*e\w*;[^\n]*\b(?:tar\s+-{0,2}\w*c\w*|zip|7z\s+a|gzip\s+-k|zstd)\s[^\n]*;[^\n]*\brm\s"
)


def _kept_inside(line: Line, first: Action) -> bool:
    """Whether the step saves before it destroys, can be undone, or removes only what is made again."""
    undo = line.step.judgement.undo
    if undo is not None and undo.undoable is Undoable.YES:
        return True
    if _REBUILT.search(line.text) and not _CONTENT.search(line.text):
        return True  # scratch, caches and old logs are meant to go
    if _NAMED_MEMBER.search(line.text) or _VERSIONED.search(line.text) or _ASIDE_HOST.search(line.text):
        return True
    if _AGED.search(line.text) and not _CONTENT.search(line.text):
        return True  # so is what has a name and an age of its own
    if _PACKED_FIRST.search(line.text):
        return True
    before = line.text[: max(line.text.find(first.text), 0)]
    if _INTO_NEW.search(line.text) and _fresh(line.text):
        return True
    if _PROVES.search(before) and _KEPT_THERE.search(before):
        return True
    return bool(
        _SAVES.search(before)
        or _WRITTEN_DOWN.search(before)
        or _SAVES.search(_not_restoring(line.step.title))
    )


# The command itself names what it takes out of the set: the same words put it in again.
_NAMED_MEMBER = re.compile(r"\b(?:SREM|ZREM|LREM)\s+\S+\s+[^\s$<]", re.IGNORECASE)
_INTO_NEW = re.compile(r"\b(?:pg_restore|mongorestore|psql|mysql)\b")


def _fresh(text: str) -> bool:
    """Whether what is loaded goes into something that is made for it: a database that `createdb` made just before."""
    if "--nsTo" in text or ("mongorestore" in text and "--drop" not in text and "oplog" not in text):
        return True  # what is there stays
    if re.search(r"\bDROP\b|\bdropdb\b", text):
        return False
    text = re.sub(r":[?][^}]*", "", text)  # the same variable, whatever it says when it is unset
    made = re.findall(r"\bcreatedb\b[^\n&|;]*?([\w${}:?-]+)[\"']?\s*$", text, re.MULTILINE)
    return any(text.count(name) > 1 for name in made)


_RESTORING = re.compile(
    r"\b(?:restor|recover|import|load|replay|from|old|bring|put|apply|last|latest|newest|delet|remov|drop|prun|clean)\w*\b.*",
    re.IGNORECASE,
)


def _not_restoring(title: str) -> str:
    """A title without what it restores from: "restore from backup" saves nothing."""
    return _RESTORING.sub(" ", title)


_REMOVAL_VERBS = frozenset(
    {"delete", "destroy", "purge", "wipe", "drop", "remove", "erase", "delete-all", "rm"}
)


def unknown_removals(view: View) -> Iterator[Diagnostic]:
    """TOC201, milder: a tool nobody knows is told to delete, and nothing was kept before."""
    for procedure in view.procedures:
        for line in procedure.lines:
            if line.step.judgement.effect is not Effect.UNKNOWN or line.step.role is Role.ROLLBACK:
                continue
            for action, command in line.commands:
                verb = command.plain[0].lower() if command.plain else ""
                if (
                    action.judgement.effect is Effect.UNKNOWN
                    and verb in _REMOVAL_VERBS
                    and command.wrapper is None
                ):
                    if not any(_saves(other) for other in procedure.before(line)):
                        message = f"`{command.name} {verb}` removes something, and no step before it keeps what is lost."
                        yield view.at("TOC201", line, action, command.start, message, level=Level.WARNING)
                    break


RULES = (unsaved, unknown_removals)
