"""Failures nobody hears: loops that go on and say "done", output thrown away, a job left in the background, a search that finds itself."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import below
from tocsin.runbook.words.wording import fold

_LOOP = re.compile(
    r"\b(?:for\s+\w+\s+in|while)\b(?P<over>[^;\n]{0,300})[;\n]\s*do\b(?P<body>[^\0]{1,900}?)\bdone\b(?P<behind>[^\0]{0,200})"
)
_HEEDS = re.compile(
    r"\|\||&&[^\n]*\|\||\bexit\b|\bbreak\b|\bset -\w*e|\bif\b|\$\?|\breturn\b|\btrap\b|\buntil\b|errexit|xargs|failed",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"^\W*(?:&&\s*|\|\|\s*)?\s*(?:echo|printf|logger|Write-Host)\s+[\"']?[^\n]{0,60}\b(?:all|done|ok|success\w*|finished|complete\w*|updated|ready|fertig|listo|termin\w*)\b",
    re.IGNORECASE,
)
_MEANS = re.compile(
    r"\b(?:when|once|as soon as|after|if) (?:you (?:read|see)|it (?:says|prints|is through|ends|has ended|finishes|is done)|the loop (?:ends|is through|finishes|has ended|is done))\b[^.]{0,80}\b(?:all|every|each|ok|done|may|can)\b|\b(?:now|then|afterwards?),? (?:all|every|each)\b[^.]{0,60}\b(?:has|have|is|are)\b"
)


def loops_on(view: View) -> Iterator[Diagnostic]:
    """TOC302: a loop changes one host after the other, heeds no failure, and says "all done" behind the last."""
    for procedure, line in view.steps_with(("done",)):
        following = next((other.text for other in procedure.after(line) if other.section is line.section), "")
        for action in line.step.actions:
            found = _LOOP.search(line.text) if "do" in action.text and "done" in action.text else None
            if found is None or _HEEDS.search(found["body"]) or line.text[: found.start()].count("set -e"):
                continue
            if line.step.judgement.effect.rank < Effect.CHANGE.rank:
                continue
            claims = _CLAIMS.match(f"{found['behind']}\n{following}") or _MEANS.search(
                fold(below(view, line))
            )
            if claims:
                message = "The loop goes on when one of them fails, and this is said all the same."
                hint = 'Stop or tell at the first failure: … || { echo "FAILED on $h"; break; }.'
                yield view.at("TOC302", line, action, max(action.text.find("do"), 0), message, hint=hint)
                break


_ALL_THROWN = re.compile(
    r"(?:>\s*/dev/null\s+2>\s*(?:&1|/dev/null)|2>\s*/dev/null\s+>\s*/dev/null|&>\s*/dev/null|>&\s*/dev/null|\*>\s*\$null)(?P<behind>[^\n]*)"
)
_ASKED = re.compile(r"^\s*(?:&&|\|\||;\s*(?:then|do)\b|&\s*$|&\s)|\$\?|^\s*['\"]?\s*(?:&&|\|\|)")
_CONDITION = re.compile(r"(?:^|[;&|\n]\s*)(?:if|while|until|!)\s")
_QUIET_IS_GOOD = re.compile(
    r"\b(?:no|without(?: any)?|nothing|keine?|ohne|sin|ninguna?|aucune?)\b[^.]{0,30}\b(?:output|errors?|message|lines?|red text|complaints?|printed|shown|ausgabe|meldung|fehler|salida|sortie)\b[^.]{0,60}\b(?:means|ok|good|fine|done|success\w*|place|worked|applied|bedeutet|heisst|gut|significa|veut dire|all)\b|"
    r"\b(?:silen(?:ce|t)\w*|quiet\w*)\b[^.]{0,40}\b(?:means|good|fine|ok|success\w*)\b"
)


def thrown_away(view: View) -> Iterator[Diagnostic]:
    """TOC302: a command that changes something, its output and its errors thrown away, and nobody asks for its status."""
    for procedure, line in view.steps_with(("/dev/null", "$null")):
        for action in line.step.actions:
            if action.judgement.effect.rank < Effect.CHANGE.rank:
                continue
            found = _ALL_THROWN.search(action.text)
            if (
                found is None
                or _ASKED.search(found["behind"])
                or _CONDITION.search(action.text[: found.start()])
            ):
                continue
            if _status_is_read(procedure, line, action):
                continue
            message = "Its errors are thrown away with its output: silence says nothing here."
            yield view.at(
                "TOC302",
                line,
                action,
                found.start(),
                message,
                hint="Keep the errors, and say what is seen when it worked.",
            )


def _status_is_read(procedure: Procedure, line: Line, action: Action) -> bool:
    """Whether the next statement looks at `$?`, or the script stops at errors."""
    texts = [other.text for other in line.step.actions if other.span.start > action.span.start][:1]
    return "set -e" in line.text or any("$?" in text for text in texts)


_CMDLET = re.compile(
    r"\b(?P<name>(?:Copy|Move|Import|Restore|Export|Backup|Expand|Compress|Invoke|Set|Start|Restart|Update|Install|Sync|Publish|Mount|Enable)-\w+)\b[^\n|;]*-(?:ErrorAction|EA)\s+['\"]?(?:SilentlyContinue|Ignore|0)\b",
    re.IGNORECASE,
)
_PREFERENCE = re.compile(r"\$ErrorActionPreference\s*=\s*['\"]?(?:SilentlyContinue|Ignore)", re.IGNORECASE)
_LOOKS_BACK = re.compile(
    r"\$\?|\$LASTEXITCODE|\bif\b|-ErrorVariable|\btry\b|Test-Path|Compare-Object", re.IGNORECASE
)


def silenced_cmdlets(view: View) -> Iterator[Diagnostic]:
    """TOC302: `Copy-Item … -ErrorAction SilentlyContinue`: what could not be copied is not told."""
    for raw in view.raw_with(("ilentlyContinue", "ilentlycontinue", "-EA ", "Ignore")):
        found = (_CMDLET.search(raw.text) or _PREFERENCE.search(raw.text)) if raw.fenced else None
        if found is None:
            continue
        near = "\n".join(other.text for other in view.lines_of(raw.number, raw.number + 3) if other.fenced)
        if _LOOKS_BACK.search(near):
            continue
        name = found.groupdict().get("name") or "what follows"
        message = f"The errors of {name} are silenced: what it could not do is not told."
        yield view.remark(
            "TOC302", raw.span, message, column=found.start() + 1, hint="Use -ErrorAction Stop."
        )


_FINITE = re.compile(
    r"\b(?:pg_dump\w*|pg_restore|mysqldump|mongodump|mongorestore|pg_basebackup|rsync|tar|scp|cp|restic|borg|VACUUM|REINDEX|OPTIMIZE|mysqlimport|migrate\w*|aws s3 (?:sync|cp)|gsutil|rclone|xtrabackup|zfs send|gzip|zstd)\b|"
    r"\b(?:re-?build|re-?index|restore|import|export|load|convert|sync|copy|backup|dump|compact|repair|generate|compile|build|prepare|download|upload|archive|transform|replay|backfill)[\w.-]*(?:\.(?:sh|py|rb|pl)\b|\s|$)",
    re.IGNORECASE,
)
_IN_BACKGROUND = re.compile(r"(?<![&>|\\])&(?![&>\d])\s*(?P<rest>[^\n]*)(?:$|\n)", re.MULTILINE)
_WAITS_FOR = re.compile(
    r"\bwait\b|\bjobs\b|\bfg\b|\$!|\bsleep\b|\buntil\b|\bwhile\b|\btail\b|\bpgrep\b|\bps\b|\bprogress\b|\bpidof\b|\bdisown\b|\bscreen\b|\btmux\b",
    re.IGNORECASE,
)
_TOLD_TO_WAIT = re.compile(
    r"\b(?:wait|until|finish\w*|when (?:it|the) |once (?:it|the) |minutes?|meanwhile|in the background|runs? on|warte\w*|bis|fertig|esper\w*|cuando|attend\w*|goes on)\b"
)


def left_in_the_background(view: View) -> Iterator[Diagnostic]:
    """TOC309: `./rebuild.sh &` and at once the next command, which needs what the job has not made yet."""
    for procedure, line in view.steps_with(("&",)):
        for action in line.step.actions:
            found = _IN_BACKGROUND.search(action.text) if "&" in action.text else None
            if (
                found is None
                or "do" in action.text.split()
                or not _FINITE.search(action.text[: found.start()])
            ):
                continue
            if "http" in action.text[: found.start()].rsplit(" ", 1)[-1]:
                continue  # of an address
            behind = [found["rest"], *(a.text for a in line.step.actions if a.span.start > action.span.start)]
            later = next(iter(procedure.after(line)), None)
            if later is not None and later.section is line.section:
                behind.append(f"{later.text} {later.words}")
            said = fold(f"{line.step.title} {below(view, line)}")
            if (
                not any(text.strip() for text in behind)
                or any(map(_WAITS_FOR.search, behind))
                or _TOLD_TO_WAIT.search(said)
            ):
                continue
            message = "This goes on in the background: what follows does not wait for it, and its failure is not noticed."
            yield view.at(
                "TOC309",
                line,
                action,
                found.start(),
                message,
                hint="Run it in the foreground, or `wait` and look at its status.",
            )


_FINDS_ITSELF = re.compile(
    r"\bps -?\w[^\n|;]{0,60}\|\s*(?:e|f)?grep (?P<options>(?:-\w+ )*)[\"']?(?P<word>[\w./@-]{2,60})[\"']?\s*(?P<sent>(?:>\s?[/\w.]+\s?)?(?:2>&1\s?)?)(?P<joint>&&|\|\||;\s*then|\|\s*wc\b|$)",
    re.MULTILINE,
)
_STATUS = re.compile(r"\b(?:if|while|until)\s+(?:!\s+)?$|\$\($")


def finds_itself(view: View) -> Iterator[Diagnostic]:
    """TOC301: `ps aux | grep worker && echo up`: the line of grep holds the word too, so it is always found."""
    for _, line in view.steps_with(("grep",)):
        if "ps " not in line.text:
            continue
        for action in line.step.actions:
            found = _FINDS_ITSELF.search(action.text)
            if found is None:
                continue
            counts = "c" in found["options"] or "wc" in found["joint"]
            asked = (
                found["joint"] in ("&&", "||")
                or "then" in found["joint"]
                or _STATUS.search(action.text[: found.start()])
            )
            if counts or asked or "q" in found["options"]:
                message = f"The line of `grep` itself holds `{found['word']}`: this always finds one."
                yield view.at(
                    "TOC301",
                    line,
                    action,
                    found.start(),
                    message,
                    hint=f"pgrep -f '[{found['word'][0]}]{found['word'][1:]}', or ask the unit.",
                )


RULES = (loops_on, thrown_away, silenced_cmdlets, left_in_the_background, finds_itself)
