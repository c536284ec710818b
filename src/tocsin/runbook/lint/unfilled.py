"""TOC101 and TOC403 by how a hole is written: left for somebody to fill in, promised for later, or taken over from an example."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

# A word of a command, or a part of one, that asks its reader for something: YOUR_PROJECT, host-XX, HOSTNAME_EINTRAGEN.
_ASKS_READER = re.compile(
    r"(?<![A-Za-z\d])(?:(?:your|YOUR|Your|IHR|DEIN|VOTRE|TON|TU|SU|SEU|VUESTRO|UW)[-_][A-Za-z][\w-]*|your(?:server|host|domain|company|cluster|project|org|db|database|app|name|user|team|site)\w*|"
    r"CHANGE[-_]?ME|change[-_]?me|REPLACE[-_]?(?:ME|THIS|WITH)\w*|replace[-_]?me|FILL[-_]?(?:ME|IN)\w*|INSERT[-_]\w+|\w+[-_]HERE|TODO|FIXME|PLACEHOLDER|"
    r"(?:PON|PONER|INSERTE|METTRE|METTEZ|INSERIR)[-_](?:AQUI[-_]|ICI[-_])?\w+|(?:HIER|AQUI|ICI)[-_]\w+|\w+[-_](?:AQUI|ICI|EINTRAGEN|EINSETZEN|AUSFUELLEN|ANPASSEN)|A[-_](?:REMPLIR|COMPLETER|REMPLACER)|\w+[-_]A[-_](?:REMPLIR|COMPLETER|REMPLACER)|(?:REEMPLAZAR|RELLENAR|SUBSTITUIR|PREENCHER)\w*)(?![A-Za-z\d])|"
    r"(?<=[a-z\d][-.])(?:X{2,4}|N{2,4}|x{3,4})(?=[-.:/]|$)|(?<=[a-z])(?:XX|NN)(?=\.)|"
    r"(?<![\w.])(?=[\dxX.]*[xX])(?:\d{1,3}|[xX]{1,3})(?:\.(?:\d{1,3}|[xX]{1,3})){3}(?![\w.])"
)
# One of these is in every text the pattern finds, casefolded.
_READER_SIGNS = (
    "your", "ihr_", "ihr-", "dein", "votre", "ton_", "ton-", "tu_", "tu-", "su_", "su-", "seu_", "vuestro", "uw_", "change", "replace", "fill", "insert", "here", "todo", "fixme",
    "placeholder", "eintragen", "einsetzen", "ausfuellen", "anpassen", "remplir", "completer", "remplacer", "reemplazar", "rellenar", "pon_", "poner", "inserte", "mettre", "mettez", "inserir", "hier", "aqui", "ici", "substituir", "preencher", "xx", "nn", ".x",
)  # fmt: skip
_WRITES_WORDS = frozenset(
    "echo printf grep egrep rg sed awk mktemp git date tr jq cat wall logger say read tee".split()
)
_CARRIERS = frozenset({"ssh", "sh", "bash", "sudo"})


def asks_its_reader(view: View) -> Iterator[Diagnostic]:
    """TOC101: a word of a command that somebody has to replace, and nothing says by what."""
    folded = view.text.casefold()
    if not any(map(folded.__contains__, _READER_SIGNS)):
        return
    for _, line, action, command in view.commands():
        if command.name in _WRITES_WORDS or (
            command.wrapper is None
            and command.name in _CARRIERS
            and len(command.plain) > 1
            and " " in command.args[-1]
        ):
            continue  # fmt: skip
        for word in command.args:
            found = _ASKS_READER.search(word) if len(word) < _LONGEST and " " not in word else None
            if found is None or _explained(view, line, found[0]):
                continue
            message = f"{word[:60]} has to be filled in and nothing says with what."
            at = max(action.text.find(word), command.start)
            yield view.at("TOC101", line, action, at, message, blocks=False, level=Level.WARNING)
            break


_LONGEST = 200  # characters of a word


def _explained(view: View, line: Line, word: str) -> bool:
    """Whether a sentence speaks of the word: "Replace YOUR_PROJECT by the project of the alert"."""
    return any(raw.number != line.step.span.first_line for raw in view.prose_with((word,)))


_IDS = re.compile(r"^(?P<base>[a-z]+(?:_[a-z]+)*?)_(?:id|uuid|guid|arn|uid)$")
_TELLS_IDS = re.compile(
    r"\b(?:ids?|uuids?|guids?|arns?|uids?|list\w*|show\w*|describe\w*|get|select|ls|labels?|named?|names|number\w*|listado|lista|liste\w*|nombre|nummer\w*|name\w*)\b"
)


def unread_ids(view: View) -> Iterator[Diagnostic]:
    """TOC101: the id of a thing, in the place of a value, that no line above names, lists or explains."""
    for _, line in view.lines():
        for hole in line.step.placeholders if line.step.actions else ():
            found = _IDS.match(hole.name)
            spelling = hole.spellings[0] if hole.spellings else hole.name
            if found is None or hole.offered_by or hole.default is not None or spelling[:1] not in "<{[":
                continue
            action = next((a for a in line.step.actions if spelling in a.text), None)
            base = found["base"].split("_")[-1]
            if action is None or any(
                _tells(raw, base) for raw in view.lines_of(1, action.span.first_line - 1)
            ):
                continue
            message = f"{spelling} has to be filled in and nothing before it says from where."
            at = action.text.find(spelling)
            yield view.at("TOC101", line, action, at, message, blocks=False, level=Level.WARNING)


def _tells(raw: RawLine, base: str) -> bool:
    told = raw.text.casefold()
    return base in told and _TELLS_IDS.search(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", raw.text))) is not None


# A sentence in the place of the one that is to be written.
_TO_BE_WRITTEN = re.compile(
    r"(?<![\w`])(?:TODO|FIXME|XXX)\b(?!\s*(?:list|app|board|comment)s?\b)|^\W*(?:\d{1,2}[.)]\W*)?(?:TBD|TBA|T\.B\.D\.)(?=\W|$)|(?<![?\w])\?{3,}(?!\?)|(?i:"
    r"[(\[<]\s*(?:please )?(?:insert|add|fill in|put|paste|enter)\b[^)\]>`]{0,50}\b(?:here|link|url|dashboards?|screenshot|names?|numbers?|commands?|details|steps?)\b[^)\]>`]{0,30}[)\]>](?!\()|"
    r"\b(?:links?|urls?|details|steps?|screenshots?|commands?|procedure|section|instructions|description|diagram)\s+(?:(?:is|are|still|will be)\s+)*(?:to follow|to come|coming soon|goes? here|to be (?:added|written|defined|documented|completed|described))\b|"
    r"\b(?:this|it|still|yet|needs?|has|have)\b[^.`]{0,20}\bto be (?:written|documented|described|filled in|fleshed out)\b|\blorem ipsum\b|"
    r"\b(?:folgt noch|noch zu (?:erg[aä]nzen|beschreiben|dokumentieren|kl[aä]ren)|wird (?:noch )?nachge(?:reicht|tragen)|hier (?:\w+ ){0,3}einf[uü]gen|noch ausf[uü]llen)\b|"
    r"(?<!\w)(?:[àa] (?:compl[eé]ter|r[eé]diger|documenter|d[eé]finir)|por (?:completar|escribir|documentar|definir)|a (?:preencher|documentar|completar))(?!\w))"
)
_WRITING_SIGNS = (
    "???",
    "todo", "fixme", "xxx", "tbd", "tba", "t.b.d", "insert", "add", "fill in", "put", "paste", "enter", "to follow", "to come", "coming soon", "here", "to be ", "lorem", "folgt", "noch",
    "nachge", "hier", "compléter", "completer", "rédiger", "documenter", "définir", "definir", "por ", "preencher", "documentar", "completar",
)  # fmt: skip
_OF_PEOPLE = re.compile(
    r"\b(?:owner|contact|phone|on-?call|team|name|tel|manager|lead|hotline|verantwortlich|responsab\w*)\b"
)


def unwritten(view: View) -> Iterator[Diagnostic]:
    """TOC101: a step, a link or a paragraph that is still to be written."""
    told = {contact.span.first_line for contact in view.book.policy.contacts}
    for raw in view.prose_saying(_WRITING_SIGNS):
        found = _TO_BE_WRITTEN.search(raw.text)
        if found is None or raw.number in told or raw.text[: found.start()].count("`") % 2:
            continue  # fmt: skip
        if raw.text.lstrip().startswith(("#", ">")) or (
            _OF_PEOPLE.search(fold(raw.text)) and "TODO" not in found[0]
        ):
            continue  # of people is told as TOC403
        message = f'"{plain(raw.text.strip())[:60]}" is still to be written: nobody can follow it.'
        yield view.remark("TOC101", raw.span, message, level=Level.WARNING, column=found.start() + 1)


_NUMBER_WITH_X = re.compile(
    r"(?<![\w.])(?:\+|\()?\d{1,4}\)?(?:[ ()/.-]{1,2}\d{1,4}){0,3}[ ()/.-]{1,2}[xX]{2,4}(?:[ ()/.-]{1,2}[xX\d]{2,4})*(?![\w])"
)
_CALLED = re.compile(
    r"\b(?:phone|call|tel|telefon\w*|telephone|hotline|mobile|cell|number|contact|dial|pager?|sms|reach|support|owner|rufnummer|anruf\w*|rufen|telefono|llamar|appeler|ligar)\b|☎|📞"
)


def numbers_with_x(view: View) -> Iterator[Diagnostic]:
    """TOC403: a telephone number of which only the beginning is known: "+41 44 xxx xx xx"."""
    for raw in view.prose_saying(("xx",)):
        found = _NUMBER_WITH_X.search(raw.text)
        if found is not None and (found[0].startswith("+") or _CALLED.search(fold(raw.text))):
            message = f'"{found[0].strip()}" is no number: nobody can be called there.'
            yield view.remark("TOC403", raw.span, message, column=found.start() + 1)


_HOST = re.compile(r"(?:https?://|@|\bssh\s+(?:-\S+\s+)*)(?:[\w.-]+@)?((?:[a-z\d-]+\.)+[a-z]{2,10})\b")
_OF_EXAMPLES = re.compile(r"(?:^|\.)(?:example|yourdomain|mydomain|domain)\.(?:com|org|net|edu|io|tld)$")


def example_addresses(view: View) -> Iterator[Diagnostic]:
    """TOC101: one command asks a host of the examples, where several others ask hosts of one real domain."""
    if not view.says(("example.", "domain.")):
        return
    asked = [
        (line, action, found)
        for _, line in view.lines()
        for action in line.step.actions
        for found in _HOST.finditer(action.text)
    ]
    odd = [each for each in asked if _OF_EXAMPLES.search(each[2][1])]
    own = Counter(_domain(found[1]) for _, _, found in asked if not _OF_EXAMPLES.search(found[1]))
    if len(odd) != 1 or not own or own.most_common(1)[0][1] < _SEVERAL:
        return
    line, action, found = odd[0]
    if view.whole.count(_domain(found[1])) > 1:
        return  # this is how the document calls the team's own domain
    message = f"{found[1]} is an address of examples; the others are of {own.most_common(1)[0][0]}."
    yield view.at("TOC101", line, action, found.start(1), message, blocks=False, level=Level.WARNING)


_SEVERAL = 2  # commands


def _domain(host: str) -> str:
    """The last two labels of the name of a host."""
    return ".".join(host.split(".")[-2:])


_FROM_ABOVE = re.compile(
    r"\b(?:the|this|that|your) (?P<what>(?:[a-z-]+ ){0,2}?(?P<noun>ids?|uuid|token|revision|hash|offset|pid|arn|digest|fingerprint|serial)) "
    r"(?:from above|noted (?:above|earlier|before)|(?:that )?you (?:noted|wrote down|copied|saved|got|found)(?: above| earlier| before)?|from (?:the )?(?:previous|last|earlier) (?:step|section|command))\b"
)


def taken_from_nowhere(view: View) -> Iterator[Diagnostic]:
    """TOC101: "the request id from above", where nothing above names any."""
    for raw in view.prose_saying(("from above", "noted ", "you ", "from the ", "from previous", "from last")):
        found = _FROM_ABOVE.search(fold(plain(raw.text)))
        if found is None:
            continue
        noun = re.compile(
            rf"(?<![a-z]){found['noun'].rstrip('s')}s?(?![a-z])|{found['noun'].rstrip('s').capitalize()}s?\b"
        )
        if any(
            noun.search(other.text if other.fenced else fold(other.text))
            for other in view.lines_of(1, raw.number - 1)
        ):
            continue
        message = f'"{found["what"]}" is taken from above, and nothing above names any.'
        yield view.remark("TOC101", raw.span, message, level=Level.WARNING)


RULES = (asks_its_reader, unread_ids, unwritten, numbers_with_x, example_addresses, taken_from_nowhere)
