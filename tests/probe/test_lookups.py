"""Whose fault a failed lookup is: the name's, or our own name servers'."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest

from tocsin.detection.check import Verdict
from tocsin.kit.clock import SystemClock
from tocsin.probe.failing import failed
from tocsin.probe.lookups import Lookups, resolver_works


class HandClock(SystemClock):
    """A clock whose seconds a test moves."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@contextmanager
def name_server(answer: Callable[[str], dns.rcode.Rcode]) -> Iterator[int]:
    """A name server on loopback that answers each name with a code; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    wire, asker = server.recvfrom(4096)
                except OSError:
                    return
                if wire == b"stop":
                    return
                query = dns.message.from_wire(wire)
                reply = dns.message.make_response(query)
                reply.set_rcode(answer(query.question[0].name.to_text()))
                server.sendto(reply.to_wire(), asker)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        try:
            yield port
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"stop", ("127.0.0.1", port))
            thread.join()


NOERROR, NXDOMAIN, SERVFAIL = dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL


@pytest.mark.parametrize(
    ("of_the_name", "of_the_root", "works"),
    [
        (NXDOMAIN, SERVFAIL, True),  # there is no such name, says a server that knows only its own
        (SERVFAIL, NOERROR, True),  # the name servers of this name are away, and ours are well
        (SERVFAIL, SERVFAIL, False),  # ours reach nobody
    ],
)
def test_a_name_server_of_ours_works_if_it_gives_a_definite_answer(
    of_the_name: dns.rcode.Rcode, of_the_root: dns.rcode.Rcode, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server(lambda name: of_the_root if name == "." else of_the_name) as port:
        own = dns.query.udp

        def there(query: dns.message.Message, server: str, **more: object) -> dns.message.Message:
            return own(query, server, port=port, timeout=60)

        monkeypatch.setattr(dns.query, "udp", there)
        monkeypatch.setattr(
            dns.resolver, "Resolver", lambda: type("Own", (), {"nameservers": ["127.0.0.1"]})()
        )
        assert resolver_works("shop.test") is works


def test_one_answer_does_for_all_that_fail_at_once_and_not_for_ever() -> None:
    asked: list[str] = []
    clock = HandClock()

    def works(host: str) -> bool:
        asked.append(host)
        return len(asked) > 1

    known = Lookups(clock, works)
    assert [known.work(name) for name in ("a", "b", "c")] == [False, False, False]
    assert asked == ["a"]
    clock.seconds += 11
    assert known.work("d")


@pytest.mark.parametrize(
    ("number", "works", "verdict"),
    [
        (socket.EAI_NONAME, False, Verdict.DOWN),  # a definite answer, whatever else is wrong
        (socket.EAI_AGAIN, True, Verdict.DOWN),
        (socket.EAI_AGAIN, False, Verdict.UNKNOWN),
    ],
)
def test_a_lookup_that_failed_for_now_is_down_only_while_ours_work(
    number: int, works: bool, verdict: Verdict
) -> None:
    error = socket.gaierror(number, "words of the system")
    found = failed(
        "shop.test:1",
        "shop.test",
        error,
        timedelta(seconds=1),
        {},
        Lookups(SystemClock(), lambda host: works),
    )
    assert (found.verdict, found.facts["error"]) == (verdict, "dns")
    assert ("cut_off" in found.facts) is (verdict is Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("number", "ours", "away"),
    [
        (errno.ENETUNREACH, True, True),
        (errno.EADDRNOTAVAIL, True, True),
        (errno.EMFILE, True, False),  # our own trouble, and not the network's
        (errno.ECONNREFUSED, False, False),
        (errno.EHOSTUNREACH, False, False),
    ],
)
def test_only_a_network_that_is_not_there_says_that_we_are_cut_off(
    number: int, ours: bool, away: bool
) -> None:
    lookups = Lookups(SystemClock(), lambda host: True)
    found = failed("it", "it", OSError(number, "words"), timedelta(seconds=1), {}, lookups)
    assert (found.verdict is Verdict.UNKNOWN, "cut_off" in found.facts) == (ours, away)
