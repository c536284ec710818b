"""TOC206 and TOC216 by what is left open: to everybody, without a limit, below a variable nobody sets, without a check of who answers."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

_EVERYWHERE = re.compile(r"(?<![\w.])0\.0\.0\.0/0(?![\w.])|(?<![\w:])::/0(?![\w:])")
_OPENS = re.compile(
    r"authorize-security-group|modify-security-group|firewall-rules? (?:create|update)|nsg rule (?:create|update)|security-group-rule|sg rule|\bufw\b.*\ballow\b|-j ACCEPT\b|add-rich-rule|authorized-networks|"
    r"firewall\w*[- ](?:add|create|update|allow)|network-rule add|db-?(?:security|firewall)|server firewall-rule create|allow-?list|whitelist|source-ranges|trusted|\bhostssl?\b",
    re.IGNORECASE,
)
# What the whole internet may well reach.
_WEB = re.compile(r"(?<![\d.])(?:80|443|8443)(?![\d.])|\bhttps?\b", re.IGNORECASE)
_CLOSES = re.compile(r"\brevoke|\bdelete\b|\bremove\b|(?<!\w)-D\b|\bdeny\b|DROP|REJECT")


def open_to_all(view: View) -> Iterator[Diagnostic]:
    """TOC206: a port of the inside is opened to the whole internet."""
    if "0.0.0.0/0" not in view.text and "::/0" not in view.text:
        return
    for _, line in view.lines():
        for action in line.step.actions:
            found = _EVERYWHERE.search(action.text)
            if (
                found is not None
                and _OPENS.search(action.text)
                and not _CLOSES.search(action.text)
                and not _WEB.search(_EVERYWHERE.sub("", action.text))
            ):
                message = f"{found[0]} is the whole internet: everybody may connect."
                hint = "Name the addresses that need it."
                yield view.at("TOC206", line, action, found.start(), message, hint=hint)


_BLOCKS = frozenset({"DROP", "REJECT"})
_NARROWS = (
    "-s",
    "--source",
    "--src",
    "-m",
    "--match",
    "-i",
    "--in-interface",
    "-d",
    "--destination",
    "--ctstate",
    "-o",
    "--src-range",
)
_ALL = re.compile(
    r"\b(?:all|every\w*|whole|entire|complete\w*|nobody|no one|alle[rns]?|jede\w*|tod[oa]s?|tout\w*|completely|maintenance|isolat\w*|cut off|emergency)\b"
)


def closed_to_all(view: View) -> Iterator[Diagnostic]:
    """TOC206: a rule that refuses everybody, where one address was meant."""
    for _, line, action, command in view.commands("iptables", "ip6tables", "ufw"):
        told = fold(f"{above(view, line)} {line.step.title}")
        if not _refuses_everybody(command) or _ALL.search(told):
            continue
        message = "This rule names no source: it refuses everybody, also you."
        yield view.at("TOC206", line, action, command.start, message, hint="Name the source (-s, from).")


def _refuses_everybody(command: Command) -> bool:
    if command.name == "ufw":
        words = command.plain
        return (
            words[:1] in (("deny",), ("reject",))
            and "from" not in words
            and "out" not in words
            and len(words) > 1
        )
    adds = any(word in ("-I", "-A", "--insert", "--append") for word in command.args)
    chain = next((word for word in command.plain if word.isupper()), "")
    return (
        adds
        and chain in ("INPUT", "FORWARD")
        and bool(_BLOCKS & set(command.args))
        and not command.has(*_NARROWS)
    )


_LIMIT = re.compile(
    r"(?P<key>\b(?:maxmemory|retention\.(?:ms|bytes)|max[_-]?conn\w*|max[_-]?clients|rate[_-]?limit\w*|limit[_-]?rate|bwlimit|quota\w*|max[_-]?(?:size|rate|age|memory|bytes|requests|retries)|memory(?:max|_limit|-limit|_max)|"
    r"(?:x-)?max-length(?:-bytes)?|throttle\w*|concurrency|max_slot_wal_keep_size|temp_file_limit|work_mem|--memory|--cpus|statement_timeout|lock_timeout|hard_limit|soft_limit|ulimit -\w|LimitNOFILE|MemoryMax|TasksMax))[\"']?\s{0,3}[=: ]\s{0,3}[\"']?(?P<value>0(?![\w.])|-1(?![\w.])|unlimited|infinity|none)\b",
    re.IGNORECASE,
)
# The end of the pattern, which is found faster.
_NO_LIMIT = re.compile(
    r"[=: ]\s{0,3}[\"']?(?:0(?![\w.])|-1(?![\w.])|unlimited|infinity|none)\b", re.IGNORECASE
)
_RAISES = re.compile(
    r"\b(?:rais\w*|increas\w*|enlarg\w*|extend\w*|more|higher|bigger|longer|allow|widen\w*|lift|loosen|erhoh\w*|mehr|vergrosser\w*|sub[ei]r?|aument\w*|mas|augment\w*|plus|limit\w*|lower|reduc\w*|cap|throttl\w*|slow)\b"
)
_ON_PURPOSE = re.compile(
    r"\b(?:no limit|without (?:a )?limit|unlimited|switch(?:es|ed)? off|turn\w* off|disable\w*|remove\w*|suspend\w*|take off|ohne|sin limite|infinite|unbounded|completely)\b"
)


def without_a_limit(view: View) -> Iterator[Diagnostic]:
    """TOC206: "allow more memory" over a 0, which is no limit at all."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        found = _LIMIT.search(line.text) if _NO_LIMIT.search(line.text) else None
        if found is None:
            continue
        told = fold(f"{above(view, line)} {line.step.title}")
        if _RAISES.search(told) and not _ON_PURPOSE.search(told):
            message = f"{found['key']} {found['value']} is no limit at all, not another one."
            yield view.on("TOC206", line, message, level=Level.WARNING)


_BELOW = re.compile(r"^[\"']?\$(?:\{(?P<braced>\w+)\}|(?P<bare>\w+))[\"']?/(?P<rest>.+)$")


def below_an_unset_variable(view: View) -> Iterator[Diagnostic]:
    """TOC206: `rm -rf $DIR/archive/*` where nothing of the document sets DIR: /archive/* is another place."""
    for _, line, action, command in view.commands("rm"):
        if not command.has("-r", "-R", "--recursive"):
            continue
        for word in command.plain:
            found = _BELOW.match(word)
            name = (found["braced"] or found["bare"]) if found is not None else ""
            if (
                found is None
                or name in _ALWAYS_SET
                or re.search(rf"\b{name}=|\bread (?:-\w+ )*{name}\b|\b{name} in\b", view.whole)
            ):
                continue
            if "set -u" in line.text or f"{{{name}:?" in line.text:
                continue
            message = f"If {name} is empty this removes /{found['rest']}."
            yield view.at("TOC206", line, action, command.start, message, hint=f"Write ${{{name}:?}}.")


_ALWAYS_SET = frozenset("HOME TMPDIR PWD USER".split())

_UNCHECKED = re.compile(
    r"\b(?P<name>\w*(?:SKIP|NO|INSECURE|DISABLE|ALLOW_INSECURE|ALLOW_SELF_SIGNED)_?\w*?(?:VERIFY|VERIFICATION|TLS|SSL|CERT|HOST_?KEY)\w*)=[\"']?(?:1|true|yes|on)\b|"
    r"\b(?P<off>\w*(?:VERIFY|REJECT_UNAUTHORIZED|HOST_KEY_CHECKING|SSLVERIFY|PYTHONHTTPSVERIFY)\w*)[= ][\"']?(?:0|false|no|off|none)\b",
    re.IGNORECASE,
)
# One of these is in every text the pattern finds, casefolded.
_CHECKS = ("verify", "verification", "tls", "ssl", "cert", "host_key", "hostkey", "reject_unauthorized")
_UNCHECKED_OPTION = re.compile(
    r"^--?(?:no-?|skip-?|disable-?|in)(?:verify|check|secure)?-?(?:tls|ssl|cert\w*|host-?key)?-?(?:verify|verification|check|validation|skip-verify)?(?:-(?:ssl|tls|cert\w*))?(?:=true)?$|^--?tls-?(?:skip|no)-?verify(?:=true)?$|^--?insecure(?:-skip-tls-verify)?(?:=true)?$"
)
_NAMES_A_CHECK = re.compile(r"tls|ssl|cert|host-?key|insecure")
# These are told by their own rule.
_KNOWN_ELSEWHERE = frozenset({"curl", "wget", "ssh", "scp", "rsync", "sftp", "kubectl", "oc", "git", "aws"})


_OF_CHECKS = (
    "verif",
    "VERIF",
    "nsecure",
    "INSECURE",
    "tls",
    "TLS",
    "ssl",
    "SSL",
    "ertif",
    "CERT",
    "HOST_KEY",
    "UNAUTHORIZED",
)


def unchecked_peers(view: View) -> Iterator[Diagnostic]:
    """TOC216: the check of who answers is switched off, by a variable or an option of any tool."""
    if not any(map(view.text.__contains__, _OF_CHECKS)):
        return
    for _, line in view.lines():
        for action in line.step.actions:
            told = action.text.casefold()
            found = _UNCHECKED.search(action.text) if any(map(told.__contains__, _CHECKS)) else None
            if found is not None and (found["name"] or found["off"]).upper() not in ("NO_VERIFY",):
                message = f"{found['name'] or found['off']}: whoever answers is believed."
                yield view.at("TOC216", line, action, found.start(), message)
        for action, command in line.commands:
            if command.name in _KNOWN_ELSEWHERE or command.inner or not command.dashed:
                continue
            option = next(
                (
                    word
                    for word in command.args
                    if word[:1] == "-" and _NAMES_A_CHECK.search(word) and _UNCHECKED_OPTION.match(word)
                ),
                None,
            )
            if option is not None:
                message = f"`{option}`: whoever answers is believed."
                yield view.at("TOC216", line, action, command.start, message)


RULES = (
    open_to_all,
    closed_to_all,
    without_a_limit,
    below_an_unset_variable,
    unchecked_peers,
)
