"""Where a line runs: sessions that open and close, and what persists (directory, variables, cluster).

Source: docs/reference/runbook-language.md, section 7. A line never runs in another place than the reader meant.
"""

import re
from dataclasses import dataclass
from enum import Enum

from tocsin.runbook.book import Context, Hop
from tocsin.runbook.shell.openers import opener

# Past so many variables of one place we stop naming them; "*" says that there are more than we track.
_MOST_LOCALS = 60


class Move(Enum):
    """What a statement does to the place where the next one runs."""

    STAYS = "stays"
    OPENS = "opens"
    CLOSES = "closes"
    SETS = "sets"  # directory, variables, shell options: goes with what follows
    SWITCHES = "switches"  # cluster, account: an act of its own, and the following lines are meant for there


# Not frozen, because one is made per statement and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Place:
    """A place in the chain of sessions.

    Attributes:
        levels: outermost first; each is what one line opened (nothing on the operator's side; several hops
            for `sudo -u postgres psql`) with the directory and variables set inside it.
    """

    levels: tuple[tuple[Context, Context], ...] = (((), ()),)

    @property
    def context(self) -> Context:
        """The chain as a flat tuple of hops.

        A line that goes to the host where the words before it have sent its reader already makes no second hop; it is a
        session of its own all the same, so that leaving it leaves only that.
        """
        out: list[Hop] = []
        for hops, inner in self.levels:
            if out and hops and hops[0].kind == "host":
                _there_already(out, hops[0])
            out.extend(hops)
            out.extend(inner)
        return tuple(out)

    @property
    def depth(self) -> int:
        """How many sessions are open."""
        return len(self.levels) - 1

    @property
    def innermost(self) -> Hop | None:
        """The innermost hop a session opened, or None on the operator's side."""
        return self.levels[-1][0][-1] if self.levels[-1][0] else None

    def enter(self, *hops: Hop) -> "Place":
        """Inside a further session; a host starts with a fresh directory."""
        return Place((*self.levels, (hops, ())))

    def leave(self, levels: int = 1) -> "Place":
        """Outside the innermost sessions."""
        return Place(self.levels[: max(1, len(self.levels) - levels)])

    def outermost(self) -> "Place":
        """Outside every session."""
        return Place(self.levels[:1])

    def outside_clients(self) -> "Place":
        """Outside the database clients and interpreters one is in: a shell takes no line there."""
        place = self
        while place.innermost is not None and place.innermost.kind in ("database", "repl"):
            place = place.leave()
        return place

    def put(self, hop: Hop) -> "Place":
        """With a directory, variable, cluster or identity set; replaces one of the same name or kind."""
        opener, inner = self.levels[-1]
        if hop.kind == "env":
            kept = tuple(h for h in inner if not (h.kind == "env" and h.name == hop.name))
        else:
            kept = tuple(h for h in inner if h.kind != hop.kind)
        if len(kept) >= _MOST_LOCALS:
            hop = Hop("env", "*", None)
            kept = tuple(h for h in kept if h != hop)
        return Place((*self.levels[:-1], (opener, (*kept, hop))))

    def drop(self, name: str) -> "Place":
        """Without this variable."""
        opener, inner = self.levels[-1]
        kept = tuple(h for h in inner if not (h.kind == "env" and h.name == name))
        return Place((*self.levels[:-1], (opener, kept)))


def _there_already(out: list[Hop], host: Hop) -> None:
    """Takes the innermost host off the chain if it is this one, with what was set on it: the new session begins afresh."""
    at = next((at for at in range(len(out) - 1, -1, -1) if out[at].kind not in ("cwd", "env")), -1)
    if at >= 0 and out[at].kind == "host" and out[at].name == host.name:
        del out[at:]


_CLOSERS = frozenset(
    {"exit", "logout", "quit", "\\q", "exit;", "quit;", "exit()", "quit()", ".quit", ".exit", "^D", "^d"}
)


def closes(text: str) -> bool:
    """Whether a line ends the innermost session."""
    bare = text.strip()
    return bare in _CLOSERS or bare.lower() in ("ctrl-d", "ctrl+d", "exit-pssession", "exsn")


def named_by(place: Place, hops: Context) -> Place:
    """The place a prompt names, entered from `place`; a directory in it is set there."""
    there = place.enter(*[hop for hop in hops if hop.kind != "cwd"])
    for hop in hops:
        there = there.put(hop) if hop.kind == "cwd" else there
    return there


def prompted(place: Place, hops: Context) -> Place | None:
    """The session among the open ones that a prompt is of, or None."""
    *_, named = [hop for hop in hops if hop.kind != "cwd"]
    for depth in range(place.depth, 0, -1):
        opened = place.levels[depth][0]
        if not opened:
            continue
        there = place.leave(place.depth - depth)
        last = opened[-1]
        below = place.levels[depth - 1][0]
        if (
            last.kind == "user"
            and below
            and (below[-1].kind, below[-1].name, last.name) == (named.kind, named.name, named.detail)
        ):
            return there  # `sudo -i` made the user that the prompt tells
        if (last.kind, last.name) == (named.kind, named.name):
            if last.kind == "host" and named.detail and last.detail and last.detail != named.detail:
                there = there.enter(Hop("user", named.detail))
            for hop in hops:
                there = there.put(hop) if hop.kind == "cwd" else there
            return there
        if last.kind == named.kind == "database" and last.detail == named.detail:
            # `psql` opened it without saying which, or by an address: the prompt tells its name.
            if not named.name or last.name.endswith(f"/{named.name}") or set(last.name) & set("$:<{"):
                return there
            host, slash, _ = last.name.rpartition("/")
            return there.leave().enter(
                *opened[:-1], Hop("database", f"{host}{slash}{named.name}", last.detail)
            )
    return None


_CD = re.compile(
    r"(?:cd|pushd)(?:\s+(?:--\s+)?(?P<path>[^\s;&|]+|\"[^\"]*\"|'[^']*'))?\s*(?P<rest>&&.*|;.*)?$", re.S
)
# A value is read in one way only, or a long one takes time beyond all bounds: first looked at, then taken as it was seen.
# (Python before 3.11.5, Debian 12's among them, reads possessive groups wrongly.)
_VALUE = r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*+'|\$\((?:[^()]|\([^()]*+\))*\)|`[^`]*+`|[^\s\"';&|])*"
_ASSIGN = re.compile(
    rf"(?:export\s+|declare\s+(?:-\w+\s+)*|readonly\s+|local\s+)?((?:[A-Za-z_]\w*+=(?=(?P<value>{_VALUE}))(?P=value)\s*+)+)$",
    re.S,
)
_ONE = re.compile(rf"([A-Za-z_]\w*+)=(?=({_VALUE}))\2", re.S)
_SOURCE = re.compile(r"(?:source|\.)\s+(\S+)\s*$")
_OPTION_SETTING = re.compile(
    r"(?:set\s+[-+][a-zA-Z]|set\s+-o|shopt|umask|export\s+\w+$|alias\s|unalias\s|ulimit|hash\s+-r)"
)
_MAY_SWITCH = re.compile(r"(?:kube|az|gcloud|aws|oc|vault|argocd)")
_SWITCH = (
    (re.compile(r"kubectl\s+config\s+use-context\s+(\S+)"), "cluster"),
    (re.compile(r"kubectx\s+([^-\s]\S*)"), "cluster"),
    (re.compile(r"az\s+aks\s+get-credentials\b.*?(?:--name|-n)[ =](\S+)"), "cluster"),
    (re.compile(r"gcloud\s+container\s+clusters\s+get-credentials\s+(\S+)"), "cluster"),
    (re.compile(r"aws\s+eks\s+update-kubeconfig\b.*?--name[ =](\S+)"), "cluster"),
    (re.compile(r"kubens\s+([^-\s]\S*)"), "namespace"),
    (re.compile(r"kubectl\s+config\s+set-context\b.*?--namespace[ =](\S+)"), "namespace"),
    (re.compile(r"oc\s+project\s+([^-\s]\S*)"), "namespace"),
    (re.compile(r"gcloud\s+config\s+set\s+project\s+(\S+)"), "identity"),
    (re.compile(r"az\s+account\s+set\b.*?(?:--subscription|-s)[ =](\S+)"), "identity"),
    (re.compile(r"(vault|az|oc|argocd)\s+login\b"), "identity"),
)


def move(text: str, place: Place) -> tuple[Move, Place]:
    """What a shell statement does to the place where the following lines run, and that place."""
    bare = text.strip()
    if closes(bare):
        return (Move.CLOSES, place.leave()) if place.depth else (Move.CLOSES, place)
    if _MAY_MOVE.match(bare) is not None and (moved := _moved(bare, place)) is not None:
        return moved
    if (hops := opener(bare)) is not None:
        inner = place.innermost
        if (
            hops
            and inner is not None
            and inner.kind in ("pod", "container")
            and hops[-1].kind == hops[0].kind == "pod"
        ):
            place = place.leave()  # nobody enters a pod from inside another one
        return Move.OPENS, place.enter(*hops) if hops else place
    return Move.STAYS, place


# Every statement that moves begins so: a quick no for most.
_MAY_MOVE = re.compile(
    r"cd|pushd|popd|unset |source|\.\s|export|declare|readonly|local|set\s|shopt|umask|alias|unalias|ulimit|hash|kube|az|gcloud|aws"
    r"|oc|vault|argocd|[A-Za-z_]\w*="
)


def _moved(bare: str, place: Place) -> tuple[Move, Place] | None:
    """The same for a statement that stays in its session, or None if it leaves the place as it is."""
    if (found := _CD.match(bare)) is not None:
        after = place.put(Hop("cwd", _directory(found["path"], place)))
        # `cd x && make` moves and acts: the place changes, the statement is no mere setting.
        return (Move.STAYS if found["rest"] else Move.SETS), after
    if bare == "popd":
        return Move.SETS, place.put(Hop("cwd", "-"))
    if bare.startswith("unset "):
        for name in bare.split()[1:]:
            place = place.drop(name)
        return Move.SETS, place
    if (found := _SOURCE.match(bare)) is not None:
        return Move.SETS, place.put(Hop("env", f"source {found[1]}", None))
    if (found := _ASSIGN.match(bare)) is not None:
        for one in _ONE.finditer(found[1]):
            kind = "identity" if one[1] in ("AWS_PROFILE", "CLOUDSDK_CORE_PROJECT") else "env"
            name = one[2] if kind == "identity" else one[1]
            place = place.put(Hop(kind, name, None if kind == "identity" else one[2]))
        return Move.SETS, place
    if _OPTION_SETTING.match(bare):
        return Move.SETS, place
    for pattern, kind in _SWITCH if _MAY_SWITCH.match(bare) else ():
        if (found := pattern.match(bare)) is not None:
            return Move.SWITCHES, place.put(Hop(kind, found[1].strip("\"'")))
    return None


def _directory(path: str | None, place: Place) -> str:
    target = path.strip("\"'") if path else "~"
    if target == "-":
        return "-"  # back to where one was: nobody kept where
    if target.startswith(("/", "~", "$", "<")):
        return target
    current = next((hop.name for hop in reversed(place.levels[-1][1]) if hop.kind == "cwd"), None)
    if current is not None and len(current) > 300:
        return f"*/{target}"  # nobody follows so many relative moves; the place counts as unknown
    return f"{current.rstrip('/')}/{target}" if current else target
