"""`nc`, `telnet`, `socat`: what is sent decides.

Source: docs/reference/runbook-language.md, section on judging HTTP.
"""

import re
from collections.abc import Callable

from tocsin.effects.dataflow import opaque
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import OPENER
from tocsin.effects.options import Grammar, parse
from tocsin.effects.reading import NOTHING, Call, Reading, unknown

_GRAMMAR = Grammar(
    values=frozenset("-w -p -s -G -i -q -x -X -P -e -c --exec --sh-exec --lua-exec -T -I -O".split())
)
_STARTS = re.compile(r"\b(?:exec|system|shell|fork|open|create|gopen|file|pty)\s*:", re.I)
# HAProxy's and memcached's sockets, ZooKeeper's four letters, and the plainest requests of other line protocols.
_LOOKS = re.compile(
    r"(?:show|stats?|version|get \S+|gets \S+|info|ruok|srvr|mntr|conf|cons|dirs|isro|help|quit|ping|prompt|HEAD /\S*.*|GET /\S*.*|Host: .*|Connection: .*|ehlo \S+|helo \S+|noop)(?:\s.*)?$",
    re.I,
)
_LOSES = re.compile(r"(?:flush_all|flush|delete|clear|drop|del)\b", re.I)
_BREAKS = re.compile(r"(?:disable|shutdown|set (?:server|weight|maxconn|rate-limit)|enable|add|kill)\b", re.I)


def read_netcat(call: Call) -> Reading:
    """A port check looks; a session opens; a text that is sent is read line by line."""
    args = parse(call.words, _GRAMMAR)
    if args.has("-e", "-c", "--exec", "--sh-exec", "--lua-exec") or any(
        _STARTS.search(word.text) for word in args.operands
    ):
        return unknown(f"{call.name}.program", "starts another program, or writes a file")
    if args.has("-l", "--listen", "-k", "-L") or any(
        "listen:" in word.text.lower() for word in args.operands
    ):
        return unknown(f"{call.name}.listen", "listens for others")
    if args.has("-z"):
        return Reading(Effect.OBSERVE, f"{call.name}.check")
    if call.stdin == NOTHING:
        return Reading(Effect.OBSERVE, call.name, flags=OPENER)
    if opaque(call.stdin.literal) and not (call.stdin.known and call.stdin.literal == ""):
        return unknown(f"{call.name}.sends", "sends what is not written here")
    # HAProxy takes several commands in one line.
    lines = [line.strip() for line in re.split(r"[\n;]", call.stdin.literal or "") if line.strip()]
    if all(_LOOKS.match(line) for line in lines):
        return Reading(Effect.OBSERVE, f"{call.name}.asks", flags=frozenset({Flag.REMOTE}))
    if any(_LOSES.match(line) for line in lines):
        return Reading(Effect.DESTROY, f"{call.name}.loses", "tells a server to forget what it holds")
    if all(_LOOKS.match(line) or _BREAKS.match(line) for line in lines):
        return Reading(Effect.DISRUPT, f"{call.name}.steers", "steers a running server")
    return unknown(f"{call.name}.sends", "sends a text nobody has read")


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(
    ("nc", "ncat", "netcat", "telnet", "socat"), read_netcat
)
