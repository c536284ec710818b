"""TOC203, TOC210 against the rows a document owns: a host that is none of them, and one of those that write which is left running."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.figures import number
from tocsin.runbook.lint.rows import rows_in
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold, stem

_LIKE = re.compile(r"(?<![\w./@$<{-])(?P<stem>[a-z][a-z-]*-?)(?P<number>\d{1,2})(?![\w-])")
_COUNT = re.compile(
    r"\b(?P<count>both|two|three|four|five|six|seven|eight|nine|ten|zwei|beide\w*|drei|vier|funf|dos|tres|cuatro|deux|trois|quatre|\d{1,2})\s+(?:[\w/-]+\s+){0,3}[\w-]+[\s,:;(–-]*(?:are |sind |son |sont |namely |called )?$"
)
_DIGIT = re.compile(r"[a-z-]\d")
_MAY_COUNT = re.compile(
    r"\b(?:both|two|three|four|five|six|seven|eight|nine|ten|zwei|beide|drei|vier|f[uü]nf|dos|tres|cuatro|deux|trois|quatre|\d{1,2} )",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\bnew\b|\bneu\w*|\bnuev\w*|\bnouv\w*|\bspare|\breplac|\bersatz|\badd(?:s|ed|itional)?\b|\bextra\b|\bjoin|\bfresh|\bprovision|\bformer|\bold\b|\bfuture|\bcreate|\bbuild|\bset up\b"
)
_MOST_ROWS = 40


def stranger(view: View) -> Iterator[Diagnostic]:
    """ "Two web servers, `web1` and `web2`", and a command for `web3`, which stands nowhere else."""
    # The plain search first: only where hosts with numbers are named in commands is there anything to compare.
    if not view.commands() or not _LIKE.search(view.text):
        return
    known = _owned(view)
    if not known:
        return
    told_of = {
        f"{f['stem']}{int(f['number'])}" for raw in view.prose for f in _LIKE.finditer(raw.text.lower())
    }
    used = Counter(
        f"{f['stem']}{int(f['number'])}" for _, line in view.lines() for f in _LIKE.finditer(line.text)
    )
    for procedure, line in view.lines():
        if not line.step.actions or Role.TOOLBOX in procedure.section.roles:
            continue
        for action in line.step.actions:
            for found in _LIKE.finditer(action.text):
                row, name = known.get(found["stem"]), f"{found['stem']}{int(found['number'])}"
                if row is None or int(found["number"]) in row or name in told_of or used[name] > 1:
                    continue
                if not any(f"{found['stem']}{n}" in used for n in row) or _NEW.search(_beside(view, line)):
                    continue
                names = ", ".join(f"{found['stem']}{n}" for n in sorted(row))
                message = f"{found[0]} stands nowhere else; the document knows {names}."
                yield view.at("TOC203", line, action, found.start(), message)


def _owned(view: View) -> dict[str, frozenset[int]]:
    """Rows that are announced with their number: the beginning of the names → their numbers. Two rows alike make none."""
    out: dict[str, frozenset[int]] = {}
    several: set[str] = set()
    for raw in view.prose:
        if not _DIGIT.search(raw.text) or not _MAY_COUNT.search(raw.text):
            continue
        for row in rows_in(raw.text):
            parts = [_LIKE.fullmatch(name.lower()) for name in row.names]
            stems = {part["stem"] for part in parts if part is not None}
            counted = _COUNT.search(fold(row.before[-80:].replace("`", "")))
            if len(stems) != 1 or None in parts or counted is None:
                continue
            said = 2 if counted["count"].startswith(("both", "beide")) else number(counted["count"])
            stem, numbers = stems.pop(), frozenset(int(part["number"]) for part in parts if part is not None)
            if said != len(numbers):
                continue
            if out.setdefault(stem, numbers) != numbers:
                several.add(stem)
            if len(out) > _MOST_ROWS:
                return {}
    return {stem: row for stem, row in out.items() if stem not in several}


def _beside(view: View, line: Line) -> str:
    return fold(f"{above(view, line)} {line.step.title} {below(view, line)}")


_WRITERS = re.compile(
    r"\b(?:write|writes|writing|feed|feeds|fill|fills|insert|inserts|update|updates|use|uses|change|changes|connect|connects|talk|talks|schreiben|schreibt|benutzen|nutzen|greifen|escriben|usan|utilizan|ecrivent|utilisent)\b[^.]{0,60}\b(?:to|into|in|auf|en|dans|the|die|das|la|le|el)?\b"
)
_QUIET_NOW = re.compile(
    r"\b(?:nothing|nobody|no one|no (?:service|process|job|application|writer)) (?:else )?(?:writes|is writing|touches|uses|changes|can write|will write|is connected)\b|\bno (?:more )?(?:writ(?:es?|ing)|writers?(?: (?:is|are|will be))?(?: left)?)\b|\ball writ(?:es|ers) (?:are|have) stopped\b|"
    r"\b(?:nichts|niemand|kein dienst) (?:schreibt|greift|nutzt|benutzt)|\b(?:nada|nadie) (?:escribe|usa)|\b(?:rien|personne|plus rien)(?: ne| n')? ?(?:ecrit|utilise)\b|\bstop (?:the other|all|every) writers?\b|\bstop(?: all)?(?: the)? (?:services|applications|consumers|workers|jobs) that write\b"
)
_STOPS = re.compile(
    r"(?<![\w-])(?:stop|disable|pause|suspend|down|scale|kill|replicas[= ]0|desired-count[= ]0|Stop-Service|quiesce|drain|halt|hold)(?![\w])"
)
_RESTORES = re.compile(
    r"restor|wiederherstell|einspiel|restaur|\bimport\b|\bmigrat|\brename\b|\brecover|\brebuild|\breload the|\bmongorestore\b|\bpg_restore\b",
    re.IGNORECASE,
)


def writer_left(view: View) -> Iterator[Diagnostic]:
    """ "`a`, `b` and `c` write to the ledger", and before the ledger is restored `a` and `b` are stopped."""
    rows = [
        (names, raw.number)
        for raw in (view.prose if _STOPS.search(view.text) else ())
        if ("," in raw.text or raw.text.count("`") >= _THREE_IN_CODE)
        and (row := _writers(raw.text))
        and _WRITERS.search(fold(raw.text.replace("`", "")))
        for names in row
    ]
    for procedure in view.procedures if rows else ():
        for names, at in rows:
            found = _left(view, procedure, names, at)
            if found is not None:
                yield found
                break


_THREE_IN_CODE = 6  # signs of code around three names
_IN_CODE = re.compile(r"`([a-z][\w.-]{1,40})`")


def _writers(text: str) -> list[tuple[str, ...]]:
    """The rows of names in a line, also where each has its article: "the `api`, the `worker` and the `importer`"."""
    found = [row.names for row in rows_in(text) if 2 < len(row.names) <= _LONGEST]
    if not found:
        subject = re.split(_SUBJECT_ENDS, text, maxsplit=1)[0]
        names = tuple(dict.fromkeys(_IN_CODE.findall(subject)))
        found = [names] if 2 < len(names) <= _LONGEST else []
    return found


_LONGEST = 12
_SUBJECT_ENDS = r"\b(?:writes?|feeds?|fills?|inserts?|uses?|connects?|talks?|schreiben|schreibt|benutzen|nutzen|greifen|escriben|usan|utilizan|[eé]crivent|utilisent)\b"


def _left(view: View, procedure: Procedure, names: tuple[str, ...], at: int) -> Diagnostic | None:
    """The remark about who is left, at the last step that stops one of the others."""
    stopping = [
        line
        for line in procedure.lines
        if line.step.judgement.effect is not Effect.OBSERVE and line.step.actions and _STOPS.search(line.text)
    ]
    stopped = {name for name in names for line in stopping if _names(name, line.text)}
    left = [name for name in names if name not in stopped]
    if (
        len(stopped) < 2
        or not left
        or len(left) >= len(stopped)
        or any(_names(name, line.text) for name in left for line in procedure.lines)
    ):
        return None
    last = max(
        (line for line in stopping if any(_names(name, line.text) for name in stopped)),
        key=lambda line: line.order,
    )
    claims = _QUIET_NOW.search(_beside(view, last)) is not None
    follows = any(_RESTORES.search(f"{other.words} {other.text}") for other in procedure.after(last))
    if not claims and not (follows and _RESTORES.search(procedure.section.title)):
        return None
    if any(name in procedure.text for name in left):
        return None  # a sentence speaks of it
    message = f"Line {at} names {', '.join(names)}; {', '.join(left)} goes on during what follows."
    return view.on("TOC210", last, message)


def _names(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


_EVERYWHERE = re.compile(
    r"\b(?:everywhere|on all of them|on each of them|on every one(?: of them)?|all of them|uberall|auf allen|en tod[oa]s(?: ellos| ellas)?|partout|sur tous|sur chacun\w*)\b(?! (?:but|except))"
)
_EVERYWHERE_WORDS = (
    "everywhere", "all of them", "each of them", "every one", "überall", "ueberall", "auf allen", "en todos", "en todas", "partout", "sur tous", "sur chacun"
)  # fmt: skip
_NEAR = 12  # steps in which the others of a row may be reached


def everywhere_but(view: View) -> Iterator[Diagnostic]:
    """ "It runs on app1, app2 and app3. Restart it everywhere:" over a loop for two of them."""
    rows: list[tuple[str, ...]] | None = None
    for procedure, line in view.lines() if view.says(_EVERYWHERE_WORDS) else ():
        if not line.step.actions or not _EVERYWHERE.search(fold(above(view, line) or line.step.title)):
            continue
        if rows is None:
            rows = [row.names for raw in view.prose for row in rows_in(raw.text)][:_MOST_ROWS]
        around = procedure.lines[max(0, line.order - _NEAR) : line.order + _NEAR]
        near = "\n".join(other.text for other in around)
        for names in rows:
            here = [name for name in names if _names(name, line.text)]
            missing = [name for name in names if not _names(name, near)]
            if len(names) > 2 and len(here) >= 2 and missing:
                message = (
                    f"The text says that it is done everywhere; nothing here reaches {', '.join(missing)}."
                )
                yield view.on("TOC210", line, message)
                break


_THINGS = (
    "shards?|nodes?|brokers?|partitions?|replicas?|servers?|hosts?|instances?|regions?|zones?|pods?|workers?|machines?|members?|sites?|clusters?|databases?|queues?|gateways?|consumers?|collectors?|"
    "proxies|balancers?|routers?|switches|data ?cent(?:er|re)s|knoten|rechner|server|standorte|warteschlangen|datenbanken|nodos|servidores|noeuds|serveurs"
)
_NUMBER = r"(?P<count>two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|funf|sechs|acht|dos|tres|cuatro|cinco|deux|trois|quatre|cinq|\d{1,3})"
_ARE = re.compile(
    rf"\b(?:there are|has|have|consists? of|made (?:up )?of|we (?:run|have|use|operate)|runs on|split into|spread over|es gibt|hat|haben|besteht aus|hay|tiene|il y a|compte)\s+(?:exactly )?{_NUMBER}\s+(?P<noun>{_THINGS})\b"
)
_ALL = re.compile(
    rf"\b(?:all(?: of)?(?: the| our)?|each of the|every one of the|alle|todos los|todas las|tous les|toutes les)\s+{_NUMBER}\s+(?P<noun>{_THINGS})\b"
)
_ALL_WORDS = ("all ", "each of", "every one", "alle ", "todos", "todas", "tous les", "toutes")


def told_twice(view: View) -> Iterator[Diagnostic]:
    """TOC110: "there are 12 shards", and "all 16 shards must be green"."""
    alls = [(raw, found) for raw in view.prose_saying(_ALL_WORDS) for found in _ALL.finditer(fold(raw.text))]
    if not alls:
        return
    told: dict[str, dict[float | None, int]] = {}
    for raw in view.prose:
        if list(rows_in(raw.text)):
            continue  # what is listed is counted where the lists are
        for found in _ARE.finditer(fold(raw.text.replace("`", ""))):
            told.setdefault(stem(found["noun"]), {}).setdefault(number(found["count"]), raw.number)
    for raw, found in alls:
        known = told.get(stem(found["noun"]), {})
        said = number(found["count"])
        if len(known) == 1 and said not in known:
            (count, line), *_ = known.items()
            if count is not None and line != raw.number:
                message = f'"{found[0]}": line {line} speaks of {count:g}.'
                yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


RULES = (stranger, writer_left, everywhere_but, told_twice)
