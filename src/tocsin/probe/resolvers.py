"""Asking this machine's name servers. A module of its own, loaded after a lookup failed: most processes never need it."""

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver

_WITHIN = 0.5  # seconds for each question
_SERVERS = 2
_DEFINITE = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})


def work(host: str) -> bool:
    """Whether a name server of this machine gives a definite answer, about this name or about the root."""
    try:
        servers = dns.resolver.Resolver().nameservers[:_SERVERS]
    except (dns.exception.DNSException, OSError):
        return False
    return any(_answers(str(server), host, "A") or _answers(str(server), ".", "NS") for server in servers)


def _answers(server: str, name: str, kind: str) -> bool:
    try:
        answer = dns.query.udp(dns.message.make_query(name, kind), server, timeout=_WITHIN)
    except (dns.exception.DNSException, OSError, ValueError, UnicodeError):
        return False
    return answer.rcode() == dns.rcode.NOERROR if name == "." else answer.rcode() in _DEFINITE
