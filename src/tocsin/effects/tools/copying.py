"""Copies between machines: to us they look, to others they change.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects import paths
from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import (
    REMOTE,
    WIDE,
)
from tocsin.effects.options import Grammar, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Reading, unknown
from tocsin.effects.ssh import names_program
from tocsin.effects.variables import settings_at
from tocsin.effects.words import Word

_HOST = frozenset({"host"})


def to_us(destination: Word, call: Call, rule: str, base: Reading) -> Reading:
    """A copy to the operator's side: scratch, unless it falls on something that matters."""
    text = destination.text
    near = (
        not call.place.elsewhere
        and not paths.data(text.rstrip("/"))
        and (not text.startswith("/") or re.match(r"/(?:home/[^/]+|root|Users/[^/]+)/", text) is not None)
        and ".." not in text
    )
    if paths.temporary(destination) or near:
        return replace(base, flags=base.flags | {Flag.LOCAL})
    reading = written(destination, elsewhere=call.place.elsewhere, rule=rule)
    return base if reading is None else replace(reading, needs=base.needs, targets=base.targets, silent=False)


_COPY = Grammar(values=frozenset(["-i", "-P", "-o", "-F", "-l", "-S", "-c", "-J", "-D", "-X"]))
_SYNC = Grammar(values=frozenset(["-e", "--rsh", "--exclude", "--include", "--exclude-from", "--include-from", "--files-from", "--bwlimit", "--rsync-path", "--backup-dir", "--suffix", "--timeout", "--password-file", "--log-file", "--write-batch", "--only-write-batch", "--read-batch", "--password-command", "--early-input", "-M", "--remote-option", "--max-size", "--min-size", "--chmod", "--port", "-f", "--filter", "-T", "--temp-dir", "--partial-dir", "--compare-dest", "--link-dest"]))  # fmt: skip
_REMOTE_PATH = re.compile(r"^(?:[^/:]+@)?[^/:]+:|^rsync://|^(?:scp|sftp)://")


def read_copy_over(call: Call) -> Reading:
    """`scp`, `rsync`: to us it looks, to others it changes, with --delete it destroys."""
    args = parse(call.words, _COPY if call.name == "scp" else _SYNC)
    if (call.name == "scp" and args.has("-S", "-D")) or names_program(args) or args.has("--password-command"):
        return unknown(f"{call.name}.program", "would start another program")
    if call.name == "scp":
        for file in args.values("-F"):
            if settings_at(file, "scp.settings").effect is not Effect.OBSERVE:
                return settings_at(file, "scp.settings")
    shell = args.value("-e", "--rsh", "--rsync-path")
    if shell is not None and not re.fullmatch(
        r"(?:/usr/bin/)?ssh(?: -[\w=./~@$\ufffc -]*)?|sudo rsync", shell
    ):
        return unknown("rsync.program", "would start another program")
    if (
        call.name == "rsync"
        and args.has("-n", "--dry-run", "--list-only")
        and not args.taken_back("-n", "--dry-run", "--list-only")
    ):
        logs = [
            written(name, appends=True, rule="rsync.log")
            for name in args.values("--log-file", "--write-batch", "--only-write-batch")
        ]
        return next((log for log in logs if log is not None), Reading(Effect.OBSERVE, "rsync.preview"))
    if len(args.operands) < 2:
        return unknown(f"{call.name}.unknown", f"`{call.name}` without source and destination")
    *sources, destination = args.operands
    far = [word for word in args.operands if _REMOTE_PATH.match(word.text)]
    targets = tuple(
        dict.fromkeys("host:" + word.raw.strip("\"'").partition(":")[0].rpartition("@")[2] for word in far)
    )
    needs = _HOST if far else frozenset()
    deletes = [name for name in args.options if name.startswith(("--del", "--remove-s"))]
    if deletes:
        return Reading(
            Effect.DESTROY, "rsync.delete", "deletes what the other side does not have", WIDE, targets, needs
        )
    open_end = not destination.known and not all(_REMOTE_PATH.match(word.text) for word in sources)
    if _REMOTE_PATH.match(destination.text) or open_end:
        return Reading(
            Effect.CHANGE,
            f"{call.name}.up",
            f"overwrites files at {destination.raw}",
            REMOTE,
            targets,
            needs,
        )
    flags = REMOTE if far else NO_FLAGS
    base = Reading(Effect.OBSERVE, f"{call.name}.down", flags=flags, targets=targets, needs=needs)
    if far or paths.temporary(destination):
        return to_us(destination, call, call.name, base)
    return Reading(Effect.CHANGE, f"{call.name}.local", f"writes {destination.raw}", targets=targets)


def read_sftp(call: Call) -> Reading:
    """`sftp`, `ftp`, `lftp`: a session; a batch is not read."""
    args = parse(
        call.words, Grammar(values=frozenset(["-b", "-i", "-P", "-o", "-c", "-e", "-u", "-S", "-D", "-F"]))
    )
    if call.name == "sftp" and (args.has("-S", "-D") or names_program(args)):
        return unknown("sftp.program", "would start another program")
    if args.has("-b", "-c", "-e") or call.stdin != NOTHING:
        return unknown(f"{call.name}.batch", "runs a batch that is not read here")
    return Reading(
        Effect.OBSERVE, call.name, flags=frozenset({Flag.CONTEXT, Flag.INTERACTIVE, Flag.REMOTE}), needs=_HOST
    )


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("scp", "rsync"), read_copy_over),
    **dict.fromkeys(("sftp", "ftp", "lftp"), read_sftp),
}
