"""TOC310: a way back that takes back something else than was done: another port, another rule, a key that had a value before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import alike, machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, sentences, takes_back
from tocsin.runbook.words.wording import fold

# What is done, and what takes it back: as a word, as a part of one, or as an option.
_PAIRS = {
    "authorize": "revoke", "add": "remove del delete rm", "attach": "detach", "allow": "disallow revoke", "grant": "revoke", "ban": "unban",
    "block": "unblock", "deny": "undeny", "taint": "untaint", "mute": "unmute", "associate": "disassociate", "register": "deregister",
    "create": "delete remove", "enable": "disable", "reserve": "release", "link": "unlink", "assign": "unassign",
}  # fmt: skip
_BACK: dict[str, frozenset[str]] = {}
for _done, _backs in _PAIRS.items():
    for _back in _backs.split():
        _BACK[_back] = _BACK.get(_back, frozenset()) | {_done}
_PARTS = re.compile(r"[-_:=]")
_CHAINS = {"-I", "-A", "--insert", "--append"}
_UNDOING = re.compile(
    r"\b(?:afterwards?|again|back|undo|revert|roll ?back|remove (?:it|the rule|this)|close|reopen|lift|later|when .{3,60}\b(?:done|over|finished|gone)|"
    r"zuruck\w*|danach|ruckgangig|volver|deshacer|quitar|despues|annuler|revenir|ensuite|voltar|desfazer)\b"
)
_FEW = 40  # changes of one procedure that are compared


@dataclass(frozen=True, slots=True)
class _Change:
    """What a command did: its words with the verb taken out, and where."""

    verb: str
    frame: tuple[str, ...]
    words: tuple[str, ...]
    place: str
    line: Line


def other_taken_back(view: View) -> Iterator[Diagnostic]:
    """A rule, a grant or a member is taken back that is not the one which was made."""
    for procedure in view.procedures:
        done: list[_Change] = []
        for line in procedure.lines:
            if line.step.judgement.effect is Effect.OBSERVE:
                continue
            for action, command in line.commands:
                change = _change(command, line)
                if change is None or command.inner:
                    continue
                told = _told(change, done)
                if told is not None and _undoes(view, line):
                    yield view.at("TOC310", line, action, command.start, told)
                elif len(done) < _FEW:
                    done.append(change)


def _undoes(view: View, line: Line) -> bool:
    if line.step.role is Role.ROLLBACK or takes_back(view, line):
        return True
    told = sentences(above(view, line)) or sentences(line.step.title)
    return any(_UNDOING.search(said) for said in told[-1:])


def _change(command: Command, line: Line) -> _Change | None:
    if command.name in ("iptables", "ip6tables"):
        return _rule(command, line)
    for at, word in enumerate(command.args[:6]):
        following = command.args[at + 1] if at + 1 < len(command.args) else ""
        if word in _BACK and following in _PAIRS:  # "delete allow 8443/tcp"
            words = (*command.args[:at], *command.args[at + 2 :])
            return _Change(
                _PAIRS[following].split()[0], (*_frame(command), "*"), words, machine(command), line
            )
        part = next((p for p in _PARTS.split(word.lower().lstrip("-")) if p in _PAIRS or p in _BACK), None)
        if part is not None:
            # "--add-port=8080/tcp": the value is a word of its own
            name, _, value = word.lower().replace(part, "*").partition("=")
            words = (*command.args[:at], *([value] if value else []), *command.args[at + 1 :])
            return _Change(part, (*_frame(command), name), words, machine(command), line)
    return None


def _frame(command: Command) -> tuple[str, ...]:
    """The program and the words that tell what kind of thing is meant, without the verb."""
    words = [word.lower() for word in (command.name, *command.plain[:3]) if word.isalpha()]
    return tuple([word for word in words if word not in _PAIRS and word not in _BACK])


def _rule(command: Command, line: Line) -> _Change | None:
    """A rule of iptables that is added or deleted; its number in the chain is no part of it, a port is."""
    verb = next((word for word in command.args if word in _CHAINS or word in ("-D", "--delete")), None)
    if verb is None:
        return None
    words = tuple(
        [
            word
            for at, word in enumerate(command.args)
            if word != verb and not (word.isdigit() and command.args[at - 1][:1] != "-")
        ]
    )
    chain = next((word for word in words if word.isupper()), "")
    added = "del" if verb in ("-D", "--delete") else "add"
    return _Change(added, ("iptables", chain), words, machine(command), line)


def _told(change: _Change, done: list[_Change]) -> str | None:
    """What is to be said of a change that takes back another thing; None if it takes back what was done, or nothing."""
    wanted = _BACK.get(change.verb, frozenset())
    mine = [
        one for one in done if one.verb in wanted and one.frame == change.frame and one.place == change.place
    ]
    if not mine or any(sorted(one.words) == sorted(change.words) for one in mine):
        return None
    one = mine[-1]
    at = one.line.step.span.first_line
    if change.frame[:1] == ("iptables",):
        if len(change.words) <= 2:
            return None  # by its number
        return f"Line {at} made another rule: this one is not there."
    if len(one.words) != len(change.words):
        return None
    apart = [(left, right) for left, right in zip(one.words, change.words, strict=True) if left != right]
    if len(apart) != 1 or any(word[:1] in "$<{[" for word in apart[0]):
        return None
    left, right = apart[0]
    same_kind = (left.isdigit() and right.isdigit()) or alike(left, right) or _ADDRESS.match(left) is not None
    return f"Line {at} did it with {left}, this takes back {right}." if same_kind else None


_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?$|\d{2,5}/(?:tcp|udp)$")

_SETS = frozenset("put set add-config config:set setx patch".split())
_UNSETS = frozenset("delete unset rm remove del clear delete-config config:unset delete-parameter".split())
_HAD = re.compile(
    r"\b(?:value|it|that|setting|key|number|limit) (?:before|was|is normally|used to be|had been)\b|\b(?:old|previous|former|original|earlier) (?:value|setting|number)\b|\bnormally\b|\bwar (?:vorher|zuvor)\b|\bvorher(?:iger)?\b|\b(?:valor|antes) (?:anterior|era|estaba)\b|\bvaleur (?:precedente|d'avant)\b"
)


def unset_for_reset(view: View) -> Iterator[Diagnostic]:
    """A key that had a value gets another one, and the way back deletes the key."""
    for procedure in view.procedures:
        put: dict[tuple[str, str], tuple[Line, Action]] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                verbs = set(command.plain[:3])
                names = [word for word in command.plain if "/" in word or "_" in word or "." in word]
                if verbs & _SETS:
                    for name in names[:2]:
                        put.setdefault((command.name, name.partition("=")[0]), (line, action))
                elif verbs & _UNSETS and _undoes(view, line):
                    key = next(((command.name, name) for name in names if (command.name, name) in put), None)
                    if key is not None and _had_a_value(procedure, put[key][0], *key):
                        message = f"{key[1]} had a value before line {put[key][0].step.span.first_line}; this deletes it instead of putting that back."
                        yield view.at("TOC310", line, action, command.start, message)


def _had_a_value(procedure: Procedure, since: Line, tool: str, name: str) -> bool:
    """Whether the text says that there was a value, or looked at it before."""
    looked = any(
        command.name == tool
        and {"get", "show", "describe", "read"} & set(command.plain[:3])
        and name.startswith(command.plain[-1])
        for line in (*procedure.before(since), since)
        for _, command in line.commands
    )
    return looked or _HAD.search(fold(procedure.text)) is not None


_RECORD = re.compile(
    r"\"Action\"\s{0,3}:\s{0,3}\"(?P<action>UPSERT|DELETE)\"[^}]{0,200}?\"Name\"\s{0,3}:\s{0,3}\"(?P<name>[^\"]{3,200})\""
)


def record_deleted(view: View) -> Iterator[Diagnostic]:
    """A DNS record gets another value, and the way back deletes the record."""
    for procedure in view.procedures:
        put: dict[str, Action] = {}
        for line in procedure.lines:
            for action in line.step.actions:
                for found in (
                    _RECORD.finditer(action.text)
                    if "UPSERT" in action.text or "DELETE" in action.text
                    else ()
                ):
                    name = found["name"].rstrip(".")
                    if found["action"] == "UPSERT":
                        put[name] = action
                    elif name in put and put[name] is not action and _undoes(view, line):
                        message = f"{name} had a value before line {put[name].span.first_line}; this deletes it instead of putting that back."
                        yield view.at("TOC310", line, action, found.start(), message)


RULES = (other_taken_back, unset_for_reset, record_deleted)
