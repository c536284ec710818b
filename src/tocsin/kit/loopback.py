"""Names that every machine keeps for itself."""

import ipaddress


def loopback(host: str) -> bool:
    """Whether a Host header names this machine by a name that only it has."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    name = name.strip("[]").casefold()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
