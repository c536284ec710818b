"""TOC404 and TOC401 by what a sentence points at: a table or a figure that is not there, a link without its target, a day that is over."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy.text import day
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_TABLE = "table|matrix|tabelle|tabla|tableau|tabela"
_FIGURE = "diagram|figure|screenshot|picture|flow ?chart|drawing|diagramm|abbildung|bild|schaubild|diagrama|figura|captura|schema|diagramme"
_POINTED = re.compile(
    rf"\b(?P<what>{_TABLE}|{_FIGURE})\s+(?P<way>below|above|unten|oben|abajo|arriba|de abajo|de arriba|ci-dessous|ci-dessus|siguiente|suivante?|abaixo|acima)\b|"
    rf"\b(?:the )?(?P<way2>following|folgende[rnms]?|nachstehende[rnm]?|untenstehende[rnm]?)\s+(?P<what2>{_TABLE}|{_FIGURE})\b"
)
_UPWARDS = frozenset({"above", "oben", "arriba", "de arriba", "ci-dessus", "acima"})
_OF_DATABASES = re.compile(
    r"\b(?:drop|truncate|sql|database|rows|columns?|vacuum|partition|index|ip ?tables|routing)\b"
)
_TABLES, _FIGURES = (
    re.compile(_TABLE),
    re.compile(
        r"!\[|<img\b|\[[^\]]+\]\([^)]+\.(?:png|svg|jpe?g|gif|pdf|drawio)|mermaid|plantuml|graphviz",
        re.IGNORECASE,
    ),
)


def pointed_at(view: View) -> Iterator[Diagnostic]:
    """TOC404: "in the order of the table below", and there is no table below."""
    for raw in view.prose_saying(
        (
            "below",
            "above",
            "follow",
            "unten",
            "oben",
            "folgend",
            "nachstehend",
            "abajo",
            "arriba",
            "siguiente",
            "dessous",
            "dessus",
            "suivant",
            "abaixo",
            "acima",
        )
    ):
        if raw.text.lstrip().startswith(("#", "|")):
            continue
        found = _POINTED.search(fold(plain(raw.text)))
        if found is None or _OF_DATABASES.search(fold(raw.text)):
            continue
        what, way = found["what"] or found["what2"], found["way"] or ""
        upwards = way in _UPWARDS
        if not _there(view, raw, upwards, _TABLES.fullmatch(what) is not None):
            message = f"There is no {what} {'above' if upwards else 'below'}: the reader looks for what is not there."
            yield view.remark("TOC404", raw.span, message)


def _there(view: View, raw: RawLine, upwards: bool, table: bool) -> bool:
    """Whether a table or a picture stands on that side of a line; a fence may hold either."""
    place = view.place_of(raw.number)
    lines = view.raw[:place] if upwards else view.raw[place + 1 :]
    drawn = any(
        r.fenced and r.language in ("", "text", "mermaid", "plantuml", "dot", "ascii", "csv") for r in lines
    )
    if table:
        return drawn or any(
            r.text.lstrip().startswith("|")
            or "<table" in r.text
            or r.text.count("|") >= 2
            or r.text.startswith("+--")
            for r in lines
        )
    return drawn or any(_FIGURES.search(r.text) for r in lines)


_BY_NAME = re.compile(r"(?<![!\\\]])\[(?P<text>[^\]\[`]{2,80})\]\[(?P<name>[^\]\[`]{0,60})\]")
_DEFINED = re.compile(r"\s{0,3}\[([^\]]+)\]:\s*\S")


def links_without_target(view: View) -> Iterator[Diagnostic]:
    """TOC404: `[the guide][pki]` without a line `[pki]: https://…`."""
    if "][" not in view.whole:
        return
    defined = {found[1].casefold() for raw in view.prose if (found := _DEFINED.match(raw.text)) is not None}
    for raw in view.prose_with(("][",)):
        for found in _BY_NAME.finditer(re.sub(r"`[^`]*`", lambda m: " " * len(m[0]), raw.text)):
            name = (found["name"] or found["text"]).casefold()
            if name not in defined:
                message = f"[{found['text']}][{found['name']}] leads nowhere: no line says what {found['name'] or found['text']} is."
                yield view.remark("TOC404", raw.span, message, column=found.start() + 1)


_UNTIL = re.compile(
    r"\b(?:until|till|up to and including|valid (?:until|through|to)|expires?(?: on)?|expiring(?: on)?|ends on|only to|gilt bis|bis(?: zum| einschliesslich)?|gultig bis|lauft (?:am )?|hasta(?: el)?|valido hasta|caduca(?: el)?|jusqu'au|valable jusqu'au|expire le|ate(?: o dia)?)\s+(?:the\s+)?(?:end of\s+)?(?P<day>[a-z\d][\w.,/ -]{5,22})"
)
_PAST = re.compile(
    r"\b(?:was|were|had|lasted|happened|incident|outage|post-?mortem|between|changed|since|from|history|review\w*|war|waren|dauerte|wurde|seit|von|fue|duro|desde|etait|dura|depuis|du|de)\b|\d{4}-\d\d-\d\d.*\d{4}-\d\d-\d\d"
)
_TELLING = {Role.REFERENCES, Role.POST_INCIDENT, Role.SYMPTOMS, Role.IMPACT}


def over(view: View) -> Iterator[Diagnostic]:
    """TOC401: "Until 30 June use the old driver", and June is over."""
    for raw in view.prose_saying(
        ("until", "till", "valid", "expir", "bis ", "hasta", "jusqu", "caduca", "ends on", "até", "läuft")
    ):
        told = fold(plain(raw.text))
        found = _UNTIL.search(told)
        if (
            found is None
            or raw.text.lstrip().startswith("#")
            or _PAST.search(told[: found.start()] + told[found.end() :])
        ):
            continue
        last = day(found["day"])
        if last is None or last >= view.today:
            continue
        section = next(
            (s for s in reversed(view.sections) if s.heading_line <= raw.number <= s.span.last_line), None
        )
        if section is not None and section.roles & _TELLING:
            continue
        message = f"This held until {last.isoformat()}, {(view.today - last).days} days ago: what holds now stands nowhere."
        yield view.remark("TOC401", raw.span, message)


_CHECKED = re.compile(
    r"\b(?:check\w*|review\w*|revis\w*|verif\w*|validated|gone through|gepruft|uberpruft|durchgesehen|verifie\w*|relu\w*)\b[^.;]{0,25}?\b(?:once a (?P<unit>week|month|quarter|year)|every (?P<each>week|month|quarter|year)|(?P<adverb>weekly|monthly|quarterly|yearly|annually)|twice a (?P<half>year)|"
    r"einmal (?:im|pro) (?P<de>jahr|monat|quartal)|jahrlich|una vez al (?P<es>ano|mes)|une fois par (?P<fr>an|mois))"
)
_DAYS_OF = {"week": 7, "weekly": 7, "month": 31, "monthly": 31, "monat": 31, "mes": 31, "mois": 31, "quarter": 92, "quarterly": 92, "quartal": 92}  # fmt: skip
_YEAR, _GRACE = 366, 31  # days


def not_checked_again(view: View) -> Iterator[Diagnostic]:
    """TOC401: "Version of 3 May 2024, checked once a year", two years later."""
    if view.book.policy.review.next_review is not None:
        return
    for raw in view.prose_saying(
        (
            "check",
            "review",
            "revis",
            "verif",
            "valid",
            "gone through",
            "gepr",
            "überpr",
            "durchges",
            "vérif",
            "relu",
        )
    ):
        told = fold(plain(raw.text))
        found, last = _CHECKED.search(told), day(told)
        if found is None or last is None or raw.text.lstrip().startswith(("#", "|")):
            continue
        unit = next(filter(None, found.groups()), "year")
        often = 183 if found["half"] else _DAYS_OF.get(unit, _YEAR)
        late = (view.today - last).days - often
        if late > _GRACE:
            yield view.remark(
                "TOC401", raw.span, f"By its own words this was to be looked at again {late} days ago."
            )


_NUMBERED = re.compile(
    r"\b(?P<what>figure|fig\.|diagram|picture|screenshot|abbildung|abb\.|bild|figura|schema) (?P<n>\d{1,2})\b"
)


def figures_by_number(view: View) -> Iterator[Diagnostic]:
    """TOC404: "in the order of figure 3", in a document that shows nothing."""
    if _FIGURES.search(view.whole) or "](http" in view.whole:
        return
    for raw in view.prose_saying(
        (
            "figure ",
            "fig. ",
            "diagram ",
            "picture ",
            "screenshot ",
            "abbildung ",
            "abb. ",
            "bild ",
            "figura ",
            "schema ",
        )
    ):
        found = _NUMBERED.search(fold(plain(raw.text)))
        if found is None or raw.text.lstrip().startswith("#"):
            continue
        named = re.compile(rf"\b{re.escape(found['what'])} {found['n']}\b")
        if sum(named.search(fold(other.text)) is not None for other in view.prose) == 1:
            message = f"There is no {found['what']} {found['n']} in this document."
            yield view.remark("TOC404", raw.span, message)


RULES = (pointed_at, links_without_target, over, not_checked_again, figures_by_number)
