"""DNS checks against a name server on loopback, by UDP and by TCP."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from tests.conftest import Deadline

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.dns import DnsProber

ZONE = {
    ("api.shop.test.", "A"): ("300 IN A 10.0.0.1", "300 IN A 10.0.0.2"),
    ("short.shop.test.", "A"): ("5 IN A 10.0.0.1",),
    ("shop.test.", "MX"): ("300 IN MX 10 Mail.Shop.Test.",),
    ("shop.test.", "TXT"): ('300 IN TXT "v=spf1 include:_spf.Shop.test" " -all"',),
    ("shop.test.", "NS"): ("300 IN NS ns1.shop.test.", "300 IN NS ns2.shop.test."),
    ("www.shop.test.", "A"): ("300 IN CNAME api.shop.test.",),
    ("big.shop.test.", "A"): tuple(f"300 IN A 10.0.{n}.1" for n in range(250)),
}


class NameServer:
    """Answers from ZONE; `silent` names are never answered, `broken` ones with SERVFAIL."""

    def __init__(self) -> None:
        self.questions: list[str] = []
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tcp: socket.socket
        while True:
            self._udp.bind(("127.0.0.1", 0))
            self.port: int = self._udp.getsockname()[1]
            try:
                self._tcp = socket.create_server(("127.0.0.1", self.port))
                break
            except OSError:  # the TCP port of that number is taken
                self._udp.close()
                self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._threads = [threading.Thread(target=target) for target in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()

    def _answer(self, wire: bytes, by: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text()
        self.questions.append(f"{by} {name}")
        reply = dns.message.make_response(query)
        if name.startswith("silent"):
            return None
        if name.startswith("broken"):
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        lines = ZONE.get((name, dns.rdatatype.to_text(question.rdtype)))
        if lines is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        for line in lines or ():
            ttl, klass, kind, text = line.split(" ", 3)
            reply.answer.append(dns.rrset.from_text(name, int(ttl), klass, kind, text))
            if kind == "CNAME":
                reply.answer.append(dns.rrset.from_text(text, 300, "IN", "A", "10.0.0.9"))
        wire = reply.to_wire(max_size=65535)
        if by == "udp" and len(wire) > 512:
            cut = dns.message.make_response(query)
            cut.flags |= dns.flags.TC
            return cut.to_wire()
        return wire

    def _serve_udp(self) -> None:
        while True:
            wire, peer = self._udp.recvfrom(4096)
            if wire == b"end":
                return
            reply = self._answer(wire, "udp")
            if reply is not None:
                self._udp.sendto(reply, peer)

    def _serve_tcp(self) -> None:
        while True:
            peer, _ = self._tcp.accept()
            with peer, suppress(OSError):
                head = peer.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                wire = peer.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                reply = self._answer(wire, "tcp") or b""
                peer.sendall(struct.pack("!H", len(reply)) + reply)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", ("127.0.0.1", self.port))
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    running = NameServer()
    yield running
    running.close()


Ask = Callable[..., Sample]


@pytest.fixture
def ask(server: NameServer) -> Ask:
    def look(domain: str, timeout: float = 20, **more: object) -> Sample:
        table: dict[str, object] = {"domain": domain, "server": "127.0.0.1", "port": server.port} | more
        spec = CheckSpec(CheckName("it"), "dns", table, timeout=timedelta(seconds=timeout))
        return DnsProber(SystemClock()).probe(spec)

    return look


def test_an_answer_is_up_and_its_records_are_facts(ask: Ask) -> None:
    sample = ask("api.shop.test")
    assert (sample.verdict, sample.facts["answers"], sample.facts["ttl"]) == (
        Verdict.UP,
        "10.0.0.1 10.0.0.2",
        "300",
    )


def test_other_answers_than_expected_are_down(ask: Ask) -> None:
    assert ask("api.shop.test", answers=["10.0.0.2", "10.0.0.1"]).verdict is Verdict.UP
    wrong = ask("api.shop.test", answers=["10.0.0.1"])
    assert (wrong.verdict, wrong.facts["error"]) == (Verdict.DOWN, "answer")
    assert ask("api.shop.test", contains=["10.0.0.1"]).verdict is Verdict.UP
    assert "10.0.0.7 is missing" in ask("api.shop.test", contains=["10.0.0.7"]).message


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("MX", ["10 mail.shop.test"]),
        ("TXT", ["v=spf1 include:_spf.Shop.test -all"]),
        ("NS", ["ns2.shop.test.", "NS1.shop.test"]),
    ],
)
def test_records_are_compared_as_people_write_them(ask: Ask, kind: str, answers: list[str]) -> None:
    assert ask("shop.test", type=kind, answers=answers).verdict is Verdict.UP


def test_an_alias_is_followed_as_the_server_does(ask: Ask) -> None:
    assert ask("www.shop.test", answers=["10.0.0.9"]).verdict is Verdict.UP


def test_no_such_name_and_a_broken_server_are_down(ask: Ask) -> None:
    assert ask("gone.shop.test").facts["rcode"] == "NXDOMAIN"
    assert ask("broken.shop.test").facts["rcode"] == "SERVFAIL"
    assert ask("broken.shop.test").verdict is Verdict.DOWN


def test_silence_of_a_server_we_chose_is_down_and_asked_once(
    ask: Ask, server: NameServer, deadline: Deadline
) -> None:
    server.questions.clear()
    sample = ask("silent.shop.test", timeout=0.3)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "timeout")
    # The server of this test may come to read the question after the prober has given up.
    deadline(lambda: server.questions, what="the question arrives")
    assert server.questions == ["udp silent.shop.test."]


def test_an_answer_too_large_for_udp_comes_by_tcp(ask: Ask, server: NameServer) -> None:
    server.questions.clear()
    sample = ask("big.shop.test")
    assert (sample.verdict, len(sample.facts["answers"].split())) == (Verdict.UP, 250)
    assert server.questions == ["udp big.shop.test.", "tcp big.shop.test."]


def test_an_answer_that_lives_too_short_is_degraded(ask: Ask) -> None:
    assert ask("short.shop.test", least_ttl="1 min").verdict is Verdict.DEGRADED


@pytest.mark.parametrize(
    "table",
    [
        {"domain": "x", "type": "ANYTHING"},
        {"domain": "x", "server": "ns1.shop.test"},
        {"domain": "a..b"},
        {"server": "127.0.0.1"},
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        DnsProber(SystemClock()).validate(CheckSpec(CheckName("it"), "dns", table))
