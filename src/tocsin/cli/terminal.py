"""Talk on a terminal: one left edge, nothing hostile. Knows nothing of incidents, so that short commands start soon."""

from rich.console import Console
from rich.text import Text

from tocsin.kit.printable import printable


def console() -> Console:
    """Where talk goes: stdout, in colour only where that is wanted."""
    return Console(highlight=False, soft_wrap=True)


def hanging(out: Console, head: Text, body: Text) -> None:
    """Print a text behind a head; on a terminal its further lines begin where the first one did.

    Piped, a line stays one line: whoever searches in it must find whole sentences. Hostile characters are shown as dots.
    """
    body = _printable(body)
    lines = [body]
    if out.is_terminal:
        lines = list(body.wrap(out, max(out.width - head.cell_len, 20)))
    for number, line in enumerate(lines or [Text()]):
        line.rstrip()
        out.print((head if number == 0 else Text(" " * head.cell_len)) + line)


def _printable(text: Text) -> Text:
    """The same text in the same colours; character by character, so that the colours stay where they are."""
    safe = text.copy()
    safe.plain = "".join(map(printable, text.plain))
    return safe
