"""TOC204: what a heading claims a command does, against what it does.

A heading that speaks of looking must not disturb; one that speaks of housekeeping ("expired", "old", "temporary",
"clean up") must not lose what it does not speak of; one that promises gentleness must not use force.
"""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Flag
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.words.wording import fold, stem

_LOOKING = frozenset(
    stem(w)
    for w in "check list show view inspect verify look review monitor identify investigate read see describe count find watch "
    "collect gather examine confirm display print query observe diagnose get determine test validate analyze analyse audit "
    "understand compare measure report status preview "
    "preview verificar listar mostrar ver prufen anzeigen ansehen nachsehen auflisten verifier afficher comprobar consultar".split()
)
_ACTING = frozenset(
    stem(w)
    for w in "restart kill delete drop remove stop terminate fix restore scale reload recreate rebuild flush purge wipe reset "
    "redeploy deploy failover promote evict drain cordon rollback revert repair update change set apply enable disable clear clean "
    "truncate force end cancel bounce reboot shut shutdown unlock release free rotate revoke migrate replace switch swap resync "
    "import load install installation upgrade patch merge commit push tag release publish book switch takeover start run trigger retry requeue erase destroy empty detach disconnect block "
    "starten neustarten stoppen anhalten beenden loschen leeren zurucksetzen umschalten einspielen verschieben abschalten freigeben sperren reiniciar arrancar parar detener borrar eliminar restaurar cambiar activar desactivar "
    "redemarrer arreter demarrer supprimer vider restaurer relancer basculer".split()
)
# German says what is done at the end.
_LOOKS_LAST = frozenset(stem(w) for w in ("ansehen", "nachsehen", "anzeigen", "auflisten", "prufen"))
_LIMITING = re.compile(
    r"\b(?:expired?|stale|old(?:er|est)?|temp(?:orary)?|tmp|unused|orphan(?:ed|s)?|dangling|dead|idle|cach(?:e|ed|es)|completed|finished|"
    r"obsolete|redundant|duplicated?s?|left-?overs?|scratch|test|failed|stuck|abgelaufen\w*|alte[rn]?|expirad[oa]s?|antig[oa]s?|expirees?|anciens?)\b"
)
_TIDYING = re.compile(
    r"\b(?:clean(?:ing)?(?:[ -]?up)?|tidy|housekeep\w*|rotate|refresh|trim|free(?: up)?|reclaim|compact|prune|vacuum|shrink|archive|"
    r"garbage|aufraumen|bereinig\w*|limpar|limpiar|limpeza|nettoyer)\b"
)
_GENTLE = re.compile(
    r"\b(?:safe(?:ly)?|graceful(?:ly)?|gently?|non-?destructive|read-?only|harmless|without (?:down ?time|data loss|interruption|impact)|zero[- ]downtime|rolling|no impact)\b"
)
_HARSH = re.compile(
    r"\b(?:drop|wipe|destroy|erase|truncate|all (?:data|keys|databases?|tables?|rows|volumes?)|everything|entire|whole|irreversibl\w*|"
    r"delete (?:the )?(?:database|volume|bucket|cluster|namespace|index|table|all)|empty (?:the )?(?:whole|entire|database|redis)|data loss|flush all|flushall|force|kill -9)\b"
)
_FORCE = re.compile(
    r"(?:^|\s)(?:-9|-KILL|-SIGKILL|--force|--grace-period[= ]0|--now)(?:\s|$)|\bkill -9\b|\brm -rf\b"
)
_WORD = re.compile(r"[a-z]{3,}")


def heading_against_command(view: View) -> Iterator[Diagnostic]:
    """TOC204 for every step with a heading of its own words."""
    for _, line in view.lines():
        step = line.step
        if step.judgement.effect is Effect.OBSERVE or not step.actions:
            continue
        for heading in _headings(line):
            problem = _problem(heading, line)
            if problem is not None:
                level, message = problem
                worst = max(step.actions, key=lambda a: a.judgement.effect.rank)
                yield view.at("TOC204", line, worst, 0, message, level=level)
                break


def _headings(line: Line) -> list[str]:
    """What a reader is told about this step: its own words first, then what stands above it."""
    found = [line.step.title] if line.step.title_from != "command" else []
    if line.choice is not None and line.choice.question:
        found.append(line.choice.question)
    # The heading of a section speaks for a step only if it is all that speaks for it.
    if line.step.title_from in ("command", "heading"):
        found.append(line.section.title)
    found = [heading for heading in found if not _tells_trouble(fold(heading))]
    return list(dict.fromkeys(found))


# "Cache is full" tells what is wrong, not what goes.
_TROUBLE = re.compile(
    r"^(?:the |die |der |das |el |la |le )?[\w -]{2,40}? (?:(?:is|are|ist|sind|esta|estan|est|sont) )?(?:too |zu |almost |nearly |fast |casi |presque )?(?:full|big|large|slow|behind|stuck|down|voll|langsam|llen[oa]s?|lent[oa]s?|plein\w*|lent\w*)\W*$"
)


def _tells_trouble(heading: str) -> bool:
    """Whether a heading tells what is wrong; "delete what is stuck" tells what to do."""
    first = _LETTERS.search(heading)
    acts = first is not None and stem(first[0]) in _ACTING | _LOOKING
    return not acts and not _TIDYING.search(heading) and _TROUBLE.search(heading) is not None


_ASIDE = re.compile(r"\([^)]*\)")
_LETTERS = re.compile(r"[a-z]+")


# "Pack the finished ones" over `tar -c`: the copy is what the heading announces.
_PACKING = re.compile(r"\b(?:pack|archive|compress|zip|komprimier\w*|archivier\w*|comprim\w*|archiva\w*)\b")
_PACKS = re.compile(r"\b(?:tar\s+-{0,2}\w*c\w*|zip|7z\s+a|gzip|xz|zstd)\s|\bCompress-Archive\b")


def _problem(heading: str, line: Line) -> tuple[Level, str] | None:
    told = fold(_ASIDE.sub(" ", heading) if "(" in heading else heading)
    effect = line.step.judgement.effect
    reason = next((r.sentence for r in line.step.judgement.reasons if r.sentence), "")
    does = f"the command {_PHRASE[effect]}{f' ({reason})' if reason else ''}"
    if _HARSH.search(fold(heading)):
        return None
    words = _LETTERS.findall(_HAVE_A.sub("", told))
    while len(words) > 1 and words[0] in _FILLERS:
        words = words[1:]
    looks = (
        bool(words)
        and (stem(words[0]) in _LOOKING or stem(words[-1]) in _LOOKS_LAST)
        and not any(stem(word) in _ACTING for word in words)
    )
    if looks and effect.rank >= Effect.DISRUPT.rank and effect is not Effect.UNKNOWN:
        return Level.ERROR, f'The heading says "{heading}", {does}.'
    if looks and effect is Effect.CHANGE and not _local_only(line):
        return Level.WARNING, f'The heading says "{heading}", {does}.'
    destroys = effect is Effect.DESTROY and not (_PACKING.search(told) and _PACKS.search(line.text))
    limited = (_LIMITING.search(told) or _TIDYING.search(told)) if destroys else None
    if limited is not None and _blunt(line) and not _agrees(told, line.text):
        return (
            Level.ERROR,
            f'The heading says "{heading}", {does}: nothing in it is limited to what the heading names.',
        )
    if _GENTLE.search(told) and (destroys or _FORCE.search(line.text)):
        return Level.ERROR, f'The heading says "{heading}", {does}.'
    return None


_FILLERS = frozenset("just now first then next please simply only".split())
_HAVE_A = re.compile(r"\b(?:have|take) an? (?:quick |short |close )?(?=look)|\b(?:let us|let's) ")
_PHRASE = {
    Effect.OBSERVE: "only looks",
    Effect.CHANGE: "changes something",
    Effect.DISRUPT: "interrupts work or service",
    Effect.UNKNOWN: "cannot be read",
    Effect.DESTROY: "destroys",
}


def _local_only(line: Line) -> bool:
    """Scratch on the operator's side is part of looking: a dump to read, a port-forward, a checkout."""
    return bool(
        re.search(
            r"[/]tmp/|mktemp|port-forward|\bget-credentials\b|\bupdate-kubeconfig\b|\bkubectl run\b.*--rm\b|>\s*[\w.-]+\.(?:txt|log|json|out|dump|hprof)\b|\bgit (?:fetch|clone|pull)\b|"
            r"\b(?:docker|podman|skopeo|helm|crane|nerdctl)\b.*\s(?:pull|copy)\b|\bprobe\b|_probe\b|healthcheck|smoke|\b(?:terraform|tofu|terragrunt)\b[^|;&\n]*\bplan\b|"
            r"\b(?:go|cargo|npm|pnpm|yarn|pip|make|mvn|gradle|brew|pytest)\s+(?:-\S+\s+)*(?:build|test|install|run|vet|update)\b|\bgit commit\b",
            line.text,
        )
    )


_BOUND = re.compile(
    r"-(?:mtime|ctime|atime|mmin|cmin)\b|--(?:older-than|filter|until|before|keep|retain|max-age|age|field-selector)\b|\bWHERE\b.*(?:<|expire|status|state|interval)|"
    r"--vacuum-(?:time|size)|\bVACUUM\b|--expired|\bexpire\b",
    re.IGNORECASE,
)  # fmt: skip
_SAME = {
    "temp": ("tmp", "temp"), "temporary": ("tmp", "temp"), "tmp": ("tmp", "temp"), "cache": ("cache",), "cached": ("cache",),
    "caches": ("cache",), "test": ("test",), "scratch": ("scratch", "tmp"), "completed": ("succeeded", "completed"),
    "failed": ("failed", "fail"), "finished": ("succeeded", "completed"), "dead": ("dead", "dlq"), "stuck": ("stuck", "lock"),
}  # fmt: skip
_EVERYTHING = re.compile(
    r"\bFLUSH(?:ALL|DB)\b|\bDROP (?:DATABASE|SCHEMA|TABLE)\b|\bTRUNCATE\b|--all\b|\s-a\b.*--volumes|mkfs|\bdd\b",
    re.IGNORECASE,
)


def _blunt(line: Line) -> bool:
    """Whether the command takes whatever is there, not one thing that it names."""
    return Flag.WIDE in line.step.judgement.flags or _BLUNT.search(line.text) is not None


_BLUNT = re.compile(
    r"\brm\s+(?:-\w+\s+)*-\w*[rR]|\bpurge\w*|\bxargs\b|--recursive|--all\b|\bfind\b.*-delete|\*|\bFLUSH(?:ALL|DB)\b|\bTRUNCATE\b|"
    r"\bDROP\s+(?:DATABASE|SCHEMA|TABLE)\b|\bDELETE\s++FROM\s++\w++\s*+;?\s*+[\"']?\s*+$|\bprune\b|delete_by_query|\bmkfs|\bdd\b",
    re.IGNORECASE,
)


def _agrees(told: str, text: str) -> bool:
    """Whether the command itself is limited to what the heading names."""
    if _EVERYTHING.search(text) and not re.search(r"\bWHERE\b", text, re.IGNORECASE):
        return False
    if _BOUND.search(text):
        return True
    limit = _LIMITING.search(told)
    if limit is not None:
        return any(word in text.lower() for word in _SAME.get(limit[0], (limit[0],)))
    objects = [
        w
        for w in _WORD.findall(told)
        if stem(w) not in _ACTING
        and w not in ("clean", "cleanup", "the", "and", "for", "space", "disk", "housekeeping")
    ]
    return any(stem(word) in text.lower() for word in objects)


RULES = (heading_against_command,)
