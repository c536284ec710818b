"""TOC4xx: is it still true, and whose is it?"""

import re
from collections.abc import Iterator
from itertools import pairwise

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.wording import fold

_TOP = Span(0, 0, 1, 1)


def _grown(view: View) -> bool:
    """Whether this is a team's runbook with several incidents, of which policy is expected, not one alert's page."""
    return len(view.book.incidents()) >= 2 or bool(view.book.policy.severities) or _operating(view)


_SEVERAL = 4  # procedures


def _operating(view: View) -> bool:
    """Whether it has several procedures that interrupt or destroy something: nobody follows those without an owner."""
    hurting = sum(
        any(line.step.judgement.effect.rank >= Effect.DISRUPT.rank and line.step.actions and line.step.judgement.effect is not Effect.UNKNOWN for line in procedure.mitigating)
        for procedure in view.procedures
    )  # fmt: skip
    return hurting >= _SEVERAL


def review(view: View) -> Iterator[Diagnostic]:
    """TOC401: the review date has passed; a note where none is given."""
    dates = view.book.policy.review
    if dates.next_review is not None and dates.next_review < view.today:
        late = (view.today - dates.next_review).days
        yield view.remark(
            "TOC401",
            dates.span or _TOP,
            f"The review was due on {dates.next_review.isoformat()}, {late} days ago.",
        )
    elif (
        dates.next_review is None
        and dates.last_updated is not None
        and (view.today - dates.last_updated).days > 365
    ):
        yield view.remark(
            "TOC401",
            dates.span or _TOP,
            f"Last touched on {dates.last_updated.isoformat()}, and no date for the next review.",
        )
    elif dates.next_review is None and _grown(view):
        yield view.remark(
            "TOC401",
            _TOP,
            "No date says when this is to be reviewed.",
            level=Level.WARNING if dates.last_updated is None else Level.NOTE,
        )


def owner(view: View) -> Iterator[Diagnostic]:
    """TOC402: nobody keeps it."""
    if view.book.policy.owner is None and not any(s.owner for s in view.sections) and _grown(view):
        yield view.remark("TOC402", _TOP, "Nobody is named who keeps this runbook.")


def empty_contacts(view: View) -> Iterator[Diagnostic]:
    """TOC403: contacts that reach nobody."""
    for contact in view.book.policy.contacts:
        if contact.value is None and not re.search(
            r"dashboard|link|url|wiki|docs?\b|repo", contact.role, re.IGNORECASE
        ):
            yield view.remark(
                "TOC403", contact.span, f"{contact.role} cannot be reached: the place for it is empty."
            )


_ANCHOR = re.compile(r"\]\(#([^)\s]+)\)")


def dead_anchors(view: View) -> Iterator[Diagnostic]:
    """TOC404: links to headings that are not there."""
    if "](#" not in view.whole:
        return
    known = {section.anchor.casefold() for section in view.sections}
    headings = {
        _slug(found[1])
        for raw in view.raw
        if not raw.fenced and (found := re.match(r"#{1,6}\s+(.+?)\s*#*$", raw.text))
    }
    named = {
        name.casefold()
        for raw in view.raw
        for name in re.findall(r"<a\s+(?:name|id)=[\"']([^\"']+)|\{\s*:?\s*#([\w.-]+)", raw.text)
        for name in name
        if name
    }
    for raw in view.raw:
        if raw.fenced:
            continue
        for found in _ANCHOR.finditer(raw.text):
            target = found[1].replace("\\", "").casefold()
            if (
                target not in known | headings | named
                and re.sub(r"-\d+$", "", target) not in known | headings
            ):
                yield view.remark(
                    "TOC404",
                    raw.span,
                    f"#{found[1]} is no heading of this document.",
                    column=found.start() + 1,
                )


def _slug(title: str) -> str:
    words = re.sub(r"[*`]|\]\([^)]*\)|\[", "", title).strip().casefold()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


_OF_A_DAY = re.compile(
    r"--?(?:day|date|month|restore-time|point-in-time|target-time|to-time|as-of|target|recovery-target-time|backup|snapshot|run|period|cycle|billing-month|version-date)$"
)
_HANDS_ON = frozenset(
    {"ssh", "sh", "bash", "sudo"}
)  # what they are given is looked at as a command of its own
_DATED = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


_MONTHED = re.compile(r"20\d\d[-_.]?(?:0[1-9]|1[0-2])$")


# A copy by its own id, which is another one the day after.
_ONE_COPY = re.compile(
    r"\barn:aws[\w-]*:\S+[:/](?:backup|snapshot|recovery-point)[:/][\w-]*\d{4,}[\w-]*|^(?:snap|ami)-[0-9a-f]{8,17}$"
)
_TAKES_COPY = re.compile(r"\b(?:restore|create-volume|run-instances|copy|start-restore|import)")


def dated(view: View) -> Iterator[Diagnostic]:
    """TOC409: a date frozen into the name of a backup, snapshot, branch or file."""
    for _, line, action, command in view.commands():
        wrapped = command.wrapper is not None and command.wrapper.name not in _HANDS_ON
        if wrapped or command.name in ("date", "echo", "faketime", *_HANDS_ON):
            continue
        frozen = next(
            (
                one[0]
                for word in command.args
                if ("arn:" in word or "-" in word[3:5]) and (one := _ONE_COPY.search(word)) is not None
            ),
            None,
        )
        if frozen is not None and command.plain[:1] and _TAKES_COPY.search(" ".join(command.plain[:3])):
            message = f"{frozen[-40:]} is one copy, frozen here; the next incident needs another one."
            yield view.at("TOC409", line, action, command.start, message)
            continue
        if not any("20" in word for word in (*command.args, *(file for _, file in command.redirects))):
            continue
        pairs = [
            *zip(command.args, command.args[1:], strict=False),
            *(word.split("=", 1) for word in command.args if word.startswith("--") and "=" in word),
        ]
        for option, value in pairs:
            if (
                value[:2] == "20"
                and _OF_A_DAY.match(option)
                and (_DATED.match(value) or _MONTHED.match(value))
            ):
                message = f"{option} {value[:40]} is frozen here; the next incident needs another day."
                yield view.at("TOC409", line, action, command.start, message)
                break
        for word in (*command.args, *(file for operator, file in command.redirects if operator[-1:] in "<>")):
            found = _DATED.search(word) if "20" in word else None
            if (
                found
                and re.search(r"[A-Za-z]{2,}", word)
                and not re.search(r"\s", word)
                and not word.startswith(
                    ("--since", "--until", "--start", "--end", "--after", "--before", "api-version")
                )
            ):
                yield view.at(
                    "TOC409",
                    line,
                    action,
                    command.start,
                    f"{word[:70]} is of {found[0]}; the next incident needs another day.",
                )
                break


_REMOVED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"\b(?:extensions/v1beta1|networking\.k8s\.io/v1beta1|policy/v1beta1|batch/v1beta1|apps/v1beta[12]|rbac\.authorization\.k8s\.io/v1beta1|autoscaling/v2beta\d|apiextensions\.k8s\.io/v1beta1|cert-manager\.io/v1alpha\d|certmanager\.k8s\.io/\S+)\b", "this API version was removed from Kubernetes"),
        (r"\bkubectl\s+rolling-update\b|\bkubectl\s+run\b.*--generator\b|\bkubectl\s.*--export\b|\bget\s+componentstatus(?:es)?\b", "kubectl no longer has this"),
        (r"(?:^|[\s;&|(])docker-compose\s", "docker-compose v1 is gone; it is `docker compose` now"),
        (r"\bapt-key\s+(?:add|adv)\b", "apt-key was removed"),
        (r"\bhelm\s+(?:init|delete\s+--purge|del\s+--purge|serve)\b|\btiller\b", "Helm 2 is gone"),
        (r"\baws\s+ecr\s+get-login\s", "`aws ecr get-login` was removed; it is get-login-password"),
        (r"\bterraform\s+(?:taint|0\.11)\b", "use `terraform apply -replace=…`"),
        (r"\bmongo\s+(?:--eval|mongodb://|\S+\s+--eval)", "the `mongo` shell was replaced by `mongosh`"),
        (r"(?:^|[\s;&|(])ntpdate\s", "ntpdate was retired; `chronyc makestep` or systemd-timesyncd sets the clock"),
        (r"\bpython2\b|\bpip2\b", "Python 2 is gone"),
    )
)  # fmt: skip


# Plain searches first: this is asked of every command.
_MAY_BE_REMOVED = (
    "v1beta", "v1alpha", "v2beta", "certmanager", "docker-compose", "apt-key", "helm", "tiller", "get-login", "terraform",
    "mongo ", "python2", "pip2", "--export", "--generator", "rolling-update", "componentstatus", "ntpdate",
)  # fmt: skip


def removed(view: View) -> Iterator[Diagnostic]:
    """TOC411: interfaces and programs today's systems no longer have."""
    if not any(sign in view.text for sign in _MAY_BE_REMOVED):
        return
    for _, line in view.lines():
        for action in line.step.actions:
            for pattern, message in _REMOVED:
                found = pattern.search(action.text)
                if found:
                    yield view.at("TOC411", line, action, found.start(), f"`{found[0].strip()}`: {message}.")
                    break


def unlisted(view: View) -> Iterator[Diagnostic]:
    """TOC412: several incidents are listed and nothing says what to do about the next one."""
    incidents = view.book.incidents()
    if len(incidents) >= 2 and view.book.policy.unlisted is None:
        last = incidents[-1]
        span = Span(last.span.start, last.span.start, incidents[0].heading_line, incidents[0].heading_line)
        yield view.remark(
            "TOC412", span, "Nothing says what to do about an incident that is not listed here."
        )


# Words of which one is in every text its pattern finds, casefolded, and the pattern.
_ONE_PERSON = tuple(
    (tuple(words.split("|")), re.compile(pattern))
    for words, pattern in (
        ("ask|ping|call|text|message|phone|slack", r"\b(?i:ask|ping|call|text|message|phone|slack)\s+(?:@\w+|[A-Z][a-z]{1,12})(?:\s+[A-Z][a-z]+)?\s+(?:for|to get|about|if you need|in order)\b"),
        ("laptop|machine|workstation|desktop|computer|pc|account", r"\b(?i:on|from)\s+(?:his|her|my|[A-Z][a-z]+'s)\s+(?:laptop|machine|workstation|desktop|computer|pc|account)\b"),
        ("only", r"\b[Oo]nly\s+(?:[A-Z][a-z]+|he|she)\s+(?:has|knows|can)\b"),
        ("is the only one|has the |keeps the |holds the |owns the ", r"\b[A-Z][a-z]+\s+(?:is the only one|(?:has|keeps|holds|owns) the (?:[\w-]+ )?(?:keys?|passwords?|passphrase|credentials|login|tokens?|card|badge|dongle|yubikey|fob|usb stick|safe|admin account|root account))\b"),
        ("notebook|phone|drive|home directory|desk", r"\b(?i:on|from)\s+(?i:his|her|my|[A-Z][a-z]+'s)\s+(?i:notebook|phone|drive|home directory|desk)\b"),
        ("ask|ping|call|frag", r"(?:^|[.,;:-]\s)(?i:ask|ping|call|fragt?)\s+(?!(?:The|For|Your|Any)\b)[A-Z][a-z]{2,12}(?:\s+[A-Z][a-z]+)?(?=[.,;]|$)(?!.*\d{3})"),
        ("office|drawer|safe|home|inbox|house", r"\b(?:in|at|from|on)\s+[A-Z][a-z]+'s\s+(?:office|drawer|safe|home|inbox|house)\b"),
        ("sticky note|post-it", r"\b[Ss]ticky note\b|\bpost-it\b"),
        ("'s mobile|'s phone|'s cell|'s number", r"\b[A-Z][a-z]+ \([a-z]+'s (?:mobile|phone|cell|number)"),
        (" is in| is on", r"\b(?:his|her|[A-Za-z]+'s) (?:mobile|cell|private|home) ?(?:phone|number)? is (?:in|on)\b"),
        ("nur", r"\bnur\s+(?:[A-Z][a-z]+|er|sie|Herr \w+|Frau \w+)\s+(?:hat|kennt|wei(?:ss|ß)|kann)\b"),
        ("solo", r"\b[Ss]olo\s+(?:[A-Z][a-z]+|[eé]l|ella)\s+(?:sabe|conoce|tiene|puede)\b"),
        ("seul", r"\b[Ss]eul(?:e)?\s+(?:[A-Z][a-z]+|lui|elle)\s+(?:sait|conna[iî]t|a|peut)\b"),
    )
)  # fmt: skip
_NOT_A_PERSON = re.compile(
    r"\b(?:Support|Stripe|Slack|AWS|Google|Azure|Security|Database|Customer|Cloudflare|PagerDuty|Twilio|Everyone|Team|Finance|Legal|The|On|Ops|Dev\w*|Engineering|Vendor|Sales|Product)\b"
)


def one_person(view: View) -> Iterator[Diagnostic]:
    """TOC413: what hangs on one person or one machine."""
    first: dict[int, tuple[RawLine, re.Match[str]]] = {}  # of each line
    for words, pattern in _ONE_PERSON:
        for raw in view.prose_saying(words):
            found = pattern.search(raw.text)
            if found and (raw.number not in first or found.start() < first[raw.number][1].start()):
                first[raw.number] = (raw, found)
    for _, (raw, found) in sorted(first.items()):
        if not _NOT_A_PERSON.search(found[0]) and not _in_the_list(view, raw, found[0]):
            yield view.remark(
                "TOC413",
                raw.span,
                f'"{found[0]}" hangs on one person or one machine.',
                column=found.start() + 1,
            )


_NAME = re.compile(r"[A-Z][a-z]{2,12}")
_NUMBER = re.compile(r"\d[\d ()./-]{5,}\d")
_CALLS = re.compile(r"\W*(?:call|phone|ring|page|ruf\w*)\s", re.IGNORECASE)


def _in_the_list(view: View, raw: RawLine, said: str) -> bool:
    """Whether who is to be called stands elsewhere in the document with a number: one of a ladder, not the only one."""
    if not _CALLS.match(said):
        return False
    names = [name for name in _NAME.findall(said) if name.lower() not in ("call", "phone", "ring", "page")]
    return any(
        _NUMBER.search(other.text[other.text.find(name) :])
        for name in names
        for other in view.prose_with((name,))
        if other.number != raw.number
    )


_CODE_NAME = re.compile(r"\b[a-z][a-z\d]*(?:[-_][a-z\d]+)+\b")
_ROTA = re.compile(
    r"\b(?:rotas?|rotations?|schedules?|on-?call|pag(?:e|es|er|ed|ing|erduty)|opsgenie|rufbereitschaft|turnos?|guardia|astreinte)\b"
)


def _is_paged(view: View, who: str) -> bool:
    """Whether who is called next has a number in the same words, or is a rota: "secondary (`bus-secondary`)"."""
    if re.search(r"\+?\d[\d ()./-]{5,}\d", who):
        return True
    names = [name for name in _CODE_NAME.findall(fold(who)) if f"`{name}`" in view.whole]
    return bool(names) and any(
        _ROTA.search(fold(raw.text)) for name in names for raw in view.prose_with((f"`{name}`",))
    )


# Said in words, and long enough that no clock of minutes runs.
_WITHOUT_HURRY = re.compile(
    r"\b(?:next|following) (?:working|business|week) ?day\b|\bbest effort\b|\bnachste[rn]? (?:werk|arbeits)tag\b|\b(?:siguiente|proximo) dia\b|\bjour ouvr\w+ suivant\b|\bprochain jour ouvr\w+"
)


def clocks(view: View) -> Iterator[Diagnostic]:
    """TOC414: levels without a response clock, and escalation clocks whose next level nobody can reach."""
    policy = view.book.policy
    # A list of levels without any clock, in a text without incidents or escalation, ranks something else.
    promised = any(level.response is not None for level in policy.severities)
    about = promised or policy.escalation or policy.contacts or len(view.book.incidents()) >= 2
    for level in policy.severities if about else ():
        if level.response is None and not _WITHOUT_HURRY.search(
            fold(" ".join(raw.text for raw in view.lines_of(level.span.first_line, level.span.last_line)))
        ):
            span = Span(level.span.start, level.span.start, level.span.first_line, level.span.first_line)
            yield view.remark(
                "TOC414", span, f"{level.name} has no response clock; the default of its rank is used."
            )
    reachable = {
        word for c in policy.contacts if c.value is not None for word in re.findall(r"[a-z]+", fold(c.role))
    }
    for here, following in pairwise(policy.escalation):
        if here.after is None or not policy.contacts or _is_paged(view, following.who):
            continue
        wanted = set(re.findall(r"[a-z]+", fold(following.who))) - {
            "on",
            "call",
            "the",
            "level",
            "engineer",
            "team",
            "lead",
        }
        if (
            wanted
            and not wanted & reachable
            and not re.search(r"@|\d{5,}|#\w", following.who + " ".join(following.duties))
        ):
            span = Span(
                following.span.start,
                following.span.start,
                following.span.first_line,
                following.span.first_line,
            )
            yield view.remark(
                "TOC414",
                span,
                f"After {here.who}'s clock ends {following.who} is called, and no contact says how.",
            )


RULES = (review, owner, empty_contacts, dead_anchors, dated, removed, unlisted, one_person, clocks)
