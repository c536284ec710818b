"""Result adapters for process managers, clusters, HTTP, and commands whose status is an answer.

Source: docs/reference/effects.md, section on result adapters.
"""

import re
from collections.abc import Callable

from tocsin.effects.finding import Finding, Ran, by_status, done, doubt, failed, first_line, later, no_effect
from tocsin.effects.undo_host import pm2_field, pm2_named, pm2_processes

# Status 1 of these is an answer, not a failure.
ANSWERS = frozenset(
    {"grep", "egrep", "fgrep", "rg", "zgrep", "diff", "cmp", "test", "[", "pgrep", "pg_isready"}
)


def _searched(ran: Ran) -> Finding:
    if ran.status == 1:
        return done("Nothing matches: an answer.", ("matches", "0"))
    if ran.status > 1:
        return failed(f"It could not search{first_line(ran.stderr)}.")
    lines = len(ran.stdout.splitlines())
    return done(f"{lines} lines match.", ("matches", str(lines)))


def _compared(ran: Ran) -> Finding:
    if ran.status > 1:
        return failed(f"It could not compare{first_line(ran.stderr)}.")
    return done(
        "They differ: an answer." if ran.status else "They are the same.",
        ("differ", "yes" if ran.status else "no"),
    )


def _tested(ran: Ran) -> Finding:
    if ran.status > 1:
        return failed(f"It could not test{first_line(ran.stderr)}.")
    return done(
        "The answer is no." if ran.status else "The answer is yes.", ("answer", "no" if ran.status else "yes")
    )


# -- pm2 ---------------------------------------------------------------------------------------------------

_ROW = re.compile(r"^\s*[│|]\s*(?P<id>\d+)\s*[│|](?P<rest>.*)[│|]\s*$", re.M)
_STATES = ("online", "stopped", "stopping", "errored", "launching", "one-launch-status", "waiting restart")


def pm2_finding(ran: Ran) -> Finding | None:
    """pm2: what `jlist` or the table says, because every status is 0."""
    missing = ran.says(
        r"\[PM2\]\[ERROR\]\s*(?P<what>.*)|Process or Namespace .* not found|Error: .*not found"
    )
    if missing is not None:
        return failed(f"pm2 answered: {missing[0][:200]}")
    verb = next((text for text in ran.texts if not text.startswith("-")), "")
    rest = [text for text in ran.texts if not text.startswith("-")][1:]
    name = rest[0] if rest else ""
    if verb in ("restart", "reload", "start", "stop", "delete", "del", "scale"):
        return _pm2_changed(ran, verb, name)
    if verb == "jlist":
        processes = pm2_processes(ran.stdout)
        if processes is None:
            return doubt("The list cannot be read.")
        return done(
            f"{len(processes)} processes.",
            *((str(one.get("name")), str(pm2_field(one, "status"))) for one in processes),
        )
    if verb in ("status", "list", "ls", "l", "ps"):
        return _pm2_table(ran, name)
    if verb == "trigger" and ran.status == 1:
        return no_effect("Nobody listens for this action.")
    return None


def _pm2_table(ran: Ran, name: str) -> Finding:
    rows = []
    for row in _ROW.finditer(ran.stdout):
        cells = [cell.strip() for cell in re.split(r"[│|]", row["rest"])]
        state = next((cell for cell in cells if cell in _STATES), "")
        if state:
            rows.append((cells[0], state))
    if not rows:
        return (
            by_status(ran.status, ran.stderr)
            if ran.status
            else done("pm2 runs no processes.", ("processes", "0"))
        )
    if name and name != "all" and name not in [found for found, _ in rows]:
        # pm2 ignores the name and lists everything.
        return done(f"pm2 knows no process {name}.", (name, "absent"), *rows)
    down = [found for found, state in rows if state != "online"]
    sentence = f"Not online: {', '.join(down)}." if down else f"All {len(rows)} processes are online."
    return done(sentence, *rows)


def _pm2_changed(ran: Ran, verb: str, name: str) -> Finding:
    if ran.status != 0:
        return by_status(ran.status, ran.stderr or ran.stdout)
    after = pm2_processes(ran.after or "")
    if after is None:
        return done("pm2 accepted it, by exit status only: ask `pm2 jlist` whether it stays up.")
    before = pm2_processes(ran.before or "") or []
    if name.endswith((".js", ".cjs", ".json", ".yml", ".yaml")) or not name:
        now, was = after, before
    else:
        now, was = pm2_named(after, name), pm2_named(before, name)
    facts = tuple((str(one.get("name")), str(pm2_field(one, "status"))) for one in now)
    if verb in ("delete", "del"):
        return failed(f"{name} is still there.", *facts) if now else done(f"{name} is gone.")
    if not now:
        return failed(f"pm2 knows no process {name or 'at all'}.", *facts)
    if verb == "stop":
        up = [fact for fact in facts if fact[1] == "online"]
        return failed(f"{name} is still online.", *facts) if up else done(f"{name} is stopped.", *facts)
    down = [fact for fact in facts if fact[1] != "online"]
    if down:
        return failed(f"{down[0][0]} is {down[0][1]}, not online.", *facts)
    if verb == "scale":
        if len(now) == len(was):
            return no_effect(f"{name} still has {len(now)} processes.", *facts)
        return done(f"{name} has {len(now)} processes now.", *facts)
    if verb in ("restart", "reload") and was and _marks(now) == _marks(was):
        return no_effect("The same processes run as before: nothing was restarted.", *facts)
    restarts = max((_number(pm2_field(one, "restart_time")) for one in now), default=0)
    return done(
        "Online after the change; whether it stays so is shown by the restart count.",
        *facts,
        ("restarts", str(restarts)),
    )


def _marks(processes: list[dict[str, object]]) -> set[tuple[str, str, str]]:
    """What tells a restarted process from the one before: its number of restarts, its pid, its start."""
    return {
        (
            str(one.get("pm_id")),
            str(pm2_field(one, "restart_time")),
            str(one.get("pid")) + str(pm2_field(one, "pm_uptime")),
        )
        for one in processes
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


# -- HTTP --------------------------------------------------------------------------------------------------

_CURL = {
    3: "the address is malformed", 5: "the proxy's name did not resolve", 6: "the host's name did not resolve",
    7: "the connection was refused", 28: "it ran into its time limit", 35: "TLS could not be agreed",
    47: "too many redirects", 51: "the certificate does not match", 52: "the server sent nothing",
    56: "the connection broke", 60: "the certificate is not trusted",
}  # fmt: skip


def curl_finding(ran: Ran) -> Finding:
    """curl: it exits with 0 on 404 and 502 unless told otherwise."""
    texts = ran.texts
    if ran.status == 22:
        refused = re.search(r"error: (\d{3})", ran.stderr)
        return failed(
            f"The server answered {refused[1] if refused else 'with an error'}.",
            *((("status", refused[1]),) if refused else ()),
        )
    if ran.status != 0:
        return failed(
            f"No answer: {_CURL.get(ran.status, f'curl status {ran.status}')}.", ("curl", str(ran.status))
        )
    fails = any(re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*|--fail(?:-with-body)?", text) for text in texts)
    code = _http_status(ran)
    if code is None and not fails:
        page = re.search(
            r"<(?:title|h1)>\s*(?P<tag>[45]\d{2})\b|^\s*(?P<line>[45]\d{2}) (?:Bad Gateway|Service|Gateway|Not Found|Internal)",
            ran.stdout,
            re.I | re.M,
        )
        if page is not None:
            shown: str = page["tag"] or page["line"]
            return failed(f"The page says {shown}.", ("status", shown))
        said = re.search(r'"status"\s*:\s*"?(\w+)"?', ran.stdout[:4000])
        facts = (("body_status", said[1]),) if said else ()
        if said and said[1].lower() in _BAD_WORDS:
            return failed(f"The answer says {said[1]}.", *facts)
        return done("Something answered; without -f, 200 and 502 look the same.", *facts)
    if code is None:
        return done("The server answered without an error.")
    if int(code) >= 400:
        return failed(f"The server answered {code}.", ("status", code))
    return done(f"The server answered {code}.", ("status", code))


_BAD_WORDS = frozenset(
    {"error", "fail", "failed", "down", "unhealthy", "critical", "500", "502", "503", "504"}
)


def _http_status(ran: Ran) -> str | None:
    """The last status line, or the code that -w was asked to print."""
    codes: list[str] = re.findall(r"^HTTP/[\d.]+ (\d{3})", ran.stdout, re.M)
    if codes:
        return codes[-1]
    if any("http_code" in text or "response_code" in text for text in ran.texts):
        printed = re.search(r"(?:^|\D)([1-5]\d{2})\s*$", ran.stdout)
        return printed[1] if printed else None
    return None


# -- Kubernetes --------------------------------------------------------------------------------------------


def kubectl_finding(ran: Ran) -> Finding | None:
    """kubectl: accepted is not done, and "No resources found" is status 0."""
    verbs = [text for text in ran.texts if not text.startswith("-")]
    verb = verbs[0] if verbs else ""
    nothing = ran.says(r"No resources found.*")
    if nothing is not None:
        return no_effect(f"{nothing[0].strip()} Check the namespace and the selector.", ("objects", "0"))
    if verb == "top" and ran.status != 0:
        return doubt(f"There are no metrics to ask{first_line(ran.stderr)}.")
    if verb == "diff":
        return _compared(ran)
    if verb == "auth" and ran.status in (0, 1):
        return _tested(ran)
    if ran.status != 0:
        gone = ran.says(r"\(NotFound\)|no matching resources found")
        if gone and verb == "wait" and any("delete" in text for text in ran.texts):
            return done("It was gone already.")
        if gone and verb == "delete":
            return no_effect("It was not there.")
        if ran.says(r"already has a value"):
            return no_effect("It has another value already; nothing was overwritten.")
        if ran.says(r"no rollout history found"):
            return no_effect("There is no earlier revision to go back to.")
        return by_status(ran.status, ran.stderr)
    if (
        verb == "scale"
        and ran.before is not None
        and ran.after is not None
        and ran.before.strip() == ran.after.strip()
    ):
        return no_effect(f"There were {ran.after.strip()} replicas already.", ("replicas", ran.after.strip()))
    if verb == "set" and not ran.stdout.strip():
        return no_effect("Nothing was printed: the values were set already.")
    if (
        verb == "apply"
        and ran.stdout.strip()
        and all(line.endswith("unchanged") for line in ran.stdout.strip().splitlines())
    ):
        return no_effect("Everything was as the manifest wants it.")
    if verb in ("scale", "set", "apply") or verbs[:2] in (["rollout", "restart"], ["rollout", "undo"]):
        return later("The cluster accepted it; `rollout status` tells when it is so.")
    if verb == "delete" and "--wait=false" in ran.texts:
        return later("Marked for deletion; a finalizer can hold it.")
    return None


# -- the rest ----------------------------------------------------------------------------------------------


def _systemctl(ran: Ran) -> Finding | None:
    verb = next((text for text in ran.texts if not text.startswith("-")), "")
    if verb in ("is-active", "is-enabled", "is-failed"):
        state = ran.stdout.strip().splitlines()
        return done(f"The answer is {', '.join(state) or 'nothing'}.", ("state", ", ".join(state)))
    if verb == "status" and ran.status in (0, 3):
        active = re.search(r"Active:\s*(\S+(?: \(\w+\))?)", ran.stdout)
        shown = active[1] if active else ("active" if ran.status == 0 else "inactive")
        return done(f"The service is {shown}.", ("state", shown))
    if verb in ("restart", "start") and ran.status == 0:
        return done(
            "systemd accepted it; a simple service can still die at once: ask is-active after a pause."
        )
    return None


def _nginx(ran: Ran) -> Finding | None:
    if "-s" in ran.texts and ran.status == 0:
        return done(
            "The signal was sent; nginx can refuse the new configuration and say so only in its error log."
        )
    return None


def _git(ran: Ran) -> Finding | None:
    if "commit" in ran.texts and ran.says(
        r"nothing to commit|no changes added to commit|nothing added to commit"
    ):
        return no_effect("There was nothing to commit.")
    if "push" in ran.texts and ran.status == 0 and ran.says(r"Everything up-to-date"):
        return no_effect("The remote had everything already.")
    return None


def _certbot(ran: Ran) -> Finding | None:
    if ran.says(r"not (?:yet )?due for renewal|No renewals were attempted"):
        return no_effect("No certificate was due.")
    if "renew" in ran.texts and ran.status == 0:
        return later("The files are new; servers show them after a reload.")
    return None


def _openssl(ran: Ran) -> Finding | None:
    facts = tuple(
        (name, value.strip())
        for name, value in re.findall(r"^(notBefore|notAfter|subject|issuer)=(.*)$", ran.stdout, re.M)
    )
    if "-checkend" in ran.texts and ran.status in (0, 1):
        return done(
            "It expires within that time." if ran.status else "It is valid for that long.",
            ("expires", "yes" if ran.status else "no"),
            *facts,
        )
    if ran.says(r"unable to load certificate|Could not (?:read|find) certificate"):
        return failed("No certificate was shown.")
    return (
        done("The certificate was read; compare its end with today.", *facts)
        if facts and ran.status == 0
        else None
    )


def _aws(ran: Ran) -> Finding | None:
    if ran.texts[:2] == ["s3", "ls"] and ran.status == 1 and not ran.stderr.strip():
        return done("The listing is empty.", ("objects", "0"))
    return None


def _killed(ran: Ran) -> Finding | None:
    if ran.status == 1 and (ran.says(r"no such process|no process found") or not ran.stderr.strip()):
        return no_effect("No such process.")
    return (
        done("The signal was sent; whether the process is gone is another question.")
        if ran.status == 0
        else None
    )


def _xargs(ran: Ran) -> Finding | None:
    if ran.status == 123:
        return doubt("Some of the commands failed; the others were done.")
    return None


def _docker(ran: Ran) -> Finding | None:
    verbs = [text for text in ran.texts if not text.startswith("-")]
    if ran.status == 0 and ({"restart", "start"} & set(verbs[:2]) or verbs[:2] == ["compose", "up"]):
        return done("Docker started it; a container can exit a second later: ask its state.")
    return None


def _helm(ran: Ran) -> Finding | None:
    acts = {"upgrade", "install", "rollback"} & set(ran.texts)
    if ran.status == 0 and acts and "--wait" not in ran.texts and "--atomic" not in ran.texts:
        return later("Helm handed it over; without --wait nobody knows whether it is ready.")
    return None


def _argocd(ran: Ran) -> Finding | None:
    if ran.status == 0 and ran.texts[:2] == ["app", "sync"]:
        return later("The sync was started; its health is another question.")
    return None


def _gzip(ran: Ran) -> Finding | None:
    if any(text.startswith("-") and "t" in text for text in ran.texts):
        return done(
            "The file is damaged." if ran.status else "The file is whole.",
            ("damaged", "yes" if ran.status else "no"),
        )
    return None


OPS_ADAPTERS: dict[str, Callable[[Ran], Finding | None]] = {
    **dict.fromkeys(("grep", "egrep", "fgrep", "zgrep", "rg", "pgrep"), _searched),
    **dict.fromkeys(("diff", "cmp"), _compared),
    **dict.fromkeys(("test", "["), _tested),
    "pm2": pm2_finding,
    "curl": curl_finding,
    **dict.fromkeys(("kubectl", "oc", "k"), kubectl_finding),
    "systemctl": _systemctl,
    "nginx": _nginx,
    "git": _git,
    "certbot": _certbot,
    "openssl": _openssl,
    "aws": _aws,
    **dict.fromkeys(("kill", "pkill", "killall"), _killed),
    "xargs": _xargs,
    "docker": _docker,
    "helm": _helm,
    "argocd": _argocd,
    **dict.fromkeys(("gzip", "gunzip"), _gzip),
}
