"""`kubectl` and `oc`, beyond what their table says.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.http import read_request
from tocsin.effects.inside import (
    behind,
    carried,
    in_container,
)
from tocsin.effects.options import Args
from tocsin.effects.reading import NO_FLAGS, Call, Reading, unknown
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.tools.copying import to_us
from tocsin.effects.tools.table import Found
from tocsin.effects.words import HOLE


def read_kubectl(call: Call) -> Reading:
    """`kubectl`, `oc`: exec runs inside a pod; apply and delete act on what they are given."""
    reading, found = by_table("kubectl", call)
    args = found.args
    if found.path in ("exec", "rsh") or (found.path in ("debug", "run") and not args.has("--dry-run")):
        bare = found.path in ("exec", "rsh")  # has no dry run; the options behind the pod are the command's
        inner = carried(call.words, found.path) if bare else behind(args, 1)
        targets = tuple(f"kubernetes:{word.raw}{_namespace(args)}" for word in args.operands[:1])
        flags = (
            frozenset({Flag.PRIVILEGED}) if found.path == "debug" or args.has("--privileged") else NO_FLAGS
        )
        if found.path in ("exec", "rsh"):
            return in_container(
                "kubectl.exec", inner, call, flags=flags, targets=targets, needs=reading.needs
            )
        if args.has("--overrides"):
            return unknown("kubectl.run.overrides", "starts a pod whose definition is not read here")
        if (
            inner
            and found.path == "debug"
            and call.name == "oc"
            and not args.has("--keep-init-containers", "--image")
        ):
            # Its pod is gone when the command ends; the way it has into the node still wants a yes.
            return in_container(
                "oc.debug", inner, call, flags=flags | {Flag.HEAVY}, targets=targets, needs=reading.needs
            )
        if inner:
            opened = in_container(
                "kubectl.run", inner, call, flags=flags, targets=targets, needs=reading.needs
            )
            return replace(reading, flags=reading.flags | flags, inside=opened.inside)
        interactive = (
            frozenset({Flag.INTERACTIVE, Flag.CONTEXT})
            if args.has("-it", "-i", "-t", "--stdin", "--tty", "-ti") or found.path == "debug"
            else NO_FLAGS
        )
        return replace(reading, flags=reading.flags | flags | interactive)
    if found.path == "scale" and reading.effect is Effect.CHANGE and _scales_down(args, call):
        return replace(
            reading, effect=Effect.DISRUPT, rule="kubectl.scale.down", sentence="takes replicas away"
        )
    if found.path == "cp" and len(args.operands) > 1:
        destination = args.operands[-1]
        if not destination.known and not all(":" in word.text for word in args.operands[:-1]):
            return reading
        if ":" in destination.text.partition("/")[0] or re.match(r"[\w.-]+/[\w.-]+:", destination.text):
            return reading
        return to_us(destination, call, "kubectl.cp", replace(reading, effect=Effect.OBSERVE, sentence=""))
    odd = _asked_raw(args) if found.path == "get" else _set_listed(reading, found)
    if odd is not None:
        return odd
    if found.path == "delete" and (kind := _kind_of_names(args)):
        named = tuple(
            word._replace(text=f"{kind}/{HOLE}") if word.text == HOLE else word for word in call.words
        )
        return by_table("kubectl", replace(call, words=named))[0]
    return says_destroy(reading, call)


def _asked_raw(args: Args) -> Reading | None:
    """`get --raw` of a path behind the API server's proxy, which is somebody's own door: a GET of it may act."""
    if not args.has("--raw"):
        return None
    raw = next((word.text for word in (*args.values("--raw"), *args.operands)), HOLE)
    asked = read_request("GET", "http://server/" + raw.partition("/proxy/")[2])
    if "/proxy/" in raw and (asked.effect is not Effect.OBSERVE or _RUNS_THERE.search(raw)):
        return unknown("kubectl.get.raw", f"asks {raw[:60]}, whose address names an action")
    return None


def _set_listed(reading: Reading, found: Found) -> Reading | None:
    """`set env --list` that also sets: the list does not keep it from doing so in every version."""
    if found.path != "set env" or reading.effect is not Effect.OBSERVE or not found.args.has("--list"):
        return None
    if not any("=" in word.text or word.text.endswith("-") for word in found.args.operands[1:]):
        return None
    sentence = "sets variables of the workload"
    return replace(reading, effect=Effect.CHANGE, rule="kubectl.set.env", sentence=sentence)


_RUNS_THERE = re.compile(r"/proxy/(?:run|exec|attach|cri|portForward)(?:$|[/?])")
_NAMES_FROM = re.compile(
    r"^[\"']?\$\(\s*(?:kubectl|oc|k)\s(?:(?!\bget\b)[^|;&])*\bget\s+([a-z]+)\b(?![,./])[^|;&]*\s(?:-o|--output)[= ]?name\b"
)


def _kind_of_names(args: Args) -> str:
    """The kind in `kubectl delete $(kubectl get pods -o name)`, if that is all that is deleted; else ""."""
    found = [_NAMES_FROM.match(word.raw) for word in args.operands if word.text == HOLE]
    if not found or len(found) != len(args.operands):
        return ""
    kinds = {match[1] for match in found if match is not None}
    return kinds.pop() if len(kinds) == 1 and all(found) else ""


def _scales_down(args: Args, call: Call) -> bool:
    """Whether the known number of replicas is above the wanted one; only a fact can say so."""
    wanted = args.value("--replicas") or ""
    now = [fact.partition(":")[2] for fact in call.place.facts if fact.startswith("replicas:")]
    return wanted.isdigit() and any(number.isdigit() and int(number) > int(wanted) for number in now)


def _namespace(args: Args) -> str:
    given = args.values("-n", "--namespace")
    return f" -n {given[-1].raw.strip(chr(34) + chr(39))}" if given else ""


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(
    ("kubectl", "oc", "microk8s.kubectl", "k3s-kubectl"), read_kubectl
)
