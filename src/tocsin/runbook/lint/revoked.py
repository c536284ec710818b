"""TOC202 in paragraphs and payloads: "Revoke the key first. Then make a new one", a record that one update deletes and the next adds."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import sentences

_FIRST = r"^\W{0,3}(?:first(?: of all)?,? |then,? |now,? |next,? |at once,? |immediately,? |zuerst |erst |sofort |dann |primero,? |luego,? |d'abord,? )?"
_REVOKES = re.compile(
    _FIRST
    + r"(?:revoke|delete|remove|disable|deactivate|invalidate|losche[n]?|widerrufe[n]?|sperre[n]?|revocar|revoca|borrar|borra|desactivar|revoquer|supprimer)\b[^.]{0,60}\b(?:keys?|tokens?|secrets?|credentials?|certificates?|passwords?|accounts?|zertifikate?|schlussel|kennwort|claves?|certificado|cles?)\b|"
    r"\b(?:schlussel|zertifikat\w*|kennwort\w*|passwort\w*|tokens?|zugang\w*)\b[^.]{0,30}\b(?:sperren|loschen|widerrufen|entfernen)\b"
)
_MAKES = re.compile(
    _FIRST
    + r"(?:make|create|generate|issue|mint|request|order|add|erstelle[n]?|erzeuge[n]?|anlegen|crear|crea|generar|creer)\b[^.]{0,40}\b(?:new|another|fresh|replacement|neue[nrs]?|nuev[oa]|nouvelle?|one)\b|"
    r"\bneue[nrs]?\b[^.]{0,30}\b(?:erzeugen|erstellen|anlegen|ausstellen|anfordern)\b"
)
_UNUSED = re.compile(r"previous|unused|expired|other|old(?:est)?\b(?! key is)|new|no longer|temporary|test")
_NEAR = 12  # lines in which the new one has to be spoken of
_SIGNS = (
    "revo",
    "delet",
    "remov",
    "disabl",
    "deactiv",
    "invalid",
    "lösch",
    "widerruf",
    "sperr",
    "borra",
    "desactiv",
    "révoq",
    "supprim",
)


def revoked_in_words(view: View) -> Iterator[Diagnostic]:
    """The old credential goes in one sentence of a paragraph, the new one is made in a later one."""
    gone = [
        raw
        for raw in view.prose_saying(_SIGNS)
        if not _ITEM.match(raw.text) and any(map(_goes, sentences(raw.text)))
    ]
    if not gone:
        return
    starts = [section.heading_line for section in view.sections]
    for raw in gone:
        at = bisect_right(starts, raw.number)
        first = starts[at - 1] if at else 1
        last = min(starts[at] - 1 if at < len(starts) else raw.number + _NEAR, raw.number + _NEAR)
        before = [other.text for other in view.lines_of(max(first + 1, raw.number - _NEAR), raw.number - 1)]
        if any(_MAKES.search(said) for text in before for said in sentences(text)):
            continue
        for other in view.lines_of(raw.number, last):
            said = sentences(other.text) if not other.fenced else ()
            if other.number == raw.number:
                said = said[next(place for place, each in enumerate(said) if _goes(each)) + 1 :]
            if any(map(_MAKES.search, said)):
                message = f"The old credential goes before the new one is in use (line {other.number}): what uses it fails in between."
                yield view.remark("TOC202", raw.span, message)
                break


def _goes(said: str) -> bool:
    return _REVOKES.search(said) is not None and _UNUSED.search(said) is None


_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")  # a list is read by another rule

_RECORD = re.compile(r"(?:\\n|\b)update (?P<verb>delete|add) (?P<name>[\w.*-]{3,100})")


def record_gone_first(view: View) -> Iterator[Diagnostic]:
    """A DNS record is deleted by one `nsupdate` and made again by the next: in between the name is not there."""
    if "update delete" not in view.text:
        return
    for procedure in view.procedures:
        gone: dict[str, tuple[Line, Action, int]] = {}
        for line in procedure.lines:
            for action in line.step.actions:
                here: dict[str, tuple[Line, Action, int]] = {}
                for found in _RECORD.finditer(action.text):
                    name = found["name"].rstrip(".")
                    first = gone.pop(name, None)
                    if found["verb"] == "delete":
                        here[name] = (line, action, found.start())
                    elif first is not None and not procedure.exclusive(first[0], line):
                        message = f"{name} is removed here and comes back in line {action.span.first_line}: in between nobody finds it."
                        hint = "Delete and add in one update, before `send`."
                        yield view.at("TOC202", *first, message, hint=hint)
                    else:
                        here.pop(name, None)
                gone.update(here)


RULES = (revoked_in_words, record_gone_first)
