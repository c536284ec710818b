"""Where a sentence or heading sends its reader: into a session, to a host for what comes next, or out of a session again.

Source: docs/reference/runbook-language.md, section 7. Heard wherever steps may follow, also where nothing says that a section
holds any: what follows must not run on the operator's machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tocsin.runbook.book import Hop
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.markdown.blocks import Block, Fence, Label, ListBlock, Paragraph
from tocsin.runbook.shell.contexts import Move, Place, closes, move
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.steps.spoken import spoken_opener
from tocsin.runbook.words.inline import code_spans
from tocsin.runbook.words.surroundings import Around, comes_home, goes_out, surroundings
from tocsin.runbook.words.whereabouts import host_in, session_in

_BETWEEN = re.compile(r"bastion|jump", re.IGNORECASE)
_LEAVES = re.compile(
    r"\b(?:log ?out|leave|exit|quit|disconnect|close|verlass\w*|abmeld\w*|quitte[zr]?|sal(?:ir|ga|e)|saia)\b",
    re.IGNORECASE,
)
# Whoever is told not to leave, or only in a case, is still inside: what follows must not run on the operator's machine.
_STAYS = re.compile(
    r"\b(?:not|never|n[o’']?t|avoid|without|before|if|unless|whenever|nicht|kein\w*|nie|falls|wenn|ohne|ne|pas|jamais|sans|si|no|nunca|sin|n[aã]o|sem|se)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the next blocks are meant to run.

    Attributes:
        lasts: for the rest of the section; else for the next block alone.
        told: what the reader of the document is to know.
    """

    place: Place
    lasts: bool
    told: Diagnostic | None = None


# This very machine, which is the one the reader was sent to last; not the near end of a tunnel from the reader's own.
_THIS_MACHINE = re.compile(r"(?<![\w.-])(?:localhost|127\.0\.0\.1|\[::1\])(?![\w-])")
_TUNNEL = re.compile(r"\bport-forward\b|\bssh\b[^\n]{0,80}\s-L\b|\bkubectl proxy\b|\bstart-session\b")


_LOGS_OUT = re.compile(
    r"\b(?:log ?(?:out|off)|disconnect|abmelden|d[eé]connecte[rz]?|desconect\w+)\b", re.IGNORECASE
)


@dataclass(slots=True)
class LastHost:
    """The host that a sentence sent the reader to for one block: "On `es-1`:".

    A later block that speaks of `localhost` without saying where means that host, never the operator's machine. Of any other
    later block nobody says whether the reader is still there.

    Attributes:
        back: whether the commands there end with the way back, so that nobody is there any more.
        unsaid: what was read since without a word about where, each with that host.
    """

    place: Place | None = None
    back: bool = False
    unsaid: list[tuple[Span, Hop]] = field(default_factory=list)

    def sent(self, block: Paragraph | Label, place: Place, following: str) -> Sent | None:
        """As `sent`; "back on your laptop" also ends what is known of the host."""
        text = block.text
        logged_out = _LOGS_OUT.search(text) is not None and _STAYS.search(text) is None
        if logged_out or goes_out(text) or comes_home(text):
            self.place = None
        found = sent(block, place, following)
        if found is None:
            self._unsaid(block, place)
        else:
            self.back = any(closes(line) for line in following.split("\n"))
        return found

    def left(self, place: Place) -> None:
        """The reader comes back from there."""
        if any(hop.kind == "host" for hop in place.context):
            self.place = None if self.back else place

    def again(self, block: Block, now: Place) -> Place | None:
        """Where a block runs that means the host again; None for any other, which runs where the reader is now."""
        if self.place is None or not isinstance(block, Fence):
            return None
        if _TUNNEL.search(block.text):
            self.place = None
            return None
        if not now.context and _THIS_MACHINE.search(block.text):
            return self.place
        self._unsaid(block, now)
        return None

    def _unsaid(self, block: Block, now: Place) -> None:
        if self.place is not None and not now.context:
            host = next(hop for hop in self.place.context if hop.kind == "host")
            self.unsaid.append((block.span, host))


def sent(block: Paragraph | Label, place: Place, following: str = "") -> Sent | None:
    """Where a sentence sends whoever stands at `place`; None where it sends nobody.

    Args:
        following: the commands it may speak about: the fence below it, or the code in it.
    """
    hops = spoken_opener(block) if "`" in block.text else ()
    if not hops and (host := session_in(block.text)) is not None:
        # From a bastion one goes on; from any other host one has gone back before.
        inner = place.innermost
        place = place if inner is not None and _BETWEEN.search(inner.name) else place.outermost()
        hops = (Hop("host", host),)
    if hops:
        message = "a sentence opens a session: following steps of this section are read as meant for there"
        return Sent(place.enter(*hops), True, Diagnostic("TOC104", Level.WARNING, block.span, 1, message))
    if place.depth and (_leaves(block.text) or goes_out(block.text) or closes(block.text.strip("`. "))):
        return Sent(place.leave(), True)
    if (switched := _switched(block, place)) is not None:
        return switched
    if (host := host_in(block.text)) is not None:
        if host.startswith("<") and _NAMES_ITSELF.search(following):
            return None  # its prompts or its `ssh` say which
        if _EACH.match(host) and _REACHES.search(following):
            return None  # who speaks of every machine and goes out to each from here
        # A fence that goes there itself and does not come back: whoever was sent stays until something closes it.
        goes = re.search(rf"(?m)^\s*\$?\s*ssh\s[^\n]*(?<![\w.-]){re.escape(host)}(?![\w.-])", following)
        stays = goes is not None and not any(closes(line) for line in following.split("\n"))
        return Sent(place.outermost().enter(Hop("host", host)), stays)
    around = surroundings(block.text) if following else None
    return _around(around, place, following) if around is not None else None


def commands_of(block: Paragraph | Label, below: Block | None) -> str:
    """The commands a sentence may speak about: those of the fence or list below it, else those in it."""
    match below:
        case Fence(text=text):
            return text
        case ListBlock(items=items):
            return "\n".join(item.lead for item in items)
        case _:
            return "\n".join(code for _, _, code in code_spans(block.text) if " " in code)


_NAMES_ITSELF = re.compile(r"^\s*(?:\[?[\w.-]+@[\w.-]+[\w:~/. -]*\]?[$#]\s|\$?\s*ssh\s)", re.MULTILINE)
_EACH = re.compile(r"<(?:each|every|all|both|jede|beiden|chaque|tou|cada|tod|ambos)")
_REACHES = re.compile(
    r"(?<![\w./-])(?:ssh|scp|rsync|pssh|pdsh|clush|parallel-ssh|ansible[\w-]*|salt|knife|bolt|kubectl|oc|nomad|consul|talosctl|aws|gcloud|az|invoke-command)\s",
    re.IGNORECASE,
)
# What says itself where it runs needs no words for it.
_NAMED = {
    "namespace": re.compile(r"(?:^|\s)(?:-n[ =]?\w|--namespace\b|-A\b|--all-namespaces\b)"),
    "cluster": re.compile(r"\s--(?:context|cluster|kubeconfig)\b"),
    "container": re.compile(r"\b(?:exec|attach|rsh|debug)\b"),
    "pod": re.compile(r"\b(?:exec|attach|rsh|debug)\b"),
    "user": re.compile(r"\b(?:sudo|su|doas|runuser)\b"),
    "cwd": re.compile(r"^\s*(?:cd|pushd)\s", re.MULTILINE),
}


def _around(around: Around, place: Place, following: str) -> Sent | None:
    if around.here:
        return Sent(place.outermost(), False) if place.depth else None
    there = place
    for hop in around.sets:
        if not _NAMED[hop.kind].search(following):
            there = there.put(hop)
    for hop in around.enters:
        inner = place.innermost
        known = inner is not None and (inner.kind in ("pod", "container") or inner.name == hop.name)
        if not _NAMED[hop.kind].search(following) and not (known and hop.name.startswith("<")):
            there = there.enter(hop)
    return Sent(there, around.lasts) if there is not place else None


def _switched(block: Paragraph | Label, place: Place) -> Sent | None:
    """The place after a sentence that asks to switch by a command: "Switch with `kubectl config use-context prod`, then:"."""
    if "`" not in block.text or _STAYS.search(block.text.split("`")[0]) is not None:
        return None
    there = place
    for _, _, code in code_spans(block.text):
        kind, after = move(code, there) if " " in code.strip() else (Move.STAYS, there)
        if kind is Move.SWITCHES or (kind is Move.SETS and code.lstrip().startswith(("cd ", "export "))):
            there = after
    return Sent(there, True) if there is not place else None


def headed(draft: Draft, place: Place) -> Place:
    """Where the steps of a section run by what its heading says, or one above it in the same procedure: "On `db-1`"."""
    current: Draft | None = draft
    while current is not None:
        if (host := host_in(current.raw) or session_in(current.raw)) is not None:
            return place.enter(Hop("host", host))
        if (around := surroundings(current.raw)) is not None and not around.here:
            for hop in around.sets:
                place = place.put(hop)
            return place.enter(*around.enters) if around.enters else place
        if current.procedure is current:
            break
        current = current.parent
    return place


def _leaves(text: str) -> bool:
    """Whether a sentence plainly asks to end the session by a word in code: "log out (`exit`)"."""
    return (
        _LEAVES.search(text) is not None
        and _STAYS.search(text) is None
        and any(closes(code) for _, _, code in code_spans(text))
    )
