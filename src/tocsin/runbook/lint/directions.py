"""TOC204: a sentence says which way, and its command goes the other: on or off, the previous or the latest, to the copy or from it, beside or over."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, below, sentences
from tocsin.runbook.words.wording import fold

_ON = re.compile(
    r"\b(?:turn|switch|put|set)(?:s|ing|ed)?\b[^.]{0,60}?\bon\b(?! (?:the|a|an|all|both|each|every)\b)|^\W*(?:then |now |next,? )?(?:enable|activate)\b|"
    r"\b(?:ein|an)schalten\b|\baktivier\w*|\b(?:activar|encender|habilitar|activer|allumer|ativar|ligar)\b"
)
_OFF = re.compile(
    r"\b(?:turn|switch|put|set)(?:s|ing|ed)?\b[^.]{0,60}?\boff\b|^\W*(?:then |now |next,? )?(?:disable|deactivate)\b|"
    r"\b(?:aus|ab)schalten\b|\bdeaktivier\w*|\b(?:desactivar|apagar|deshabilitar|desactiver|eteindre|desativar|desligar)\b"
)
_SWITCHED = re.compile(r"[=: ]\s{0,2}[\"']?(?:on|true|enable|yes|off|false|disable|no)", re.IGNORECASE)
_VALUE = re.compile(
    r"(?P<key>[A-Za-z_][\w.-]{2,60})[\"']?(?:\s{0,2}[=:]\s{0,2}|(?<=mode|ance|nner) )[\"']?(?:(?P<on>on|true|enabled?|yes)|(?P<off>off|false|disabled?|no))(?![\w.-])",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"disabl|(?:^|[_.-])(?:no|not|skip|off|without|suppress|bypass|exclude)(?:[_.-]|$)", re.IGNORECASE
)


def turned_otherwise(view: View) -> Iterator[Diagnostic]:
    """ "Turn the banner on" over `BANNER=off`; "allow writes again" over `read_only: true`."""
    for _, line in view.lines():
        if line.step.judgement.effect is Effect.OBSERVE or not line.step.actions:
            continue
        values = list(_VALUE.finditer(line.text)) if _SWITCHED.search(line.text) else []
        if not values or len({value["on"] is None for value in values}) > 1:
            continue
        said = _said(view, line)
        told = _against(said, values) or _locked(said, values)
        if told is not None:
            yield view.on("TOC204", line, told)


def _said(view: View, line: Line) -> str:
    """The last sentence a reader is told about a step."""
    return next(reversed(sentences(above(view, line)) or sentences(line.step.title)), "")


def _against(said: str, values: list[re.Match[str]]) -> str | None:
    turns_on, turns_off = _ON.search(said) is not None, _OFF.search(said) is not None
    if turns_on == turns_off:
        return None
    for value in values:
        parts = {part for part in re.split(r"[_.-]", value["key"].lower()) if len(part) > 3}
        if (
            not _DENIES.search(value["key"])
            and any(part in said for part in parts)
            and (value["on"] is None) == turns_on
        ):
            return f"The text says {'on' if turns_on else 'off'}, the command sets {value['key']} to {value['on'] or value['off']}."
    return None


_WRITABLE = re.compile(
    r"\b(?:allow|enable|permit|accept|open|resume|unlock|restore|re-?enable)\w*\b[^.]{0,30}\bwrit(?:es?|ing|able)\b|\bwritable\b|\bread[-/ ]write\b|\bmake\b[^.]{0,40}\b(?:primary|master|leader)\b|^\W*promot\w*\b|"
    r"\bschreib\w*[^.]{0,30}(?:erlaub|freigeb|zulass|einschalt)|\bzum (?:primar\w*|master)\b|\b(?:permitir|habilitar)\b[^.]{0,30}\bescrit|\b(?:autoriser|permettre)\b[^.]{0,30}\becrit"
)
_NO_WRITES = re.compile(
    r"\bread[- ]only\b|\b(?:stop|block|freeze|forbid|prevent|no)\b[^.]{0,20}\bwrit(?:es?|ing)\b|\bschreibschutz|\bschreiben anhalten|\bsolo lectura\b|\blecture seule\b"
)
_READ_ONLY = re.compile(r"read[-_]?only", re.IGNORECASE)


def _locked(said: str, values: list[re.Match[str]]) -> str | None:
    mode = next((value for value in values if _READ_ONLY.search(value["key"])), None)
    if mode is None:
        return None
    open_, shut = _WRITABLE.search(said) is not None, _NO_WRITES.search(said) is not None
    # "make it read-only, then allow writes again" says both
    if open_ and not shut and mode["on"]:
        return f"The text speaks of writing, the command sets {mode['key']} to {mode['on']}: it forbids it."
    return None


_PREVIOUS = re.compile(
    r"\b(?:previous|prior|last known good|last good|older|earlier|old|former|vorig\w*|vorherig\w*|alt(?:e|en|er)|anterior|precedente?)\b (?:\w+ )?(?:versions?|revisions?|releases?|images?|tags?|builds?|deployments?|commits?|code|artifacts?|stand)\b|"
    r"\b(?:version|revision|imagen|etiqueta) (?:anterior|precedente)\b|\b(?:version|revision|release|image|tag|build|deployment) (?:right |just )?before (?:it|that|this|the)\b|\b(?:image|version|tag|revision|release|build) to (?:take|use|deploy) is the (?:previous|old|former|last)\b"
)
_NEWEST = re.compile(
    r"\b(?:apt(?:-get)?|dnf|yum|apk) (?:-\S+ )*install (?:-\S+ )*[\w.+-]{2,60}(?=\s*(?:$|['\"\n;&|]))|\bpip3? install (?:-\S+ )*[\w.-]{2,60}(?=\s*(?:$|['\"\n;&|]))|"
    r"--to-latest\b|\$LATEST\b|[:@=/]latest\b(?!-)|--latest\b|\borigin/(?:main|master)\b|\b(?:checkout|switch|reset --hard) (?:main|master|HEAD)(?![\w~^@/-])"
)


def newest_for_previous(view: View) -> Iterator[Diagnostic]:
    """ "Go back to the previous revision" over `--to-latest`."""
    for _, line in view.steps_with(
        ("latest", "$LATEST", "install ", "origin/", "checkout ", "switch ", "reset --hard ")
    ):
        found = _NEWEST.search(line.text)
        if found is None or line.step.judgement.effect is Effect.OBSERVE or not line.step.actions:
            continue
        said = _PREVIOUS.search(f"{_said(view, line)} {fold(below(view, line))}")
        if said is not None:
            message = (
                f'The text says "{said[0]}", the command takes the newest one (`{found[0].strip(":@=/ ")}`).'
            )
            yield view.on("TOC204", line, message)


_COPIES_OUT = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:first,? |then |now |next,? |zuerst |erst )?(?:copy|save|back ?up|archive|preserve|store|keep|sichern?|sicher\w*|kopier\w*|copia\w*|guarda\w*|respalda\w*|sauvegard\w*|copie\w*)\b"
)
_COPIES_BACK = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:then |now |next,? )?(?:restor\w*|bring\b.*\bback|put\b.*\bback|copy\b.*\bback|recover\w*|wiederherstell\w*|restaura\w*)\b"
)
_BACKUP_PLACE = re.compile(
    r"(?:^|[/_.:@-])(?:back-?ups?|bak|archives?|sicherung(?:en)?|respaldos?|copias?|sauvegardes?|safe|quarantine)(?:[/_.:-]|\d|$)",
    re.IGNORECASE,
)
_COPIERS = frozenset({"rsync", "cp", "scp", "rclone", "gsutil", "aws", "mc", "azcopy", "robocopy"})


def copied_the_wrong_way(view: View) -> Iterator[Diagnostic]:
    """ "Copy the spool to the backup disk" over a copy from there; "restore" over a copy onto the backup."""
    for _, line, action, command in view.commands(*sorted(_COPIERS)):
        ends = _ends(command)
        if ends is None:
            continue
        source, target = (_BACKUP_PLACE.search(end) is not None for end in ends)
        if source == target:
            continue
        said = _said(view, line)
        out, back = _COPIES_OUT.search(said), _COPIES_BACK.search(said)
        if back is None and out is not None and source and not re.search(r"\bback\b(?! ?up)|\bfrom\b", said):
            message = f'The text says "{said[:50]}", the command copies from {ends[0]} over {ends[1]}.'
            yield view.at("TOC204", line, action, command.start, message)
        elif back is not None and target:
            message = f"The text speaks of bringing back, the command copies {ends[0]} over {ends[1]}."
            yield view.at("TOC204", line, action, command.start, message)


def _ends(command: Command) -> tuple[str, str] | None:
    """Where a copy comes from and where it goes."""
    words = [word for word in command.plain if "/" in word or ":" in word]
    if command.name in ("aws", "gsutil", "rclone", "mc", "azcopy") and not {
        "cp",
        "sync",
        "mv",
        "copy",
        "mirror",
        "move",
        "rsync",
    } & set(command.plain[:3]):
        return None
    return (words[-2], words[-1]) if len(words) >= 2 else None


_ASIDE = re.compile(
    r"\b(?:into|to|in|as|at|beside|auf|en|dans) (?:an?|its|some|another|eine?[mnr]?|une?|una?) (?:\w+ ){0,2}?(?:clone|copy|new (?:\w+ )?(?:database|instance|server|schema|cluster|place|directory|folder)|separate \w+|place of its own|scratch\w*|temporary \w+|"
    r"different \w+|other (?:place|directory|folder|database|instance)|side \w+|neue \w*datenbank|anderen? \w+)\b|"
    r"\b(?:never|not|nie|nicht|nunca|jamais) (?:over|onto|into|uber|sobre|sur) (?:the |die |das |la |el )?(?:live|running|current|old|original|productive|production|home|produktiv\w*)"
)
# One of these is in every text the pattern finds.
_RESTORING = ("restor", "extract", "borg", "recover", "-x", "clone", "import")
_RESTORES = re.compile(
    r"\brestor|\bpg_restore\b|\bmongorestore\b|\bextract\b|\bborg\b|\brecover|-xf?\b|\bclone\b|\bimport\b"
)
_TARGET = (
    "--target",
    "--restore-instance",
    "-d",
    "--dbname",
    "--destination",
    "--db-instance-identifier",
    "--to",
    "--target-dir",
    "--nsTo",
    "--namespace-mapping",
    "--database",
    "--db",
    "--target-database",
    "-C",
)
_NEW_NAME = re.compile(
    r"[$<{]|new|neu|nuev|clone|copy|restor|tmp|temp|test|scratch|check|aside|side|verify|probe|kopie", re.I
)


def over_the_live_one(view: View) -> Iterator[Diagnostic]:
    """ "Restore it into a clone" over a restore into the one that everybody uses."""
    for procedure, line in view.steps_with(_RESTORING):
        if line.step.judgement.effect is Effect.OBSERVE or not _RESTORES.search(line.text):
            continue
        if not _ASIDE.search(fold(f"{above(view, line)} {line.step.title}")):
            continue
        for action, command in line.commands:
            target = command.value(*_TARGET)
            if target is not None and (target == "/" or _lives(view, procedure, target)):
                message = f"The text says that it goes elsewhere; this restores over {target}."
                yield view.at("TOC204", line, action, command.start, message)
                break


def _lives(view: View, procedure: Procedure, name: str) -> bool:
    """Whether a name is spoken of elsewhere in the document, as what everybody uses is."""
    if _NEW_NAME.search(name) or len(name) < 3:
        return False
    span = procedure.section.span
    named = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(
        named.search(raw.text)
        for raw in view.raw
        if not span.first_line <= raw.number <= span.last_line and name in raw.text
    )


RULES = (turned_otherwise, newest_for_previous, copied_the_wrong_way, over_the_live_one)
