"""The labels of sections in several languages, by role. Data, not code: docs/reference/runbook-language.md, section 5."""

from tocsin.runbook.book import Role

# English | Português | Français | Español | Deutsch | 日本語, separated by commas. A phrase that ends in "=" must be
# the whole label: as a first word it says too little ("when", "alert", "steps").
WORDS: dict[Role, str] = {
    Role.SYMPTOMS: (
        "症状, 検知, 発生事象=, アラート内容,"
        "symptoms, symptom, when=, trigger=, triggers=, signs=, signal=, signals=, detection=, alert=, alerts=,"
        "what you see, what users see, when to use this runbook, when to use, likely causes, common causes, possible causes, indicators=,"
        "indication=, indications=, indicator=, you see=, you ll see=, you will see=, triggered by, warning signs, sign=, alarm=, alarms=, how we notice, how you notice, how it shows, noticed by=, detected by=, reported as=, how to detect, how to recognize, error messages=,"
        "sintoma, sintomas, gatilho=, gatilhos=, quando=, sinais=, quando usar,"
        "symptomes, symptome, declencheur=, declencheurs=, quand=, criteres=,"
        "cuando=, senales=, cuando usar, disparador=, erkannt durch=, meldung=, meldungen=, auslöser=, ausloser=, wann=, anzeichen="
    ),
    Role.OVERVIEW: (
        "概要, 目的=,"
        "meaning, overview, summary, description, purpose, background, about=, about this, alert definition,"
        "alert details, scope=, introduction, context=, what this alert means, what is this,"
        "descricao, visao geral, objetivo, resumo, significado,"
        "apercu, contexte=, objectif, vue d ensemble,"
        "descripcion, resumen, proposito, beschreibung, uberblick, zweck, bedeutung"
    ),
    Role.IMPACT: (
        "影響, 影響範囲,"
        "impact, customer impact, user impact, business impact, blast radius, consequences,"
        "impacto, consequences, auswirkung, auswirkungen"
    ),
    Role.INVESTIGATION: (
        "調査, 調査手順, 原因調査, 切り分け, 切り分け手順, 状況確認,"
        "diagnosis, diagnose, diagnostics, diagnostic, diagnostic steps, investigation, investigate, triage, identify,"
        "quick checks, quick check, quick diagnosis, initial diagnosis, initial checks, first checks, debug,"
        "debugging, analyse, analyze, analysis, root cause, root cause analysis, how to investigate,"
        "how to diagnose, things to check, troubleshooting steps, assess, steps to check, possible checks, checks=, what to check, where to look,"
        "assessment, find out=, find out why, find out what, what to look for, things to look for, first look, look first, look=, see=, what to look at, prufen=, nachsehen=, evaluate=, evaluar, evaluar alcance, avaliar=, evaluer=, eingrenzung, fehlersuche, ursachenanalyse,"
        "erstdiagnose, prufschritte, depannage, controles, constats, revisar=, comprobar=, ermittlung,"
        "diagnostico, investigacao, triagem, verificacao inicial, verificacoes iniciais, analise,"
        "investigation, verifications initiales,"
        "investigacion, comprobaciones iniciales, untersuchung, analyse, erste schritte"
    ),
    Role.MITIGATION: (
        "対応, 対応手順, 対処, 対処方法, 対処手順, 復旧, 復旧手順, 暫定対応, 手順=,"
        "resolution, resolve, mitigation, mitigate, fix=, fixes=, the fix, how to fix, steps=, steps to resolve,"
        "fix it=, mend it=, corrective action, corrective actions, corrective measures, resolution steps, procedure, procedures=, recover, recovery, recovery steps, recovery procedure,"
        "remediation, remediate, containment, contain=, immediate actions, immediate action, immediate response,"
        "actions=, action=, action steps, solution, solutions, what to do, workaround, workarounds, playbook,"
        "response steps, response=, act=, do=, do this, maßnahme=, massnahme=, eradication, instructions=, possible actions, possible fixes, possible solutions, possible resolution, resolutions=, actions to take, actions required=, required actions=,"
        "short term fix, immediate fix, quick fix, emergency procedure, restore service, restore procedure, restore procedures,"
        "contener=, contencion, erradicacion, remediar=, recuperar=, conter=, contencao, erradicacao, contenir=, confinement, eindammung, abhilfe, notfallmassnahmen, entstorung,"
        "mitigacao, resolucao, correcao, passos=, acoes imediatas, procedimento, solucao, o que fazer, recuperacao,"
        "actions immediates, correction, etapes=, procedure, que faire, attenuation, remediation,"
        "mitigacion, solucion, pasos=, acciones inmediatas, procedimiento, que hacer, recuperacion,"
        "behebung, massnahmen, maßnahmen, losung, schritte=, sofortmassnahmen, sofortmaßnahmen, vorgehen,"
        "wiederherstellung, was tun"
    ),
    Role.VERIFICATION: (
        "確認=, 復旧確認, 動作確認, 確認手順,"
        "verification, verify, validation, validate, confirm, confirmation=, success criteria, smoke tests,"
        "smoke test, health checks=, recovery verification, resolution confirmation, post checks, post fix checks,"
        "is it good again=, is it back=, is it fixed=, is it over=, all clear=, verify recovery, verify the fix, did it help, did it work, does it work, erfolg=, erfolg prufen, hat es geholfen, verify resolution, how to verify, acceptance,"
        "verificacao, verificar=, validacao, confirmacao=, verification, verifications, valider=,"
        "verificacion, comprobacion, validacion, prufung, uberprufung, verifikation, erfolgskontrolle"
    ),
    Role.ROLLBACK: (
        "ロールバック, ロールバック手順, 切り戻し, 切り戻し手順, 切戻し,"
        "rollback, como voltar atras, voltar atras, como desfazer, desfazer=, roll back, rolling back, revert, undo, back out, backout, re enable, reenable, rollback plan,"
        "going back=, rollback procedure, restore normal operation, return to normal, way back, back=, take back=, taking it back, to undo, how to undo, how to go back,"
        "reversao, reverter=, retour arriere, annulation, reversion, revertir=, ruckgangig, ruckweg, rucknahme=, made things worse, made it worse, makes things worse, makes it worse, zurucknehmen=, zurucknahme=, ruckbau=, zuruckrollen, zuruck zur alten, zuruck zur vorigen, zuruck zur letzten, zuruck auf die, zuruckspielen=, retour a la version, volver a la version, version anterior=, voltar a versao,"
        "ruckgangig machen"
    ),
    Role.ESCALATION: (
        "エスカレーション, エスカレーション先, エスカレーション手順,"
        "escalation, escalate, when to escalate, escalation path, escalation matrix, escalation procedure,"
        "escalation policy, if all else fails, who gets called=, who is called=, who to call=, whom to call=, who gets called when=, who is called when=, who to page=, who to wake=, call order=, calling order=, wer wird angerufen=, wer wird wann angerufen=, wen anrufen=, anrufreihenfolge=, rufkette=, a quien llamar=, qui appeler=, quem chamar=, escalonamento, escalade, escalamiento, escalacion, escalado=, escalada=, eskalation, eskalationsweg=, eskalationsstufen="
    ),
    Role.COMMUNICATION: (
        "communication, communications, communication template, communication templates, communication plan,"
        "status update, status updates, status page, notify=, notifications=, stakeholders, message templates,"
        "customer communication, internal communication, comunicacao, comunicacion, kommunikation,"
        "modeles de message, announcement, announce=, notificar=, comunicar=, notificacion, notificacao, informer=, benachrichtigung, information der kunden"
    ),
    Role.CONTACTS: (
        "連絡先, 緊急連絡先, 連絡先一覧,"
        "contacts, contact, contact information, emergency contacts, key contacts, on call, on call contacts,"
        "on call rotation, owners=, owner=, vendors, external vendors, vendor contacts, support=, support contacts,"
        "contato=, contatos, plantao, astreinte, contacto=, contactos, contacto soporte, soporte=, guardia, kontakt=, kontakte, bereitschaft, rufbereitschaft, ansprechpartner,"
        "interlocuteurs, who to contact, who to call, external partners, partners=, suppliers=, vendor support, external support, phone numbers=, telefonliste=, rufnummern="
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
        "jobs=, scheduled=, routine=, routine work=, routine jobs=, regular work=, regular jobs=, housekeeping=, crontab=, regelmassige aufgaben=, background jobs, recurring jobs, recurring tasks, what runs when, what runs at night, schedule=, schedules=, timetable=, scheduled jobs, cron jobs, cronjobs, scheduled tasks, batch=, batch jobs, nightly, nightly jobs,"
        "tarefas agendadas, taches planifiees, tareas programadas, procesos programados=, traitements planifies, geplante aufgaben, geplante jobs, nachtlaufe="
    ),
    Role.MONITORING: (
        "monitoring, monitoring and alerting, alerting, dashboards, dashboard=, metrics=, key metrics,"
        "automated monitoring, alert thresholds, thresholds=, schwellwerte=, synthetic monitoring, slo, slos, slis, sla, observability, monitoramento, surveillance, monitoreo,"
        "uberwachung"
    ),
    Role.TOOLBOX: (
        "useful commands, quick reference, quick commands, common commands, cheat sheet, cheatsheet, appendix,"
        "command reference, handy commands, helpful commands, useful queries, diagnostic commands,"
        "comandos uteis, referencia rapida, commandes utiles, comandos utiles, nutzliche befehle"
    ),
    Role.REFERENCES: (
        "references, related documentation, related documents, related runbooks, related alerts, related links, related=, see also,"
        "reference issues, additional resources, resources=, links=, useful links, further reading, documentation=,"
        "referencias, liens utiles, enlaces, verweise, siehe auch"
    ),
}

# Too common inside other names to say anything there ("Payment provider status page down").
NOT_INSIDE = frozenset(
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
GENERIC = frozenset(
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
