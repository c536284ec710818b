"""TOC204: what the sentence above a command claims, against what the command does.

The headings of steps are judged in `claims`; here it is the paragraph above the fence: "this only lists", "nothing is
lost", "there is no downtime", "only the one queue", "the others stay", "below `config/web`".
"""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Flag, Undoable
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.says import Promise, promised
from tocsin.runbook.lint.told import above, named, said_of_it, sentences

# What a sentence below a command says of the command, and not of what comes next.
_OF_IT = re.compile(
    r"(?:this|that|it|the command|nothing|nobody|no|das|dies\w*|es|der befehl|nichts|niemand|kein\w*|esto|eso|nada|cela|ceci|rien|isso|isto)\b"
)
_ROLLS = re.compile(
    r"\brollout (?:restart|undo)|\bset image\b|\breload\b|--force-new-deployment|\bservice update\b|rolling|\bdrain\b"
)
_ALSO_TRIES = re.compile(
    r"--dry-run|--what-?if|-WhatIf\b|--check\b|--noop\b|--diff\b|--simulate\b|\b(?:rsync|make|bash|sh|sed|git clean|pkill|logger|mount) (?:-\S+ ){0,3}-n\s|\bplan\b",
    re.IGNORECASE,
)
_NO_RESTART = re.compile(
    r"\b(?:without (?:a|any)|no|needs no|ohne(?: einen)?|sin|sans) (?:restart|reboot|neustart|reinicio|reiniciar|redemarrage)\b",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:only|just) (?:the|this|that|those|these|its|one|his|her|a single)\b|\bthe one\b|\b(?:not|and not|never) (?:for|on|in|of) all\b|\bnicht (?:fur|auf|in) allen?\b|\bno (?:para|en) tod[oa]s\b|\bpas (?:pour|sur) tous\b|\b(?:the|this) (?:single|stuck|broken|hanging|affected|offending|poisoned|damaged|leaked|corrupt(?:ed)?|hung|stale|slow|bad) \w+"
    r"|\bonly\s*[:.]?$|\bof (?:the|that|this) (?:one |single )?(?:spammer|attacker|customer|client|user|tenant|incident|sender|account|service|shop|host|bot)\b|"
    r"\b(?:nur|solo|seulement|apenas) (?:d(?:er|ie|as|en)|el|la|los|le|les|o|os|as?)\b"
)
_OTHERS_STAY = re.compile(
    r"\b(?:others?|rest|ones|everything else|remaining|all else|messages|keys|rows|data|sessions) (?:will )?(?:stays?|remains?|survives?|(?:is|are) (?:kept|left|untouched|not touched)|continues?|goe?s? on|keeps? (?:running|working|going))\b|"
    r"\b(?:of|for) (?:\w+ ){1,3}(?:continues|goes on|keeps running)\b|\b(?:laufen|lauft|arbeiten) weiter\b|\bsiguen? (?:activ|funcion|en marcha)\w*"
)
_ALL_OF_IT = re.compile(
    r"(?:^|\s)--all(?:-\w+)?\b|\bALL\b|(?:^|\s)-A(?:\s|$)|(?:^|\s)-(?:prefix|recurse)\b|\bFLUSH(?:ALL|DB)\b|\bpurge[_-]queue\b|\bTRUNCATE\b|\brndc flush\s*(?:$|[;&|'\"])|"
    r"\b(?:iptables|ip6tables|nft)\s.*(?:-F\b|--flush|flush)|/_cancel\b|/_all\b|\bprune\s+-\w*a|\bGet-\w+(?![^|\n]*(?:-Filter|-Name|-Identity|-Id|Where)).*\|\s*(?:Remove|Stop|Disable|Clear)-\w+|"
    r"\b(?:pkill|killall) (?!-\w*[xfuP])\w+\s*$|\bdelete shadows /all\b|\s/all\b|\bsuspend-all\b|\bDELETE FROM \w+[\s;'\"]*$|\bDEL [^\s:]+\s*$|(?:\s|[./_-])(?:flush|purge|clear|reset|wipe)(?:[-_]?all)?['\"]*$|"
    r"\bcrontab (?:-u \S+ )?-\w*r\b|\b(?:pm2|supervisorctl) (?:stop|restart|delete) all\b|\bufw (?:disable|reset)\b|\$\((?:docker|podman) ps -a?qa?\)|\bnft flush ruleset\b|\bcancel -a\b|\blprm -(?:\s|$)|"
    # a pattern that everything fits
    r"~ ?['\"]?\.[*+]?['\"]|['\"]\.?[*+]['\"]",
)
_FILTERED = re.compile(
    r"\bWHERE\b|Where-Object|--filter\b|-Filter\b|--selector\b|\s-l\s|--field-selector|\bgrep\b|\bjq\b|"
    r"\bfind\b[^|;]*\s-(?:[mca]time|[mca]min|newer\w*|size|empty)\b"
)


def sentence_against_command(view: View) -> Iterator[Diagnostic]:
    """TOC204 for every step that changes something and has a sentence above its fence."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = above(view, line) or (line.step.title if line.step.title_from == "comment" else "")
        after = " ".join(said for said in sentences(said_of_it(view, line)) if _OF_IT.match(said))
        if not told and not after:
            continue
        problem = _claimed(f"{told}\n{after}", line) or (_narrower(told, line) if told else None)
        if problem is not None:
            level, message = problem
            worst = max(line.step.actions, key=lambda action: action.judgement.effect.rank)
            yield view.at("TOC204", line, worst, 0, message, level=level)


def _claimed(told: str, line: Line) -> tuple[Level, str] | None:
    """A promise that nothing happens, against what happens."""
    if (unrestarted := _NO_RESTART.search(told)) and re.search(
        r"(?<![\w-])(?:restart|reboot)(?![\w-])", line.text
    ):
        return Level.WARNING, f'The text says "{unrestarted[0]}", the command restarts.'
    effect = line.step.judgement.effect
    known = effect is not Effect.UNKNOWN
    for promise, said in promised(told):
        match promise:
            case Promise.LOOKS if known and not _ALSO_TRIES.search(line.text):
                return Level.ERROR, f'The text says "{_short(said)}", the command changes something.'
            case Promise.LOOKS if not known and (acts := _ACTS.search(line.text)):
                return Level.WARNING, f'The text says "{_short(said)}", the command says `{acts[0]}`.'
            case Promise.HARMLESS if known and effect.rank >= Effect.DISRUPT.rank and not _undoable(line):
                return Level.ERROR, f'The text says "{_short(said)}", the command {_DOES[effect]}.'
            case Promise.KEEPS if _losing(line) and not _undoable(line):
                return Level.ERROR, f'The text says "{_short(said)}", the command destroys.'
            case Promise.KEEPS if not known and (acts := _LOSES_BY_NAME.search(line.text)):
                return Level.WARNING, f'The text says "{_short(said)}", the command says `{acts[0]}`.'
            case Promise.SERVES if (
                known and effect.rank >= Effect.DISRUPT.rank and not _ROLLS.search(line.text)
            ):
                return Level.ERROR, f'The text says "{_short(said)}", the command interrupts work or service.'
            case _:
                pass
    return None


# What nobody can read says by its own name that it does something.
_ACTS = re.compile(
    r"(?<![A-Za-z])(?:kill|delete|purge|drop|reset|wipe|remove|truncate|flush|clear|restart|stop|destroy|terminate|disable|expire|revoke|reboot)(?![A-Za-z])"
)
_LOSES_BY_NAME = re.compile(
    r"(?<![A-Za-z])(?:delete|purge|drop|wipe|remove|truncate|erase|destroy|discard|borrar|eliminar|vaciar|loeschen|loesche|leeren|supprimer|effacer|vider|apagar|excluir)(?![A-Za-z])"
)
_DOES = {Effect.DISRUPT: "interrupts work or service", Effect.DESTROY: "destroys"}


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
