"""Two names for the address of a pod: the one where its process listens, and the one that a real API takes.

A real API refuses endpoints on loopback. So it is told addresses of 198.18.0.0/15, which belong to nobody (RFC 2544, for
tests of networks) and lead nowhere, and everybody on our side of it uses the loopback address behind each.
"""

from collections.abc import Callable

from tocsin.sandbox.kubernetes.kinds import ENDPOINTS, PODS, Kind
from tocsin.sandbox.kubernetes.objects import Json, Object, copy

_SHOWN = "198.18."
_KEYS = ("podIP", "podIPs", "ip")


def outward(status: Object, network: str) -> Object:
    """The status of a pod as the API is told it.

    Args:
        network: how the pods' real addresses begin: "127.1".
    """
    return _renamed(copy(status), _exchange(f"{network}.", _SHOWN))


def inward(kind: Kind, one: Object, network: str) -> Object:
    """A pod or endpoints as the API tells them, with the real addresses; anything else as it is."""
    part = {PODS: "status", ENDPOINTS: "subsets"}.get(kind)
    if part is None or part not in one:
        return one
    return {**one, part: _walked(one[part], _exchange(_SHOWN, f"{network}."))}


def _exchange(before: str, after: str) -> Callable[[str], str]:
    def changed(address: str) -> str:
        return after + address.removeprefix(before) if address.startswith(before) else address

    return changed


def _walked(value: Json, change: Callable[[str], str]) -> Json:
    match value:
        case dict():
            return _renamed(dict(value), change)
        case list():
            return [_walked(one, change) for one in value]
        case _:
            return value


def _renamed(one: Object, change: Callable[[str], str]) -> Object:
    for key, value in one.items():
        if key in _KEYS and isinstance(value, str):
            one[key] = change(value)
        elif isinstance(value, dict | list):
            one[key] = _walked(value, change)
    return one
