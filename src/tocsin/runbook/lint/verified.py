"""Whether anybody looks, after the last change of a procedure, if it worked (TOC105), and could see it if not (TOC312)."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Role, Section, StepKind
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.lint.told import below, sentences, takes_back
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_LOOKS = re.compile(
    r"\b(?:curl|wget|status|get|describe|health|ping|pg_isready|select|rollout status|ps|top|netstat|ss|list|ls|show|"
    r"info|dig|nslookup|host|openssl|test|wait|check|plan|grep|nc|telnet|jlist|is-active|verify|diff|http)\b",
    re.IGNORECASE,
)


_ONLY_LOGS = re.compile(r"^\s*(?:sudo\s+)?(?:\S+\s+logs?\b|tail\b|journalctl\b|less\b|cat\b|\w+ logs\b)")


_VERIFIES = re.compile(
    r"\b(?:verif|confirm|check|ensure|validat|monitor|make sure|watch|test|should|smoke|pruf|comprob|vérif|validar)"
)


def unverified(view: View) -> Iterator[Diagnostic]:
    """TOC105: the last change of a procedure is followed by nothing that looks whether it worked."""
    for procedure in view.procedures:
        taken_back = _taken_back(procedure)
        changes = [
            line for line in procedure.mitigating
            if (line.step.judgement.effect in (Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY) or _may_change(line, taken_back)) and line.step.actions
            and line.step.kind is not StepKind.MANIFEST and line.step.horizon not in ("medium", "long")
            and line.step.role is not Role.VERIFICATION and not takes_back(view, line)
            and _ONLY_HERE.search(line.text) is None
            and not (line.step.judgement.effect is Effect.CHANGE and line.commands and all(c.name in _KEEPERS or c.name == "ssh" for _, c in line.commands))
        ]  # fmt: skip
        if not changes or Role.TOOLBOX in procedure.section.roles:
            continue
        last = changes[-1]
        if _VERIFIES.match(fold(last.step.title)) and len(changes) > 1:
            continue  # the check itself writes: a probe
        if len(changes) > 1 and _PUT_BACK.search(last.text) and any(
            _verifies(line) for line in procedure.lines if changes[-2].order < line.order < last.order
        ):  # fmt: skip
            continue  # it was looked at before it was let in again
        looked = any(_verifies(line) for line in procedure.lines if line.order > last.order)
        if not (
            looked
            or _verified_inside(last)
            or _verified_in_words(view, procedure, last)
            or _says_what_to_see(view, procedure, last)
            or _verified_next_door(view, procedure)
        ):
            yield view.on("TOC105", last, "Nothing after this change looks whether it worked.")


def _taken_back(procedure: Procedure) -> frozenset[str]:
    """The programs of its way back that nobody knows: what they did before it was a change."""
    return frozenset(
        command.name
        for line in procedure.lines
        if line.step.role is Role.ROLLBACK and line.step.judgement.effect is Effect.UNKNOWN
        for _, command in line.commands
    ) - {"ssh", "sudo", "sh", "bash"}


def _may_change(line: Line, taken_back: frozenset[str]) -> bool:
    return (
        line.step.judgement.effect is Effect.UNKNOWN
        and line.step.role is Role.MITIGATION
        and any(command.name in taken_back for _, command in line.commands)
    )


# What only ends the precaution of an earlier step.
_PUT_BACK = re.compile(
    r"\b(?:unpause|resume|uncordon|unset|unmask|SADD|enable server|state ready|maint -disable|eligibility -enable|artisan up|maintenance:disable|register-targets|silence expire)\b"
)
# What changes nothing but the operator's own side.
_ONLY_HERE = re.compile(
    r"^\s*(?:az aks get-credentials|aws eks update-kubeconfig|gcloud container clusters get-credentials|(?:terraform|tofu) init|kubectl run\b[^\n]*--rm)\b[^|;&]*$"
)
_ASKS_WHETHER = re.compile(
    r"\bdid it (?:help|work)|\bverif|\bconfirm|[/ ](?:probe|check|verify|smoke|measure|synthetic)[\w-]*\b|-(?:probe|check|verify|smoke|test)\b"
)
_KEEPERS = frozenset(
    {"tar", "cp", "pg_dump", "mysqldump", "mongodump", "rsync", "slapcat", "brew"}
)  # what is only kept needs no check here


_SAYS_IT_IS_RIGHT = re.compile(
    r"\b(?:says?|tells?|reports?|confirms?) (?:you |us )?(?:that|whether|if)\b|\b(?:is|are|looks?) (?:right|good|fine|correct|complete|back|green|healthy)\b"
)
# A sentence that says what is to be seen: "the list above is empty afterwards", "the lag falls within ten minutes".
_TOLD_TO_SEE = re.compile(
    r"^\W*(?:it (?:worked|is over|is done) (?:if|when)\b|(?:the|both|all|this|at least|no)\b[^.]{0,80}?\b(?:is|are|falls?|drops?|prints?|shows?|says?|has to|have to|must|answers?|returns?|rises?)\b[^.]{0,60}?"
    r"\b(?:afterwards?|again|by then|within \w+ (?:seconds|minutes)|after (?:a|\d+) \w+)\b)|"
    r"^\W*(?:er|sie|es|alle|beide|danach|die|der|das) (?:\w+ )?(?:muss|mussen|zeigt|zeigen|antwortet|antworten|meldet|melden)\b|^\W*(?:el|la|los|las|todos?|ambos?) (?:\w+ )?(?:debe[n]?|tiene[n]? que|muestra[n]?|responde[n]?)\b|"
    r"^\W*(?:il|elle|le|la|les|tous) (?:\w+ )?(?:doit|doivent|affiche\w*|repond\w*)\b"
)


_SHOWS = re.compile(
    r"(?:the|it|this|both|all|each|at least) (?:[\w-]+ ){0,5}?(?:shows?|prints?|says?|answers?|returns?|lists|displays?|has to|have to|must)\b"
)


def _verifies(line: Line) -> bool:
    told = fold(line.words)
    if not line.step.actions:
        return bool(_VERIFIES.search(told) or _SAYS_IT_IS_RIGHT.search(told))
    if line.step.role is Role.VERIFICATION and line.step.judgement.effect in (Effect.UNKNOWN, Effect.CHANGE):
        return True  # a probe that writes, a tool nobody knows: the text says that it verifies
    if line.step.judgement.effect is Effect.UNKNOWN and _ASKS_WHETHER.search(f"{told} {line.text.lower()}"):
        return True
    if line.step.judgement.effect is not Effect.OBSERVE:
        return False
    if line.step.role is Role.VERIFICATION or line.step.expects:
        return True
    return not _ONLY_LOGS.match(line.text) and bool(_LOOKS.search(line.text))


# A sentence that tells somebody to look ("As validation, check the endpoint status of…"), not one that mentions it.
_TOLD_TO_LOOK = re.compile(
    r"^\W*(?:\d+[.)]\s*)?(?:(?:as (?:a )?(?:validation|verification|check)|to (?:verify|confirm|check)\b[^,.]{0,60}|(?:then|finally|afterwards?|now|next|after (?:that|this)|"
    r"once (?:done|finished|applied|it (?:is|has))[^,.]{0,40}|anschliessend|danach|dann|ensuite|luego|despues|depois)),?\s+)?(?:please\s+)?"
    r"(?:verify|confirm|check|validate|ensure|make sure|watch|test that|(?:count|look|measure|compare|ask|repeat|run|query)\b[^.]{0,60}\bagain\b|repeat the|prufen?|verifi(?:ez|que|car|er)|comprueb[ae]|compruebe|confirmez|confirme)\b"
)


def _verified_in_words(view: View, procedure: Procedure, last: Line) -> bool:
    """A paragraph behind the change that says what to look at, or right below it what is to be seen."""
    if any(_SHOWS.match(said) for said in sentences(below(view, last))):
        return True
    return any(
        _TOLD_TO_LOOK.match(told := fold(plain(raw.text)))
        or any(_TOLD_TO_SEE.match(each) for each in told.split(". "))
        for raw in view.raw_of(procedure.section)
        if raw.number > last.step.span.last_line and not raw.fenced
    )


# The words of which a verification is made that names nothing: "Make sure that everything works again."
_SAYS_NOTHING = frozenset(
    """make sure be check verify confirm ensure validate test see look looks that whether if it everything all things the a an and or is are
    was been has have works work working worked ok okay fine good well normal normally properly correctly correct expected as again now back to
    up running run runs healthy stable operational functional functioning functions service services system systems application applications
    app apps site website server servers issue issues problem problems error incident resolved fixed gone solved successful successfully
    please then finally after afterwards done still of on in this
    prufe prufen uberprufen sicherstellen stelle stellen sicher dass ob alles wieder lauft laufen funktioniert funktionieren geht der die das
    dienst system anwendung ist sind normal korrekt und nun
    comprobar compruebe comprobamos verificar verifique asegurar asegurese que todo funciona correctamente bien el la los servicio sistema esta de nuevo
    verifier verifiez s'assurer assurez-vous tout fonctionne correctement bien le la service systeme est nouveau""".split()
)
_WORD = re.compile(r"[^\W_][\w'’-]*")


def _says_what_to_see(view: View, procedure: Procedure, last: Line) -> bool:
    """Whether a section for the verification, behind the change, names in words something that can be looked at."""
    return any(
        Role.VERIFICATION in section.roles
        and section.span.first_line > last.step.span.first_line
        and any(not _empty_words(raw.text) for raw in _said_in(view, section))
        for section in procedure.section.walk()
    )


def _verified_next_door(view: View, procedure: Procedure) -> bool:
    """Whether the verification is a section beside the procedure, with nothing between that changes something."""
    for section in view.sections:
        if section.span.first_line <= procedure.section.span.last_line:
            continue
        if section.level < procedure.section.level:
            return False
        if Role.VERIFICATION in section.roles:
            told = any(not _empty_words(raw.text) for raw in _said_in(view, section))
            return told or any(step.actions for step in section.steps())
        if any(step.judgement.effect is not Effect.OBSERVE for step in section.steps()):
            return False
    return False


def _said_in(view: View, section: Section) -> list[RawLine]:
    """The prose below the heading of a section."""
    return [
        raw
        for raw in view.raw_of(section)
        if not raw.fenced and raw.number != section.heading_line and _WORD.search(raw.text)
    ]


def _empty_words(text: str) -> bool:
    """Whether a line names nothing to look at; a figure, a name in code or any other word is something."""
    return "`" not in text and all(word in _SAYS_NOTHING for word in _WORD.findall(fold(plain(text))))


def nothing_to_see(view: View) -> Iterator[Diagnostic]:
    """TOC312: the verification is a wish: "Make sure everything works"."""
    for section in view.sections:
        if (
            Role.VERIFICATION not in section.roles
            or section.children
            or any(step.actions for step in section.steps())
        ):
            continue
        said = _said_in(view, section)
        if said and len(view.raw_of(section)) <= _SHORT and all(_empty_words(raw.text) for raw in said):
            message = f'"{plain(said[0].text.strip())[:60]}" can be said of anything: it names neither what to look at nor what to see.'
            yield view.remark("TOC312", said[0].span, message)


_SHORT = 12  # lines of a section


# A loop that looks after each: restart, then ask, and go on only if it answers.
_LOOKS_WITHIN = re.compile(
    r"\n\s*(?:curl\s+(?:-\S+\s+)*-\w*f|kubectl (?:rollout status|wait)|pg_isready|ssh \S+ '?systemctl is-active)[^\n]*(?:\|\|\s*(?:break|exit)|\n\s*done)"
)
_TESTS = re.compile(
    r"\s*(?:sudo )?(?:dbt test|helm test|goss (?:v|validate)|inspec exec|bats|testinfra|k6 run|newman run)\b"
)


def _verified_inside(line: Line) -> bool:
    """A step that ends by looking: `apply …; rollout status …`."""
    if not line.step.actions:
        return False
    last = line.step.actions[-1]
    looks = (
        last.judgement.effect is Effect.OBSERVE
        and bool(_LOOKS.search(last.text))
        and len(line.step.actions) > 1
    )
    return (
        looks
        or _LOOKS_WITHIN.search(last.text) is not None
        or (len(line.step.actions) > 1 and _TESTS.match(last.text) is not None)
        or bool(
            re.search(
                r"&&\s*(?:curl|kubectl (?:rollout status|wait)|pg_isready|systemctl is-active)", last.text
            )
        )
        or "--wait" in last.text
    )


RULES = (unverified, nothing_to_see)
