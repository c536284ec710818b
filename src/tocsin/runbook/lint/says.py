"""What a sentence promises about a command, by the stems of its words and their negation, in English, German, Spanish, French and Portuguese.

"Nothing is lost by that", "die Daten bleiben erhalten", "sin tocar los pedidos" and "this leaves the mail alone" promise the
same; the rules ask for the promise and not for a wording.
"""

import re
from enum import Enum
from functools import lru_cache

from tocsin.runbook.lint.told import sentences


class Promise(Enum):
    """What a sentence says will be, or will not be."""

    LOOKS = "only looks"
    KEEPS = "loses nothing"
    SERVES = "interrupts nobody"
    AT_ONCE = "is in force at once"
    HARMLESS = "can be run at any time"


_NOT = re.compile(
    r"^(?:no|not|nothing|never|none|neither|nor|without|nobody|cannot|can't|won't|doesn't|don't|isn't|aren't|kein\w*|nicht|nichts|nie|ohne|niemand|"
    r"nada|ningun\w*|sin|nunca|nadie|rien|aucun\w*|sans|jamais|pas|personne|sem|nenhum\w*|nao|ninguem|zero)$"
)
_LOSE = re.compile(
    r"^(?:los[ets]\w*|loss\w*|delet\w*|remov\w*|eras\w*|wip(?:e|ed|es|ing)|destroy\w*|discard\w*|drop(?:s|ped)?|gone|disappear\w*|verlor\w*|verlier\w*|verlust\w*|geloscht|losch\w*|"
    r"datenverlust|perd\w*|pierd\w*|borra\w*|elimin\w*|supprim\w*|efface\w*|perte\w*|apag\w*|excl?ui\w*)$"
)
_TOUCH = re.compile(
    r"^(?:chang\w*|modif\w*|touch\w*|alter(?:s|ed|ing)?|writ(?:es?|ing|ten)|overwrit\w*|edit(?:s|ed)?|execut\w*|geandert|andert|verander[nt]|veranderet?|beruhrt|angefasst|geschrieben|"
    r"cambi\w*|toca\w*|escrib\w*|altera\w*|touche\w*|ecrit\w*|ecrire|mexe\w*)$"
)
_STAY = re.compile(
    r"^(?:keeps?|kept|preserv\w*|retain\w*|stays?|remain\w*|surviv\w*|intact|untouched|alone|bleib\w*|erhalten|behal\w*|unberuhrt|conserv\w*|mantien\w*|mantem|intact[eoa]s?|"
    r"permanec\w*|queda\w*|reste\w*|gard\w*)$"
)
_GOODS = re.compile(
    r"^(?:data|content\w*|files?|rows?|records?|messages?|mails?|orders?|events?|uploads?|results?|settings?|configuration|history|queue\w*|values?|documents?|jobs?|backups?|"
    r"daten|nachrichten|dateien|inhalte|auftrage|bestellungen|befunde|datos|mensajes|pedidos|archivos|donnees|fichiers|dados|mensagens|arquivos|everything|alles|todo|tout|anything|nichts|rest|others?)$"
)
_OUTAGE = re.compile(
    r"^(?:down-?time|outages?|interrupt\w*|impact\w*|disrupt\w*|notic\w*|affect\w*|disconnect\w*|ausfall\w*|unterbrech\w*|unterbrochen|merkt|merken|bemerkt|beeintrachtig\w*|cort\w*|caidas?|"
    r"interrup\w*|nota[rn]?|afecta\w*|coupure\w*|parada|queda)$"
)
_RESTART = re.compile(
    r"^(?:re-?start\w*|re-?load\w*|re-?boot\w*|re-?deploy\w*|neustart\w*|reinici\w*|redemarr\w*)$"
)
_AT_ONCE = re.compile(
    r"\b(?:at once|immediately|instantly|right away|straight ?away|on the fly|from (?:now|then|that moment) on|as soon as|without further ado|sofort|umgehend|unmittelbar|ab jetzt|"
    r"al momento|al instante|de inmediato|inmediatamente|enseguida|immediatement|aussitot|tout de suite|imediatamente|na hora|already uses?|(?<=[a-z] )now|(?<=[a-z] )(?:jetzt|nun|ahora|maintenant|agora)|picked up (?:automatically|by itself)|picks? (?:it|them|this) up (?:by itself|automatically|within seconds))\b"
)
_IN_FORCE = re.compile(
    r"^(?:effect\w*|active|valid|force|live|us(?:e|es|ed|ing)|read|reads|serv\w*|larger|bigger|free|freed|available|appl\w+|tak(?:e|es|en)|true|see|sees|seen|work\w*|known|wirk\w*|gilt|gelten|gultig|aktiv|verwendet|"
    r"benutzt|ubernommen|gelesen|usa\w*|utiliz\w*|toma\w*|lee\w*|efecto|aplica\w*|vigor|effectif|utilise\w*|pris|prise|vale|passa|picks?|picked)$"
)
_SAFE = re.compile(
    r"\b(?:safe to (?:run|repeat|use|do)|(?:completely|perfectly|always|quite|totally) safe|(?:is|are) (?:safe|harmless|reversible)|harmless|no side[- ]effects?|can (?:always |easily )?be (?:undone|taken back|reverted|repeated)|"
    r"ungefahrlich|gefahrlos|harmlos|unkritisch|unbedenklich|inofensiv[oa]|sin (?:riesgo|peligro)|no es peligroso|sans (?:risque|danger)|sem risco|inoffensi\w+|any ?time|jederzeit)\b"
)
_ONLY = re.compile(
    r"\b(?:only|just|merely|simply|nur|lediglich|bloss|solo|solamente|unicamente|seulement|uniquement|apenas|somente) (?:(?:for|the|to) )?"
    r"(?:lists?|shows?|prints?|displays?|reads?|looks?|reports?|checks?|simulat\w+|counts?|counting|asks?|looking|reading|tells?|information\w*|anzeig\w*|zeigt|liest|gelesen|listet|pruft|lesend|muestra|lista|lee|consulta|affiche|liste|lit|mostra|le)\b|"
    r"\b(?:is|are) (?:\w+ )?read[- ]only\b|\(read[- ]only\b|^(?:is )?read[- ]only\b|\bnur lesend\b|\b(?:solo|de) lectura\b|\blecture seule\b|\bsomente leitura\b|"
    r"\b(?:first )?(?:a )?(?:dry[- ]run|preview|rehearsal)(?: first|:|$)|^(?:dry[- ]run|trockenlauf|simulacro)\b|\b(?:zeigt|listet|liest) nur\b|\btrockenlauf\b"
)
# What was, what is left out of it, and what comes if it is not done: "nothing younger than 14 days is removed", "the ids were
# kept", "otherwise nothing can be written".
_NOT_A_PROMISE = re.compile(
    r"^(?:was|were|had|been|noted|ete|wurde|wurden|fue|fueron|foi|younger|older|newer|except|other|else|otherwise|sonst|ansonsten|andernfalls|sinon|senao)$"
)
_WORD = re.compile(r"[a-z][a-z'-]*")
_CLAUSE = re.compile(r"[,;:()]| but | aber | sondern | pero | mais | mas | and then ")
_NEAR = 6  # words between a negation and what it denies


@lru_cache(maxsize=2048)
def promised(text: str) -> tuple[tuple[Promise, str], ...]:
    """What each sentence of a text promises, with the sentence.

    >>> [p.name for p, _ in promised("Nothing is lost by that, and nobody notices.")]
    ['KEEPS', 'SERVES']
    """
    return tuple([(promise, said) for said in sentences(text) for promise in _of(said)])


def _of(said: str) -> list[Promise]:
    found: list[Promise] = []
    if _ONLY.search(said):
        found.append(Promise.LOOKS)
    if _SAFE.search(said):
        found.append(Promise.HARMLESS)
    for clause in _CLAUSE.split(said):
        words = _WORD.findall(clause)
        if any(map(_NOT_A_PROMISE.match, words)):
            continue
        denied = [place for place, word in enumerate(words) if _NOT.match(word)]
        if _near(words, denied, _LOSE) or (
            not denied and any(map(_STAY.match, words)) and any(map(_GOODS.match, words))
        ):
            found.append(Promise.KEEPS)
        if _near(words, denied, _TOUCH):
            found.append(Promise.LOOKS if _all_of_it(words) else Promise.KEEPS)
        if _near(words, denied, _OUTAGE):
            found.append(Promise.SERVES)
        if _near(words, denied, _RESTART):
            found.append(Promise.AT_ONCE)
        if _AT_ONCE.search(clause) and not denied and any(map(_IN_FORCE.match, words)):
            found.append(Promise.AT_ONCE)
    return list(dict.fromkeys(found))


def _near(words: list[str], denied: list[int], wanted: re.Pattern[str]) -> bool:
    """Whether what is denied is one of these: "no message is lost", "verliert nichts", "not lost"."""
    return bool(denied) and any(
        wanted.match(word) is not None and any(at - 2 <= place <= at + _NEAR for at in denied)
        for place, word in enumerate(words)
    )


_ELSEWHERE = frozenset("on in at auf bei im am en sur dans em no na".split())
_THIS = frozenset("this that these it all any diese dieser diesem esta este cette isto esta".split())


def _all_of_it(words: list[str]) -> bool:
    """Whether it is nothing at all that is denied, and not one thing, or things of one place ("nothing on the primary")."""
    at = next((place for place, word in enumerate(words) if word in _NOTHING_AT_ALL), None)
    if at is None or (at + 1 < len(words) and words[at + 1] in _OTHERS_DO):
        return False  # "nothing writes to it now" is what was reached, no promise
    place = next((place for place in range(at + 1, len(words)) if words[place] in _ELSEWHERE), None)
    return place is None or place + 1 >= len(words) or words[place + 1] in _THIS


_OTHERS_DO = frozenset(
    "else writes touches uses connects reads schreibt benutzt escribe usa ecrit utilise".split()
)
_NOTHING_AT_ALL = frozenset("nothing anything nichts etwas nada algo rien".split())
