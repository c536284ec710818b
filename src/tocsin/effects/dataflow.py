"""Where data goes: what a redirection writes, and what a producer is known to say.

Source: docs/reference/effects.md, section on where data goes.
"""

import base64
import re
from itertools import pairwise

from tocsin.effects import paths
from tocsin.effects.effect import Effect, Flag, Undo, Undoable
from tocsin.effects.reading import Reading, Stdin, unknown
from tocsin.effects.words import HOLE, Word, unescape_ansi

_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish"})
_LOCAL = frozenset({Flag.LOCAL})
_WRITES_NOTHING = frozenset({":", "true", ""})
_SPEAKS_ITS_TEXT = frozenset({"echo", "printf"})
# Wrappers that add nothing to what the command behind them prints.
_PASSES_ON = frozenset(
    {"sudo", "doas", "env", "command", "builtin", "timeout", "nice", "nohup", "setsid", "time", "exec"}
)
_OWN_NOTE = Undo(Undoable.PARTLY, None, "write the old content back", "the old content, unless it was kept")


def read_redirect(operator: str, name: Word, words: tuple[Word, ...], *, elsewhere: bool) -> Reading | None:
    """What `> name` does behind the command `words`; None if nothing is written."""
    path = name.text
    if operator in ("<", "<&", "<<", "<<<", "<&-", ">&-"):
        return None
    if operator in (">&", "&>") and (path.isdigit() or path == "-"):
        return None
    if path.startswith(("/dev/tcp/", "/dev/udp/")) and words and words[0].text.rpartition("/")[2] in _SHELLS:
        return unknown("shell.redirect.remote", f"lets {path.removeprefix('/dev/')} steer a shell")
    if path.startswith("/dev/tcp/") and operator == ">" and _only_knocks(words):
        return Reading(Effect.OBSERVE, "shell.redirect.probe")  # opens the port, and closes it again
    appends = operator in (">>", "&>>")
    empties = not appends and operator != "<>" and _is_nothing(words)
    copies = (
        bool(words) and words[0].text not in _SPEAKS_ITS_TEXT and words[0].text not in ("cat", "true", ":")
    )
    return written(name, appends=appends, empties=empties, elsewhere=elsewhere, copies=copies)


def _only_knocks(words: tuple[Word, ...]) -> bool:
    """Whether a command sends nothing to the port behind `>`: `: > /dev/tcp/h/80`."""
    texts = [word.text for word in words]
    return texts in ([":"], ["true"], ["echo"], ["echo", "-n"], ["cat", "/dev/null"])


def _is_nothing(words: tuple[Word, ...]) -> bool:
    """Whether a command is only there to empty the file behind `>`, also behind wrappers."""
    texts = [word.text.replace(HOLE, "").rpartition("/")[2] or word.text for word in words]
    if not texts or set(texts) & _WRITES_NOTHING or (texts[0] in _PASSES_ON and len(texts) == 1):
        return True
    if any(pair == ("cat", "null") for pair in pairwise(texts)):
        return True
    at = next(
        (place for place, text in enumerate(texts) if text.rpartition("/")[2] in _SPEAKS_ITS_TEXT), None
    )
    return at is not None and not "".join(part for part in texts[at + 1 :] if part != "-n").strip()


def written(
    name: Word,
    *,
    appends: bool = False,
    empties: bool = False,
    elsewhere: bool = False,
    copies: bool = True,
    rule: str = "shell.redirect",
) -> Reading | None:
    """What writing this file does.

    Args:
        appends: the old content stays.
        empties: nothing is written in its place.
        elsewhere: on another machine, where only /tmp is scratch.
        copies: the content was read from somewhere (a dump, a copy), so a new file of our own is scratch.
    """
    path = name.text
    if paths.nowhere(path):
        return None
    if path.startswith(("/dev/tcp/", "/dev/udp/")):
        return Reading(Effect.CHANGE, f"{rule}.network", f"sends data to {path.removeprefix('/dev/')}")
    if paths.device(path):
        return Reading(Effect.DESTROY, f"{rule}.device", f"overwrites the device {path}")
    if path.startswith("/proc/sys") or path == "/proc/sysrq-trigger":
        disrupts = "sysrq" in path or "drop_caches" in path
        effect = Effect.DISRUPT if disrupts else Effect.CHANGE
        return Reading(effect, f"{rule}.kernel", f"sets the kernel's {path}")
    if paths.temporary(name):
        return Reading(Effect.OBSERVE, f"{rule}.scratch", flags=_LOCAL, silent=True)
    if appends:
        return Reading(Effect.CHANGE, f"{rule}.append", f"adds to {shown(name)}", undo=_OWN_NOTE)
    if empties:
        return Reading(Effect.DESTROY, f"{rule}.truncate", f"throws away the content of {shown(name)}")
    if paths.data(path):
        return Reading(
            Effect.DESTROY, f"{rule}.data", f"overwrites {shown(name)}, which holds data or access"
        )
    if copies and not elsewhere and paths.capture(name):
        return Reading(Effect.OBSERVE, f"{rule}.capture", flags=_LOCAL, silent=True)
    return Reading(Effect.CHANGE, f"{rule}.write", f"overwrites {shown(name)}", undo=_OWN_NOTE)


def shown(name: Word) -> str:
    """A word as people know it: as written."""
    return name.raw or name.text


def literal_output(words: list[Word], stdin: Stdin) -> str | None:
    """What a command prints, if that stands in the text: `echo '…'`, `printf '…'`, `cat <<EOF`; else None."""
    while len(words) > 1 and words[0].text in _PASSES_ON:
        words = words[1:]
        while len(words) > 1 and re.match(r"-|\d+[smh]?$|\w+=", words[0].text):
            takes_value = words[0].text in ("-u", "-n", "-k", "-s", "-g")
            words = words[2:] if takes_value and len(words) > 2 else words[1:]
    if not words:
        return None
    head, rest = words[0].text.rpartition("/")[2], words[1:]
    match head:
        case "echo":
            options = ""
            while rest and re.fullmatch(r"-[neE]+", rest[0].text):
                options += rest[0].text
                rest = rest[1:]
            text = " ".join(word.text for word in rest)
            return unescape_ansi(text) if "e" in options else text
        case "printf":
            if len(rest) == 1:
                return unescape_ansi(rest[0].text).replace("%%", "%")
            if rest and re.fullmatch(r"%s(?:\\n)?", rest[0].text):
                return "\n".join(word.text for word in rest[1:])
            return None
        case "cat":
            files = [word.text for word in rest if word.text != "-"]
            return stdin.literal if not files and stdin.known else None
        case "base64" | "tee":
            decodes = (
                head == "base64" and {word.text for word in rest} <= {"-d", "-D", "--decode", "-i"} and rest
            )
            if not stdin.known or stdin.literal is None or not (decodes or head == "tee"):
                return None
            return _decoded(stdin.literal) if decodes else stdin.literal
        case ":" | "true" | "yes":
            return "" if head != "yes" else "y"
        case _:
            return None


def _decoded(text: str) -> str | None:
    """What stands in a base64 text; None if it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return None


def opaque(text: str | None) -> bool:
    """Whether a text is nothing but a hole, or nothing at all that could be read."""
    return text is None or not text.replace(HOLE, "").strip()


def spoken_hint(source: str) -> str:
    """What a producer that cannot be read exactly seems to say: the quoted texts in it, and what it echoes.

    Only ever judged in addition to "unknown", so that a wrapped `echo 'rm -rf /x' | sh` stays as bad as it is.
    """
    quoted = re.findall(r"'([^']+)'|\"([^\"]+)\"", source)
    said = re.search(r"\b(?:echo|printf)\s+(.*)", source, re.S)
    return "\n".join([*(one or other for one, other in quoted), *([said[1]] if said else [])])
