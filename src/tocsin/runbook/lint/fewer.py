"""TOC210: a sentence announces "both", "all three", "the four brokers", and what stands below it does fewer.

Three kinds of evidence, never the number alone: the commands below are alike and name fewer things than announced; the sentence
names the things and one of them is not below it; the document knows exactly as many of that kind as announced.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.deeds import OPPOSITES, alike
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "dois": 2, "duas": 2, "quatro": 4,
}  # fmt: skip
_SAID = re.compile(
    r"\b(?:(?P<both>both|beiden?|beider|ambos|ambas)|(?:all|the|these|our|each of|each of the|all the|alle|die|der|den|allen|los|las|les|os|as|todos los|todas las|tous les|toutes les)"
    rf" (?P<number>{'|'.join(_NUMBERS)}))\b(?!,? (?:minutes?|hours?|days?|weeks?|seconds?|times|steps?|commands?|lines?|options?|ways|cases?|points?|causes?|reasons?|conditions?|numbers?|values|figures|results?|first|last|checks?|following|sekunden|minuten|stunden|tage|mal|schritte|befehle|horas|minutos|dias|pasos|heures|jours|etapes))"
)
_SIGNS = ("both", "beide", "ambos", "ambas", *_NUMBERS, "fünf")
# What takes several at once, or leaves open which.
_WIDE = re.compile(
    r"\$|<[A-Za-z]|\{[\w.-]+(?:,|\.\.)|\[[\w-]+\]|(?<![/\w*'\"])\*|[\w@-]\*(?![/*])|\bfor \w+ in\b|\bxargs\b|\bparallel\b|(?<!\w)-l\b|--selector|--all\b|(?<!\w)-A\b|\bansible|\bpssh\b|\bpdsh\b|\bsalt\b|\w,\w|\bForEach|\|\s*%"
)
_PART = re.compile(
    r"\b(?:either|neither|one of|only|first|except|or|any of|unless|not both|between|difference|erst|zuerst|nur|eine[rs]? der|entweder|oder|solo|primero|d'abord|seulement|ou)\b"
)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+")
_CODE = re.compile(r"`([^`\n]+)`")
_FAR = 25  # lines below the sentence that are its block, and in which what is left out may still come
_NAMES = re.compile(r"[A-Za-z0-9][\w.@:/-]*")


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands right below a sentence: its commands, where its last one stands, and all code up to the next heading."""

    commands: tuple[str, ...]
    first: int
    last: int
    behind: str


def fewer_than_said(view: View) -> Iterator[Diagnostic]:
    """ "Restart both so that they read it" over one restart."""
    known: dict[str, list[str]] | None = None
    for raw in view.prose_saying(_SIGNS):
        said = _announced(raw)
        if said is None:
            continue
        words, wanted = said
        block = _below(view, raw)
        if block is None or any(map(_WIDE.search, block.commands)):
            continue
        if _as_many(block, wanted):
            continue
        known = _kinds(view) if known is None else known
        told = (
            _alike(block, wanted)
            or _named_in(raw.text, block, wanted)
            or _known_kind(known, block, wanted)
            or (_pair(view, raw, block) if wanted == 2 else None)
        )
        if told is not None:
            span = view.raw[view.place_of(block.last)].span
            message = f'The text says "{words}"; {told}.'
            yield view.remark("TOC210", span, message, level=Level.WARNING)


def _announced(raw: RawLine) -> tuple[str, int] | None:
    """The words of number and the number, if the line ends with that sentence and commands have to follow."""
    text = raw.text.strip()
    if text[:1] in "#|>" or not text.endswith((":", ".")):
        return None
    told = fold(plain(_ITEM.sub("", text)))
    sentence = re.split(r"(?<=[.!?])\s+", told)[-1]
    found = _SAID.search(sentence)
    if found is None or _PART.search(sentence) or sentence[: found.start()].endswith(" of "):
        return None
    return found[0], _NUMBERS.get(found["number"] or "", 2)


def _below(view: View, raw: RawLine) -> _Block | None:
    """The fence or the list right below a line."""
    at = view.place_of(raw.number) + 1
    near = view.raw[at : at + _FAR]
    blank = 0
    while blank < len(near) and not near[blank].text.strip():
        blank += 1
    rest = near[blank:]
    if blank > 1 or not rest:
        return None
    if rest[0].text.lstrip().startswith(("```", "~~~")):
        inside = _fence(rest)
    elif _ITEM.match(rest[0].text) and _indent(rest[0].text) >= _indent(raw.text) + bool(
        _ITEM.match(raw.text)
    ):
        inside = _items(rest)
    else:
        return None
    if not inside:
        return None
    last = inside[-1][0]
    behind: list[str] = []
    for other in view.raw[view.place_of(last) + 1 :][:_FAR]:
        if not other.fenced and other.text.startswith("#"):
            break
        behind.extend([other.text] if other.fenced else _CODE.findall(other.text))
    return _Block(tuple(text for _, text in inside), inside[0][0], last, "\n".join(behind))


def _fence(rest: tuple[RawLine, ...]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    joined = ""
    for raw in rest[1:]:
        if not raw.fenced:
            return found
        text = raw.text.strip().removeprefix("$ ")
        if text.endswith("\\"):
            joined += text[:-1]
            continue
        text, joined = (joined + text).strip(), ""
        if text and text[:1] != "#":
            found.append((raw.number, text))
    return []  # longer than what is looked at


def _items(rest: tuple[RawLine, ...]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for raw in rest:
        if not raw.text.strip():
            continue
        if not _ITEM.match(raw.text) or _indent(raw.text) < _indent(rest[0].text):
            break
        code = _CODE.search(raw.text)
        if code is None or " " not in code[1]:
            return []
        found.append((raw.number, code[1]))
    return found


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _slots(block: _Block) -> list[str]:
    """The words in which commands differ that are alike but for one; empty if they are not."""
    words = [command.split() for command in block.commands]
    if len(words) < 2 or len({len(each) for each in words}) != 1:
        return []
    apart = {place for each in words for place, word in enumerate(each) if word != words[0][place]}
    if len(apart) != 1:
        return []
    (place,) = apart
    return list(dict.fromkeys(each[place].strip("'\"") for each in words))


def _as_many(block: _Block, wanted: int) -> bool:
    """Whether the commands are as many as announced, one for each thing."""
    names = _slots(block)
    return len(names) >= wanted and _one_row(names)


def _alike(block: _Block, wanted: int) -> str | None:
    """Commands that differ in one word, fewer than announced."""
    names = _slots(block)
    # `status` and `restart` of one thing are no two things
    if 2 <= len(names) < wanted and _one_row(names):
        return f"these are {len(names)}: {', '.join(names)}"
    return None


def _one_row(names: list[str]) -> bool:
    """Whether names are numbered or lettered alike, or share a label."""
    bare = {re.sub(r"\d+|(?<=[-_.])[a-z](?![a-z])", "#", name) for name in names}
    return len(bare) == 1 or bool(set.intersection(*(set(re.split(r"[-_./@:]", name)) for name in names)))


def _has(name: str, text: str) -> bool:
    return name in text and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _missing(names: list[str], block: _Block) -> list[str]:
    """Those of some names that are not in the block, if others are; none if what follows has them."""
    text = "\n".join(block.commands)
    here = [name for name in names if _has(name, text)]
    left = [name for name in names if name not in here]
    return left if here and not any(_done_behind(name, block) for name in left) else []


_WORD = re.compile(r"(?<![\w./-])[A-Za-z][\w-]*(?![\w./])")


def _done_behind(name: str, block: _Block) -> bool:
    """Whether one of the next commands does with this thing what the block does with the others."""
    deeds = [set(_WORD.findall(command)) for command in block.commands]
    for text in block.behind.split("\n"):
        if _has(name, text):
            words = set(_WORD.findall(text))
            if any(len(words & deed) * 2 > len(deed) for deed in deeds):
                return True
    return False


def _named_in(text: str, block: _Block, wanted: int) -> str | None:
    """The sentence names as many in code as it announces."""
    names = [name for name in _CODE.findall(text) if _NAMES.fullmatch(name)]
    left = _missing(names, block) if len(names) == wanted else []
    return f"nothing below it touches {', '.join(left)}" if left else None


def _kinds(view: View) -> dict[str, list[str]]:
    """The names of each kind the code of the document knows: deployments, machines, values of one option."""
    out: dict[str, list[str]] = {}
    for raw in view.raw:
        if not raw.fenced and "`" not in raw.text:
            continue
        for text in (raw.text,) if raw.fenced else _CODE.findall(raw.text):
            for found in _KIND.finditer(text):
                name = (found["name"] or "").rpartition("@")[2]
                kind = found["option"] or found["kind"]
                kind = "deployment" if kind.startswith("deploy") else kind
                if _NAMES.fullmatch(name) and name not in out.setdefault(kind, []):
                    out[kind].append(name)
    return out


_KIND = re.compile(
    r"(?:(?P<option>--(?:[a-z-]*(?:name|-id)|queue|topic|service|function|cluster|instance|job|app|unit|host|node|pool|shard|region|stack|alias|index|bucket|member|zone))[ =]"
    r"|\b(?P<kind>(?:deployments?|deploy|statefulset|sts|daemonset|ds)(?=/)|ssh(?= )|systemctl (?:restart|reload|start|stop)(?= ))[/ ](?:-\S+ )*)[\"']?(?P<name>[\w.@:-]+)"
)


def _known_kind(known: dict[str, list[str]], block: _Block, wanted: int) -> str | None:
    """The document knows exactly as many of a kind as announced, and the block touches some of them."""
    for kind, names in known.items():
        if kind == "ssh" and not all(alike(names[0], name) for name in names[1:]):
            continue
        left = _missing(names, block) if len(names) == wanted else []
        if left:
            return f"nothing below it touches {', '.join(left)}"
    return None


_PAIR = re.compile(
    r"\b([a-z][a-z0-9]{1,20}) (?:and|und|y|et|e) (?:the |die |das |der |el |la |le )?([a-z][a-z0-9]{1,20})\b"
)
_VERBS = {
    *OPPOSITES,
    *(word for words in OPPOSITES.values() for word in words),
    "get",
    "set",
    "wait",
    "check",
}
_LABELS = re.compile(r"[A-Za-z0-9]+(?:[-_.@:/][A-Za-z0-9]+)+")


def _pair(view: View, raw: RawLine, block: _Block) -> str | None:
    """ "The key of api and www", and of `api.example.com` and `www.example.com` only one is below it."""
    here = _labels("\n".join(block.commands))
    later = _labels(block.behind)
    everywhere: set[str] | None = None
    for part in view.outline.around(raw.number)[-2:]:
        for other in view.lines_of(part.first, raw.number):
            if other.fenced or not any(map(other.text.__contains__, _ANDS)):
                continue
            for one, two in _PAIR.findall(fold(plain(other.text))):
                if _VERBS & {one, two} or (one in here) == (two in here):
                    continue
                left = two if one in here else one
                everywhere = _labels(view.text) if everywhere is None else everywhere
                if left in everywhere and left not in later and _counterparts(view.text, one, two):
                    return f"nothing below it touches {left}"
    return None


def _counterparts(text: str, one: str, two: str) -> bool:
    """Whether a name with one label stands in the commands as well with the other: `api-tls` and `www-tls`."""
    names = {name.lower() for name in _LABELS.findall(text)}
    labelled = (name for name in names if one in re.split(r"[-_.@:/]", name))
    return any(re.sub(rf"(?<![a-z0-9]){one}(?![a-z0-9])", two, name) in names for name in labelled)


_ANDS = (" and ", " und ", " y ", " et ", " e ")


def _labels(text: str) -> set[str]:
    """The labels of names with several: "api" of `api.example.com`."""
    return {part.lower() for name in _LABELS.findall(text) for part in re.split(r"[-_.@:/]", name)}


RULES = (fewer_than_said,)
