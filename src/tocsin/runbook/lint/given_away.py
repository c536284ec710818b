"""TOC207 by what is passed on: a secret pasted where others read it, shown on the screen, or set by a statement."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.lint.told import sentences

_PASTES = re.compile(
    r"\b(?:paste|post|send|write|put|share|mail|e-?mail|copy|add|give|attach|dm|forward|kopier\w*|schick\w*|schreib\w*|poste\w*|pega\w*|envia\w*|manda\w*|colle\w*|envo[iy]e\w*|coller)\b"
)
# One of these is in every text the pattern finds.
_PASTE_SIGNS = (
    "paste", "post", "send", "write", "put", "share", "mail", "copy", "add", "give", "attach", "dm", "forward", "kopier", "schick", "schreib", "pega",
    "envia", "envía", "manda", "colle", "envoie",
)  # fmt: skip
_SECRET = re.compile(
    r"\b(?:passwords?|passphrase|tokens?|secrets?|credentials?|(?:api|access|private|secret|new|signing|unseal|root|ssh) ?keys?|passwort\w*|kennwort\w*|zugangsdaten|contrasenas?|claves?|mots? de passe|senhas?)\b"
)
_PUBLIC = re.compile(
    r"\b(?:in|into|to|on|via|by|per|ins?|im|en|al|dans|par) (?:the |our |a |an |your |das |den |dem |el |la |le )?(?:[#\w-]+ ){0,2}?(?:tickets?|channels?|chats?|slack|teams|e-?mails?|mail|wiki|incident (?:channel|doc\w*|ticket|thread)|threads?|kanal|canal|correo|jira|confluence|whatsapp|sms)\b|#[a-z][\w-]{2,}"
)
_NEVER = re.compile(
    r"\b(?:never|not|don't|do not|nie|nicht|kein\w*|nunca|jamais|without|instead of|ask for|request)\b"
)
_PRONOUN = re.compile(r"\b(?:it|them|es|sie|lo|la|le)\b")


def pasted(view: View) -> Iterator[Diagnostic]:
    """TOC207: a secret is to be written where others read it: a ticket, a channel, a mail."""
    if not view.says(
        (
            "password",
            "token",
            "secret",
            "key",
            "credential",
            "passwort",
            "kennwort",
            "zugang",
            "contrase",
            "clave",
            "mot de",
            "mots de",
            "senha",
        )
    ):
        return
    before = ""
    passed: RawLine | None = None  # the line before, where it asks nobody to write anything
    likely = {raw.number for raw in view.prose_saying(_PASTE_SIGNS)}
    for raw in view.prose:
        if raw.number not in likely:
            passed = raw
            continue
        if passed is not None:
            before = (sentences(passed.text) or ("",))[-1]
            passed = None
        for said in sentences(raw.text):
            verb, where = _PASTES.search(said), _PUBLIC.search(said)
            named = _SECRET.search(said)
            if (
                verb is not None
                and where is not None
                and where.start() > verb.start()
                and not _NEVER.search(said)
            ):
                between = said[verb.end() : where.start()]
                if _SECRET.search(between) or (
                    _PRONOUN.search(between) and (named or _SECRET.search(before))
                ):
                    yield view.remark(
                        "TOC207",
                        raw.span,
                        "Whoever reads it there has the secret, for as long as it stands there.",
                    )
                    break
            before = said


# One of these is in every text the pattern finds.
_MAKING = (
    "create-access-key",
    "create-for-rbac",
    "credential reset",
    "keys create",
    "vault read",
    "vault token",
)
_PRINTS = re.compile(
    r"\baws\b[^\n|>]*\bcreate-access-key\b(?![^\n]*(?:>|\||--query[ =]\S*AccessKeyId\b))|\baz\b[^\n|>]*\b(?:create-for-rbac|credential reset)\b(?![^\n]*(?:>|\|))|"
    r"\bservice-accounts keys create (?:-|/dev/stdout)(?=\s)|\bvault (?:read|token create)\b(?=[^\n]*(?:creds/|token create))(?![^\n]*(?:>|\||-field))"
)


def printed(view: View) -> Iterator[Diagnostic]:
    """TOC207: a new secret is made and shown on the screen, where the log of the session keeps it."""
    for _, line in view.steps_with(_MAKING):
        for action in line.step.actions:
            found = _PRINTS.search(action.text)
            if found is not None and "$(" not in action.text[: found.start()]:
                message = "The new secret is shown on the screen, and whatever keeps the session keeps it."
                yield view.at("TOC207", line, action, found.start(), message, level=Level.WARNING)


# what stands for a secret: "<password>", ":pw", "$NEW", "********"
_HOLE = re.compile(
    r"^[<$:%@{\[`]|[<{][\w -]+[>}]$|\*{3}|\.{3}|x{4,}|^(?:new|your|my|the)?[-_ ]?(?:secure[-_ ]?)?(?:password|passwd|secret|kennwort|passwort)$",
    re.IGNORECASE,
)
_SQL_SECRET = re.compile(
    r"\b(?:IDENTIFIED\s+(?:WITH\s+\w+\s+)?BY|(?:WITH\s+|ENCRYPTED\s+)?PASSWORD(?:\s*=|\s+FOR\s+\S+\s*=)?)\s*(?:N|PASSWORD\()?'(?P<value>[^'\n]{4,80})'",
    re.IGNORECASE,
)


def in_statements(view: View) -> Iterator[Diagnostic]:
    """TOC207: a password that a statement sets: `ALTER USER … IDENTIFIED BY '…'`."""
    for _, line, statement in view.statements():
        found = _SQL_SECRET.search(statement.text) if "'" in statement.text else None
        if found is not None and not _HOLE.search(found["value"]):
            message = "The password stands in the statement: history and the server's log keep it."
            yield view.at("TOC207", line, statement.action, statement.offset, message)


_TOLD = re.compile(
    r"\b(?:passwords?|passphrase|passwort|kennwort|contrase[nñ]a|mot de passe|senha|api[- ]key|pin code)\b(?! (?:manager|store|file|policy|prompt|hash))[^.`\n]{0,50}?(?:\b(?:is|lautet|ist|es|est)\b|[=:])\s*[`\"'](?P<value>(?=[^`\"'\s]*\d)(?=[^`\"'\s]*[A-Za-z])[^`\"'\s/<>${}]{6,64})[`\"']",
    re.IGNORECASE,
)
_WORDS = (
    "password",
    "passphrase",
    "passwort",
    "kennwort",
    "contrase",
    "mot de passe",
    "senha",
    "api key",
    "api-key",
    "pin code",
)


def told_in_a_sentence(view: View) -> Iterator[Diagnostic]:
    """ "The root password of the old box is `…`": whoever reads the runbook has it."""
    for raw in view.prose_saying(_WORDS):
        found = _TOLD.search(raw.text)
        if found is not None and not _NEVER.search(raw.text[: found.start()].casefold()):
            message = "A password stands in the text: everybody who reads the runbook has it."
            yield view.remark("TOC207", raw.span, message, column=found.start("value") + 1)


RULES = (told_in_a_sentence, pasted, printed, in_statements)
