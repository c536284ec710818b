"""TOC303: a file of settings or a stored secret is changed in words or by a copy, and nothing makes its process read it."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import REACH, View
from tocsin.runbook.lint.raw import RawLine, between
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

# Whatever makes a process read what it reads when it starts, in commands and in words.
_READ_AGAIN = re.compile(
    r"re-?start|re-?load|re-?deploy|re-?boot|rollout|roll(?:ing|ed)? |force-new|neu ?start|reinici|redemarr|recarg|relanc|\bHUP\b|daemon-reload|sysctl -|\bapply\b|\bsource\b|"
    r"\bup -d\b|--force-recreate|reconfig|newaliases|postmap|update-ca|\bsync\b|\bstart\b|\bdeploy|pick(?:s|ed)? (?:it|this|them) up|\breread|\bbounce\b|\bscale\b|ansible-playbook|puppet agent|chef-client|by itself|automatic|"
    r"arranca\w*|levantar|lade[nt]?\b|ubernimmt|ubernehmen|-t\b && |kill -1|\bflush|\brefresh|\w-restore\b|\bnft -f\b|\bcommit\b",
    re.IGNORECASE,
)
_FILE = r"`(?P<file>(?:/etc/(?!hosts\b|resolv|crontab|cron\.|motd|sudoers|fstab|passwd|group)|/opt/|/srv/|/usr/local/|/var/www/|~?/)[\w./-]{0,80}\.(?:conf|cnf|cfg|ini|env|ya?ml|toml|properties|config|json|xml)|(?:[\w/-]{0,60}/)?\.env)`"
_FILES = re.compile(_FILE)
_EDIT = re.compile(
    r"\b(?:set|write|put|change|add|enter|edit|update|replace|adjust|correct|raise|lower|remove|delete|swap|point|"
    r"eintragen|trag\w*|ander[en]?|setzen|setze|ersetz\w*|anpass\w*|hinterleg\w*|schreib\w*|cambi[ae]r?|pon(?:er|ga)|escrib[ia]r?|anadir|sustitu\w*|modifi\w*|mettre|changer|ajouter|remplacer|alterar|colocar|trocar)\b"
)
_NEVER = re.compile(
    r"\b(?:never|not|don't|without|nie|nicht|nunca|jamais|was|were|has|had|been|is (?:set|kept|in)|wurde|lies|liegt|stands?|steht|comes? from)\b"
)


def edited_and_left(view: View) -> Iterator[Diagnostic]:
    """ "Set `host = db-2` in `/etc/app/db.conf` on both." and the section ends."""
    if "`" not in view.whole or not _FILES.search(view.whole):
        return
    for section in view.sections:
        if section.children or Role.PREVENTION in section.roles or Role.OVERVIEW in section.roles:
            continue
        raws = view.lines_of(section.heading_line, section.span.last_line)
        for at, raw in enumerate(raws):
            if raw.fenced or raw.text.startswith(("#", "|", ">")) or "`" not in raw.text:
                continue
            found = _FILES.search(raw.text)
            said = fold(plain(_ANY_CODE.sub(" ", raw.text))) if found is not None else ""
            beside = (
                fold(plain(_ANY_CODE.sub(" ", raws[at + 1].text)))
                if at + 1 < len(raws) and not raws[at + 1].fenced
                else ""
            )
            if found is None or not _EDIT.search(said) or _NEVER.search(said):
                continue
            behind = "\n".join([raw.text, beside, *(other.text for other in raws[at + 1 : at + REACH])])
            # What a command does to the file is told at the command.
            told_there = any(
                other.fenced and found["file"] in other.text for other in raws[at + 1 : at + REACH]
            )
            if not told_there and not _READ_AGAIN.search(behind) and _something_runs(raws):
                message = f"Nothing here makes a process read {found['file']} again: it is changed and has no effect."
                yield view.remark("TOC303", raw.span, message, level=Level.WARNING)
                break


_ANY_CODE = re.compile(r"`[^`]{0,200}`")


def _something_runs(raws: tuple[RawLine, ...]) -> bool:
    """Whether the section is one that is carried out: it has commands, or steps that are numbered."""
    return any(raw.fenced or re.match(r"\s*\d+[.)]\s", raw.text) for raw in raws)


_STORED = re.compile(
    r"\b(?:store|save|put|write|update|rotate|replace|enter|hinterleg\w*|speicher\w*|guarda\w*|actualiza\w*|enregistre\w*|stocke\w*)\b[^.]{0,60}\b(?:secrets? ?manager|parameter store|ssm|key ?vault|vault|secret store|secrets? store|configmap|config map|feature store|consul)\b"
)
# One of these is in every text the pattern finds, accents included.
_STARTING = ("start", "boot", "once at", "arrancar", "demarrage", "démarrage", "iniciar")
_AT_START = re.compile(
    r"\b(?:reads?|loads?|gets?|fetch(?:es)?|takes?|evaluat\w+|picks?)\b[^.]{0,50}\b(?:when (?:it|they|a \w+|the \w+) starts?|at (?:its |their )?start(?:up)?|on (?:start(?:up)?|boot)|once at)\b|\bonly at start|"
    r"\b(?:beim|nur beim) start\b|\bal arrancar\b|\bau demarrage\b|\bao iniciar\b"
)


def stored_and_left(view: View) -> Iterator[Diagnostic]:
    """ "Store the new key in the vault. The tasks read it when they start." and the section ends."""
    if not view.says(("start", "arranca", "demarrage", "démarrage", "inicia")):
        return
    starting = view.prose_saying(_STARTING)
    for section in view.sections:
        here = between(starting, section.heading_line, section.span.last_line)
        if section.children or not here:
            continue
        raws = view.lines_of(section.heading_line, section.span.last_line)
        for raw in here:
            told = "" if raw.text.startswith("#") else fold(plain(raw.text))
            start = _AT_START.search(told)
            if start is None:
                continue
            at = view.place_of(raw.number) - view.place_of(section.heading_line)
            rest = _AT_START.sub(" ", told)
            behind = "\n".join([rest, *(other.text for other in raws[at + 1 : at + REACH])])
            changes = (
                _STORED.search(
                    " ".join([fold(plain(other.text)) for other in raws[max(0, at - 3) : at]] + [rest])
                )
                is not None
            )
            if changes and not _READ_AGAIN.search(behind):
                message = "They read it when they start, and nothing here starts them anew."
                yield view.remark("TOC303", raw.span, message)
                break


_PUT = re.compile(
    r"\b(?:scp|rsync|install|cp|mv|ln -\w+|docker cp|aws s3 cp)\b[^\n;&|]{0,200}?\s(?:[\w.@-]{1,60}:)?(?P<file>/etc/(?!hosts\b|resolv|crontab|cron\.|motd|sudoers|ssh/authorized|logrotate|profile|apt/|yum|pki/|ssl/certs/ca)(?P<of>[\w.-]+)/[\w./*-]{0,100})[\"']?\s*(?:$|[;&|\n'\"])"
)


def put_and_left(view: View) -> Iterator[Diagnostic]:
    """A file is copied into the settings of a service, which goes on with what it has read."""
    if "/etc/" not in view.text:
        return
    for procedure in view.procedures:
        for line in procedure.lines:
            for action in line.step.actions:
                found = _PUT.search(action.text) if "/etc/" in action.text else None
                if (
                    found is None
                    or found["file"].endswith((".bak", ".orig", ".old", ".before"))
                    or _ASIDE.search(found["file"])
                ):
                    continue
                first = action.span.last_line + 1
                below = view.lines_of(first, min(procedure.section.span.last_line, first + REACH))
                after = "\n".join([action.text[found.end() :], *(raw.text for raw in below)])
                if not _READ_AGAIN.search(after):
                    message = f"Nothing after this makes {found['of']} read {found['file']}: it is changed and has no effect."
                    yield view.at("TOC303", line, action, found.start(), message)


_ASIDE = re.compile(r"backup|before|saved|sicher|vorher", re.IGNORECASE)


RULES = (edited_and_left, stored_and_left, put_and_left)
