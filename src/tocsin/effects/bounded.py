"""Bounded forms: what to run instead of a reading command that waits for a keyboard or never ends.

The replacement is shown, and it is what gets judged, approved and run.
Source: docs/reference/effects.md, table of bounded forms.
"""

import re
import shlex

from tocsin.effects.shelltext import Simple, simple_commands
from tocsin.effects.words import Word

_PREFIXES = frozenset({"sudo", "doas", "nice", "ionice", "time", "command", "nohup", "stdbuf", "env"})
_FOLLOW = frozenset({"-f", "--follow", "-F", "--retry", "--follow=name", "--follow=descriptor"})
_WATCH = frozenset({"-w", "--watch", "--watch-only"})
_SCREENS = frozenset({"htop", "atop", "btop", "glances", "nmon", "gtop", "vtop", "bpytop", "bashtop"})
_LOGS = {
    "kubectl": ("--tail=500", ("--tail", "--since", "--since-time")),
    "oc": ("--tail=500", ("--tail", "--since", "--since-time")),
    "docker": ("--tail=500", ("--tail", "-n")),
    "podman": ("--tail=500", ("--tail", "-n")),
    "crictl": ("--tail=500", ("--tail",)),
    "nerdctl": ("--tail=500", ("--tail", "-n")),
}


_FOREVER = re.compile(r"\s*while\s+(?:true|:)\s*;\s*do\b(?P<body>.*)\bdone\s*;?\s*", re.S)


def bound(text: str) -> str | None:
    """The same look with an end, or None if there is no such form or the text needs none.

    >>> bound("pm2 logs api --lines 50")
    'pm2 logs api --lines 50 --nostream'
    """
    loop = _FOREVER.fullmatch(text) if "while" in text else None
    if loop:
        # Five rounds are a look; the loop's own sleep keeps them apart.
        return f"for _ in 1 2 3 4 5; do{bound(loop['body']) or loop['body']}done"
    edits: list[tuple[int, int, str]] = []
    for command in simple_commands(text):
        instead = _instead(command, text)
        if instead is not None:
            edits.append((command.start, command.end, instead))
    if not edits:
        return None
    for start, end, instead in reversed(edits):
        text = text[:start] + instead + text[end:]
    return text


def _instead(command: Simple, text: str) -> str | None:
    words = command.words
    skip = 0
    while skip < len(words) - 1 and (
        words[skip].text in _PREFIXES
        or (skip and words[skip - 1].text in _PREFIXES and re.match(r"-[nEHiSk]$|\w+=", words[skip].text))
    ):
        skip += 1
    before = [word.raw for word in words[:skip]]
    rest = words[skip:]
    changed = _bounded(rest)
    return " ".join([*before, *changed]) if changed is not None else None


def _bounded(words: tuple[Word, ...]) -> list[str] | None:
    """The words of the bounded form as they are written, or None."""
    name = words[0].text.rpartition("/")[2]
    raws = [word.raw for word in words]
    texts = [word.text for word in words]
    if name in _SCREENS:
        return ["top", "-bn1"]
    match name:
        case "tail":
            return _tail(words)
        case "top":
            batch = any(re.match(r"-\w*b", text) for text in texts)
            counted = any(re.match(r"-\w*n", text) for text in texts)
            return None if batch and counted else [*raws, "-n1" if batch else "-bn1"]
        case "pm2" if "logs" in texts[1:3] or "log" in texts[1:3]:
            return None if "--nostream" in texts else [*raws, "--nostream"]
        case "pm2" if "monit" in texts[1:2]:
            return ["pm2", "list"]
        case "journalctl" if _follows(texts):
            return (
                _without(words, _FOLLOW)
                + (["-n", "500"] if not _has(texts, "-n", "--lines") else [])
                + ["--no-pager"]
            )
        case "kubectl" | "oc" | "docker" | "podman" | "crictl" | "nerdctl":
            return _container_logs(name, words)
        case "watch":
            return _watched(words)
        case "less" | "more" | "zless" | "most" | "lnav":
            files = [word.raw for word in words[1:] if not word.text.startswith(("-", "+"))]
            return ["head", "-c", "262144", *files]
        case "ping" | "ping6" if not _has(texts, "-c"):
            return [raws[0], "-c", "4", *raws[1:]]
        case "mtr":
            return [raws[0], "-rwc", "10", *raws[1:]]
        case "tcpdump" | "tshark" | "ngrep" if not _has(texts, "-c"):
            return ["timeout", "30", raws[0], "-c", "500", *raws[1:]]
        case "stern" | "kubetail":
            return [*raws, "--no-follow", "--tail=500"]
        case "aws" | "heroku" | "flux" | "argocd" | "nomad" | "supervisorctl" | "az" | "gcloud" if (
            _follows(texts) or name == "heroku"
        ):
            return _without(words, _FOLLOW | ({"-t", "--tail"} if name == "heroku" else frozenset()))
        case "ssh" if len(words) > 2:
            return _over_ssh(words)
        case _:
            return None


def _has(texts: list[str], *names: str) -> bool:
    return any(
        text.partition("=")[0] in names or any(len(name) == 2 and text.startswith(name) for name in names)
        for text in texts
    )


_LETTER_F = re.compile(r"-[a-zA-Z]*[fF][a-zA-Z]*")


def _follows(texts: list[str]) -> bool:
    return any(text in _FOLLOW or _LETTER_F.fullmatch(text) for text in texts)


def _without(words: tuple[Word, ...], options: frozenset[str]) -> list[str]:
    """The words as written, these options left out, also from clusters like `-xef`."""
    kept = []
    for word in words:
        if word.text in options:
            continue
        if (
            re.fullmatch(r"-[a-zA-Z]{2,}", word.text)
            and ("f" in word.text or "F" in word.text)
            and "-f" in options
        ):
            cluster = "-" + re.sub("[fF]", "", word.text[1:])
            if cluster != "-":
                kept.append(cluster)
            continue
        kept.append(word.raw)
    return kept


def _tail(words: tuple[Word, ...]) -> list[str] | None:
    texts = [word.text for word in words]
    if not any(text in _FOLLOW or re.fullmatch(r"-[qv\dn]*[fF][\dn]*", text) for text in texts[1:]):
        return None
    kept = [words[0].raw]
    counted = False
    for word in words[1:]:
        text = word.text
        if text in _FOLLOW:
            continue
        cluster = re.fullmatch(r"-([qv]*)(\d*)[fF](n?)(\d*)([qv]*)", text)
        if cluster:
            number = cluster[2] or cluster[4]
            if cluster[3] or number:
                kept += ["-n", number] if number else ["-n"]
                counted = True
            continue
        counted = counted or re.match(r"-n|--lines|-\d|-c|--bytes", text) is not None
        kept.append(word.raw)
    return kept if counted else [kept[0], "-n", "200", *kept[1:]]


def _container_logs(name: str, words: tuple[Word, ...]) -> list[str] | None:
    texts = [word.text for word in words]
    raws = [word.raw for word in words]
    if "logs" in texts[1:8]:
        limit, counts = _LOGS[name]
        at = texts.index("logs")
        follows = _follows(texts[at:])
        selects = name in ("kubectl", "oc") and _has(texts[at:], "-l", "--selector")
        if not follows and not (selects and not _has(texts, "--tail")):
            return None
        # Before `logs`, -f names compose's file.
        kept = raws[:at] + _without(words[at:], _FOLLOW)
        if not _has(texts, *counts) or (selects and not _has(texts, "--tail")):
            kept.append(limit)
        if selects and not _has(texts, "--prefix"):
            kept.append("--prefix")
        return kept
    if name in ("docker", "podman", "nerdctl") and "stats" in texts[1:3] and "--no-stream" not in texts:
        return [*raws, "--no-stream"]
    if name in ("kubectl", "oc") and any(text in _WATCH for text in texts):
        return _without(words, _WATCH)
    return None


def _watched(words: tuple[Word, ...]) -> list[str] | None:
    """What `watch` would repeat, once; repeating and comparing is the engine's work."""
    index = 1
    while index < len(words) and words[index].text.startswith("-"):
        takes_value = words[index].text in ("-n", "--interval", "-q", "--equexit")
        index += 2 if takes_value else 1
    inner = words[index:]
    if not inner:
        return None
    return [inner[0].text] if len(inner) == 1 and inner[0].known else [word.raw for word in inner]


def _over_ssh(words: tuple[Word, ...]) -> list[str] | None:
    last = words[-1]
    if not last.quoted or not last.known:
        return None
    inner = bound(last.text)
    return [*(word.raw for word in words[:-1]), shlex.quote(inner)] if inner is not None else None
