"""TOC204 and TOC202: a sentence orders the milder thing and its command does the harsher: packs and deletes, brings back one and overwrites all.

The order is looked for in every sentence above a step, for the last one is often a reason or a warning.
"""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above, sentences

_BEGIN = r"(?:^\W*(?:\d{1,2}[.)]\s*)?|, (?:then |so )?|^(?:if|when|once|wenn|si|sobald) [^,]{3,90}, )(?:then |now |next,? |first,? |please |dann |zuerst )?"
_PACKS = re.compile(
    _BEGIN
    + r"(?:compress|zip|gzip|pack|archive|move|rename|set aside|park|offload|komprimier\w*|packen?|archivier\w*|verschieb\w*|comprim\w*|archiv[ae]\w*|muev\w*|mover|deplac\w*)\b(?! (?:and|or) (?:delete|remove))|\b(?:archivieren|komprimieren|verschieben|packen|auslagern)\s*[:.]?$"
)
_REMOVES = re.compile(
    r"\bRemove-Item\b|(?:^|[\n;&|(]\s*|\bsudo |['\"]\s*)(?:rm|del|erase|unlink|shred) |\s-delete\b|\bxargs [^\n|;]*\brm\b|-exec rm\b|\b(?:s3|gsutil|mc|rclone)\b[^\n|;]* (?:rm|delete|purge)\b|\bDELETE FROM\b|\bTRUNCATE\b|\bdeleteMany\(|\.drop\(|\bblob delete(?:-batch)?\b",
    re.IGNORECASE,
)
_REMOVING = (
    "rm ",
    "emove-",
    "elete",
    "DELETE",
    "TRUNCATE",
    "runcate",
    "del ",
    "erase ",
    "unlink ",
    "shred ",
    "purge",
    ".drop(",
)
_KEEPS = re.compile(
    r"\b(?:tar|zip|7z|gzip|pigz|bzip2|xz|zstd|cp|mv|rsync|scp|Compress-Archive|Copy-Item|Move-Item|robocopy|xcopy|compact|logrotate|pg_dump|mysqldump|mongodump|COPY|INSERT INTO|\$out|\$merge|SELECT INTO|s3 (?:cp|mv|sync)|gsutil (?:cp|mv|rsync)|azcopy|rename|RENAME|savepipe|archive|export|zpool|restic|borg)\b"
)
_PACKING = ("ompr", "zip", "pack", "rchiv", "ove", "ename", "aside", "park", "fload", "lager", "schieb", "Pack", "Zip", "eplac", "muev", "Muev")  # fmt: skip


def packed_by_deleting(view: View) -> Iterator[Diagnostic]:
    """ "Compress the old logs" over `Remove-Item`, and nothing that makes a copy of them."""
    for procedure, line in view.steps_with(_REMOVING):
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        text = line.text
        found = _REMOVES.search(text)
        if found is None or _KEEPS.search(text):
            continue
        told = above(view, line) or line.step.title
        if not any(map(told.__contains__, _PACKING)):
            continue
        said = next((each for each in sentences(told) if _PACKS.search(each)), None)
        if said is None or any(_KEEPS.search(other.text) for other in procedure.before(line)[-3:]):
            continue
        message = f'The text says "{_short(said)}", the command deletes and keeps nothing.'
        yield view.at("TOC204", line, _action(line, _REMOVES), 0, message)


# What puts an old state in the place of all there is.
_OVER_ALL = re.compile(
    r"\bgcloud sql backups restore\b|\bpg_restore\b[^\n|;]*\s(?:--clean|-\w*c)\b|\bmongorestore\b[^\n|;]*--drop\b|\bzfs rollback\b|\bbtrfs subvolume snapshot\b|\blvconvert\b[^\n|;]*--merge|\bvirsh snapshot-revert\b|"
    r"\bqm rollback\b|\bRestore-VM(?:Snapshot|Checkpoint)\b|\bRESTORE DATABASE\b[^;]*\bREPLACE\b|\betcdctl snapshot restore\b|\baws (?:dynamodb restore-table|redshift restore)\b|\bherok\w* pg:backups:restore\b|\bheroku pg:backups:restore\b|"
    r"\brabbitmqctl import_definitions\b|\binfluxd? restore --full\b|\bvault operator raft snapshot restore\b|\bconsul snapshot restore\b|\b(?:mysql|mariadb)\b[^\n|;]*<\s*\S*(?:full|all|dump)\S*\.sql",
)
_RESTORING = (
    "restore",
    "rollback",
    "snapshot",
    "merge",
    "revert",
    "Restore",
    "RESTORE",
    "import_def",
    ".sql",
)
_ONLY_SOME = re.compile(
    r"\b(?:only|just|nothing but|nur|lediglich|solo|seulement|uniquement) (?:the |those |these |what |die |das |las |los |les )?(?:lost|missing|deleted|removed|broken|affected|damaged|one|fehlend\w*|verloren\w*|gelosch\w*|perdid\w*|borrad\w*|perdu\w*)\b|"
    r"\b(?:lost|missing|deleted|fehlend\w*|geloscht\w*) [a-z]+ (?:only|alone)\b"
)
_LATER_STAYS = re.compile(
    r"\b(?:what|whatever|all that|everything|anything|rows|changes|orders|data|the rest|was|alles,? was|lo que|ce qui)\b[^.]{0,40}\b(?:since|after(?:wards)?|later|newer|today|in between|meanwhile|seit|danach|seitdem|despues|desde|depuis)\b[^.]{0,40}\b(?:stays?|kept|keeps?|remains?|survives?|not (?:touched|lost|overwritten|affected)|untouched|bleib\w*|erhalten|queda|se conserva\w*|reste\w*)\b|"
    r"\b(?:does not|doesn't|without|never) (?:touch\w*|los\w*|overwrit\w*|chang\w*)\b[^.]{0,30}\b(?:since|newer|later|today'?s?|current|other|rest|everything else)\b|\b(?:rest|others?|other \w+|everything else) (?:of [^.]{1,30} )?(?:stays?|remains?|is (?:kept|not touched))\b"
)


def restored_over_all(view: View) -> Iterator[Diagnostic]:
    """ "Only the lost rows come back, what was written since stays" over a restore in the place of everything."""
    for _, line in view.steps_with(_RESTORING):
        found = _OVER_ALL.search(line.text)
        if found is None or not line.step.actions:
            continue
        if found[0].startswith("pg_restore") and re.search(r"\s(?:-t|--table|-L|--use-list)\b", line.text):
            continue
        if found[0].startswith("mongorestore") and re.search(r"--nsInclude|--collection|\s-c\s", line.text):
            continue
        told = above(view, line) or line.step.title
        for said in sentences(told):
            claim = _ONLY_SOME.search(said) or _LATER_STAYS.search(said)
            if claim is not None:
                message = (
                    f'The text says "{_short(said)}"; this puts the old state in the place of all there is.'
                )
                yield view.at("TOC204", line, _action(line, _OVER_ALL), 0, message)
                break


_BACK_BY = re.compile(
    r"\b(?:back|rewind|zuruck|atras|en arriere)\b[^.]{0,30}?\b(?:by|um|de)\b [^.]{0,20}?(?:hour|minute|day|week|stunde|minute|tag|hora|dia|heure|jour)|\b(?:set|move|reset|go|step|seek) (?:[a-z]+ ){0,4}back (?:by|to)\b|\b(?:replay|re-?read|read again|process again|consume again)\b[^.]{0,40}\b(?:last|past|since|hour|day|minutes?)\b"
)
_FORWARD = re.compile(r"--to-latest\b|\bseek(?:ToEnd|_to_end)\b|--start-from[ =]latest\b|-o end\b|--shift-by[ =]\+?[1-9]|\bLATEST\b")  # fmt: skip


def back_is_forward(view: View) -> Iterator[Diagnostic]:
    """ "Set the group back by two hours" over `--to-latest` or a shift forward."""
    for _, line in view.steps_with(("--to-latest", "ToEnd", "_to_end", "latest", "-o end", "--shift-by", "LATEST")):  # fmt: skip
        found = _FORWARD.search(line.text)
        if found is None or line.step.judgement.effect is Effect.OBSERVE or not line.step.actions:
            continue
        said = next((each for each in sentences(above(view, line) or line.step.title) if _BACK_BY.search(each)), None)  # fmt: skip
        if said is not None and not re.search(r"\b(?:skip|ahead|forward|newest|latest|end)\b", said):
            message = f'The text says "{_short(said)}", `{found[0]}` goes forward.'
            yield view.at("TOC204", line, _action(line, _FORWARD), 0, message)


_LEASES = re.compile(r"\bvault lease revoke\b[^\n;|&]*?\s(?P<path>[\w-]+(?:/[\w-]+)*/creds/[\w-]+|[\w-]+/creds)\b")  # fmt: skip


def leases_gone_first(view: View) -> Iterator[Diagnostic]:
    """TOC202: every lease of a role is revoked, and those who use them fetch or are given new ones only afterwards."""
    if "lease revoke" not in view.text:
        return
    for procedure in view.procedures:
        gone: tuple[Line, Action, int, str] | None = None
        for line in procedure.lines:
            for action in line.step.actions:
                text = action.text
                if gone is not None and re.search(rf"\bvault read\b[^\n;|&]*{re.escape(gone[3])}|\b(?:restart|rollout restart|job restart)\b", text):  # fmt: skip
                    message = f"Every credential of {gone[3]} ends here; what works with them gets new ones only in line {action.span.first_line}."
                    yield view.at("TOC202", gone[0], gone[1], gone[2], message)
                    gone = None
                elif (found := _LEASES.search(text)) is not None and not any(
                    "vault read" in other.text and found["path"] in other.text
                    for other in procedure.before(line)
                ):
                    gone = (line, action, found.start(), found["path"])


def _action(line: Line, pattern: re.Pattern[str]) -> Action:
    """The statement of a step that the pattern finds, or its first."""
    return next((each for each in line.step.actions if pattern.search(each.text)), line.step.actions[0])


def _short(said: str) -> str:
    return said.rstrip(":.;, ")[:80]


RULES = (packed_by_deleting, restored_over_all, back_is_forward, leases_gone_first)
