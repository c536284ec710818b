"""Result adapters for databases: redis-cli, psql and its tools.

Source: docs/reference/effects.md, section on result adapters.
"""

import re
from collections.abc import Callable

from tocsin.effects.finding import Finding, Ran, by_status, done, doubt, failed, first_line, later, no_effect

_REDIS_ERROR = re.compile(
    r"^(?:\(error\) )?(?P<what>(?:ERR|OOM|NOAUTH|WRONGTYPE|WRONGPASS|NOPERM|READONLY|MISCONF|LOADING|BUSY\w*|CLUSTERDOWN|MOVED|ASK"
    r"|NOSCRIPT|NOREPLICAS|MASTERDOWN|EXECABORT|UNKILLABLE|NOTBUSY|NOGROUP|CROSSSLOT|TRYAGAIN|DENIED|NOMASTERLINK|INPROG|NOGOODSLAVE)\b.*)"
)
_INFO_FACTS = (
    "used_memory", "used_memory_human", "maxmemory", "maxmemory_human", "maxmemory_policy", "mem_fragmentation_ratio",
    "connected_clients", "blocked_clients", "evicted_keys", "expired_keys", "rejected_connections", "role",
    "master_link_status", "connected_slaves", "uptime_in_seconds", "rdb_last_bgsave_status", "aof_last_write_status",
    "loading", "redis_version",
)  # fmt: skip
_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1024, "m": 10**6, "mb": 1024**2, "g": 10**9, "gb": 1024**3}


def redis_finding(ran: Ran) -> Finding:
    """redis-cli: the reply, because it exits with 0 on errors."""
    reply = ran.stdout.strip()
    error = _REDIS_ERROR.match(reply)
    if error is not None:
        return failed(f"Redis answered {error['what'][:200]}", ("error", error["what"].split()[0]))
    refused = ran.says(
        r"could not connect to redis|connection refused|auth failed|server closed the connection|name or service not known"
    )
    if refused is not None:
        return failed(f"Redis could not be asked: {refused[0]}.")
    if ran.status != 0:
        return by_status(ran.status, ran.stderr)
    verbs = [text.upper() for text in ran.texts]
    if "SET" in verbs and "CONFIG" in verbs:
        return _config_set(ran)
    if "INFO" in verbs:
        return _info(reply)
    number = re.fullmatch(r"(?:\(integer\) )?(-?\d+)", reply)
    if number is not None and {"DEL", "UNLINK", "EXPIRE", "PERSIST", "HDEL", "SREM", "ZREM", "LREM"} & set(
        verbs
    ):
        if int(number[1]) == 0:
            return no_effect("Redis answered 0: no such key.", ("count", "0"))
        return done(f"Redis answered {number[1]}.", ("count", number[1]))
    if number is not None:
        return done(f"Redis answered {number[1]}.", ("count", number[1]))
    return done(f"Redis answered{first_line(reply)}." if reply else "Redis answered with nothing.")


def _config_set(ran: Ran) -> Finding:
    texts = ran.texts
    at = next(place for place, text in enumerate(texts) if text.upper() == "SET")
    name, wanted = ([*texts[at + 1 : at + 3], "", ""])[:2]
    if ran.stdout.strip() != "OK":
        return doubt(f"Redis did not answer OK{first_line(ran.stdout)}.")
    if ran.after is None:
        return done(f"Redis answered OK; whether {name} holds was not asked. It lasts until a restart.")
    now, old = _config_value(ran.after, name), _config_value(ran.before or "", name)
    facts = tuple((key, value) for key, value in (("before", old), ("after", now)) if value is not None)
    if now is None:
        return doubt(f"CONFIG GET {name} showed nothing.", *facts)
    if not _same(now, wanted):
        return no_effect(f"{name} is {now}, not {wanted}.", *facts)
    if old is not None and _same(old, wanted):
        return no_effect(f"{name} was {wanted} already.", *facts)
    return done(f"{name} is {now} now, until the server restarts.", *facts)


def _config_value(captured: str, name: str) -> str | None:
    lines = [
        re.sub(r'^\d+\) "(.*)"$', r"\1", line.rstrip("\r")) for line in captured.rstrip("\n").split("\n")
    ]
    if name not in lines:
        return None
    at = lines.index(name)
    return lines[at + 1] if at + 1 < len(lines) else ""


def _same(one: str, other: str) -> bool:
    return (
        one == other
        or (_bytes(one) is not None and _bytes(one) == _bytes(other))
        or one.lower() == other.lower()
    )


def _bytes(text: str) -> int | None:
    match = re.fullmatch(r"(\d+)([a-z]*)", text.lower())
    return int(match[1]) * _UNITS[match[2]] if match and match[2] in _UNITS else None


def _info(reply: str) -> Finding:
    values = dict(line.strip().partition(":")[::2] for line in reply.splitlines() if ":" in line)
    facts = [(name, values[name]) for name in _INFO_FACTS if values.get(name)]
    used, limit = values.get("used_memory", ""), values.get("maxmemory", "")
    sentence = "Redis answered."
    if used.isdigit() and limit.isdigit() and int(limit) > 0:
        ratio = int(used) / int(limit)
        facts.append(("memory_ratio", f"{ratio:.2f}"))
        policy = values.get("maxmemory_policy", "")
        sentence = f"Redis uses {ratio:.0%} of its memory limit" + (
            f"; at the limit it applies {policy}." if policy else "."
        )
    elif limit == "0":
        sentence = "Redis has no memory limit."
    return done(sentence, *facts)


def psql_finding(ran: Ran) -> Finding:
    """psql: errors inside, row counts and what the statement means for later."""
    error = ran.says(r"^(?:psql:.*?)?(?:ERROR|FATAL):\s*(?P<what>.*)$")
    if error is not None:
        return failed(f"The database answered: {error['what'][:200]}", ("error", error["what"][:200]))
    refused = ran.says(r"could not connect|connection to server .* failed|does not exist$")
    if ran.status != 0:
        return failed(
            f"The database could not be asked{first_line(ran.stderr)}."
            if refused
            else f"Exit status {ran.status}{first_line(ran.stderr)}."
        )
    statement = " ".join(ran.texts)
    rows = re.search(r"^(?P<verb>UPDATE|DELETE|MERGE|INSERT 0|COPY) (?P<rows>\d+)$", ran.stdout, re.M)
    if rows is not None:
        if rows["rows"] == "0":
            return no_effect(f"{rows['verb'].split()[0]} hit no rows.", ("rows", "0"))
        return done(f"{rows['verb'].split()[0]} hit {rows['rows']} rows.", ("rows", rows["rows"]))
    if re.search(r"pg_(?:terminate|cancel)_backend", statement, re.I):
        return _ended(ran.stdout)
    if re.search(r"ALTER\s+SYSTEM\b", statement, re.I):
        return later(
            "The server's file holds the new value; it counts after a reload or, for some settings, a restart."
        )
    if re.search(r"ALTER\s+(?:DATABASE|ROLE|USER)\b.*\bSET\b", statement, re.I | re.S):
        return later("New sessions get the new value; open sessions keep the old one.")
    if re.search(r"pg_reload_conf", statement, re.I):
        if re.search(r"^\s*f\s*$", ran.stdout, re.M):
            return failed("The server did not reload its configuration.")
        return later("The server was told to reload; settings that need a restart still wait for it.")
    if ran.says(r"already exists, skipping"):
        return no_effect("It existed already; an index may still be invalid.")
    facts = _counts(ran.stdout)
    return done("The database answered.", *facts)


def _ended(stdout: str) -> Finding:
    answers = _told(stdout)
    hit = answers.count("t")
    facts = (("ended", str(hit)), ("asked", str(len(answers))))
    if hit == 0:
        return no_effect("No session was ended.", *facts)
    if hit < len(answers):
        return doubt(f"{hit} of {len(answers)} sessions were ended.", *facts)
    return done(f"{hit} sessions were told to end; whether new ones came is another question.", *facts)


def _told(stdout: str) -> list[str]:
    """What the server said of each session, "t" or "f", also where the process id or more stands beside it."""
    found: list[str] = []
    column = -1
    for line in stdout.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        named = [n for n, cell in enumerate(cells) if cell in ("pg_terminate_backend", "pg_cancel_backend")]
        if named:
            column = named[0]
        elif column < len(cells) and cells[column] in ("t", "f"):
            found.append(cells[column])
    return found


def _counts(stdout: str) -> list[tuple[str, str]]:
    """Single numbers, and small tables of a name and a count."""
    lines = [line for line in stdout.splitlines() if line.strip() and not re.fullmatch(r"[-+\s|]+", line)]
    total = next(
        (re.fullmatch(r"\((\d+) rows?\)", line.strip()) for line in lines if line.strip().startswith("(")),
        None,
    )
    facts: list[tuple[str, str]] = [("rows", total[1])] if total else []
    body = [line for line in lines if not re.fullmatch(r"\(\d+ rows?\)", line.strip())]
    if len(body) == 2 and re.fullmatch(r"\s*-?\d+\s*", body[1]):
        facts.append((body[0].strip() or "count", body[1].strip()))
    elif len(body) == 1 and re.fullmatch(r"\s*-?\d+\s*", body[0]):
        facts.append(("count", body[0].strip()))
    else:
        for line in body[1:21]:
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) == 2 and re.fullmatch(r"-?\d+", cells[1]):
                facts.append((cells[0] or "(empty)", cells[1]))
    return facts


def pg_restore_finding(ran: Ran) -> Finding | None:
    """pg_restore: 1 is a mixture."""
    ignored = ran.says(r"errors ignored on restore: (\d+)")
    if ignored is not None:
        return failed(
            f"Restored with {ignored[1]} errors: the database holds a mixture.", ("errors", ignored[1])
        )
    return None


def pg_isready_finding(ran: Ran) -> Finding:
    """pg_isready: its status is the answer."""
    answer = {0: "accepts connections", 1: "rejects connections (it is starting)", 2: "does not answer"}.get(
        ran.status
    )
    if answer is None:
        return failed("pg_isready could not ask.")
    return done(f"The server {answer}.", ("ready", "yes" if ran.status == 0 else "no"))


DATA_ADAPTERS: dict[str, Callable[[Ran], Finding | None]] = {
    "redis-cli": redis_finding,
    "valkey-cli": redis_finding,
    "psql": psql_finding,
    "pg_restore": pg_restore_finding,
    "pg_isready": pg_isready_finding,
}
