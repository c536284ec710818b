"""TOC1xx: can it be read and followed?"""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Flag
from tocsin.runbook.book import Choice, ChoiceKind, Diagnostic, Level, Role, Section, StepKind
from tocsin.runbook.inline import plain
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy_text import duration, level_names
from tocsin.runbook.wording import fold

_ELLIPSIS = re.compile(r"(?<![\w.*/\[{(\"'])(?:\.\.\.|…)(?![\w.\])}/])")


def holes(view: View) -> Iterator[Diagnostic]:
    """TOC101: an ellipsis where arguments are meant, or a placeholder no earlier step offers a value for."""
    seen: set[tuple[int, str]] = set()
    for _, line in view.lines():
        for action in line.step.actions:
            if line.step.kind is not StepKind.SHELL:
                continue
            found = _ELLIPSIS.search(
                re.sub(r"'[^']*'|\"[^\"]*\"|#.*", lambda m: " " * len(m[0]), action.text)
            )
            if found is not None and action.text.strip() not in ("...", "…"):
                message = (
                    "The ellipsis stands for arguments nobody can fill in; the step cannot be run as written."
                )
                yield view.at("TOC101", line, action, found.start(), message)
        for hole in line.step.placeholders:
            spelling = hole.spellings[0] if hole.spellings else hole.name
            filled = bool(hole.offered_by) or hole.default is not None or spelling.startswith("$")
            if filled or not line.step.actions:
                continue
            action = next((a for a in line.step.actions if spelling in a.text), line.step.actions[0])
            if hole.type == "date" and _NAMES_SOMETHING_NEW.search(action.text):
                continue  # the date of the incident is meant
            telling = hole.type in _LISTED_FIRST or _LISTED_NAME.search(hole.name)
            if not telling and hole.type != "text":
                continue
            key = (action.span.first_line, hole.name)
            if key not in seen:
                seen.add(key)
                message = f"{spelling} has to be filled in and nothing before it says from where."
                # The open parameter stops the step by itself until a person gives a value. Names of things an
                # alert or the inventory knows are worth a note only.
                level = None if telling else Level.NOTE
                offset = max(action.text.find(spelling), 0)
                yield view.at("TOC101", line, action, offset, message, blocks=False, level=level)


# Values nobody knows by heart: they come from a listing, which has to stand before the step.
_LISTED_FIRST = frozenset({"commit", "ref", "version", "snapshot", "backup", "date", "path"})
_LISTED_NAME = re.compile(
    r"commit|revision|version|release|\btag|_tag|backup|snapshot|dump|description|message$", re.IGNORECASE
)
_NAMES_SOMETHING_NEW = re.compile(
    r"checkout -b|switch -c|\bmkdir\b|\bcreate|\bbranch\b|\bpush\b|\bcommit\b|\btag\b|>\s*\S*$|-dump\b|pg_dump|mysqldump|\btar -?c"
)


_BLOCK = re.compile(r"\b(?:if|for|while|until|case)\b")


def syntax(view: View) -> Iterator[Diagnostic]:
    """TOC102: quotations and blocks that never close."""
    for _, line in view.lines():
        if line.step.kind is not StepKind.SHELL:
            continue
        for action, reading in line.readings:
            if reading.broken:
                yield view.at("TOC102", line, action, 0, f"The shell cannot read this: {reading.broken}.")
                continue
            if _BLOCK.search(action.text) is None:
                continue
            starts = {
                word: len(re.findall(rf"(?m)(?:^|[;&|]\s*|\bdo\s+|\bthen\s+){word}\b", action.text))
                for word in ("if", "for", "while", "until", "case")
            }
            ends = {
                word: len(re.findall(rf"(?:^|[\s;]){word}(?:\s|;|$)", action.text))
                for word in ("fi", "done", "esac")
            }
            if (
                starts["if"] > ends["fi"]
                or starts["for"] + starts["while"] + starts["until"] > ends["done"]
                or starts["case"] > ends["esac"]
            ):
                yield view.at("TOC102", line, action, 0, "A block is opened here and never closed.")


_LOOKS = re.compile(
    r"\b(?:curl|wget|status|get|describe|health|ping|pg_isready|select|rollout status|ps|top|netstat|ss|list|ls|show|"
    r"info|dig|nslookup|host|openssl|test|wait|check|grep|nc|telnet|jlist|is-active|verify|diff|http)\b",
    re.IGNORECASE,
)
_ONLY_LOGS = re.compile(r"^\s*(?:sudo\s+)?(?:\S+\s+logs?\b|tail\b|journalctl\b|less\b|cat\b|\w+ logs\b)")
_VERIFIES = re.compile(
    r"\b(?:verif|confirm|check|ensure|validat|monitor|make sure|watch|test|should|smoke|pruf|comprob|vérif|validar)"
)


def unverified(view: View) -> Iterator[Diagnostic]:
    """TOC105: the last change of a procedure is followed by nothing that looks whether it worked."""
    for procedure in view.procedures:
        changes = [
            line for line in procedure.mitigating
            if line.step.judgement.effect in (Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY) and line.step.actions
            and line.step.kind is not StepKind.MANIFEST and line.step.horizon not in ("medium", "long")
        ]  # fmt: skip
        if not changes or Role.TOOLBOX in procedure.section.roles:
            continue
        last = changes[-1]
        if not any(
            _verifies(line) for line in procedure.lines if line.order > last.order
        ) and not _verified_inside(last):
            yield view.on("TOC105", last, "Nothing after this change looks whether it worked.")


def _verifies(line: Line) -> bool:
    told = fold(line.words)
    if not line.step.actions:
        return bool(_VERIFIES.search(told))
    if line.step.judgement.effect is not Effect.OBSERVE:
        return False
    if line.step.role is Role.VERIFICATION or line.step.expects:
        return True
    return not _ONLY_LOGS.match(line.text) and bool(_LOOKS.search(line.text))


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
        or bool(
            re.search(
                r"&&\s*(?:curl|kubectl (?:rollout status|wait)|pg_isready|systemctl is-active)", last.text
            )
        )
        or "--wait" in last.text
    )


_BARE_OR = re.compile(
    r"^\W*(?:or|alternatively|alternative|option|otherwise|oder|ou|o)?\W*[a-z0-9]?\W*$", re.IGNORECASE
)


def unguided_choices(view: View) -> Iterator[Diagnostic]:
    """TOC106: a choice of changes whose options are told apart by nothing."""
    for procedure in view.procedures:
        for choice, lines in procedure.choices():
            if choice.kind is not ChoiceKind.ALTERNATIVES:
                continue
            acting = [other for other in lines if other.step.judgement.effect.value >= Effect.CHANGE.value]
            told = any(
                o.condition or o.recommended or o.warned or not _BARE_OR.match(o.label)
                for o in choice.options
            )
            told = told or any(other.step.title_from not in ("command", "heading") for other in lines[1:])
            if len(acting) > 1 and not told:
                message = "Nothing says when to take which of these alternatives."
                yield view.remark(
                    "TOC106", choice.span, message, steps=tuple(other.step.id for other in acting)
                )


_REVERSE_WORDS = re.compile(
    r"\b(?:swap|revert|restore|roll ?back|undo|re-?enable|reset|switch|remove|scale|redeploy|re-?apply|put|set|delete|"
    r"change|bring|restart|run|repeat|turn|zuruck|revenir|revertir|voltar|reverter)\w*\b"
)


def rollback_in_words(view: View) -> Iterator[Diagnostic]:
    """TOC107: a rollback or re-enable heading that holds a sentence and no command."""
    for section in view.book.walk():
        own = Role.ROLLBACK in section.roles and bool(
            re.search(r"roll|revert|undo|re-?enable|back|restore|ruck|retour|revers", fold(section.title))
        )
        if own and not any(step.actions for step in section.steps()) and not _command_in_words(section.text):
            words = plain(re.sub(r"^[#*\s]*[^\n:]*:?\**\s*", "", section.text, count=1)) or section.title
            if _REVERSE_WORDS.search(fold(section.text)):
                span = section.span
                message = f'The way back is words only: "{" ".join(words.split())[:80]}".'
                yield view.remark("TOC107", span, message)
    for raw in view.raw:
        found = re.match(
            r"\W*(?:\*\*|__)?(roll ?back|undo|way back|re-?enable)(?:\*\*|__)?\s*:(?:\*\*)?\s+(.+)$",
            raw.text.strip(),
            re.IGNORECASE,
        )
        if found and not raw.fenced and "`" not in found[2] and not _inside_rollback(view, raw):
            yield view.remark("TOC107", raw.span, f'The way back is words only: "{plain(found[2])[:80]}".')


def _inside_rollback(view: View, raw: RawLine) -> bool:
    return any(
        Role.ROLLBACK in s.roles and s.span.first_line <= raw.number <= s.span.last_line
        for s in view.book.walk()
    )


def _command_in_words(text: str) -> bool:
    return bool(re.search(r"`[a-z][\w-]* [^`]+`", text))


_VAGUE = re.compile(
    r"\bas (?:needed|required|appropriate|necessary)\b|\bappropriate(?:ly)? (?:action|step|measure)s?\b|\btake (?:the )?(?:necessary|appropriate)|"
    r"\binvestigate (?:further|the issue|as needed)\b|\bfix (?:the )?(?:issue|problem|root cause)\b|\bhandle (?:it )?accordingly\b|"
    r"\bdo the needful\b|\bmonitor (?:the )?situation\b|\bcontact (?:someone|the right people)\b|\betc\.?$"
)


def vague(view: View) -> Iterator[Diagnostic]:
    """TOC108: manual steps that cannot be ticked."""
    for _, line in view.lines():
        if (
            not line.step.actions
            and len(line.step.title.split()) <= 12
            and _VAGUE.search(fold(line.step.title))
        ):
            yield view.on(
                "TOC108",
                line,
                f'"{line.step.title}" cannot be ticked: it says neither what to do nor what to see.',
            )


_RESPONSE_WORD = re.compile(r"respon|\back|answer|react|reagier|reaktion")


def contradictions(view: View) -> Iterator[Diagnostic]:
    """TOC110: a response clock in prose that differs from the severity's own; two replica counts for one thing."""
    levels = {level.name: level for level in view.book.policy.severities if level.response is not None}
    for raw in view.raw:
        if raw.fenced or not levels:
            continue
        names = level_names(raw.text)
        if len(names) != 1 or not _RESPONSE_WORD.search(fold(raw.text)):
            continue
        level = levels.get(names[0])
        limit = duration(raw.text)
        if (
            level is not None
            and raw.number != level.span.first_line
            and limit is not None
            and limit != level.response
            and not re.search(r"updat|resol|post.?mortem|escalat|review|every", fold(raw.text))
        ):
            message = f"{level.name} has another response clock here than in line {level.span.first_line}."
            yield view.remark("TOC110", raw.span, message)
    counts: dict[tuple[str, str], tuple[str, int]] = {}
    for _, line, action, command in view.commands():
        if command.name != "kubectl" or "scale" not in command.words[:4]:
            continue
        number = command.value("--replicas")
        target = next(
            (w for w in command.plain if w not in ("scale", "deployment", "deploy", "statefulset", "sts")), ""
        )
        if not number or not number.isdigit() or number == "0" or not target:
            continue
        key = (target.rsplit("/", 1)[-1], command.value("-n", "--namespace") or "")
        known = counts.setdefault(key, (number, action.span.first_line))
        if known[0] != number:
            message = f"{key[0]} gets {number} replicas here and {known[0]} in line {known[1]}."
            yield view.at("TOC110", line, action, command.start, message, level=Level.WARNING)


def interactive(view: View) -> Iterator[Diagnostic]:
    """TOC111 and TOC112: commands that want a keyboard or never end."""
    for _, line in view.lines():
        for action in line.step.actions:
            flags = action.judgement.flags
            first = action.text.strip().split("\n")[0][:60]
            endless = bool(flags & {Flag.UNBOUNDED, Flag.INTERACTIVE})
            if action.judgement.bounded is not None and endless:
                yield view.at(
                    "TOC112",
                    line,
                    action,
                    0,
                    f"`{first}` does not end by itself; `{action.judgement.bounded}` is run instead.",
                )
            elif Flag.INTERACTIVE in flags and not _OPENER.match(action.text):
                yield view.at(
                    "TOC111",
                    line,
                    action,
                    0,
                    f"`{first}` waits for a person at a keyboard and leaves no record.",
                )
            elif Flag.UNBOUNDED in flags:
                yield view.at("TOC112", line, action, 0, f"`{first}` does not end by itself.")
        if line.step.kind is StepKind.EDIT and (
            found := re.search(
                r"(?m)^\s*(?:sudo\s+)?(?:nano|vim?|emacs|visudo|crontab -e|kubectl edit|vi)\b.*$",
                line.step.text,
            )
        ):
            yield view.on(
                "TOC111",
                line,
                f"`{found[0].strip()[:60]}` is an edit by hand: it cannot run unattended and leaves no record.",
            )


# What opens a session is told by TOC104; a command given with it is bounded by losing its terminal.
_OPENER = re.compile(
    r"\s*(?:sudo\s+)?(?:(?:kubectl|oc|k|docker|podman|nerdctl)\b.*\b(?:exec|rsh|debug|attach|run)\b|docker[ -]compose\b.*\bexec\b|ssh\b|su\b|chroot\b|nsenter\b)"
)
_SQL_START = re.compile(
    r"(?:ALTER|CREATE|DROP|TRUNCATE|DELETE FROM|UPDATE|INSERT INTO|GRANT|REVOKE|VACUUM|REINDEX|SELECT|SET)\s+\S+.*;\s*$"
)
_PROGRAM_START = re.compile(
    r"(?:sudo\s+)?(?:kubectl|helm|docker(?:-compose)?|systemctl|service|psql|mysql|redis-cli|pm2|git|npm|aws|gcloud|az|terraform|"
    r"rm|mv|cp|kill|pkill|curl|ssh|scp|rsync|pg_\w+|createdb|dropdb|nginx|certbot|ansible\S*|journalctl|iptables|ufw|chmod|chown|"
    r"mongo\w*|rabbitmqctl|kafka\S*|etcdctl|vault|consul|sed|echo)\s+(?:-{1,2}\w|[\w./$\"'{<-]+\s*\S*)"
)
_DIRECTIVE = re.compile(
    r"^(?:change|set|add|update|replace|edit|use)\b[^:]{0,40}:\s*([a-z_]+\s+\S.*;)\s*$", re.IGNORECASE
)
_PROSE_END = re.compile(
    r"[.!?]\s*$|\b(?:the|this|that|your|if|when|to see|and then|is|are|will|should)\b", re.IGNORECASE
)


def hidden_commands(view: View) -> Iterator[Diagnostic]:
    """TOC113: a comment in a fence whose text is a command."""
    for raw in view.raw:
        if not raw.fenced or raw.language in (
            "yaml",
            "yml",
            "json",
            "ini",
            "toml",
            "python",
            "text",
            "nginx",
            "conf",
        ):
            continue
        found = re.match(r"\s*(?:#+|--|//)\s*(\S.*)$", raw.text)
        if found is None:
            continue
        text = found[1].strip()
        bare = re.sub(r"^(?:or|then|e\.?g\.?|example|run)\b[:,]?\s*", "", text, flags=re.IGNORECASE).strip(
            "` "
        )
        sql = _SQL_START.match(bare)
        program = (
            _PROGRAM_START.match(bare)
            and not _PROSE_END.search(bare)
            and bool(
                re.search(
                    r"\s-{1,2}\w|[/=|>$]|\s(?:restart|start|stop|delete|apply|scale|exec|reload|rm|push|run)\s",
                    bare,
                )
            )
        )
        if sql or program or _DIRECTIVE.match(text):
            yield view.remark(
                "TOC113", raw.span, f"`{bare[:70]}` stands in a comment: it is neither run nor reviewed."
            )


def _with_commands(raws: tuple[RawLine, ...]) -> Iterator[RawLine]:
    """The lines of fences that hold something beside lines that begin with `#` (those may be root prompts)."""
    block: list[RawLine] = []
    for raw in (*raws, RawLine(0, "", False, "")):
        if raw.fenced:
            block.append(raw)
            continue
        written = [line.text.strip() for line in block if line.text.strip()]
        comments = [text.lstrip("# ") for text in written if text.startswith("#")]
        unlabelled = bool(block) and block[0].language in ("", "console", "shell", "terminal", "text")
        prompts = len(comments) > 1 and unlabelled and all(_PROGRAM_START.match(text) for text in comments)
        if len(comments) < len(written) and not prompts and not any(_ROOT_PROMPT.search(t) for t in written):
            yield from block
        block = []


_ROOT_PROMPT = re.compile(r"^(?:sh-[\d.]+#|\[?\w+@[\w.-]+.*\]?#)\s|^\$\s")


def unapplied(view: View) -> Iterator[Diagnostic]:
    """TOC114: a manifest no step of its procedure applies."""
    for procedure in view.procedures:
        for line in procedure.lines:
            if line.step.kind is not StepKind.MANIFEST or line.step.role not in (
                Role.MITIGATION,
                Role.ROLLBACK,
            ):
                continue
            if not any(
                command.name in ("kubectl", "oc", "k", "helm", "kustomize") and {"apply", "create", "replace", "install", "upgrade"} & set(command.words[:4])
                and (command.has("-f", "-k") or "helm" in command.name)
                for other in procedure.lines for _, command in other.commands
            ):  # fmt: skip
                yield view.on(
                    "TOC114",
                    line,
                    "This manifest is shown and no command of the section applies it.",
                    level=Level.WARNING,
                )


# What the labels of an alert, the inventory or the secret store say; a variable of such a name is a way of writing a placeholder.
_KNOWN_TO_ALERTS = frozenset(
    {"namespace", "pod", "deployment", "node", "host", "ip", "port", "volume", "secret"}
)


def unset_variables(view: View) -> Iterator[Diagnostic]:
    """TOC115: a variable that selects what is acted on and is set nowhere in the procedure.

    Once per procedure and variable. It names no step: the open parameter stops each of them until it is bound.
    """
    for procedure in view.procedures:
        seen: set[str] = set()
        for line in procedure.lines:
            for hole in line.step.placeholders:
                spelling = next((s for s in hole.spellings if s.startswith("$")), None)
                if spelling is None or hole.name in seen or hole.default is not None or hole.offered_by:
                    continue
                action = next((a for a in line.step.actions if spelling in a.text), None)
                if action is None or re.search(re.escape(spelling.rstrip("}")) + r":?[?]", action.text):
                    continue
                seen.add(hole.name)
                level = Level.NOTE if hole.type in _KNOWN_TO_ALERTS else None
                message = f"{spelling} is set nowhere in this procedure; unset, the command acts on whatever the environment offers."
                at = action.text.find(spelling)
                yield view.at("TOC115", line, action, at, message, blocks=False, level=level)


_TYPOGRAPHIC = re.compile(r"[“”„«»‘’‚]|(?<=\s)[–—]{1,2}(?=\w)")
_INVISIBLE = re.compile("[\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u202f]")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{2,5}|#x[0-9a-f]{2,4});")


def odd_characters(view: View) -> Iterator[Diagnostic]:
    """TOC117: typographic quotes and dashes, entities, invisible characters."""
    for _, line in view.lines():
        for action in line.step.actions:
            outside = re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: "x" * len(m[0]), action.text)
            found = (
                _INVISIBLE.search(action.text) or _TYPOGRAPHIC.search(outside) or _ENTITY.search(action.text)
            )
            if found is not None:
                shown = (
                    found[0]
                    if found[0].isprintable() and not found[0].isspace()
                    else f"U+{ord(found[0]):04X}"
                )
                yield view.at(
                    "TOC117",
                    line,
                    action,
                    found.start(),
                    f"{shown} is not what the shell expects here; it will read something else than you do.",
                )
    for raw in view.raw:
        if not raw.fenced and (entity := re.search(r"&(?:lt|gt|amp);\s*\d", raw.text)):
            yield view.remark(
                "TOC117",
                raw.span,
                f"{entity[0]} is an entity beside a number; it was read as its character.",
                level=Level.NOTE,
                column=entity.start() + 1,
            )


_ALIASES = {"k": "kubectl", "tf": "terraform", "dc": "docker compose", "dco": "docker compose", "kgp": "kubectl get pods", "kctx": "kubectl config use-context", "kns": "kubectl config set-context", "g": "git", "d": "docker", "ll": "ls -l", "tg": "terragrunt", "h": "helm"}  # fmt: skip


def aliases(view: View) -> Iterator[Diagnostic]:
    """TOC118: names that exist only in somebody's shell."""
    for _, line, action, command in view.commands():
        meant = _ALIASES.get(command.name)
        if meant and len(command.words) > 1 and f"alias {command.name}=" not in line.text:
            yield view.at(
                "TOC118",
                line,
                action,
                command.start,
                f"`{command.name}` is somebody's alias; in a fresh shell it is not there ({meant}).",
            )


def empty_incidents(view: View) -> Iterator[Diagnostic]:
    """TOC121: an incident section without anything to do."""
    for section in view.book.incidents():
        if section.symptoms and not section.steps() and not _does_elsewhere(section):
            yield view.remark(
                "TOC121",
                section.span,
                f'"{section.title}" can be found by its symptoms and has nothing to do.',
            )


def _does_elsewhere(section: Section) -> bool:
    return any(isinstance(node, Choice) for node in section.nodes()) or "](#" in section.text


RULES = (
    holes, syntax, unverified, unguided_choices, rollback_in_words, vague, contradictions, interactive, hidden_commands,
    unapplied, unset_variables, odd_characters, aliases, empty_incidents,
)  # fmt: skip
