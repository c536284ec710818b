"""Facts read from what looks at a machine or a cluster shows: disks, memory, load, sockets, pods, commits.

Only for a status of 0: whatever else it means is the other adapters' business. Values are untrusted text.
"""

import re
from collections.abc import Callable

from tocsin.effects.finding import Finding, Ran, done

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,3})?)"  # of a load, also with a decimal comma
_MOST = 20  # facts of one look; the raw text stands beside them


def facts_of(ran: Ran) -> Finding | None:
    """What a look showed, or None if nobody can read it."""
    if ran.status != 0:
        return None
    reader = _READERS.get(ran.words[0].text.rpartition("/")[2])
    return reader(ran) if reader is not None else None


def _disks(ran: Ran) -> Finding | None:
    """`df`: how full each file system is."""
    rows = re.findall(r"^\S.*?\s(\d{1,3})%\s+(/\S*)$", ran.stdout, re.M)
    if not rows:
        return None
    full = [f"{mount} {used} %" for used, mount in rows if int(used) >= 90]
    sentence = f"Nearly full: {', '.join(full[:5])}." if full else "No file system is nearly full."
    return done(sentence, *((f"disk {mount}", f"{used}%") for used, mount in rows[:_MOST]))


def _memory(ran: Ran) -> Finding | None:
    """`free`: how much of the memory is left for programs."""
    head = re.search(r"^[ \t]*total\b.*$", ran.stdout, re.M)
    row = re.search(r"^Mem:[ \t]+(.*)$", ran.stdout, re.M)
    if head is None or row is None:
        return None
    values = dict(zip(head[0].split(), row[1].split(), strict=False))
    facts = [(f"memory {name}", values[name]) for name in ("total", "used", "available") if name in values]
    total, left = (_size(values.get(name, "")) for name in ("total", "available"))
    if total and left is not None:
        facts.append(("memory_ratio", f"{1 - left / total:.2f}"))
        return done(f"{left / total:.0%} of the memory is available.", *facts)
    return done("The memory was read.", *facts)


def _load(ran: Ran) -> Finding | None:
    """`uptime`, `top -bn1`: load, and idle time of the processors."""
    found = re.search(
        rf"load averages?:\s{{0,4}}{_NUMBER}[, ]{{1,3}}{_NUMBER}[, ]{{1,3}}{_NUMBER}", ran.stdout
    )
    idle = re.search(r"(?<![\d.])(\d{1,3}(?:[.,]\d{1,3})?)\s{0,4}id\b", ran.stdout)
    facts = [("load 1 min", found[1]), ("load 15 min", found[3])] if found else []
    if idle is not None:
        facts.append(("cpu idle", f"{idle[1]}%"))
    return done("The load was read.", *facts) if facts else None


def _sockets(ran: Ran) -> Finding | None:
    """`netstat`, `ss`: connections by state, and what listens."""
    states = re.findall(
        r"\b(LISTEN|ESTAB(?:LISHED)?|TIME[_-]WAIT|CLOSE[_-]WAIT|SYN[_-]SENT|SYN[_-]RECV)\b", ran.stdout
    )
    if not states:
        return None
    counts = {state: states.count(state) for state in dict.fromkeys(states)}
    return done(
        "Sockets were listed.", *((f"sockets {state}", str(count)) for state, count in counts.items())
    )


def _cluster(ran: Ran) -> Finding | None:
    """`kubectl get pods` and its kind: the state of each pod, and how many are not well."""
    if not {"pods", "pod", "po"} & {text.partition("/")[0] for text in ran.texts}:
        return None
    rows = re.findall(r"^(?:(\S+)\s+)??(\S+)\s+(\d+)/(\d+)\s+([A-Z]\w*(?::\S+)?)\s+(\d+)", ran.stdout, re.M)
    if not rows:
        return None
    bad = [
        name
        for _, name, ready, of, state, _ in rows
        if state != "Completed" and (state != "Running" or ready != of)
    ]
    facts = [(name, f"{state} {ready}/{of}, {count} restarts") for _, name, ready, of, state, count in rows]
    counted = [("pods", str(len(rows))), ("pods not ready", str(len(bad)))]
    sentence = f"Not ready: {', '.join(bad[:5])}." if bad else f"All {len(rows)} pods are ready."
    return done(sentence, *counted, *facts[:_MOST])


def _commits(ran: Ran) -> Finding | None:
    """`git log --oneline`: the commits, newest first."""
    if "log" not in ran.texts:
        return None
    rows = re.findall(r"^(?:commit )?([0-9a-f]{7,40})\b", ran.stdout, re.M)
    return done(f"{len(rows)} commits.", *(("commit", commit) for commit in rows[:_MOST])) if rows else None


def _size(text: str) -> float | None:
    found = re.fullmatch(r"([\d.]+)([KMGTP]?)i?B?", text)
    if found is None:
        return None
    power = " KMGTP".index(found[2]) if found[2] else 0
    return float(found[1]) * float(1024**power)


_READERS: dict[str, Callable[[Ran], Finding | None]] = {
    "df": _disks,
    "free": _memory,
    **dict.fromkeys(("uptime", "top", "w"), _load),
    **dict.fromkeys(("netstat", "ss"), _sockets),
    **dict.fromkeys(("kubectl", "oc", "k"), _cluster),
    "git": _commits,
}
