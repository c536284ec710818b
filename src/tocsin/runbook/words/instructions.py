"""Whether a sentence of prose is something to do: it begins with an imperative, after "then", "please" or a condition.

Source: docs/reference/runbook-language.md, sections 3.2 and 6.8. English, Portuguese, French, Spanish and German.
"""

import re

from tocsin.runbook.words.roles import fold

_VERBS = frozenset(
    """
    commit compile count dig dump grep import increment insert kick label modify obtain override paste plan prune quarantine ramp reassign
    recycle regenerate reimage reindex relax remount replicate reroute resend resubmit resync rewind sanity-check scan scroll seal ssh summarise
    summarize tag tail taint trim truncate tune unblock unpause unset vacuum view warm wipe
    abort acknowledge activate add adjust advise alert announce apply approve ask assess assign attach back block bring bump call cancel
    capture change check clean clear click close collect communicate compare complete configure confirm connect consider consult contact
    continue contact coordinate copy cordon create cut declare decrease delete deploy detach determine disable disconnect document double-check
    download drain edit email enable engage ensure escalate evaluate examine execute export fail fall fetch file filter find fix flush follow
    force free gather get give go grant hand help hold identify increase inform initiate inspect install investigate invite isolate keep kill
    launch leave let limit list locate lock log login look lower make mark merge migrate mitigate monitor mount move navigate note notify open
    page patch pause perform pick pin ping place point post power prepare press prevent promote provide provision publish pull purge push put query quit raise
    re-check re-enable re-run re-deploy reach read rebalance reboot rebuild recheck reconnect record recover recreate redeploy redirect reduce
    refer reinstall reject release reload remediate remove rename renew repair repeat replace replay report request rerun reset resize resolve
    restart restore resume retry return revert review revoke roll rollback rotate run save scale schedule search select send set share shift shut
    sign silence skip snapshot spin split start stop submit suspend swap switch sync take tell terminate test throttle tick trace track
    transfer trigger try turn type uncordon undo uninstall unlock unmount update upgrade upload use validate verify visit wake warn watch work write
    abra abrir acesse acessar acione adicione alterar altere aplique atualize avise bloqueie chame clique conecte confira confirme consulte
    contate copie crie desative desligue edite ejecute encerre entre envie escale espere execute habilite identifique informe inicie ligue limpe
    mude notifique obtenha pare peca procure publique reduza registre reinicie reinicia remova repita restaure reverta revise rode rotacione solicite
    substitua teste troque use verifique
    abre abrir acceda actualice actualizar anada apague avisar aumente borre cambie compruebe comprobar conectese consultar desactive detenga ejecutar
    elimine encienda escalar haga inicie llame llamar notificar pida quite reiniciar reinicie restaurar revise revisar suba vaya verificar
    activez ajoutez alertez annulez appelez appeler appliquez arretez arreter attribuez augmentez basculez basculer bloquez changez cliquez confirmez
    connectez connectez-vous consultez consulter contactez contacter coupez creez demandez demarrez desactivez deconnectez effacez envoyez escaladez
    executez executer faites fermez identifiez informez informer installez lancez lancer mettez modifiez notez notifiez ouvrez ouvrir passez prevenez
    prevenir purgez redemarrez redemarrer reduisez relancez relancer remplacez restaurez restaurer retablissez revenez supprimez supprimer surveillez
    testez tester utilisez verifiez verifier videz
    aktivieren aktiviere andern andere anhalten anmelden anrufen bearbeiten beende beenden benachrichtige benachrichtigen bestatige bestatigen bitte blockieren
    deaktiviere deaktivieren drucken eskaliere eskalieren erhohe erhohen erstelle erstellen fahre fordern fragen fuhre fuhren gehe gehen hole informiere
    informieren kontaktiere kontaktieren kontrolliere kontrollieren kopiere leere leeren leite leiten losche loschen melde melden nutze offne offnen
    passe probiere pruf prufe prufen reduziere reduzieren rufe rufen schalte schalten schicke schicken schliesse schliessen sende senden setze setzen sichere
    sichern sperre sperren starte starten stelle stellen stoppe stoppen suche suchen teile teste testen trage trenne uberprufe uberprufen verbinde verbinden
    verwende verwenden warte wechsle wechseln wende wenden wiederhole wiederholen ziehe
    """.split()
)
# Words before the imperative that change nothing about it.
_BEFORE = re.compile(
    r"^(?:(?:then|now|next|first|second|third|finally|lastly|also|please|immediately|again|alternatively|otherwise|optionally|afterwards|instead|manually|carefully"
    r"|dann|nun|jetzt|zuerst|zunachst|anschliessend|danach|zuletzt|bitte|sofort|andernfalls|puis|ensuite|d'abord|enfin|maintenant|sinon|veuillez"
    r"|luego|despues|primero|ahora|finalmente|entonces|en caso contrario|por favor|depois|primeiro|agora|em seguida|caso contrario|e|and|und|et|y)\b[,: ]*){1,3}"
)
_CONDITION = re.compile(
    r"^(?:(?:only )?(?:if|when|once|after|before|as soon as|unless|in case|while|to|for|on|from|in|using|with|falls|wenn|sobald|nachdem|bevor|um|si|s'il|quand|apres|avant|des que|pour|dans|depuis"
    r"|cuando|despues de|antes de|en caso de|para|en|desde|se|caso|quando|apos|no|na|em)\b)[^.!?;]{2,160}?[,:]\s+"
)
# Nouns that look like imperatives at the start of a sentence that tells.
_TELLS = re.compile(
    r"^(?:\S+\s+(?:is|are|was|were|has|have|will|can|may|might|should|must|does|do not|ist|sind|wird|kann|est|sont|peut|es|son|puede|e|sao|pode|happens?|occurs?|means|shows?|returns?|contains?|fires?)\b)"
)
_SENTENCE_END = re.compile(r"(?<=[^\W\d_][^\W\d_)`\"”])[.!?]\s+(?=[A-ZÀ-Þ\"“(])")


def first_sentence(text: str) -> str:
    """The title of a longer instruction: its first sentence, without the final period."""
    found = _SENTENCE_END.search(text) if len(text) > 60 else None
    return text[: found.start() + (text[found.start()] == "?")] if found is not None else text


# Words that say that what follows is printed, not typed.
SHOWS_OUTPUT = re.compile(
    r"\b(?:expected|sample|example)\s+(?:output|result|response)|^output\b|\boutput (?:should|will|looks)|you should see|should (?:look|show|return|see)"
    r"|sa[ií]da esperada|sortie attendue|salida esperada|erwartete ausgabe"
    r"|^(?:a |an |the |here is |this is )?(?:typical|normal|healthy|good|bad|usual|possible|resulting|abridged)\s+(?:\w+\s+){0,2}(?:output|result|response|answer|reply|log(?: lines?)?)\b"
    r"|^(?:an? |here is an )?(?:example|sample) of (?:what|how|a|an|the)\b.{0,60}\b(?:says?|looks?|prints?|outputs?|answers?|shows?|response|reply)\b"
    r"|^(?:you(?:'ll| will| should)? (?:get|see)|(?:it|that|this|which|the (?:command|output|result|answer|log)) (?:will |should |then )?(?:prints?|outputs?|returns?|shows?|says?|answers?|looks?)) (?:something |more or less )?(?:like|similar)\b"
    r"|^(?:ein |typische |normale |gesunde )?(?:beispiel\w*|typische|normale|gesunde|mogliche|mögliche)\b[^:]{0,40}\b(?:ausgabe|antwort|ergebnis|protokoll)\b|^(?:die )?ausgabe (?:sieht|ist|lautet)\b|^(?:das |dies |so )?sieht (?:das |es |dann |ungef[aä]hr |in etwa )*so aus"
    r"|^(?:exemple|ejemplo|exemplo)s? (?:de|d['’]une?) (?:\w+ )?(?:sortie|salida|sa[ií]da|respuesta|resposta|r[eé]ponse)\b",
    re.I,
)
# These say so surely, also where no command stands above them.
PRINTED = re.compile(
    r"\b(?:expected|sample|example|typical|normal|healthy|usual)\s+(?:\w+\s+){0,2}(?:output|response|reply|answer)\b|\boutput (?:looks|is|will be|should)\b|^(?:an? )?(?:example|sample) of (?:what|how)\b|\bausgabe\b|\bsalida\b|\bsortie\b|\bsa[ií]da\b",
    re.I,
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def is_instruction(text: str) -> bool:
    """Whether a sentence asks somebody to do something.

    >>> is_instruction("If the disk is full, call the storage team.")
    True
    >>> is_instruction("Restarts are harmless: the queue is durable.")
    False
    """
    if not text or len(text) > 600:
        return False
    folded = fold(text).replace("’", "'").replace("ß", "ss")
    for _ in range(3):
        bare = _BEFORE.sub("", folded, count=1)
        bare = _CONDITION.sub("", bare, count=1)
        if bare == folded:
            break
        folded = bare
    found = _WORD.match(folded)
    if found is None or _TELLS.match(folded):
        return False
    return found[0] in _VERBS and folded[found.end() : found.end() + 1] in (" ", ",", "", ".", ":", "-")


# What warns, what forbids, and what announces the way back, by how it begins.
WARNINGS = frozenset({"warning", "caution", "danger", "important", "attention", "error"})
FORBIDS = re.compile(r"^(?:never|do not|don[’']t|avoid|nunca|n[ãa]o|ne jamais|niemals|nicht)\b", re.I)
WAY_BACK_FOR = re.compile(
    r"(?:way back|undo|rollback|r[uü]ckweg|retour arri[eè]re|reversi[oó]n)\b[^:\n]{0,40}:", re.I
)
_LATER = re.compile(
    r"(?:and |then |but |to |(?:do not|don't) forget to |remember to )*(?:put|take|bring|switch|turn|set|scale|move|change|enable|disable)\b.{0,60}?\b(?:back|again)\b.{0,40}?"
    r"\b(?:afterwards?|later|tomorrow|in the morning|the next day|(?:once|when|as soon as|after)\b.{0,40}\b(?:over|gone|normal|empty|drained|through|calm|passed|finished|done|fixed|healthy|recovered|incident|attack))\b"
    r"|(?:(?:to )?(?:put|take|bring) .{0,40}?)?\bback in(?:to)? (?:service|rotation|the (?:pool|load ?balancer|rotation)|production)\b"
)


def takes_back_later(title: str) -> bool:
    """Whether a title speaks of taking something back later: "turn it on again afterwards", "Back in service".

    >>> takes_back_later("To put it back later"), takes_back_later("put the last version back")
    (True, False)
    """
    return _LATER.match(title.lower()) is not None


WARNING_TEXT = re.compile(
    r"^\W*(?:⚠|warning|caution|danger|attention|achtung|vorsicht|atenção|cuidado|注意|警告|危険)\b|^⚠", re.I
)
