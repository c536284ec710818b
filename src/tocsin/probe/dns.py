"""DNS checks: does a name server answer a question, and with what it should. One question, no hidden second one."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import (
    CUT_OFF,
    Attempt,
    Ended,
    Finding,
    attempt,
    check_name,
    cut_off,
    is_ours,
    milliseconds,
    slower,
)
from tocsin.probe.lookups import Lookups

_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """What is asked whom, and what must come.

    Attributes:
        name, kind: the question.
        server, port: the name server's address, or None for the first one of this machine.
        answers: exactly these, in any order; empty: at least one of any kind.
        contains: at least these.
        least_ttl: a shorter life of the answer is degraded, or None.
        degraded_after: slower than this is degraded, or None.
    """

    name: dns.name.Name
    kind: dns.rdatatype.RdataType
    server: str | None
    port: int
    answers: tuple[str, ...]
    contains: tuple[str, ...]
    least_ttl: timedelta | None
    degraded_after: timedelta | None


def dns_settings(spec: CheckSpec) -> DnsSettings:
    """Read the settings of a DNS check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    kind = (keys.text_or_none("type") or "A").upper()
    if kind not in _TYPES:
        raise keys.wrong("type", f"must be one of {', '.join(_TYPES)}, not {kind!r}")
    server = keys.text_or_none("server")
    if server is not None and not _is_address(server):
        raise keys.wrong("server", f"must be the address of a name server, not {server!r}")
    try:
        name = dns.name.from_text(keys.text("domain"))
    except dns.exception.DNSException as error:
        raise keys.wrong("domain", f"is not a domain name: {error}") from error
    settings = DnsSettings(
        name=name,
        kind=dns.rdatatype.from_text(kind),
        server=server,
        port=keys.whole("port", 53, least=1, most=65535),
        answers=tuple(_plain(str(each), kind) for each in keys.list_of("answers")),
        contains=tuple(_plain(str(each), kind) for each in keys.list_of("contains")),
        least_ttl=keys.duration_or_none("least_ttl"),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    return settings


class DnsProber:
    """Takes samples of DNS checks."""

    def __init__(self, clock: Clock, lookups: Lookups | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        dns_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One question by UDP, repeated by TCP only if the server says that its answer was cut."""
        return attempt(spec, self._clock, lambda trying: _look(trying, self._lookups))


def _look(trying: Attempt, lookups: Lookups) -> Finding:
    settings = dns_settings(trying.spec)
    kind = dns.rdatatype.to_text(settings.kind)
    question = f"{settings.name.to_text(omit_final_dot=True)} {kind}"
    server = settings.server or _own_server()
    facts = {"question": question, "server": f"{server}:{settings.port}"}
    answer = _asked(settings, server, question, trying, facts, lookups)
    took = trying.took
    facts["rcode"] = dns.rcode.to_text(answer.rcode())
    found = tuple(
        (_plain(record.to_text(), kind), rrset.ttl)
        for rrset in answer.answer
        if rrset.rdtype == settings.kind
        for record in rrset
    )
    texts = sorted(text for text, _ in found)
    facts |= {"answers": " ".join(texts)}
    said = f"{question} at {server}: {', '.join(texts) or 'nothing'} in {milliseconds(took)}"
    if answer.rcode() != dns.rcode.NOERROR:
        return Finding(Verdict.DOWN, f"{question} at {server}: {facts['rcode']}", {**facts, "error": "rcode"})
    wrong = _unmet(settings, texts)
    if wrong is not None:
        return Finding(Verdict.DOWN, f"{said}, {wrong}", {**facts, "error": "answer"})
    ttl = min(life for _, life in found)
    facts["ttl"] = str(ttl)
    if settings.least_ttl is not None and ttl < settings.least_ttl.total_seconds():
        return Finding(Verdict.DEGRADED, f"{said}, but it lives only {ttl} s", facts)
    if slower(took, settings.degraded_after):
        return Finding(Verdict.DEGRADED, f"{said}, slower than expected", facts)
    return Finding(Verdict.UP, said, facts)


def _asked(
    settings: DnsSettings,
    server: str,
    question: str,
    trying: Attempt,
    facts: dict[str, str],
    lookups: Lookups,
) -> dns.message.Message:
    """The server's answer. Raises Ended: silence of a server we chose is its fault, of this machine's own it is ours."""
    query = dns.message.make_query(settings.name, settings.kind)
    left = max(0.001, trying.left.total_seconds())
    try:
        answer, _ = dns.query.udp_with_fallback(query, server, timeout=left, port=settings.port)
    except dns.exception.Timeout as error:
        words, word, number = f"no answer within {milliseconds(trying.spec.timeout)}", "timeout", None
        cause: Exception = error
    except dns.exception.DNSException as error:
        words, word, number, cause = f"not an answer: {error}", "answer", None, error
    except OSError as error:
        words, word, number, cause = error.strerror or str(error), "connect", error.errno, error
    else:
        return answer
    ours = settings.server is None or is_ours(number)
    # A server of ours that is silent about this name only says something about the name.
    silent = ours and word == "timeout" and not lookups.work(settings.name.to_text(omit_final_dot=True))
    raise Ended(
        Finding(
            Verdict.UNKNOWN if ours else Verdict.DOWN,
            f"{question} at {server}: {words}",
            {**facts, "error": word, **(CUT_OFF if silent else cut_off(number))},
        )
    ) from cause


def _unmet(settings: DnsSettings, texts: list[str]) -> str | None:
    if not texts:
        return "an answer was expected"
    if settings.answers and set(texts) != set(settings.answers):
        return f"not {', '.join(sorted(settings.answers))}"
    missing = sorted(set(settings.contains) - set(texts))
    return f"{', '.join(missing)} is missing" if missing else None


def _own_server() -> str:
    """The first name server of this machine. Raises Ended if it has none."""
    try:
        return str(dns.resolver.Resolver().nameservers[0])
    except (dns.exception.DNSException, IndexError) as error:
        said = "this machine has no name server"
        raise Ended(Finding(Verdict.UNKNOWN, said, {"error": "own", **CUT_OFF})) from error


def _plain(text: str, kind: str) -> str:
    """An answer as people write it: names small and without the last dot, texts as they are but without quotes."""
    if kind in ("TXT", "CAA"):
        return text.replace('" "', "").replace('"', "")
    return " ".join(word.removesuffix(".") for word in text.lower().split())


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
