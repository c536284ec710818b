"""TOC210 and TOC203 among commands that are alike but for one name: one of a row twice, the row's label against its command, one left out.

Commands are compared as they are written, in fences, lists and tables, whatever their tool: who copies a line three times and
changes the name in two of them leaves exactly these traces.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.deeds import alike
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.told_rows import Told
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_CODE = re.compile(r"`([^`\n]+)`")


def _slot(one: list[str], other: list[str]) -> int | None:
    """The only place in which two commands differ."""
    if len(one) != len(other) or len(one) < 2:
        return None
    apart = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return apart[0] if len(apart) == 1 else None


def likes(view: View) -> Iterator[Diagnostic]:
    """Every row of commands, against its labels and against itself."""
    for row in view.told_rows:
        if len(row) < 3:
            continue
        yield from _one_twice(view, row)
        yield from _left_out(view, row)


_LOOKS = re.compile(
    r"(?<![\w-])(?:status|show|get|list|ls|describe|logs?|tail|head|cat|curl -fsS|ping|dig|grep|top|ps|df|du|sleep|watch|wait|is-active|check|test|health|info|stat|version|diff|echo)(?![\w-])"
)


_SENDS = re.compile(r"-X ?(?!GET|HEAD)[A-Z]+\b|--request[ =](?!GET|HEAD)|\s--?d(?:ata\S*)?\s")


def _looks(text: str) -> bool:
    return _LOOKS.search(text) is not None and _SENDS.search(text) is None


def _one_twice(view: View, row: list[Told]) -> Iterator[Diagnostic]:
    """The same command twice, where its siblings name another one each."""
    times = Counter(told.text for told in row)
    for text, count in times.items():
        if count != 2 or _looks(text):
            continue
        words = text.split()
        others = [told for told in row if told.text != text and _slot(told.text.split(), words) is not None]
        places = {_slot(told.text.split(), words) for told in others}
        if not others or len(places) != 1:
            continue
        (place,) = places
        first, again = (told for told in row if told.text == text)
        if place is None:
            continue
        values = [words[place], *(told.text.split()[place] for told in others)]
        if not all(map(alike, values[1:], [values[0]] * len(values[1:]))):
            continue
        told = _by_label(row, words, place, first, again) or _next_of_row(view, values, again)
        if told is not None:
            yield view.remark(
                "TOC210", view.raw[view.place_of(told[0].number)].span, told[1], level=Level.WARNING
            )


def _key(value: str, values: list[str]) -> str:
    """What tells a value from its siblings: "2" of `…/shards/2/reindex`."""
    parts = re.split(r"[-_./@:=]|(?<=[a-z])(?=\d)", value.strip("'\""))
    common = set.intersection(
        *(set(re.split(r"[-_./@:=]|(?<=[a-z])(?=\d)", each.strip("'\""))) for each in values)
    )
    return next((part for part in parts if part not in common), "")


def _by_label(
    row: list[Told], words: list[str], place: int, first: Told, again: Told
) -> tuple[Told, str] | None:
    """Of two equal commands the one whose label does not say what it names, where all other labels do."""
    siblings = [told for told in row if _slot(told.text.split(), words) == place or told.text == first.text]
    values = [told.text.split()[place] for told in siblings]

    def says(told: Told) -> bool:
        key = _key(told.text.split()[place], values)
        return (
            bool(key)
            and re.search(rf"(?<!\w){re.escape(key.lower())}(?!\w)", fold(plain(told.label))) is not None
        )

    unsaid = [told for told in siblings if not says(told)]
    if len(unsaid) != 1 or unsaid[0] not in (first, again) or len(siblings) < 3 or not unsaid[0].label:
        return None
    wrong = unsaid[0]
    right = again if wrong is first else first
    message = f'This is "{plain(wrong.label)[:40]}" and does what line {right.number} does: it names {_key(wrong.text.split()[place], values)}.'
    return wrong, message


def _next_of_row(view: View, values: list[str], again: Told) -> tuple[Told, str] | None:
    """The number of the row that is never named, where another one is named twice."""
    found = [re.fullmatch(r"['\"]?(?P<stem>.*?)(?P<number>\d{1,3})(?P<tail>\D*)", value) for value in values]
    numbered = [each for each in found if each is not None]
    if len(numbered) != len(values):
        return None
    stem, tail = numbered[0]["stem"], numbered[0]["tail"]
    numbers = {int(each["number"]) for each in numbered}
    wanted = [n for n in (*range(min(numbers), max(numbers) + 1), max(numbers) + 1) if n not in numbers]
    for number in wanted[:2]:
        name = f"{stem}{number}{tail.rstrip(chr(39) + chr(34))}"
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", view.whole):
            message = f"This is done twice to the same and never to {name}."
            return again, message
    return None


_EACH = re.compile(
    r"\b(?:both|each|every|all|the same|beide\w*|jede\w*|alle\w*|dasselbe|ambos|ambas|cada|lo mismo|les deux|chaque|tous)\b"
)


def _left_out(view: View, row: list[Told]) -> Iterator[Diagnostic]:
    """Two names get the same two things and more, one after the other, and one thing only one of them gets."""
    pairs: dict[tuple[str, str], list[int]] = {}
    for place, (one, two) in enumerate(pairwise(row)):
        words = one.text.split()
        slot = _slot(words, two.text.split())
        if slot is None:
            continue
        names = _host(words[slot]), _host(two.text.split()[slot])
        if all(names) and alike(*names):
            pairs.setdefault(names, []).extend((place, place + 1))
    for (one_name, other_name), places in pairs.items():
        if len(places) < 4:
            continue
        rest = [told for place, told in enumerate(row) if place not in places]
        lonely = [told for told in rest if _names(one_name, told.text) != _names(other_name, told.text)]
        if len(lonely) != 1 or _looks(lonely[0].text) or not _said_of_both(view, row, one_name, other_name):
            continue
        here = one_name if _names(one_name, lonely[0].text) else other_name
        left = other_name if here == one_name else one_name
        wanted = lonely[0].text.replace(here, left)
        if wanted in " ".join(view.whole.split()):
            continue
        message = f"{one_name} and {other_name} get the same here; this is done to {here} only."
        yield view.remark(
            "TOC210", view.raw[view.place_of(lonely[0].number)].span, message, level=Level.WARNING
        )


def _host(word: str) -> str:
    """The name in a word: `web-1` of `deploy@web-1:/etc/x`."""
    return word.strip("'\"").rpartition("@")[2].partition(":")[0].rpartition("/")[2]


def _names(name: str, text: str) -> bool:
    return name in text and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _said_of_both(view: View, row: list[Told], one: str, other: str) -> bool:
    """Whether the paragraph above names both, or says that it is for each."""
    at = view.place_of(row[0].number)
    for raw in reversed(view.raw[max(0, at - 5) : at]):
        if raw.text.startswith("#"):
            return False
        if not raw.fenced and ((one in raw.text and other in raw.text) or _EACH.search(fold(raw.text))):
            return True
    return False


_KEPT_IN = re.compile(r"(?<![0-9&>])>\s?(?P<file>[\w./-]+\.[a-z]\w*)(?![\w/])|\s(?:-f|-o|--file|--output|--archive)[= ](?P<option>[\w./-]+\.[a-z]\w*)(?![\w/])")  # fmt: skip
_TAKES = re.compile(r"(?<![\w-])(?:\w*dump\w*|export|save|backup|cp|tar|get|copy|snapshot)(?![\w])")
_BRINGS = re.compile(
    r"(?<![\w-])(?:\w*restore|import|apply|replace|load|psql|mysql|cp|mv|install|source)(?![\w])"
)


def kept_and_not_brought_back(view: View) -> Iterator[Diagnostic]:
    """Two things are saved in files, and only one of the files is ever read again."""
    if not view.says(("restore", "import", "apply", "mysql", "psql", "replace", "rollback", "load")):
        return
    rows = view.told_rows
    code = [told for row in rows for told in row]
    for row in rows:
        kept = {name: told for told in row if (name := _kept(told)) is not None}
        if len(kept) < 2 or not _copies(kept):
            continue
        end = row[-1].number
        later = [
            told for told in (*code, *_single(view, end)) if told.number > end and _BRINGS.search(told.text)
        ]
        back = {name: told for name in kept for told in later if _names(name, told.text)}
        left = [name for name in kept if name not in back]
        if not back or len(left) != 1 or any(char in told.text for told in later for char in "*$"):
            continue
        last = max(back.values(), key=lambda told: told.number)
        if _names(
            left[0],
            "\n".join(
                raw.text for raw in view.lines_of(end + 1, last.number + 10) if _SET_ASIDE.search(raw.text)
            ),
        ):
            continue
        message = (
            f"{', '.join(kept)} were saved (line {kept[left[0]].number}); {left[0]} is never brought back."
        )
        yield view.remark("TOC210", view.raw[view.place_of(last.number)].span, message, level=Level.WARNING)


_SET_ASIDE = re.compile(r"\b(?:only|if|not|unless|except|nur|wenn|solo|si)\b")


def _kept(told: Told) -> str | None:
    found = _KEPT_IN.search(told.text) if _TAKES.search(told.text) else None
    name = (found["file"] or found["option"]) if found is not None else None
    return name if name is not None and not name.startswith("/dev/") and not name.endswith(".log") else None


def _copies(kept: dict[str, Told]) -> bool:
    """Whether the files are made by one command but for the names in it."""
    texts = [told.text.split() for told in kept.values()]
    if len({len(words) for words in texts}) != 1:
        return False
    apart = sum(len(set(words)) > 1 for words in zip(*texts, strict=True))
    return apart <= 2 and texts[0][0] == texts[1][0]


def _single(view: View, after: int) -> list[Told]:
    """Commands in sentences below a line."""
    return [
        Told(raw.number, "", code)
        for raw in view.prose
        if raw.number > after and "`" in raw.text
        for code in _CODE.findall(raw.text)
        if " " in code
    ]


RULES = (likes, kept_and_not_brought_back)
