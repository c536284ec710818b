"""An escalation told in a sentence: "Escalate to Ana (+43 …) after 15 min, to the CTO after 30 min".

Teams without a section for it say in one line who comes after whom. Asked only where no section has levels of its own.
Source: runbook-language, section 10.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.people import contact, linked
from tocsin.runbook.policy.terms import Contact, EscalationLevel
from tocsin.runbook.policy.text import Part, duration
from tocsin.runbook.words.instructions import is_instruction
from tocsin.runbook.words.wording import fold


@dataclass(frozen=True, slots=True)
class Rung:
    """Somebody in the order they are called: who, after what time (None: not said), how to reach them, the words."""

    who: str
    after: timedelta | None
    reach: str | None
    text: str


_CALLED_SO = re.compile(
    r"^\W*(?:escalation(?: path| order| chain| policy)?|call (?:chain|order|tree)|whom?(?: (?:to|do we|we) call)?|eskalation(?:sweg|skette|sstufen)?|wer|escalamiento|escalacion|"
    r"escalonamento|escalade|quien|qui)\s*:\s*"
)
_ESCALATE = re.compile(
    r"\b(?:escalate|eskalier(?:en|e|t)?|escalar|escale[rz]?|escalader)\b(?:(?: (?!(?:to|if|when)\b)\w{1,12}){0,3}?(?=\s+(?:after|nach|tras|apres|apos)\s+\d)|(?=\s+(?:(?:first\s+)?to|an|a|al|au|aux|ao|a la|vers)\b))"
)
_NOBODY = re.compile(
    r"\b(?:if|when|wenn|falls|si|se|quand)\b[^.:,]{0,30}?\b(?:(?:nobody|no ?one|niemand|keiner|nadie|ninguem|personne)\b|"
    r"no (?:ack\w*|answer|response|reply|reaction|one)\b|keine (?:antwort|reaktion|ruckmeldung)\b|sin respuesta\b|sans reponse\b|sem resposta\b|"
    r"(?:does ?n.?t|does not|do not|don.?t|nicht|no|nao|ne) (?:ack\w*|answer\w*|respon\w*|repl\w*|pick\w* up|react\w*|antwort\w*|reagier\w*|contest\w*|atend\w*|repond\w*))"
    r"[^.:,]{0,40}?(?:[:,]\s*|\s(?=(?:page|call|ring|phone|notify|wake|escalate to) ))"
)
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_NEXT = re.compile(
    r"\s*(?:→|->|=>|»|>|;)\s*"
    r"|,\s*(?:and |und |y |e |et )?(?=(?:then|after|to|nach|dann|danach|an|tras|despues|luego|a los|al|puis|apres|ensuite|depois|apos|em seguida|ao?)\b)"
    r"|\s+(?:and )?(?=then\b|dann\b|danach\b|luego\b|puis\b|depois\b)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:\b(?:after|within|in|nach|binnen|tras|despues de|a los|apres|au bout de|depois de|apos|en)\s+)?(?:another |further |weiteren |otros |outros )?"
    r"(?:\d+(?:[.,]\d+)?\s*-?(?:s|sec\w*|seg\w*|sek\w*|min\w*|m|h|hours?|hrs?|horas?|heures?|stunden?|std)\b|(?:two|three|five|ten|fifteen|twenty|thirty|sixty|zwei|drei|funf|zehn|funfzehn|zwanzig|dreissig) (?:min\w*|hours?|stunden?)|(?:a )?quarter of an hour|(?:einer )?viertelstunde|half an hour|an hour|einer stunde|media hora|une heure)"
    r"(?:\s+(?:after|later|without|spater|danach|despues|sin|sans|sem|ohne)\b.*)?",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^\W*(?:(?:then|and|dann|danach|und|luego|puis|ensuite|depois|to|an|a|al|au|aux|ao|on|page|call|notify|wake|ring|inform|escalate|eskalier\w*|escalar|escaler|first|zuerst|"
    r"the|den|die|das|der|dem|le|la|les|el|los|o|os|as)\s+)*",
    re.IGNORECASE,
)
# "if they have not acknowledged after ten minutes page Bo": whom, without the case
_UNHEARD = re.compile(
    r"^\W*(?:and |then |und |dann )*(?:if|when|wenn|falls)\b.*?\b(?:page|call|ring|phone|notify|wake)\s+",
    re.IGNORECASE,
)
_REACH = re.compile(
    r"(?:\+|\(0|\(\+)?\d[\d ()./-]{5,}\d|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)#[a-z][\w-]+", re.IGNORECASE
)
_MOST_WORDS = 7
_SENTENCE_END = re.compile(r"(?<=[a-zà-ÿ)\d\x00])[.!](?:\s|$)")


def told_escalation(parts: tuple[Part, ...]) -> tuple[EscalationLevel, ...]:
    """The levels of the first sentence outside the incidents that tells an order of people; none if there is none."""
    for span, rungs in _told(parts):
        levels = [
            EscalationLevel(number, rung.who, (rung.text,), None, (), span)
            for number, rung in enumerate(rungs, start=1)
        ]
        called = {number: rung.after for number, rung in enumerate(rungs, start=1) if rung.after is not None}
        return tuple(linked(levels, called))
    return ()


def told_contacts(parts: tuple[Part, ...]) -> tuple[Contact, ...]:
    """Those of such an order who are named with a number, an address or a channel, and those of a line "Contacts: …"."""
    found = [
        contact(rung.who, rung.reach, outside=False, span=span)
        for span, rungs in _told(parts)
        for rung in rungs
        if rung.reach is not None
    ]
    for span, line in _lines(parts):
        if (listed := _CONTACTS.match(fold(line))) is not None:
            for piece in _COMMA.split(line[listed.end() :]):
                reached = _REACH.search(piece)
                who = piece[: reached.start()].strip(" (:–—-`") if reached is not None else ""
                if reached is not None and len(who.split()) <= _MOST_WORDS:
                    found.append(contact(who or "Channel", reached[0], outside=False, span=span))
    return tuple(found)


_CONTACTS = re.compile(r"^\W*(?:contacts?|reach us|how to reach us|kontakte?|contactos?|contatos?)\s*:\s*")
_COMMA = re.compile(r"[,;](?![^()]*\))\s*|\s+(?:and|or|und|oder|y|o|et|ou)\s+|\.\s")


def _told(parts: tuple[Part, ...]) -> Iterator[tuple[Span, tuple[Rung, ...]]]:
    for span, line in _lines(parts):
        for sentence in (line, *_SENTENCES.split(line)[1:], _in_sentences(line)):
            if rungs := ladder(sentence):
                yield span, rungs
                break


def _lines(parts: tuple[Part, ...]) -> Iterator[tuple[Span, str]]:
    """The lines of what the sections outside the incidents say, each with its place."""
    for part in parts:
        if part.inside(Role.INCIDENT) and part.section.level > 1:
            continue
        for entry in part.entries():
            if entry.code or len(entry.text) > _LONGEST:
                continue
            for at, line in enumerate(entry.text.split("\n")):
                number = min(entry.span.first_line + at, entry.span.last_line)
                yield Span(entry.span.start, entry.span.end, number, number), line


_FIRST = re.compile(
    r"^\W*(?:at first|first(?:ly)?|to begin with|initially|zuerst|zunachst|primero|primeiro|d'abord)\s*[:,]?\s+(?:(?:we |you )?(?:page|call|ring|notify|phone)\s+)?(?=\w)"
)
_LATER = re.compile(
    r"^\W*(?:(?:then|and) )?(?:after|nach|tras|despues de|a los|apres|au bout de|depois de|apos)\s"
)


def _in_sentences(line: str) -> str:
    """A ladder that goes on from sentence to sentence ("First the on-call. After 15 minutes the lead.") as one; else ""."""
    if "." not in line:
        return ""
    first, *rest = (words.strip() for words in _SENTENCES.split(line))
    begins = _FIRST.match(fold(first))
    rungs = list(takewhile(lambda words: _LATER.match(fold(words)) is not None, rest))
    if not rungs or len(fold(first)) != len(first):
        return ""
    if begins is None:
        # "After 10 min without an answer: the lead. After 25 min: the CTO." takes for granted who is on call.
        timed = [words for words in (first, *rungs) if _BY_THEN.match(words)]
        if len(timed) != len(rungs) + 1:
            return ""
        return "Escalation: on-call; " + "; ".join(words.rstrip(". ") for words in timed)
    return "Escalation: " + "; ".join(words.rstrip(". ") for words in (first[begins.end() :], *rungs))


# "20 min → the lead", "After 10 min without an answer: the lead"
_BY_THEN = re.compile(
    r"((?:^|[:;,.])\s*)(?:(?:after|nach|tras|apres|apos) )?(\d{1,3} ?-?(?:min\w*|m|h|hours?|hrs?|stunden?|std|horas?|heures?))\.?(?:\s*(?:→|->|=>|⇒)|(?: (?:without|with no|ohne|sin|sans|sem)(?: [^\s:→]{1,20}){1,6})?\s*:)\s*",
    re.IGNORECASE,
)
_LONGEST = 1_000
_SENTENCES = re.compile(r"(?<=[.;!])\s+(?=[A-ZÀ-Þ])")


def ladder(text: str) -> tuple[Rung, ...]:
    """Who is called one after the other, as one sentence says it; empty if it does not.

    >>> [(rung.who, rung.after) for rung in ladder("Escalation: on-call → team lead after 15 min")]
    [('on-call', None), ('team lead', datetime.timedelta(seconds=900))]
    """
    told = fold(text)
    if len(told) != len(text):  # folding moved the places: the folded text is read as it is
        text = told
    body = _body(told)
    if body is None:
        return ()
    start, first = body
    sentence = text[start:]
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[1])
        return f"\x00{len(held) - 1}\x00"

    masked = _BY_THEN.sub(r"\1after \2 ", _PARENTHESES.sub(hold, sentence))
    end = _SENTENCE_END.search(masked)
    clauses = _NEXT.split(masked[: end.start()] if end else masked)
    rungs = [_rung(clause, held) for clause in clauses if clause.strip()]
    named = [rung for rung in rungs if rung is not None]
    if len(named) < len(rungs) or not named:
        return ()  # a part of it is no person: then it is another kind of sentence
    if first is None:
        if len(named) < 2:
            return ()
        # "Escalation: after 15 min the lead, …": until then it is whoever is on call.
        before = named[0].after is not None and _LATER.match(fold(named[0].text)) is not None
        return (Rung("On-call", None, None, text), *named) if before else tuple(named)
    if named[0].after is None:  # "If nobody answers within 10 min, page the lead"
        named[0] = replace(named[0], after=duration(told[:start]))
    if named[0].after is None:
        return ()
    return (Rung(first, None, None, text), *named)


def _body(told: str) -> tuple[int, str | None] | None:
    """Where the order begins, and whom it takes for granted: "Escalate to the lead" is said to whoever is on call."""
    if (found := _CALLED_SO.match(told)) is not None:
        rest = _NOBODY.match(told, found.end())
        return (rest.end(), "On-call") if rest is not None else (found.end(), None)
    if (found := _ESCALATE.search(told)) is not None and found.start() < 60:
        return found.end(), "On-call"
    if (found := _NOBODY.match(told)) is not None:
        return found.end(), "On-call"
    return None


def _rung(clause: str, held: list[str]) -> Rung | None:
    spoken = re.sub("\x00(\\d+)\x00", lambda found: f"({held[int(found[1])]})", clause)
    bare = re.sub("\x00\\d+\x00", " ", clause)
    when = _TIME.search(fold(bare)) if len(fold(bare)) == len(bare) else _TIME.search(bare)
    waited = next(
        (inside for inside in _PARENTHESES.findall(spoken) if _TIME.match(fold(inside.strip()))), None
    )
    limit = duration(when[0] if when is not None else waited or "")
    words = bare[: when.start()] + " " + bare[when.end() :] if when is not None else bare
    words = _UNHEARD.sub("", words, count=1)
    reached = _REACH.search(spoken)
    if reached is not None:
        words = words.replace(reached[0], " ")
    who = _LEAD.sub("", " ".join(words.split()) + " ").strip(" ,.;:–—-()`")
    who = who or (reached[0] if reached is not None else "")
    if not who or len(who.split()) > _MOST_WORDS or not re.search(r"[^\W\d_]{2}", who) or is_instruction(who):
        return None
    aside = next(
        (inside for inside in _PARENTHESES.findall(spoken) if reached is not None and reached[0] in inside),
        None,
    )
    return Rung(
        who, limit, aside or (reached[0].lstrip("(") if reached is not None else None), spoken.strip()
    )
