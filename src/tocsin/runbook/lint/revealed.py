"""TOC207 by what is shown: a secret printed on a screen, written by a trace, pasted where others read."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import sentences

_NAME = r"\w*(?:PASS(?:WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY|CREDENTIALS?|_KEY|_PWD)"
_HELD = re.compile(rf"\$\{{?{_NAME}(?:_(?:ID|NEW|OLD|PROD))?\}}?(?![\w:+])", re.IGNORECASE)
_SAYS_WHICH = re.compile(rf"{_NAME}\w*|pass|secret|token|api.?key|credential", re.IGNORECASE)
_NO_SECRET = re.compile(
    r"(?:_ID|_FILE|_PATH|_NAME|_URL|_ARN|_TTL|_LENGTH|_EXPIRY|PUBLIC_KEY)\b", re.IGNORECASE
)
# Programs that hand out a secret: the words that have to stand in the command, one of a row.
_GIVES = {
    "aws": ("get-secret-value", "--with-decryption"), "gcloud": ("secrets versions access",), "az": ("keyvault secret show", "keys list", "account show-connection-string"),
    "kubectl": ("get secret", "get secrets"), "oc": ("get secret", "get secrets", "extract secret"), "vault": ("kv get -field", "read -field"), "op": ("read", "item get --reveal"),
    "pass": ("show",), "gopass": ("show",), "sops": ("-d", "--decrypt", "decrypt"), "ansible-vault": ("view", "decrypt --output -"), "heroku": ("config:get",), "doppler": ("secrets get",),
    "chamber": ("read",), "bw": ("get password",), "secret-tool": ("lookup",), "gpg": ("-d", "--decrypt"), "age": ("-d", "--decrypt"),
}  # fmt: skip
_OF_VALUE = re.compile(r"jsonpath=|go-template=|--template|-o[= ]?json\b|--output[= ]json")
# What only passes on what it reads, for eyes; anything else behind a pipe takes the secret in.
_SHOWS_IT = frozenset(
    "base64 grep egrep jq yq cut sed awk tr tee head tail cat less more sort xxd fold column echo".split()
)
_HIDES_IT = re.compile(
    r"-[a-zA-Z]*[qc]\b|--quiet|--count|-f ?1\b|\bhas\(|\blength\b|\bkeys\b|s/=\.\*|\*{3}|redact",
    re.IGNORECASE,
)
_CARRIERS = frozenset("ssh sudo sh bash env".split())


def shown_to_eyes(view: View) -> Iterator[Diagnostic]:
    """`echo "$DB_PASSWORD"`, `env | grep TOKEN`, `… get secret … | base64 -d`: the value is on the screen and in every record of it."""
    for _, line, action, command in view.commands("echo", "printf", "printenv", "env", "set", "cat", *_GIVES):
        if command.inner or _kept(command):
            continue
        if _prints_secret(line, action, command):
            message = f"`{command.name}` prints the secret: it stands on the screen, in its recording and in the evidence."
            hint = 'Ask whether it is there or compare a checksum: test -n "$X", … | sha256sum.'
            yield view.at("TOC207", line, action, command.start, message, level=Level.WARNING, hint=hint)


def _kept(command: Command) -> bool:
    """Whether its output goes into a file or a variable, by its own or the redirection of what carries it."""
    outer: Command | None = command
    while outer is not None:
        if outer.inner or any(">" in op and "&" not in op for op, _ in outer.redirects):
            return True
        outer = outer.wrapper
    return False


def _prints_secret(line: Line, action: Action, command: Command) -> bool:
    behind = _behind(line, action, command)
    if any(c.name not in _SHOWS_IT or c.redirects or _HIDES_IT.search(" ".join(c.args)) for c in behind):
        return False
    text = " ".join(command.args)
    match command.name:
        case "echo" | "printf":
            held = _HELD.search(text)
            return not behind and held is not None and _NO_SECRET.search(held[0]) is None
        case "printenv":
            name = command.plain[-1] if command.plain else ""
            return _is_secret(name) or (not name and any(_asks_for(c) for c in behind))
        case "env" | "set":
            return not command.plain and any(_asks_for(c) for c in behind)
        case "cat":
            return bool(command.plain) and any(_asks_for(c) for c in behind) and ".env" in command.plain[-1]
        case _:
            return _hands_out(command, text, behind)


def _behind(line: Line, action: Action, command: Command) -> list[Command]:
    """The later stages of its pipeline, also where the pipe stands behind the ssh or exec around it."""
    found: list[Command] = []
    outer: Command | None = command
    while outer is not None:
        found.extend(
            c
            for c in line.stages(action, outer)
            if c.stage > outer.stage and c.wrapper is outer.wrapper and c.name not in _CARRIERS
        )
        outer = outer.wrapper
    return found


def _is_secret(name: str) -> bool:
    return bool(name) and re.fullmatch(_NAME, name, re.IGNORECASE) is not None and not _NO_SECRET.search(name)


def _asks_for(command: Command) -> bool:
    """Whether a filter picks the secrets out of an environment."""
    return (
        command.name in ("grep", "egrep")
        and not command.has("-v")
        and any(_SAYS_WHICH.search(word) and not _NO_SECRET.search(word) for word in command.plain[:1])
    )


def _hands_out(command: Command, text: str, behind: list[Command]) -> bool:
    """Whether a client of a secret store gives the value itself."""
    if not any(
        all(word in command.args or word in text for word in form.split()) for form in _GIVES[command.name]
    ):
        return False
    if command.name in ("kubectl", "oc"):
        return (
            any(c.name == "base64" for c in behind)
            or ("base64decode" in text)
            or (command.name == "oc" and "extract" in text and "--to=-" in text)
        )
    if command.name in ("gpg", "age", "sops"):
        return not command.has("-o", "--output", "-i", "--in-place") and _SAYS_WHICH.search(text) is not None
    if command.name == "vault":
        field = command.value("-field") or ""
        return _SAYS_WHICH.search(field) is not None or field in ("value", "data", "key", "dsn", "url")
    if command.name == "az":
        return "query" not in text or "value" in text.casefold() or "connection" in text
    return not ("--query" in text and re.search(r"VersionId|ARN|Date|Name\b|length", text))


_TRACED = re.compile(
    r"\bset -\w*x\w*\b|\b(?:ba|z|k|da)?sh (?:-\w+ )*-\w*x\w*\b|\bset -o xtrace\b|\bSet-PSDebug -Trace\b"
)
_HAS_SECRET = re.compile(rf"\b{_NAME}=|\$\{{?{_NAME}\}}?|-p\$|--password", re.IGNORECASE)
_WRITTEN = re.compile(r"\||>|\btee\b|\bscript\b")


def traced(view: View) -> Iterator[Diagnostic]:
    """`bash -x settle.sh | tee debug.log` with a secret in the environment: the trace writes every word as expanded."""
    for procedure, line in view.steps_with(("set -", "sh -", "-PSDebug")):
        for action in line.step.actions:
            found = _TRACED.search(action.text)
            if found is None:
                continue
            near = [*(other.text for other in procedure.before(line)[-3:]), line.text]
            if any(map(_HAS_SECRET.search, near)):
                message = "A trace writes every command as it is expanded, the secret in it too."
                hint = "Switch the trace off around the secret, or let the script read it from a file."
                yield view.at("TOC207", line, action, found.start(), message, level=Level.WARNING, hint=hint)
                break


_SENDS = re.compile(
    r"(?:^|[,;:(]|\b(?:and|then|und|dann|please|y|et)\b)\W{0,4}(?:copy and |copy )?(?:paste|post|send|share|attach|mail|e-?mail|forward|write|put|drop|upload|add|tell|give|dm|schick\w*|poste\w*|teil\w*|pega\w*|envi[ae]\w*|coll\w*|envoy\w*)\b"
    r"[^.;]{0,70}?\b(?P<what>(?:pass(?:word|phrase|wort)s?|secret(?: key| value)?s?|(?:api|private|signing|access|service|encryption|master|root) ?keys?|keys?|tokens?|credentials?|kennwort|schlussel|contrasena|clave|mot de passe|\.env(?: file)?|connection (?:string|url)s?))(?![\w-])"
    r"(?P<then>[^.;]{0,80})"
)
_WHERE_READ = re.compile(
    r"\b(?:in|into|to|on|via|by|through|over|at|with|ins?|im|an|en|dans|sur|al|por|par)\b[^.;]{0,30}(?:\bchannels?\b|\bthreads?\b|\bchat\b|\bslack\b|\bteams\b|\bdiscord\b|\bmattermost\b|\btickets?\b|\bissues?\b|\bjira\b|\bwiki\b|\bconfluence\b|\bgoogle doc\w*|\bshared doc\w*|\be-?mail\b|\bmail\b|\bsms\b|\bwhatsapp\b|\bcomments?\b|\btimeline\b|\bpastebin\b|\bgist\b|\bincident (?:room|doc\w*|log|notes?)\b|\bkanal\b|\bcanal\b|#[a-z][\w-]+)"
)
_NOT_SO = re.compile(
    r"\b(?:never|not|no|without|don't|must not|avoid|nie|nicht|kein\w*|ohne|nunca|sin|jamais|sans|ne)\b|\b(?:checksums?|hash(?:es)?|fingerprints?|masked|redacted|first (?:four|4|few)|last (?:four|4)|names? of|ids? of|key id|whether|if the|link to|public keys?|path of|one-time|encrypted)\b"
)
_SIGNS = ("pass", "secret", "key", "token", "credential", ".env", "connection", "kennwort", "schlüssel", "contrase", "clave", "mot de")  # fmt: skip


def handed_round(view: View) -> Iterator[Diagnostic]:
    """ "Paste the key into the incident channel": a sentence that tells to give a secret to everybody who reads there."""
    for raw in view.prose_saying(_SIGNS):
        for said in sentences(raw.text):
            found = _SENDS.search(said)
            if found is None or _NOT_SO.search(said) or not _WHERE_READ.search(found["then"]):
                continue
            message = f"This hands the {found['what']} to everybody who reads there, now and later."
            yield view.remark(
                "TOC207",
                raw.span,
                message,
                level=Level.WARNING,
                hint="Share where it is kept, or a checksum.",
            )
            break


RULES = (shown_to_eyes, traced, handed_round)
