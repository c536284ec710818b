"""What a failed connection says: about the other side, or only about us."""

import socket
from collections.abc import Mapping
from datetime import timedelta

from tocsin.detection.check import Verdict
from tocsin.probe.attempt import CUT_OFF, Finding, cut_off, is_ours, milliseconds
from tocsin.probe.lookups import Lookups


def failed(
    place: str, host: str, error: OSError, within: timedelta, facts: Mapping[str, str], lookups: Lookups
) -> Finding:
    """The finding of an attempt that a socket error ended."""
    match error:
        case TimeoutError():
            said, word = f"no answer within {milliseconds(within)}", "timeout"
        case socket.gaierror():
            said, word = f"its name cannot be looked up ({error.strerror})", "dns"
            if not lookups.blame(error, host):
                said = f"no name can be looked up from here ({error.strerror})"
                return Finding(
                    Verdict.UNKNOWN, f"could not ask {place}: {said}", {**facts, "error": word, **CUT_OFF}
                )
        case ConnectionRefusedError():
            said, word = "connection refused", "connect"
        case ConnectionError():
            said, word = (error.strerror or str(error)).lower(), "torn"
        case _:
            said, word = error.strerror or str(error), "connect"
    if is_ours(error.errno):
        return Finding(
            Verdict.UNKNOWN,
            f"could not ask {place}: {said}",
            {**facts, "error": "own", **cut_off(error.errno)},
        )
    return Finding(Verdict.DOWN, f"{place}: {said}", {**facts, "error": word})
