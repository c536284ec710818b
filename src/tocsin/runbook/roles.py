"""What a section is for, by its label: the synonym tables of several languages.

Data, not code; see docs/reference/runbook-language.md, section 5. Labels are matched in normal form (lower
case, without accents, numbering, emoji, punctuation and parentheses): whole phrase first, then first words,
then a contained phrase; the longest phrase wins.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tocsin.runbook.book import ConditionKind, Role
from tocsin.runbook.inline import plain

# English | Português | Français | Español | Deutsch, separated by commas. A phrase that ends in "=" must be
# the whole label: as a first word it says too little ("when", "alert", "steps").
_TABLE: dict[Role, str] = {
    Role.SYMPTOMS: (
        "symptoms, symptom, when=, trigger=, triggers=, signs=, signal=, signals=, detection=, alert=, alerts=,"
        "what you see, what users see, when to use this runbook, when to use, likely causes, indicators=,"
        "triggered by, warning signs, how to detect, how to recognize, error messages=,"
        "sintoma, sintomas, gatilho=, gatilhos=, quando=, sinais=, quando usar,"
        "symptomes, symptome, declencheur=, declencheurs=, quand=, criteres=,"
        "cuando=, senales=, cuando usar, disparador=, auslöser=, ausloser=, wann=, anzeichen="
    ),
    Role.OVERVIEW: (
        "meaning, overview, summary, description, purpose, background, about=, about this, alert definition,"
        "alert details, scope=, introduction, context=, what this alert means, what is this,"
        "descricao, visao geral, objetivo, resumo, significado,"
        "apercu, contexte=, objectif, vue d ensemble,"
        "descripcion, resumen, proposito, beschreibung, uberblick, zweck, bedeutung"
    ),
    Role.IMPACT: (
        "impact, customer impact, user impact, business impact, blast radius, consequences,"
        "impacto, consequences, auswirkung, auswirkungen"
    ),
    Role.INVESTIGATION: (
        "diagnosis, diagnose, diagnostics, diagnostic, diagnostic steps, investigation, investigate, triage, identify,"
        "quick checks, quick check, quick diagnosis, initial diagnosis, initial checks, first checks, debug,"
        "debugging, analyse, analyze, analysis, root cause, root cause analysis, how to investigate,"
        "how to diagnose, things to check, troubleshooting steps, assess,"
        "diagnostico, investigacao, triagem, verificacao inicial, verificacoes iniciais, analise,"
        "investigation, verifications initiales,"
        "investigacion, comprobaciones iniciales, untersuchung, analyse, erste schritte"
    ),
    Role.MITIGATION: (
        "resolution, resolve, mitigation, mitigate, fix=, fixes=, the fix, how to fix, steps=, steps to resolve,"
        "resolution steps, procedure, procedures=, recover, recovery, recovery steps, recovery procedure,"
        "remediation, remediate, containment, contain=, immediate actions, immediate action, immediate response,"
        "actions=, action=, action steps, solution, solutions, what to do, workaround, workarounds, playbook,"
        "response steps, response=, eradication, instructions=,"
        "mitigacao, resolucao, correcao, passos=, acoes imediatas, procedimento, solucao, o que fazer, recuperacao,"
        "actions immediates, correction, etapes=, procedure, que faire, attenuation, remediation,"
        "mitigacion, solucion, pasos=, acciones inmediatas, procedimiento, que hacer, recuperacion,"
        "behebung, massnahmen, maßnahmen, losung, schritte=, sofortmassnahmen, sofortmaßnahmen, vorgehen,"
        "wiederherstellung, was tun"
    ),
    Role.VERIFICATION: (
        "verification, verify, validation, validate, confirm, confirmation=, success criteria, smoke tests,"
        "smoke test, health checks=, recovery verification, resolution confirmation, post checks, post fix checks,"
        "verify recovery, verify the fix, verify resolution, how to verify, acceptance,"
        "verificacao, verificar=, validacao, confirmacao=, verification, verifications, valider=,"
        "verificacion, comprobacion, validacion, prufung, uberprufung, verifikation, erfolgskontrolle"
    ),
    Role.ROLLBACK: (
        "rollback, roll back, rolling back, revert, undo, back out, backout, re enable, reenable, rollback plan,"
        "rollback procedure, restore normal operation, return to normal,"
        "reversao, reverter=, retour arriere, annulation, reversion, revertir=, ruckgangig, zuruckrollen,"
        "ruckgangig machen"
    ),
    Role.ESCALATION: (
        "escalation, escalate, when to escalate, escalation path, escalation matrix, escalation procedure,"
        "escalation policy, if all else fails, escalonamento, escalade, escalamiento, escalacion, eskalation"
    ),
    Role.COMMUNICATION: (
        "communication, communications, communication template, communication templates, communication plan,"
        "status update, status updates, status page, notify=, notifications=, stakeholders, message templates,"
        "customer communication, internal communication, comunicacao, comunicacion, kommunikation,"
        "modeles de message, announcement, announce="
    ),
    Role.CONTACTS: (
        "contacts, contact, contact information, emergency contacts, key contacts, on call, on call contacts,"
        "on call rotation, owners=, owner=, vendors, external vendors, vendor contacts, support=, support contacts,"
        "contatos, plantao, astreinte, contactos, guardia, kontakte, bereitschaft, ansprechpartner"
    ),
    Role.SEVERITY: (
        "severity, severity levels, severity level, severity classification, severity definitions,"
        "severity matrix, priority=, priority levels, priorities=, incident classification, incident severity,"
        "severidade, niveis de severidade, gravite, severite, niveaux de gravite, severidad, gravedad,"
        "schweregrad, schweregrade"
    ),
    Role.PROCESS: (
        "incident response process, incident process, incident management process, response process,"
        "incident response procedure, incident response phases, incident response workflow, incident lifecycle,"
        "incident workflow, roles=, roles and responsibilities, responsibilities, duties=, process=, workflow=,"
        "general procedure, general process, processo de resposta, processo=, processus, proceso, ablauf=, prozess="
    ),
    Role.POST_INCIDENT: (
        "post incident, postincident, post incident review, post incident actions, post mortem, postmortem,"
        "post mortem template, lessons learned, follow up, follow ups, followup, after resolution,"
        "after the incident, long term=, long term fixes, medium term=, retrospective,"
        "pos incidente, licoes, licoes aprendidas, apres l incident, apres incident,"
        "post incidente, despues del incidente, lecciones aprendidas, nachbereitung, nach dem vorfall"
    ),
    Role.PREVENTION: (
        "prevention, prevent=, preventive measures, preventive actions, preventative measures, hardening,"
        "long term fix, long term solution, prevencao, prevencion, vorbeugung, pravention"
    ),
    Role.PREREQUISITES: (
        "prerequisites, prerequisite, access required, required access, before you begin, before you start,"
        "requirements, preparation=, tools required, pre requisitos, prerrequisitos, prerequis,"
        "requisitos previos, requisitos, voraussetzungen"
    ),
    Role.JOBS: (
        "scheduled jobs, cron jobs, cronjobs, scheduled tasks, batch=, batch jobs, nightly, nightly jobs,"
        "tarefas agendadas, taches planifiees, tareas programadas, geplante aufgaben"
    ),
    Role.MONITORING: (
        "monitoring, monitoring and alerting, alerting, dashboards, dashboard=, metrics=, key metrics,"
        "synthetic monitoring, slo, slos, slis, sla, observability, monitoramento, surveillance, monitoreo,"
        "uberwachung"
    ),
    Role.TOOLBOX: (
        "useful commands, quick reference, quick commands, common commands, cheat sheet, cheatsheet, appendix,"
        "command reference, handy commands, helpful commands, useful queries, diagnostic commands,"
        "comandos uteis, referencia rapida, commandes utiles, comandos utiles, nutzliche befehle"
    ),
    Role.REFERENCES: (
        "references, related documentation, related documents, related runbooks, related alerts, related links, related=, see also,"
        "additional resources, resources=, links=, useful links, further reading, documentation=,"
        "referencias, liens utiles, enlaces, verweise, siehe auch"
    ),
}

# Too common inside other names to say anything there ("Payment provider status page down").
_NOT_INSIDE = frozenset(
    [
        "impact",
        "recover",
        "recovery",
        "identify",
        "debug",
        "verify",
        "confirm",
        "resolve",
        "procedure",
        "solution",
        "rollback",
        "undo",
        "revert",
        "summary",
        "description",
        "purpose",
        "background",
        "nightly",
        "assess",
        "analysis",
        "alerting",
        "investigate",
        "mitigate",
        "diagnose",
        "monitoring",
        "dashboards",
        "contact",
        "validate",
        "escalate",
        "diagnostic",
        "slo",
        "sla",
        "acceptance",
        "requirements",
        "vendors",
        "stakeholders",
        "observability",
        "objetivo",
        "proposito",
        "zweck",
        "communication",
        "status page",
        "on call",
        "post mortem",
        "status update",
        "batch jobs",
        "cron jobs",
        "smoke test",
        "root cause",
        "quick check",
        "severity",
        "contacts",
        "triage",
        "validation",
        "containment",
        "support contacts",
        "re enable",
        "roll back",
    ]
)
# Labels that only say that steps follow.
_GENERIC = frozenset(
    [
        "steps",
        "procedure",
        "procedures",
        "playbook",
        "what to do",
        "actions",
        "action",
        "instructions",
        "response",
        "response steps",
        "action steps",
        "passos",
        "pasos",
        "schritte",
        "etapes",
        "procedimento",
        "procedimiento",
        "vorgehen",
        "o que fazer",
        "que faire",
        "que hacer",
        "was tun",
    ]
)


def fold(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


_PARENS = re.compile(r"[(（]([^()（）]*)[)）]")
_NUMBERING = re.compile(
    r"^(?:(?:step|phase|part|etapa|passo|etape|étape|paso|schritt|fase)\s+(\d{1,3}(?:\.\d{1,3}){0,3})\s*(?:[.):–—-]\s*|\s+|$)"
    r"|(?:#\s?)?(\d{1,3}(?:\.\d{1,3}){0,3})\s*(?:[.):]|[-–—](?=\s))\s+)",
    re.I,
)
_LEADING_SIGNS = re.compile(r"^[^\w(\[<`'\"“#$./~-]+")
_WORD = re.compile(r"[^\W_]+")


def split_number(label: str) -> tuple[str | None, str]:
    """The number printed in front of a title, and the title without it: "Step 3: Restart" → ("3", "Restart")."""
    text = _LEADING_SIGNS.sub("", label.strip())
    found = _NUMBERING.match(text)
    if found is None or not text[found.end() :].strip():
        return None, text.strip()
    return found[1] or found[2], text[found.end() :].strip()


@lru_cache(maxsize=4096)
def normal(label: str) -> str:
    """A label in normal form: folded words without numbering, punctuation, emoji and parentheses."""
    text = _PARENS.sub(" ", plain(label[:300]))
    _, text = split_number(text)
    return " ".join(_WORD.findall(fold(text)))


def _phrases() -> tuple[dict[str, Role], dict[str, Role]]:
    anywhere: dict[str, Role] = {}
    whole: dict[str, Role] = {}
    for role, text in _TABLE.items():
        for phrase in text.split(","):
            name = " ".join(_WORD.findall(fold(phrase)))
            whole.setdefault(name, role)
            if not phrase.strip().endswith("="):
                anywhere.setdefault(name, role)
    return whole, anywhere


_WHOLE, _START = _phrases()


@lru_cache(maxsize=4096)
def role_of(label: str) -> Role | None:
    """The role a label names, or None.

    >>> role_of("**Ações imediatas**:")
    <Role.MITIGATION: 'mitigation'>
    >>> role_of("Redis memory full") is None
    True
    """
    name = normal(label)
    if found := _WHOLE.get(name):
        return found
    words = name.split()
    if len(words) > 12:
        return None
    for length in range(min(len(words) - 1, 5), 0, -1):
        if found := _START.get(" ".join(words[:length])):
            return found
    for length in range(min(len(words), 5), 0, -1):
        for start in range(1, len(words) - length + 1):
            phrase = " ".join(words[start : start + length])
            if phrase not in _NOT_INSIDE and (found := _START.get(phrase)):
                return found
    return None


def is_exact(label: str) -> bool:
    """Whether the label is nothing but a known role name ("Steps:", "Résolution")."""
    return normal(label) in _WHOLE


def is_generic(label: str) -> bool:
    """Whether a mitigation label says only that steps follow, so that the steps themselves tell their role."""
    return normal(label) in _GENERIC


_CATALOGUE = re.compile(
    r"\b(?:common|known|frequent|typical|critical|production)?\s*(?:incidents?|scenarios?|issues?|problems?|alerts?"
    r"|failures?|failure modes|playbooks|runbooks|troubleshooting|emergenc(?:y|ies)|outages?|incidentes?|cenarios?"
    r"|problemas?|alertas?|falhas?|escenarios|fallos|pannes|problemes|storungen|vorfalle|probleme)\b"
    r"\s*(?:guide|types?|catalog(?:ue)?|procedures|scenarios|playbooks|runbooks|response|comuns|comunes|courants)?$"
)


def is_catalogue(label: str) -> bool:
    """Whether a heading announces a list of incidents ("Common Incidents", "Failure scenarios")."""
    return _CATALOGUE.search(normal(label)) is not None


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the parentheses of a label say."""

    recommended: bool = False
    warned: bool = False
    temporary: bool = False
    condition: tuple[ConditionKind, str] | None = None


_RECOMMENDED = re.compile(
    r"\b(?:recommended|preferred|fastest|safest|default|recomendad[oa]|recommande|empfohlen)\b"
)
_WARNED = re.compile(
    r"\b(?:caution|cautious|careful|carefully|emergency|emergencia|danger|dangerous|destructive|last resort|risky|com cuidado|con cuidado|avec precaution"
    r"|data loss|ultimo recurso|dernier recours|vorsicht|notfall|not reversible|irreversible)\b"
)
_TEMPORARY = re.compile(r"\b(?:temporary|temporarily|temporario|temporal|temporaire|vorubergehend)\b")


# "Delete stuck attachments if necessary": asked, not assumed.
_TRAILING_IF = re.compile(
    r"[\s,–—-]((?:only\s+)?if\s+(?:(?:it\s+is|it[’']s|this\s+is|still|absolutely|really|and\s+as)\s+){0,2}(?:necessary|needed|required|safe|possible"
    r"|applicable|appropriate|desired|available)(?:\s+to\s+do\s+(?:so|it|this))?|se\s+(?:for\s+)?necess[aá]rio|si\s+(?:es\s+)?necesario"
    r"|si\s+n[eé]cessaire|(?:falls|wenn)\s+n[oö]tig)\s*[.:;!]?\s*$",
    re.I,
)


_ASKING = re.compile(r"[iI][fF] |[sS][ei] |[fF]alls |[wW]enn ")


@lru_cache(maxsize=4096)
def remarks(label: str) -> Remarks:
    """What the parentheses of a label say: "(Recommended)", "(if safe)", "(temporary)", "(use with caution)"."""
    trailing = _TRAILING_IF.search(label) if _ASKING.search(label) else None
    if trailing is None and "(" not in label and "（" not in label:
        return Remarks()
    recommended = warned = temporary = False
    found: tuple[ConditionKind, str] | None = None
    if trailing is not None and (kind := condition_kind(trailing[1])) is not None:
        found, warned = (kind, trailing[1]), kind is ConditionKind.IF_SAFE
    for inside in _PARENS.findall(label):
        text = fold(inside)
        recommended = recommended or _RECOMMENDED.search(text) is not None
        warned = warned or _WARNED.search(text) is not None
        temporary = temporary or _TEMPORARY.search(text) is not None
        if found is None and (kind := condition_kind(inside)) is not None:
            found = (kind, inside.strip())
            warned = warned or kind is ConditionKind.IF_SAFE
    return Remarks(recommended, warned, temporary, found)


_IF = re.compile(
    r"\s*(?:only\s+)?(?:if|when|in case|unless|se|caso|si|s[’']il|falls|wenn|otherwise|else|as needed|"
    r"sinon|senao|si no|ansonsten)\b",
    re.I,
)
_FAILED = re.compile(
    r"\b(?:fails?|failed|failing|does ?(?: not|n[o'’]t) (?:work|help|respond|start|recover|resolve|fix)|did ?n[o'’]t (?:work|help)|"
    r"not work(?:ing)?|doesnt work|still (?:grow\w*|increas\w*|rising|failing|down|not|broken|unhealthy|high|stuck|errors?|no|slow|unresponsive|"
    r"see|seeing|having|present|happening|occurring|persists?|unavailable|degraded)|"
    r"unsuccessful|no luck|persists?|not (?:enough|sufficient|resolved|recovered|fixed)|nao funcionar|falhar|persistir|"
    r"echoue|ne marche pas|persiste|no funciona|falla|fehlschlagt|nicht hilft|nicht funktioniert)\b"
)
_NEEDED = re.compile(
    r"\b(?:necessary|needed|required|appropriate|possible|available|applicable|desired|necessario|preciso|disponivel"
    r"|necessaire|besoin|possible|disponible|notig|erforderlich|verfugbar|as needed)\b"
)
_SAFE = re.compile(r"\b(?:safe|seguro|sicher|sans risque)\b")


@lru_cache(maxsize=4096)
def condition_kind(text: str) -> ConditionKind | None:
    """The kind of condition a text begins with, or None if it is no condition.

    "if that fails" is a fallback, "if needed" and "if available" are a need, "if safe" asks, everything else
    that begins with "if" is a case somebody has to observe.
    """
    if _IF.match(text) is None:
        return None
    folded = fold(text)
    # The condition itself ends at the comma or colon; the rest is what to do.
    head = re.split(r"[,:]", folded, maxsplit=1)[0]
    if _FAILED.search(head):
        return ConditionKind.IF_FAILED
    if _SAFE.search(head):
        return ConditionKind.IF_SAFE
    if _NEEDED.search(head):
        return ConditionKind.IF_NEEDED
    if re.search(
        r"\b(?:verified|confirmed|verification (?:passes|succeeds)|successful|looks? good|ok|healthy)\b", head
    ):
        return ConditionKind.IF_OBSERVED
    return ConditionKind.CASE


HORIZON_WORD = re.compile(r"^(short|medium|mid|long)[\s-]*term\b", re.I)
_OPTION = re.compile(
    r"^(?:option|method|approach|alternative|plan|opcao|opcion|methode|metodo|variante?|ansatz|way|path|strategy)"
    r"\s*#?\s*([a-z]|\d{1,2})(?:\s*[:.)–—-]|\s*$|\s+\()"
)
_CASE = re.compile(
    r"^(?:scenario|case|cause|cenario|caso|cas|scenario|escenario|fall|szenario)\s*#?\s*([a-z]|\d{1,2})\s*[:.)–—-]"
)


_OTHER_WAY = re.compile(
    r"^(?:or|alternatively|alternative(?!ly)|another (?:option|way|approach)|plan b|ou(?: alors| bien)?|alternativamente|oder|o bien)\b"
)


@lru_cache(maxsize=4096)
def other_way(title: str) -> bool:
    """Whether a heading or label announces another way of what stands above it ("Alternative: restart by hand")."""
    return (
        option_mark(title) is None
        and _OTHER_WAY.match(fold(_LEADING_SIGNS.sub("", plain(title)))) is not None
    )


def speaks_of_next(title: str) -> bool:
    """Whether a label is a condition or another way for what follows it."""
    return other_way(title) or condition_kind(title) is not None


@lru_cache(maxsize=4096)
def option_mark(title: str) -> str | None:
    """The letter or number of an option heading ("Option B: Hot Fix" → "b"), or None."""
    found = _OPTION.match(fold(_LEADING_SIGNS.sub("", plain(title))))
    return found[1] if found else None


@lru_cache(maxsize=4096)
def case_mark(title: str) -> str | None:
    """The number of a case heading ("Scenario 3: primary is gone" → "3"), or None."""
    found = _CASE.match(fold(_LEADING_SIGNS.sub("", plain(title))))
    return found[1] if found else None
