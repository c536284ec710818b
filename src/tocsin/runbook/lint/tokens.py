"""Shell text to words, operators and redirections. Total: never raises."""

import re
from dataclasses import dataclass

_SEPARATORS = ("&&", "||", "|&", ";;", ";", "|", "&", "\n", "(", ")")


_PLACEHOLDER = re.compile(r"<[A-Za-z][^<>\n|;&`]{0,80}[^<>\s|;&`]>|<[A-Za-z]>")


_REDIRECT = re.compile(r"(\d*|&)(<<<|<<-?|>>|>\||>&|<&|<>|>|<)")


_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


# Stretches in which no character means anything: outside quotes, and in double quotes.
_RUN = re.compile(r"[^ \t\r\n;|&()<>'\"\\$`]+")
_QUOTED_RUN = re.compile(r"[^\"\\$]+")


@dataclass(slots=True)
class Token:
    """A word, an operator or a redirection; `text` without quotes, `raw` as written."""

    kind: str  # word, op, redirect
    text: str
    raw: str
    start: int
    end: int


def tokens(text: str) -> tuple[list[Token], list[tuple[int, str]], list[str], str]:
    """Tokens; texts of substitutions with their offsets; bodies of here-documents; what is broken ("" if nothing)."""
    found: list[Token] = []
    nested: list[tuple[int, str]] = []
    heredocs: list[str] = []
    waiting: list[str] = []
    position = 0
    broken = ""
    size = len(text)
    while position < size:
        char = text[position]
        if char == "\n" and waiting:
            position, problem = _bodies(text, position + 1, waiting, heredocs)
            broken = broken or problem
            waiting = []
            found.append(Token("op", "\n", "\n", position - 1, position))
            continue
        if char in " \t\r":
            position += 1
            continue
        if char == "\\" and text[position + 1 : position + 2] == "\n":
            position += 2
            continue
        if char == "#" and (position == 0 or text[position - 1] in " \t\n;("):
            end_of_line = text.find("\n", position)
            position = size if end_of_line < 0 else end_of_line
            continue
        placeholder = _PLACEHOLDER.match(text, position) if char == "<" else None
        redirect = _redirect(text, position, char) if placeholder is None else None
        if redirect is not None:
            heredoc = (
                _HEREDOC.match(text, position)
                if redirect[2].startswith("<<") and redirect[2] != "<<<"
                else None
            )
            if heredoc is not None:
                waiting.append(heredoc[2])
                found.append(Token("redirect", "<<", heredoc[0], position, heredoc.end()))
                found.append(Token("word", heredoc[2], heredoc[2], position, heredoc.end()))
                position = heredoc.end()
                continue
            found.append(Token("redirect", redirect[2], redirect[0], position, redirect.end()))
            position = redirect.end()
            continue
        if char in "&|;\n()":
            operator = next(op for op in _SEPARATORS if text.startswith(op, position))
            found.append(Token("op", operator, operator, position, position + len(operator)))
            position += len(operator)
            continue
        word, raw, end, problem = _word(text, position, nested)
        broken = broken or problem
        found.append(Token("word", word, raw, position, end))
        position = max(end, position + 1)
    return found, nested, heredocs, broken


def _redirect(text: str, position: int, char: str) -> re.Match[str] | None:
    """The redirection that begins here, the number of its file included."""
    if char not in "<>&" and not char.isdecimal():
        return None
    found = _REDIRECT.match(text, position)
    if found is None or text[position : position + 2] in ("<(", ">(", "&&"):
        return None
    return found if char in "<>&" or found[1].isdigit() else None


def _bodies(text: str, position: int, waiting: list[str], heredocs: list[str]) -> tuple[int, str]:
    """Reads the here-documents that begin here; where the text goes on, and what is broken."""
    broken = ""
    for mark in waiting:
        close = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t]*$", re.M).search(text, position)
        heredocs.append(text[position : close.start() if close else len(text)])
        position = close.end() if close else len(text)
        broken = broken or ("" if close else f"the here-document {mark} never ends")
    return position, broken


def _word(text: str, start: int, nested: list[tuple[int, str]]) -> tuple[str, str, int, str]:
    out: list[str] = []
    position = start
    size = len(text)
    while position < size:
        if (run := _RUN.match(text, position)) is not None:
            out.append(run[0])
            position = run.end()
            if position == size:
                break
        char = text[position]
        if char in " \t\r\n;|&()" or (
            char in "<>"
            and not _PLACEHOLDER.match(text, position)
            and text[position + 1 : position + 2] != "("
        ):
            break
        if char == "<" and (hole := _PLACEHOLDER.match(text, position)):
            out.append(hole[0])
            position = hole.end()
        elif char == "'" or text.startswith("$'", position):
            begin = position + (1 if char == "'" else 2)
            end = text.find("'", begin)
            if end < 0:
                return "".join(out) + text[begin:], text[start:], size, "a single quote never closes"
            out.append(text[begin:end])
            position = end + 1
        elif char == '"':
            inside, position, problem = _double(text, position + 1, nested)
            out.append(inside)
            if problem:
                return "".join(out), text[start:position], position, problem
        elif char == "\\":
            out.append(text[position + 1 : position + 2] if text[position + 1 : position + 2] != "\n" else "")
            position += 2
        elif text.startswith(("$(", "<(", ">("), position) and not text.startswith("$((", position):
            end = _closing(text, position + 1)
            nested.append((position + 2, text[position + 2 : end - 1]))
            out.append(text[position:end])
            position = end
        elif text.startswith("$((", position):
            end = _closing(text, position + 1)
            out.append(text[position:end])
            position = end
        elif text.startswith("${", position):
            end = text.find("}", position)
            end = size if end < 0 else end + 1
            out.append(text[position:end])
            position = end
        elif char == "`":
            end = text.find("`", position + 1)
            end = size if end < 0 else end + 1
            nested.append((position + 1, text[position + 1 : end - 1]))
            out.append(text[position:end])
            position = end
        else:
            out.append(char)
            position += 1
    return "".join(out), text[start:position], position, ""


def _double(text: str, start: int, nested: list[tuple[int, str]]) -> tuple[str, int, str]:
    out: list[str] = []
    position = start
    while position < len(text):
        if (run := _QUOTED_RUN.match(text, position)) is not None:
            out.append(run[0])
            position = run.end()
            if position == len(text):
                break
        char = text[position]
        if char == '"':
            return "".join(out), position + 1, ""
        if char == "\\" and text[position + 1 : position + 2] in ('"', "\\", "$", "`", "\n"):
            out.append(text[position + 1] if text[position + 1] != "\n" else "")
            position += 2
        elif text.startswith("$(", position) and not text.startswith("$((", position):
            end = _closing(text, position + 1)
            nested.append((position + 2, text[position + 2 : end - 1]))
            out.append(text[position:end])
            position = end
        else:
            out.append(char)
            position += 1
    return "".join(out), len(text), "a double quote never closes"


def _closing(text: str, start: int) -> int:
    """The offset behind the bracket that closes the one at `start`."""
    depth = 0
    position = start
    quote = ""
    while position < len(text):
        char = text[position]
        if quote:
            if char == "\\" and quote == '"':
                position += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return len(text)
