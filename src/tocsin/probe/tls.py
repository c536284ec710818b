"""TLS checks: how long the certificates that are served still hold, whether clients believe them, and whether the
server serves the certificate that lies on its disk (a renewal without a reload).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pycurl
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

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
)
from tocsin.probe.http import CONNECT_TO, connect_to, trust
from tocsin.probe.limit import Limit, Measure, judged, seconds, time_limit, worst
from tocsin.probe.lookups import Lookups

_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Which certificates are looked at, and how.

    Attributes:
        host, port: where to connect.
        server_name: the name asked for (SNI) and checked; the host by default.
        file: PEM file whose first certificate must be the one that is served, or None.
        left: limits of the time the earliest certificate of leaf and chain still holds.
        verify: whether a client's judgement (authority, host name) counts; a private authority needs TOCSIN_CA_FILE.
    """

    host: str
    port: int
    server_name: str
    file: Path | None
    left: Limit
    verify: bool


def tls_settings(spec: CheckSpec) -> TlsSettings:
    """Read the settings of a TLS check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    host = keys.text("host")
    file = keys.text_or_none("file")
    settings = TlsSettings(
        host=host,
        port=keys.whole("port", 443, least=1, most=65535),
        server_name=keys.text_or_none("server_name") or host,
        file=Path(file) if file is not None else None,
        left=time_limit(keys, "left", degraded=14 * _DAY, down=1 * _DAY, falling=True),
        verify=keys.flag("verify", True),
    )
    keys.done()
    for key, name in (("host", settings.host), ("server_name", settings.server_name)):
        if any(letter <= " " or letter in "/?#@" for letter in name):
            raise keys.wrong(key, f"must be the name of a host, not {name!r}")
    return settings


class TlsProber:
    """Takes samples of TLS checks.

    Args:
        variables: the environment; `TOCSIN_CONNECT_TO` and `TOCSIN_CA_FILE` are read from it.
    """

    def __init__(self, clock: Clock, variables: Mapping[str, str], lookups: Lookups | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)
        self._led = connect_to(variables.get(CONNECT_TO, ""))
        self._trusted = trust(variables)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        tls_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One handshake that reads the chain, and one that judges it as a client does."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = tls_settings(trying.spec)
        place = f"{settings.server_name}:{settings.port}"
        facts = {"target": f"{settings.host}:{settings.port}", "server_name": settings.server_name}
        served = self._chain(settings, place, trying, facts)
        judged_chain = _chain_finding(settings, served, place, trying.at, facts)
        complaints = [judged_chain]
        if settings.verify and judged_chain.verdict is not Verdict.DOWN:
            complaints.append(self._believed(settings, place, trying, facts))
        if settings.file is not None:
            complaints.append(_same_as_file(settings.file, served[0], place, facts))
        verdict = worst(each.verdict for each in complaints)
        # What is worst is said first, what is fine only if nothing is wrong.
        bad = sorted(
            (each for each in complaints if each.verdict is not Verdict.UP),
            key=lambda each: each.verdict is not verdict,
        )
        merged = {key: value for each in complaints for key, value in each.facts.items()}
        return Finding(
            verdict, "; ".join(each.message for each in bad) if bad else judged_chain.message, merged
        )

    def _names(self, error: pycurl.error, settings: TlsSettings) -> bool:
        """False if the lookup failed and our own name servers are to blame."""
        return int(error.args[0]) != pycurl.E_COULDNT_RESOLVE_HOST or self._lookups.work(settings.host)

    def _chain(
        self, settings: TlsSettings, place: str, trying: Attempt, facts: dict[str, str]
    ) -> tuple[x509.Certificate, ...]:
        """The certificates as they are served, leaf first, believed or not. Raises Ended if none come."""
        handle = self._handle(settings, trying.left, verify=False)
        try:
            handle.perform()
            listed = handle.getinfo(pycurl.INFO_CERTINFO)
        except pycurl.error as error:
            raise Ended(
                _no_handshake(handle, error, place, trying, facts, self._names(error, settings))
            ) from error
        finally:
            facts["address"] = str(handle.getinfo(pycurl.PRIMARY_IP) or "")
            handle.close()
        pems = [value for one in listed for name, value in one if name == "Cert"]
        served = tuple(x509.load_pem_x509_certificate(pem.encode("ascii")) for pem in pems)
        if not served:
            said = f"{place}: the server shows no certificate"
            raise Ended(Finding(Verdict.DOWN, said, {**facts, "error": "certificate"}))
        return served

    def _believed(self, settings: TlsSettings, place: str, trying: Attempt, facts: dict[str, str]) -> Finding:
        """What a client that checks authority and host name says."""
        handle = self._handle(settings, trying.left, verify=True)
        try:
            handle.perform()
        except pycurl.error as error:
            if int(error.args[0]) == pycurl.E_PEER_FAILED_VERIFICATION:
                said = f"{place}: clients refuse the certificate: {error.args[1]}"
                return Finding(Verdict.DOWN, said, {**facts, "error": "certificate"})
            return _no_handshake(handle, error, place, trying, facts, self._names(error, settings))
        finally:
            handle.close()
        return Finding(Verdict.UP, f"{place}: clients accept the certificate", {"accepted": "true"})

    def _handle(self, settings: TlsSettings, left: timedelta, *, verify: bool) -> pycurl.Curl:
        name = f"[{settings.server_name}]" if ":" in settings.server_name else settings.server_name
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        # How a room leads the host is asked for under the name we use, which need not be the host's.
        led = [f"{name}:{settings.port}:{host}:{settings.port}"] if name != host else []
        for entry in self._led:
            if entry.startswith(f"{host}:{settings.port}:"):
                led = [f"{name}:{settings.port}:{entry.removeprefix(f'{host}:{settings.port}:')}"]
        handle = pycurl.Curl()
        options: tuple[tuple[int, object], ...] = (
            (pycurl.URL, f"https://{name}:{settings.port}/"),
            (pycurl.CONNECT_ONLY, 1),
            (pycurl.OPT_CERTINFO, 1),
            (pycurl.SSL_VERIFYPEER, int(verify)),
            (pycurl.SSL_VERIFYHOST, 2 if verify else 0),
            (pycurl.TIMEOUT_MS, max(1, round(left.total_seconds() * 1000))),
            (pycurl.SSL_SESSIONID_CACHE, 0),
            (pycurl.DNS_CACHE_TIMEOUT, 0),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.NOSIGNAL, 1),
            (pycurl.CONNECT_TO, led),
            *self._trusted,
        )
        for option, value in options:
            handle.setopt(option, value)
        return handle


def _no_handshake(
    handle: pycurl.Curl, error: pycurl.error, place: str, trying: Attempt, facts: dict[str, str], names: bool
) -> Finding:
    """What a handshake that failed says. `names`: whether a lookup that fails says something about the name."""
    number, words = int(error.args[0]), str(error.args[1])
    if number == pycurl.E_OPERATION_TIMEDOUT:
        words, word = f"no handshake within {milliseconds(trying.spec.timeout)}", "timeout"
    elif number == pycurl.E_COULDNT_RESOLVE_HOST:
        word = "dns"
    elif number == pycurl.E_COULDNT_CONNECT:
        word = "connect"
    else:
        word = "tls"
    if word == "dns" and not names:
        words = "no name can be looked up from here"
    number = int(handle.getinfo(pycurl.OS_ERRNO))
    silent = word == "dns" and not names
    ours = is_ours(number) or silent
    return Finding(
        Verdict.UNKNOWN if ours else Verdict.DOWN,
        f"{'could not ask ' if ours else ''}{place}: {words}",
        {**facts, "error": word, **(CUT_OFF if silent else cut_off(number))},
    )


def _chain_finding(
    settings: TlsSettings,
    served: tuple[x509.Certificate, ...],
    place: str,
    now: datetime,
    facts: dict[str, str],
) -> Finding:
    """How long leaf and chain still hold. A root that is sent along is ignored, as clients ignore it."""
    leaf = served[0]
    counted = (leaf, *(each for each in served[1:] if each.subject != each.issuer))
    first = min(counted, key=lambda each: each.not_valid_after_utc)
    left = (first.not_valid_after_utc - now).total_seconds()
    facts |= {
        "subject": _name(leaf.subject),
        "issuer": _name(leaf.issuer),
        "not_after": leaf.not_valid_after_utc.isoformat(),
        "days_left": f"{(leaf.not_valid_after_utc - now).total_seconds() / _DAY:.1f}",
        "chain": str(len(served)),
        "serial": f"{leaf.serial_number:x}",
        "sha256": _digest(leaf),
    }
    whose = "the certificate" if first is leaf else f"{_name(first.subject)}, in its chain,"
    if first is not leaf:
        facts["chain_not_after"] = first.not_valid_after_utc.isoformat()
    if leaf.not_valid_before_utc > now:
        said = f"{place}: the certificate holds only from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on"
        return Finding(Verdict.DOWN, said, {**facts, "error": "certificate"})
    if left <= 0:
        said = f"{place}: {whose} expired {seconds(-left)} ago"
        return Finding(Verdict.DOWN, said, {**facts, "error": "certificate"})
    said = f"{place}: {whose} holds for {seconds(left)}, until {first.not_valid_after_utc:%Y-%m-%d}"
    return judged(said, facts, [Measure(settings.left, left)])


def _same_as_file(file: Path, leaf: x509.Certificate, place: str, facts: dict[str, str]) -> Finding:
    """Whether the certificate that lies on disk is the one that is served."""
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no certificate"
        return Finding(Verdict.UNKNOWN, f"could not read {file}: {why}", {"file_error": str(why)})
    facts |= {"file": str(file), "file_sha256": _digest(found)}
    if _digest(found) == _digest(leaf):
        return Finding(Verdict.UP, f"{place} serves the certificate of {file}", {"same_as_file": "true"})
    said = (
        f"{place} serves another certificate than {file} holds (until {leaf.not_valid_after_utc:%Y-%m-%d}, "
        f"the file's until {found.not_valid_after_utc:%Y-%m-%d}): was the server reloaded?"
    )
    return Finding(Verdict.DEGRADED, said, {"same_as_file": "false", "error": "file"})


def _digest(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
