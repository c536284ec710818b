"""TOC207 and TOC220: secrets in text and arguments, people's data on a screen."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Flag
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.shell import read

_TOKEN = re.compile(
    r"\bsk_(?:live|test)_[0-9A-Za-z_]{6,}|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_[0-9A-Za-z]{16,}|\bxox[abpr]-[0-9A-Za-z-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY|"
    r"\bhv[sbr]\.[\w-]{20,}|\bnpm_[0-9A-Za-z]{30,}|\bdop_v1_[0-9a-f]{40,}|\bpypi-[\w-]{30,}|\bglpat-[\w-]{10,}|\bAIza[0-9A-Za-z_-]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|\bwhsec_[0-9A-Za-z]{8,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
)


_SENSITIVE_NAME = r"(?:[A-Za-z0-9_.-]*(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|clave|contrase|senha|passwor[dt]|kennwort|_KEY|_PWD)[A-Za-z0-9_.-]*)"


_OPTION_SECRET = re.compile(
    rf"^--?(?:from-literal=|set(?:-string)?=|env=|e=|D)?({_SENSITIVE_NAME})=(.+)$", re.IGNORECASE
)


_SEPARATE_SECRET = re.compile(rf"^--?({_SENSITIVE_NAME})$", re.IGNORECASE)
_SENSITIVE_PARTS = ("pass", "secret", "token", "key", "credential", "_pwd", "clave", "contrase", "senha", "kennwort")  # fmt: skip


def _may_be_sensitive(text: str) -> bool:
    return any(map(text.casefold().__contains__, _SENSITIVE_PARTS))


_ASSIGN_SECRET = re.compile(rf"^({_SENSITIVE_NAME})=(.+)$", re.IGNORECASE)


_WHERE = re.compile(rf"{_TOKEN.pattern}|(?<=\s)--?{_SENSITIVE_NAME}[= ]|{_SENSITIVE_NAME}=", re.IGNORECASE)


_URL_SECRET = re.compile(r"\b\w[\w+.-]*://[^/\s:@]*:([^@\s/]{3,})@")


_NOT_A_SECRET = re.compile(
    r"^(?:/|\./|~|@|file:|true$|false$|\d{1,3}$|vault:|op://|arn:|ssm:|secretref|stdin$|-$|prompt$|none$|null$)"
)


_TAKES_ASSIGNMENTS = frozenset(
    "--from-literal --set --set-string -e --env --build-arg --settings --app-settings --set-env-vars --update-env-vars --variables "
    "--env-vars --secret --secrets --environment-variables".split()
)
_NAMES_NO_SECRET = re.compile(r"^(?:ask|no)-?pass|(?:file|path|name|ref|arn|length|policy|ttl|type|id)$", re.IGNORECASE)  # fmt: skip


def secrets(view: View) -> Iterator[Diagnostic]:
    """TOC207: secrets as arguments, assignments, URLs or literal tokens."""
    told: set[tuple[int, str]] = set()
    for _, line, action, command in view.commands():
        if command.wrapper is not None and command.wrapper.name in ("sudo", "env"):
            continue
        found = secret_of(command)
        if found is not None and (action.span.start, found[1]) not in told:
            told.add((action.span.start, found[1]))
            # The secret itself may stand in a later line of a continued command.
            here = _WHERE.search(action.text[command.start :])
            offset = command.start + (here.start() if here else 0)
            yield view.at("TOC207", line, action, offset, found[1], level=found[0])
    for raw in view.raw_with(("community", "secret", "password")):
        device = _DEVICE_SECRET.search(raw.text)
        if device is not None and not _open(device[1]):
            message = "The password of a device stands in the text: everybody who reads the runbook has it."
            yield view.remark("TOC207", raw.span, message, column=device.start(1) + 1)
    covered: set[int] = set()
    for _, line in view.lines():
        for a in line.step.actions:
            covered.update(range(a.span.first_line, a.span.last_line + 1))
    tokens = {raw.number for raw in view.raw_with(_TOKEN_STARTS)}
    for raw in view.raw:
        if raw.number in covered or not (raw.fenced or raw.number in tokens):
            continue
        opened = raw.fenced and _ASSIGNS.search(raw.text) is not None
        given = (
            next((s for c in read(raw.text).commands if (s := secret_of(c)) is not None), None)
            if opened
            else None
        )
        if given is not None:
            yield view.remark("TOC207", raw.span, given[1], level=given[0])  # of a line that opens a session
            continue
        token = _token(raw.text) if raw.number in tokens else None
        if token is not None:
            yield view.remark(
                "TOC207",
                raw.span,
                f"{token[0][:5]}… looks like a real secret in the text.",
                column=token.start() + 1,
            )


# as switches and routers are told
_DEVICE_SECRET = re.compile(
    r"\b(?:snmp-server community|enable secret(?: \d)?|username [^\s,;]{1,40} (?:password|secret)(?: \d)?|neighbor \S{1,40} password|key-string)\s+(?!\$|<)([^\s`\"']{6,64})"
)
_ASSIGNS = re.compile(
    r"(?:PASS|PWD|SECRET|TOKEN|_KEY)\w*=|\s-p\w|--pass|://[^/\s:]*:[^@\s]+@|\s-a\s", re.IGNORECASE
)
# One of these is in every text that _TOKEN finds; plain searches are cheaper than one for a pattern.
_TOKEN_STARTS = (
    "sk_",
    "AKIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "xox",
    "-----BEGIN ",
    "glpat-",
    "hvs.",
    "hvb.",
    "hvr.",
    "npm_",
    "dop_v1_",
    "pypi-",
    "AIza",
    "eyJ",
    "whsec_",
    "SG.",
)


def _token(text: str) -> re.Match[str] | None:
    """A literal that looks like a real token. The plain search first: this is asked of every line."""
    found = _TOKEN.search(text) if any(map(text.__contains__, _TOKEN_STARTS)) else None
    if found is None or len(set(found[0][-8:].lower())) <= 2 or _DUMMY.search(found[0]):
        return None  # "ghp_xxxxxxxx" says what belongs there
    return None if found[0].startswith("-----") and "`" in text[: found.start()] else found


_DUMMY = re.compile(
    r"^(?:[\w.@-]*:)?(?:my|your|new|old|the|some|this|a|wrong|invalid|fake|dummy|bad)?[-_ ]?(?:user|db|root|api|admin|strong|secure)?[-_ ]?(?:pass(?:word|wd|phrase)?|secret|token|key|pwd)$|x{4,}|\*{3,}|\.{3}|^<|<[a-z -]+>$|"
    r"your[-_ ]|example|placeholder|redacted|replace",
    re.IGNORECASE,
)


def _open(value: str) -> bool:
    return _DUMMY.search(value) is not None or value.startswith(("$", "<", "{{", "`", '"$')) or not value


def secret_of(command: Command) -> tuple[Level, str] | None:
    """What of a command gives a secret away (TOC207) and how bad that is, or None."""
    joined = " ".join(command.words)
    if token := _token(joined):
        return (
            Level.ERROR,
            f"{token[0][:5]}… is a secret among the arguments: it lands in history and process lists.",
        )
    for assignment in command.env:
        found = _ASSIGN_SECRET.match(assignment)
        named = found is not None and not _NAMES_NO_SECRET.search(found[1])
        if found and named and not _open(found[2]) and not _NOT_A_SECRET.match(found[2]):
            return Level.ERROR, f"{found[1]} is set to a literal secret on the command line."
    asked = command.name in ("[[", "[", "test")
    for index, word in enumerate(command.args) if not asked and _may_be_sensitive(joined) else ():
        if not _may_be_sensitive(word):
            continue
        following = command.args[index + 1] if index + 1 < len(command.args) else ""
        option = _OPTION_SECRET.match(word)
        separate = _SEPARATE_SECRET.match(word)
        literal = (
            _ASSIGN_SECRET.match(word)
            if (index and command.args[index - 1] in _TAKES_ASSIGNMENTS)
            or command.name in ("export", "vault", "heroku", "kubectl", "setx")
            else None
        )
        name, value = (
            (option[1], option[2])
            if option
            else (literal[1], literal[2])
            if literal
            else (separate[1], following)
            if separate
            else ("", "")
        )
        if (
            name
            and value
            and not value.startswith("-")
            and not _NOT_A_SECRET.match(value)
            and not _NAMES_NO_SECRET.search(name)
        ):
            argv = "from-literal" in word or "from-literal" in (command.args[index - 1] if index else "")
            if not _open(value) or (argv and value.startswith(("<", "{{"))):
                return Level.ERROR, f"{name} is given as an argument: it lands in history and process lists."
            if argv:
                return Level.WARNING, f"{name} is expanded into the arguments, where process lists show it."
    return (
        _tool_secret(command)
        or _of_conninfo(joined)
        or (
            (Level.ERROR, "The URL carries a password in plain text.")
            if "://" in joined and (url := _URL_SECRET.search(joined)) and not _open(url[1])
            else None
        )
    )


# "host=db1 dbname=shop password=…", as libpq and ODBC take it
_CONNINFO = re.compile(
    r"(?:\b(?:host|dbname|user|server|database|uid)\s{0,2}=[^\n]{0,200}?)[\s;](?:password|pwd)\s{0,2}=\s{0,2}'?([^\s;'\"]{3,80})",
    re.IGNORECASE,
)


def _of_conninfo(joined: str) -> tuple[Level, str] | None:
    found = _CONNINFO.search(joined) if "=" in joined and _may_be_sensitive(joined) else None
    if found is None or _open(found[1]) or _NOT_A_SECRET.match(found[1]):
        return None
    return Level.ERROR, "The connection string carries a password in plain text."


# "[relay]:587 user:secret", as mail servers keep it
_MAIL_LOGIN = re.compile(r"\]?:\d{2,5}\s+[\w.@-]+:(\S{6,})$")


def _other_secret(command: Command) -> str | None:
    """The secret that a tool takes in a place of its own: a position, a prefix, a pipe."""
    name = command.name
    value: str | None = None
    if name.startswith("ldap"):
        value = command.value("-w")
    elif name == "rabbitmqadmin":
        value = command.value("-p", "--password")
    elif name.startswith("snmp") and (community := command.value("-c")) not in (None, "public"):
        value = community
    elif name == "kubectl" and command.plain[:3] == ("create", "secret", "generic"):
        value = next(
            (found[1] for word in command.args if (found := _LITERAL_VALUE.match(word)) is not None), None
        )
    elif name in ("smbclient", "rpcclient"):
        user = command.value("-U", "--user")
        value = user.split("%", 1)[1] if user and "%" in user else None
    elif name == "rabbitmqctl" and command.plain[:1] in (("add_user",), ("change_password",)):
        value = command.plain[2] if len(command.plain) > 2 else None
    elif name == "htpasswd" and any(re.match(r"-\w*b", w) for w in command.args):
        value = command.plain[-1]
    elif name == "openssl":
        given = next((w for w in command.args if w.startswith("pass:")), None)
        value = given[5:] if given else None
    elif (
        name in ("echo", "printf")
        and not command.last
        and re.search(r"passw|secret|\bsudo -S|chpasswd", " ".join(command.words))
    ):
        value = command.plain[0].split(":", 1)[1] if command.plain and ":" in command.plain[0] else None
    elif name == "aws" and "put-parameter" in command.plain[:3] and command.value("--type") == "SecureString":
        value = command.value("--value")
        value = None if value is not None and value.startswith("file:") else value
    elif name in ("echo", "printf") and command.plain:
        pair = _MAIL_LOGIN.search(command.plain[0])
        value = pair[1] if pair else None
    else:
        value = _given_password(command)
    return value


# Whatever a key of a secret is called, what stands behind it is one.
_LITERAL_VALUE = re.compile(r"--from-literal=[\w.-]+=(?![$<{])(?=\S*\d)(\S{8,})$")
_SETS_PASSWORD = re.compile(r"^(?:[a-z]+[-_:.])*(?:re)?(?:set|change|update|new)?[-_:]?(?:[a-z]+[-_])?(?:passwords?|passwd|passphrase|requirepass|masterauth)$", re.IGNORECASE)  # fmt: skip
_LOOKS_TYPED = re.compile(r"(?=.*[A-Za-z])(?=.*[\d!@#%^&+?])[^\s/:=]{6,64}$")


def _given_password(command: Command) -> str | None:
    """What follows a verb that sets a password: `admin reset-admin-password Summer1`, `CONFIG SET requirepass …`."""
    told = " ".join(command.plain).casefold()
    if "pass" not in told and "masterauth" not in told:
        return None
    for at, word in enumerate(command.plain[:-1]):
        if _SETS_PASSWORD.match(word) and at < 4:
            return next(
                (value for value in command.plain[at + 1 : at + 4] if _LOOKS_TYPED.match(value)), None
            )
    return None


def _tool_secret(command: Command) -> tuple[Level, str] | None:
    name = command.name
    value: str | None = None
    if name in ("mysql", "mysqldump", "mysqladmin", "mariadb"):
        value = next((w[2:] for w in command.args if re.match(r"-p.+", w) and not w.startswith("--")), None)
    elif name == "redis-cli":
        value = command.value("-a", "--pass") or _given_password(command)
    elif name == "sshpass":
        value = command.value("-p")
    elif name in ("docker", "podman", "helm") and "login" in command.words[:3]:
        value = command.value("-p", "--password")
    elif name == "curl":
        user = command.value("-u", "--user")
        value = user.split(":", 1)[1] if user and ":" in user else None
        header = next(
            (
                w
                for w in command.args
                if re.match(
                    r"(?:Authorization:\s*(?:Bearer|Basic|token)\s+|X-[\w-]*(?:Key|Token):\s*)\S{8,}",
                    w,
                    re.IGNORECASE,
                )
            ),
            None,
        )
        if header is not None and not re.search(r"[$<{`]", header):
            value = header.rsplit(" ", 1)[-1]
        elif value is not None and _open(value):
            value = None
    elif name in (
        "mongosh",
        "mongo",
        "mongodump",
        "mongorestore",
        "sqlcmd",
        "zip",
        "az",
        "unzip",
        "influx",
        "clickhouse-client",
    ):
        value = command.value("-P" if name in ("sqlcmd", "unzip", "zip") else "-p", "--password")
    elif name == "vault" and command.plain[:2] == ("operator", "unseal"):
        value = command.plain[2] if len(command.plain) > 2 else None
    else:
        value = _other_secret(command)
    if not value:
        return None
    if _open(value):
        return (
            Level.WARNING,
            f"The password of `{name}` is expanded into its arguments, where process lists show it.",
        )
    return (
        Level.ERROR,
        f"The password of `{name}` stands in its arguments: it lands in history and process lists.",
    )


_PEOPLE = re.compile(r"\bSELECT\s+(?:\w+\.)?\*.*\bFROM\s+[\"`]?(?:\w+\.)?[\"`]?(?:auth_?)?(users?|customers?|accounts?|people|persons?|employees?|patients?|members?|profiles?|contacts?|addresses|payments?|orders?|bookings?|guests?|subscribers?|clients?|clientes|usuarios|kunden)\b", re.IGNORECASE | re.DOTALL)  # fmt: skip


_TO_A_FILE = re.compile(r"\bcopy\b[^\n]{0,300}\bTO\b\s+[^\s]{0,3}/|\bINTO\s+OUTFILE\b", re.IGNORECASE)


def personal_data(view: View) -> Iterator[Diagnostic]:
    """TOC220: whole rows about people, or the first lines of a dump, on a screen."""
    for _, line, statement in view.statements():
        if (found := _PEOPLE.search(statement.text)) is not None and not _TO_A_FILE.search(
            statement.action.text
        ):
            yield view.at(
                "TOC220",
                line,
                statement.action,
                statement.offset,
                f"This shows whole rows of {found[1]}; what is shown is kept as evidence.",
            )
    for _, line, action, command in view.commands():
        # The end of a dump has no rows.
        if command.name in ("head", "less", "more", "cat") and command.stage > 0:
            before = line.fed_by(action, command)
            if any(c.name in ("gunzip", "zcat", "gzip", "zstd", "bzcat") for c in before) and any(
                re.search(r"\.(?:sql|dump|bak)\b", " ".join(c.words)) for c in before
            ):
                yield view.at(
                    "TOC220",
                    line,
                    action,
                    command.start,
                    "The first lines of a dump are rows of production data.",
                )


def sensitive_flags(view: View) -> Iterator[Diagnostic]:
    """TOC220 as well: what the judge calls sensitive and the runbook does not warn about is a note."""
    for _, line in view.lines():
        if Flag.SENSITIVE in line.step.judgement.flags and not line.step.warned and line.step.actions:
            yield view.remark(
                "TOC220",
                line.step.actions[0].span,
                "The answer may hold secrets or personal data.",
                steps=(line.step.id,),
                level=Level.NOTE,
            )


RULES = (
    secrets,
    personal_data,
    sensitive_flags,
)
