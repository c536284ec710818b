"""TOC204: a sentence orders something, and its command does less or the opposite: only tries, only stops, takes out again, reads from the other end."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, below, sentences
from tocsin.runbook.words.wording import fold

_NUMBERED = r"^\W*(?:[a-z]{0,2}\d{1,3}(?:\.\d{1,2})*[.):]?\s+)?(?:step \d+\W+)?(?:and |then |now |next,? |first,? |finally,? |if [^.,]{3,80}, |dann |danach |jetzt |luego |ahora |ensuite )*"
_NEXT_STEPS = 4  # steps in which what a step leaves out may still come


def _ordered(view: View, line: Line) -> str:
    """The last sentence a reader is told about a step."""
    return next(reversed(sentences(above(view, line)) or sentences(line.step.title)), "")


# What only shows what would be done. `--dry-run=none` does it, `-o yaml` makes a text of it.
_TRIES = re.compile(
    r"(?<![\w-])(?:--dry-?run(?!=(?:none|false))|-WhatIf(?!:\$false)|--what-?if|--noop|--simulate|--assumeno|--just-print)(?![\w-])|"
    r"\bansible-playbook\b[^\n|;]*\s(?:--check|-C)(?![\w-])|\brsync -\w*n\w* |\bapt(?:-get)? (?:\S+ )*-s(?![\w-])|\bgit clean -\w*n|\blogrotate (?:\S+ )*-\w*d\b|\bdeployment (?:\S+ )*what-if\b|\b(?:terraform|tofu) (?:-\S+ )*plan\b|\bpulumi preview\b|\balembic upgrade \S+ --sql\b"
)
_TRYING = ("ry-run", "ryrun", "WhatIf", "hat-if", "hatif", "--noop", "--simulate", "--assumeno", "--just-print", "playbook", "rsync -", "apt", "git clean", "logrotate", "terraform", "tofu", "pulumi", "alembic")  # fmt: skip
_MAKES_TEXT = re.compile(r"-o[= ]?(?:yaml|json|name)\b|--output[= ](?:yaml|json|name)\b")
_ORDERS = re.compile(
    _NUMBERED
    + r"(?:delete|remove|erase|drop|clean(?: up)?|purge|prune|apply|deploy|roll|install|upgrade|update|restore|copy|sync|synchroni[sz]e|move|renew|rotate|migrate|import|load|create|terminate|destroy|bring|get rid|throw|"
    r"scale|revoke|reset|promote|switch|restart|stop|disable|enable|change|set|replace|expire|archive|release|publish|"
    r"losch\w*|entfern\w*|einspiel\w*|erneuer\w*|kopier\w*|borr\w*|elimin\w*|aplic\w*|restaur\w*|renov\w*|crear|supprim\w*|appliqu\w*|renouvel\w*|creer)\b"
    r"|,\s(?:then )?(?:delete|remove|drop|purge|apply|deploy|restore|renew|install) (?:the|all|it|them|those|what|every|old)\b|\b(?:loschen|entfernen|anwenden|einspielen|erneuern|aufraumen)\s*[:.]?$"
    r"|\b(?:werden|wird) (?:\w+ )?(?:geloscht|entfernt|eingespielt|erneuert|kopiert|angelegt|angewendet)\b|\b(?:are|is|get|gets) (?:now )?(?:deleted|removed|applied|deployed|copied|restored|renewed|purged)\s*[:.]?$"
)
_ONLY_TRIED = re.compile(
    r"\bdry|\bwould\b|\bwhat[- ]if\b|\bpreview|\btest|\btry|\btrial|\brehears|\bsimulat|\bcheck|\bshow|\bsee what|\blist|\bplan\b|\bpretend|\bwithout (?:doing|changing|removing|deleting)|\bnothing\b|\bonly\b|\blook|\bcan be\b|\bprob|\btrocken|\bwurde|\bsimul|\bensay|\bessai|\bverif|\bpruf|\bpor si"
)


def only_tried(view: View) -> Iterator[Diagnostic]:
    """ "Remove the old letters" over `Remove-Item -WhatIf`, and nothing after it that does it."""
    for procedure, line in view.steps_with(_TRYING):
        found = _TRIES.search(line.text) if line.step.actions else None
        if found is None or _MAKES_TEXT.search(line.text):
            continue
        said = _ordered(view, line)
        beside = f"{fold(above(view, line))} {fold(line.step.title)} {fold(below(view, line))}"
        if not _ORDERS.search(said) or _ONLY_TRIED.search(beside) or _really_done(procedure, line):
            continue
        message = f'The text says "{_short(said)}"; with {found[0].strip()} the command only shows what it would do.'
        yield view.on("TOC204", line, message)


_PROGRAM = re.compile(r"[A-Za-z][\w.-]{2,}")


def _really_done(procedure: Procedure, line: Line) -> bool:
    """Whether the same program runs for good in this step or a later one."""
    names = {command.name for _, command in line.commands}
    tried = next((each for each in line.text.split("\n") if _TRIES.search(each)), "")
    names = names or set(_PROGRAM.findall(tried.rpartition("|")[2])[:1])
    others = [each for each in line.text.split("\n") if each != tried]
    others.extend(each for other in procedure.after(line) for each in other.text.split("\n"))
    return any(name in each and not _TRIES.search(each) for each in others for name in names)


_RESTART_ORDERED = re.compile(
    _NUMBERED
    + r"(?:re-?start|re-?boot|bounce|recycle|cycle|power[- ]cycle|reinici\w*|redemarr\w*|relance\w*)\b(?! (?:script|button|policy|count|loop))|\bneu ?(?:starten|gestartet)\s*[:.]?$|^\W*neustart\b|\b(?:has|have|needs?|must|should) (?:to )?be (?:restarted|rebooted|bounced|recycled)\b(?! (?:if|when|only|after))|\bneeds? a restart\s*[:.]?$"
)
_STOPS = re.compile(
    r"(?<![\w-])(?:stop|Stop-[A-Z]\w+|stop-service|--replicas[= ]0|--desired-count[= ]0|replicas=0|deallocate|(?:compose|docker-compose)(?: -\S+)* down|stop-instances|stop-task|stop_app|shutdown)(?![\w.-])"
)
_STARTS = re.compile(
    r"(?<![a-z])(?:re)?start(?!ed|s\b|ing|-?time|up)|Start-[A-Z]|Restart-[A-Z]|--replicas[= ]\"?[1-9$]|--desired-count[= ]\"?[1-9$]|(?<![\w-])(?:up|run|reload|kickstart|resume|reboot|apply|create|boot|spawn|respawn|enable|deploy)(?![\w-])|"
    r"\bkill\b|kill -|iisreset|graceful|HUP|USR2",
)
_BY_ITSELF = re.compile(
    r"by itself|by themselves|automatic|on its own|supervis|watchdog|\bstarts (?:it|them|another|a new|again)|come[s]? back|replaces it|von selbst|von allein|automatisch|por si sol|solo vuelve|tout seul|relance\b"
)


def only_stopped(view: View) -> Iterator[Diagnostic]:
    """ "Restart the spooler" over a command that stops it, and nothing that starts it again."""
    for procedure, line in view.steps_with(
        ("stop", "Stop-", "replicas", "desired-count", "deallocate", " down", "shutdown")
    ):
        if not line.step.actions or not _STOPS.search(line.text) or _STARTS.search(_without_names(line.text)):
            continue
        said = _ordered(view, line)
        if not _RESTART_ORDERED.search(said):
            continue
        near = procedure.after(line)[:_NEXT_STEPS]
        told = fold(f"{above(view, line)} {below(view, line)}")
        if _BY_ITSELF.search(told) or any(_STARTS.search(_without_names(other.text)) for other in near):
            continue
        message = f'The text says "{_short(said)}", the command stops it and nothing starts it again.'
        yield view.on("TOC204", line, message)


def _without_names(text: str) -> str:
    """A command without its comments and paths, which hold words of their own."""
    return re.sub(r"(?m)(?:^|\s)#.*$|[\w.-]*/[\w./-]+", " ", text)


_BACK_ORDERED = re.compile(
    r"\bback (?:in|into|to|on) (?:the )?(?:\w+ )?(?:rotation|service|pool|load[ -]?balancers?|cluster|traffic|balancing|line|duty|use)\b|\b(?:return|readmit|re-?add|re-?join|re-?admit|re-?register)\w*\b[^.]{0,40}\b(?:rotation|pool|service|cluster|load[ -]?balancer)|"
    r"\b(?:receives?|takes?|gets?|serves?) (?:traffic|requests|sessions|load) again\b|\bre-?enable\b|\b(?:eligible|schedulable|in (?:rotation|service)) again\b|\bwieder (?:in (?:den|die|das) (?:verbund|rotation|pool|lastverteil\w*|betrieb)|auf(?:nehmen|zunehmen)|freigeben|einhangen)\b|"
    r"\bde vuelta (?:al|en el) (?:balanceador|grupo|servicio)|\bremettre (?:en|dans) (?:service|la rotation|le pool)"
)
# "Add the machine again", at the beginning of what is ordered; "put it back, and if it limps, drain it" orders both.
_BACK_FIRST = re.compile(
    _NUMBERED
    + r"(?:add|put|bring|attach|register|insert)\b[^.:,;]{0,60}\b(?:again|back)\b(?! ?(?:up|if|when|unless|only))[^.:,;]{0,40}[:.]?$"
)
_OUT_TOO = re.compile(
    r"\b(?:drain|cordon|out|off|down|aside|before|until|stop|disabl|remov|aus|sperr|leer)\w*\b"
)
_OUT_ORDERED = re.compile(
    r"\b(?:take|pull|get|remove|drop)\w*\b[^.]{0,40}\b(?:out of|from) (?:the |both |all )?(?:\w+ )?(?:rotation|service|pool|load[ -]?balancers?|traffic|balancing)\b|\bno (?:new|more) (?:traffic|requests|connections|sessions)\b|\bweight (?:to|of|auf) (?:zero|0|null)\b|"
    r"\baus (?:dem|der) (?:verbund|rotation|pool|lastverteil\w*) (?:nehmen|herausnehmen|entfernen)\b|\bsacar\w* del (?:balanceador|grupo|servicio)|\b(?:retirer|sortir) (?:du|de la) (?:pool|rotation|repartiteur)"
)
_TAKES_OUT = re.compile(
    r"(?<![\w-])(?:state (?:maint|drain)|disable (?:server|backend|frontend|host|node|member)|cordon|drain|maint(?:enance)?(?: -| --)enable|-maint|deregister(?:-\w+)*|detach(?:-\w+)*|remove-backend|(?:--)?weight[ =](?:[\w/.-]*[/-][\w.-]+ )?0%?(?![.\d])|(?:set_health|set-health) \S+ (?:sick|unhealthy)|set-offline|offline|standby|disable-node|Suspend-ClusterNode|unregister|out_of_service)(?![\w-])"
)
_PUTS_BACK = re.compile(
    r"(?<![\w-])(?:state ready|enable (?:server|backend|frontend|host|node|member)|uncordon|undrain|register(?:-\w+)*|attach(?:-\w+)*|add-backend|(?:--)?weight[ =](?:[\w/.-]*[/-][\w.-]+ )?[1-9]\d*%?|(?:set_health|set-health) \S+ (?:healthy|auto)|online|unstandby|Resume-ClusterNode|in_service)(?![\w-])|"
    r"(?:drain|maint(?:enance)?|standby)\b[^\n|;&]{0,40}?[\s=:-](?:-?-?disable|off|false|no|exit|leave|unset|stop|cancel|end|undo)\b"
)
_TURNS = ("state ", "disable ", "enable ", "cordon", "drain", "maint", "register", "tach", "backend", "weight", "line", "standby", "ClusterNode", "_service", "health")  # fmt: skip


def turned_the_wrong_way(view: View) -> Iterator[Diagnostic]:
    """ "Put it back into rotation" over a command that takes it out, and the other way round."""
    for _, line in view.steps_with(_TURNS):
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        back, out = _PUTS_BACK.search(line.text), _TAKES_OUT.search(line.text)
        if (back is None) == (out is None):
            continue
        said = _ordered(view, line)
        wants_back = None if _OUT_TOO.search(said) else _BACK_ORDERED.search(said) or _BACK_FIRST.search(said)
        wants_out = _OUT_ORDERED.search(said)
        if (wants_back is None) == (wants_out is None):
            continue  # neither, or "take it out, then put it back"
        if wants_back is not None and out is not None:
            message = f'The text says "{_short(wants_back[0].strip())}", `{out[0].strip()}` takes it out.'
            yield view.on("TOC204", line, message)
        elif wants_out is not None and back is not None:
            message = f'The text says "{_short(wants_out[0])}", `{back[0].strip()}` puts it in.'
            yield view.on("TOC204", line, message)


_TO_THE_END = re.compile(
    r"\b(?:skip|jump|go|move|advance|forward|fast[- ]forward|set|reset|spring\w*|vor\w*|salta\w*|avanz\w*|sauter|avancer)\b[^.]{0,60}\b(?:newest|latest|end|head|most recent|last (?:record|message|offset|event)|neuest\w*|ende|final|mas reciente\w*|plus recent\w*|fin)\b|\bonly (?:the )?new (?:records|messages|events)\b|\b(?:skip|drop|discard|forget|ignore|give up)\b[^.:]{0,40}\b(?:backlog|lag|old (?:records|messages|events))\b|\bwhat comes in from now on\b"
)
_TO_THE_BEGINNING = re.compile(
    r"\b(?:replay|re-?process|re-?read|re-?consume|again|rewind|reset|start over|go back|nochmals?|erneut)\b[^.]{0,60}\b(?:beginning|earliest|oldest|very start|first (?:record|message|offset|event)|everything|whole (?:topic|stream|log)|entire (?:topic|stream|log)|anfang|altest\w*|principio|inicio|debut)\b"
)
_BEGINS = re.compile(r"--to-earliest\b|--from-beginning\b|\bTRIM_HORIZON\b|auto[._]offset[._]reset[=:\s\"]+earliest\b|--offset[ =](?:earliest|beginning|oldest)\b|x-stream-offset[=:\s\"]+first\b|\bseek_to_beginning\b|\bseek \S+ --to[ =]start\b")  # fmt: skip
_ENDS = re.compile(r"--to-latest\b|shard-iterator-type LATEST\b|--starting-position LATEST\b|auto[._]offset[._]reset[=:\s\"]+latest\b|--offset[ =](?:latest|end|newest)\b|x-stream-offset[=:\s\"]+last\b|\bseek_to_end\b|\bseek \S+ --to[ =]end\b")  # fmt: skip


def other_end(view: View) -> Iterator[Diagnostic]:
    """ "Skip to the newest record" over `--to-earliest`, "replay from the beginning" over `--to-latest`."""
    for _, line in view.steps_with(
        ("earliest", "latest", "beginning", "TRIM_HORIZON", "LATEST", "-offset", "oldest", "seek")
    ):
        begins, ends = _BEGINS.search(line.text), _ENDS.search(line.text)
        if not line.step.actions or (begins is None) == (ends is None):
            continue
        said = " ".join(sentences(above(view, line)) or sentences(line.step.title))
        to_end, to_beginning = _TO_THE_END.search(said), _TO_THE_BEGINNING.search(said)
        if to_end is not None and to_beginning is None and begins is not None:
            message = f'The text says "{_short(to_end[0])}", `{begins[0]}` goes to the beginning.'
            yield view.on("TOC204", line, message)
        elif to_beginning is not None and to_end is None and ends is not None:
            message = f'The text says "{_short(to_beginning[0])}", `{ends[0]}` goes to the end.'
            yield view.on("TOC204", line, message)


_SHIFTED = re.compile(r"--shift-by[ =](?P<sign>-?)\d+")
_GO_BACK = re.compile(r"\b(?:back|rewind|earlier|again|re-?play|re-?process|zuruck|atras|arriere)\b")
_GO_ON = re.compile(r"\b(?:skip|forward|past|jump over|leave out|uberspring\w*|salta\w*|saut\w*)\b")


def shifted_the_wrong_way(view: View) -> Iterator[Diagnostic]:
    """ "Go back by 1,000 records" over `--shift-by 1000`, "skip the poisoned one" over `--shift-by -1`."""
    for _, line in view.steps_with(("--shift-by",)):
        found = _SHIFTED.search(line.text)
        if found is None or not line.step.actions:
            continue
        said = _ordered(view, line)
        back, on = _GO_BACK.search(said), _GO_ON.search(said)
        if (back is None) == (on is None) or (found["sign"] == "-") == (back is not None):
            continue
        way = "back" if found["sign"] else "forward"
        yield view.on("TOC204", line, f'The text says "{_short(said)}", `{found[0]}` goes {way}.')


def _short(said: str) -> str:
    return said.rstrip(":.;, ")[:80]


RULES = (only_tried, only_stopped, turned_the_wrong_way, other_end, shifted_the_wrong_way)
