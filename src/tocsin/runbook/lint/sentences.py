"""TOC204: what the sentence above a command claims, against what the command does.

The headings of steps are judged in `claims`; here it is the paragraph above the fence: "this only lists", "nothing is
lost", "there is no downtime", "only the one queue", "the others stay", "below `config/web`".
"""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Flag, Undoable
from tocsin.runbook.book import Action, Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above, named, sentences

_ONLY_LOOKS = re.compile(
    r"\b(?:only|just|merely) (?:lists?|shows?|prints?|displays?|reads?|looks?|reports?|checks?|simulat\w+)\b|\b(?:this|it|that|which|command|query|step) (?:is|are) read[- ]only\b|\(read[- ]only\b|"
    r"\bnothing (?:is|gets|will be|was) (?:changed|modified|touched|written|executed)\b|\bchanges? nothing\b|"
    r"\b(?:does|do|will) not (?:change|modify|touch|write) anything\b|^(?:first )?(?:a )?(?:dry[- ]run|preview)\b|"
    r"\b(?:dry[- ]run first|harmless|no side[- ]effects?|safe to run)\b|\b(?:nur lesend|andert nichts|solo lectura|lecture seule)\b"
)
_NOTHING_LOST = re.compile(
    r"\b(?:nothing|no data|no messages?|no files?|no rows?|no records?) (?:is|are|gets?|will be|can be) (?:lost|deleted|removed)\b|\bno data loss\b|\b(?:this|it|that|which) (?:keeps|preserves|leaves) (?:the|all|your|our|its) [\w' ]{0,20}?(?:data|content|contents|files|rows|messages)\b|"
    r"\bwithout (?:any )?(?:data )?loss(?:ing)?\b|\b(?:this|it|that|which) is (?:completely |perfectly |always |quite )?(?:safe|reversible|harmless)\b|"
    r"\bcan (?:always |easily )?be (?:undone|taken back|reverted)\b|\bohne datenverlust\b|\bsin perdida\b|\bsans perte\b"
)
_NO_OUTAGE = re.compile(
    r"\b(?:no|zero|without(?: any)?) (?:down[- ]?time|outage|interruption|impact|restart)\b|\b(?:users?|customers?|nobody|clients?) (?:do not|does not|don't|will not|won't|is|are)? ?(?:notice|affected)\b(?<!are affected)(?<!is affected)|"
    r"\bnobody (?:notices|is affected)\b|\bohne (?:ausfall|unterbrechung)\b|\bsin (?:corte|interrupcion)\b|\bsans (?:coupure|interruption)\b"
)
_ROLLS = re.compile(
    r"\brollout (?:restart|undo)|\bset image\b|\breload\b|--force-new-deployment|\bservice update\b|rolling|\bdrain\b"
)
_ALSO_TRIES = re.compile(
    r"--dry-run|--what-?if|-WhatIf\b|--check\b|--noop\b|--diff\b|--simulate\b|\s-n\s|\bplan\b", re.IGNORECASE
)
_ONE = re.compile(
    r"\b(?:only|just) (?:the|this|that|those|these|its|one|his|her|a single)\b|\bthe one\b|\b(?:the|this) (?:single|stuck|broken|hanging|affected|offending|poisoned|damaged|leaked|corrupt(?:ed)?|hung|stale|slow|bad) \w+"
    r"|\bonly\s*[:.]?$|\bof (?:the|that|this) (?:one |single )?(?:spammer|attacker|customer|client|user|tenant|incident|sender|account|service|shop|host|bot)\b|"
    r"\b(?:nur|solo|seulement|apenas) (?:d(?:er|ie|as|en)|el|la|los|le|les|o|os|as?)\b"
)
_OTHERS_STAY = re.compile(
    r"\b(?:others?|rest|ones|everything else|remaining|all else|messages|keys|rows|data|sessions) (?:will )?(?:stays?|remains?|survives?|(?:is|are) (?:kept|left|untouched|not touched))\b"
)
_ALL_OF_IT = re.compile(
    r"(?:^|\s)--all(?:-\w+)?\b|\bALL\b|(?:^|\s)-A(?:\s|$)|(?:^|\s)-(?:prefix|recurse)\b|\bFLUSH(?:ALL|DB)\b|\bpurge[_-]queue\b|\bTRUNCATE\b|\brndc flush\s*(?:$|[;&|'\"])|"
    r"\b(?:iptables|ip6tables|nft)\s.*(?:-F\b|--flush|flush)|/_cancel\b|/_all\b|\bprune\s+-\w*a|\bGet-\w+(?![^|\n]*(?:-Filter|-Name|-Identity|-Id|Where)).*\|\s*(?:Remove|Stop|Disable|Clear)-\w+|"
    r"\b(?:pkill|killall) (?!-\w*[xfuP])\w+\s*$|\bdelete shadows /all\b|\s/all\b|\bsuspend-all\b|\bDELETE FROM \w+[\s;'\"]*$|\bDEL \S+\s*$|(?:\s|[._-])(?:flush|purge|clear|reset|wipe)(?:[-_]?all)?['\"]*$",
)
_FILTERED = re.compile(
    r"\bWHERE\b|Where-Object|--filter\b|-Filter\b|--selector\b|\s-l\s|--field-selector|\bgrep\b|\bjq\b"
)


def sentence_against_command(view: View) -> Iterator[Diagnostic]:
    """TOC204 for every step that changes something and has a sentence above its fence."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = above(view, line)
        if not told:
            continue
        problem = _claimed(told, line) or _narrower(told, line)
        if problem is not None:
            level, message = problem
            worst = max(line.step.actions, key=lambda action: action.judgement.effect.rank)
            yield view.at("TOC204", line, worst, 0, message, level=level)


def _claimed(told: str, line: Line) -> tuple[Level, str] | None:
    """A promise that nothing happens, against what happens."""
    effect = line.step.judgement.effect
    for said in sentences(told):
        known = effect is not Effect.UNKNOWN
        if (
            known
            and effect.rank >= Effect.CHANGE.rank
            and _ONLY_LOOKS.search(said)
            and not _ALSO_TRIES.search(line.text)
        ):
            return Level.ERROR, f'The text says "{_short(said)}", the command changes something.'
        if _NOTHING_LOST.search(said) and _losing(line) and not _undoable(line):
            return Level.ERROR, f'The text says "{_short(said)}", the command destroys.'
        if (
            known
            and effect.rank >= Effect.DISRUPT.rank
            and _NO_OUTAGE.search(said)
            and not _ROLLS.search(line.text)
        ):
            return Level.ERROR, f'The text says "{_short(said)}", the command interrupts work or service.'
    return None


_LOSES = re.compile(r"data[_-]?loss|allocate_empty|force_reset|--allow-data", re.IGNORECASE)


def _losing(line: Line) -> bool:
    return line.step.judgement.effect is Effect.DESTROY or _LOSES.search(line.text) is not None


def _undoable(line: Line) -> bool:
    undo = line.step.judgement.undo
    return undo is not None and undo.undoable is Undoable.YES


def _narrower(told: str, line: Line) -> tuple[Level, str] | None:
    """One thing is named, everything is taken."""
    effect = line.step.judgement.effect
    narrow = next((said for said in sentences(told) if _ONE.search(said) or _OTHERS_STAY.search(said)), None)
    if narrow is None and "/" not in told:
        return None  # nothing to compare with: see `_inside`
    wide = next((action for action in line.step.actions if _takes_all(action)), None)
    if wide is None or (effect is Effect.CHANGE and not _ALL_OF_IT.search(line.text)):
        return None
    if narrow is not None:
        return Level.ERROR, f'The text says "{_short(narrow)}", the command takes all there is.'
    for name in named(told):
        if _inside(name, wide.text):
            return Level.ERROR, f"The text speaks of {name}, the command takes more than that."
    return None


def _takes_all(action: Action) -> bool:
    if _FILTERED.search(action.text):
        return False
    return (
        Flag.WIDE in action.judgement.flags
        or _ALL_OF_IT.search(action.text) is not None
        or (
            action.judgement.effect is Effect.DESTROY
            and re.search(r"--?recurs\w*|\brm\s+-\w*r|\s-r\s", action.text) is not None
        )
    )


def _inside(name: str, text: str) -> bool:
    """Whether a command takes what holds this: `config` where the text says `config/web`, a bucket for one prefix."""
    bare = name.strip("/")
    if (
        "/" not in name
        or not bare
        or re.search(rf"(?<![\w.-]){re.escape(bare)}(?![\w-])", text)
        or "$" in text
    ):
        return False
    if name.endswith("/"):
        return "://" in text
    parent = bare.rpartition("/")[0]
    return bool(parent) and re.search(rf"(?<![\w.-]){re.escape(parent)}(?![\w/-])", text) is not None


def _short(said: str) -> str:
    return said.rstrip(":.;, ")[:80]


RULES = (sentence_against_command,)
