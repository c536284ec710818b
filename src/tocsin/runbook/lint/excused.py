"""What a text says about a loss before it happens: the copies lie elsewhere, or nobody needs what goes."""

import re

from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above, below, sentences

_ELSEWHERE = re.compile(
    r"\b(?:also|too|anyway|copies?|copied|kept|shipped|forwarded|sent|collected|stored|auch|ohnehin|tambien|aussi)\b[^.]{0,60}\b(?:central\w*|log ?server|syslog|loki|elastic\w*|splunk|graylog|cloudwatch|archive|datadog|zentral\w*|protokollserver|servidor de (?:logs|registros)|serveur de journaux)\b|"
    r"\b(?:archiv\w*|central\w* (?:log\w*|store)|backups?)\b[^.]{0,40}\b(?:has|have|holds?|keeps?|contains?|hat|haben|enthalt|tiene|contient)\b[^.]{0,30}\b(?:older|the rest|cop(?:y|ies)|alteren?|antigu\w*|ancien\w*)\b"
)
_NOT_NEEDED = re.compile(
    r"\b(?:no|there is no|kein\w*|ningun\w*|aucun\w*) (?:backup|copy|sicherung|kopie|copia|respaldo|sauvegarde)\b[^.]{0,30}\b(?:need\w*|necessary|required|notig|erforderlich|necesari\w*|necessaire)\b|"
    r"\bneeds? no (?:backup|copy)\b"
)
_COMES_BACK = re.compile(
    r"\b(?:caches?|ind(?:ex|exes|ices)|entries|keys|content|data|rows|sessions|thumbnails|statistics|es|er|sie)\b[^.]{0,40}?\b(?:"
    r"(?:re)?(?:fills?|builds?|warms?|populates?|computes?|generates?)(?: up)? (?:by itself|by themselves|itself|themselves|automatically|again)"
    r"|(?:is|are|gets?|will be) re(?:built|filled|computed|generated|populated)|(?:fullt|baut) sich (?:von selbst|selbst|wieder))\b"
)


def kept_elsewhere(view: View, line: Line) -> bool:
    """Whether a sentence right above or below a step says that what it removes is kept at another place as well."""
    return any(_ELSEWHERE.search(said) for said in _beside(view, line))


def needs_no_copy(view: View, line: Line) -> bool:
    """Whether a sentence right above or below a step says that no copy is needed.

    That there is no way back, or none is needed, is no such sentence: it is said of steps, and data goes all the same. That
    what goes comes again by itself is one.
    """
    return any(_NOT_NEEDED.search(said) or _COMES_BACK.search(said) for said in _beside(view, line))


def _beside(view: View, line: Line) -> tuple[str, ...]:
    return (*sentences(above(view, line)), *sentences(below(view, line)))
