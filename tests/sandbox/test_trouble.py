"""The trouble proxy: what a client meets on a bad line, and that a healed one is good again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from tests.conftest import Deadline

from tocsin.errors import Refused, TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.trouble import Toward, Trouble, TroubleProxy

PATIENCE = 60.0
CLOCK = SystemClock()  # for lower bounds only: a line that holds data back takes at least so long


class Echo:
    """A service that sends back what it gets, and closes when the client does."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with closing(connection):
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def proxy() -> Iterator[TroubleProxy]:
    echo = Echo()
    with TroubleProxy(echo.port) as made:
        yield made
    echo.stop()


def client(proxy: TroubleProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)


def read(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer if the other side closes."""
    got = b""
    while len(got) < size and (data := connection.recv(size - len(got))):
        got += data
    return got


def test_a_good_line_passes_everything_both_ways(proxy: TroubleProxy) -> None:
    sent = bytes(range(256)) * 4096
    with client(proxy) as connection:
        writer = threading.Thread(target=connection.sendall, args=(sent,))
        writer.start()
        assert read(connection, len(sent)) == sent
        writer.join()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_latency_is_added_to_an_open_connection_and_taken_off_again(proxy: TroubleProxy) -> None:
    with client(proxy) as connection:
        connection.sendall(b"a")
        assert read(connection, 1) == b"a"
        proxy.set(Trouble(latency=timedelta(milliseconds=200)))
        began = CLOCK.monotonic()
        connection.sendall(b"b")
        assert read(connection, 1) == b"b"
        assert CLOCK.monotonic() - began >= 0.2
        proxy.heal()
        connection.sendall(b"c")
        assert read(connection, 1) == b"c"


def test_healing_ends_a_wait_that_has_begun(proxy: TroubleProxy) -> None:
    proxy.set(Trouble(latency=timedelta(hours=1)))
    with client(proxy) as connection:
        connection.sendall(b"a")
        proxy.heal()
        assert read(connection, 1) == b"a"


def test_bandwidth_makes_an_answer_take_its_time(proxy: TroubleProxy) -> None:
    proxy.set(Trouble(bandwidth=50_000))
    with client(proxy) as connection:
        began = CLOCK.monotonic()
        connection.sendall(b"x" * 10_000)
        assert len(read(connection, 10_000)) == 10_000
        assert CLOCK.monotonic() - began >= 0.2


def test_a_silent_line_takes_everything_and_answers_nothing(proxy: TroubleProxy) -> None:
    proxy.set(Trouble(silent=True))
    with client(proxy) as connection:
        connection.sendall(b"a")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_a_reset_meets_open_connections_and_new_ones(proxy: TroubleProxy) -> None:
    with client(proxy) as connection:
        connection.sendall(b"a")
        assert read(connection, 1) == b"a"
        proxy.set(Trouble(reset=True))
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(ConnectionResetError), client(proxy) as connection:  # while connecting, or after
        connection.recv(1)
    proxy.heal()
    with client(proxy) as connection:
        connection.sendall(b"b")
        assert read(connection, 1) == b"b"


def test_a_line_that_is_down_refuses_and_comes_back_on_the_same_port(proxy: TroubleProxy) -> None:
    port = proxy.port
    with client(proxy) as connection:
        connection.sendall(b"a")
        assert read(connection, 1) == b"a"
        proxy.set(Trouble(down=True))
        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        client(proxy)
    proxy.heal()
    assert proxy.port == port
    with client(proxy) as connection:
        connection.sendall(b"b")
        assert read(connection, 1) == b"b"


def test_nobody_else_gets_the_port_of_a_line_that_is_down(proxy: TroubleProxy) -> None:
    for _ in range(2):  # also when it is down already
        proxy.set(Trouble(down=True))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", proxy.port))
    proxy.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", proxy.port))


def test_slices_arrive_whole_and_a_limit_cuts_off(proxy: TroubleProxy) -> None:
    proxy.set(Trouble(slice=3))
    with client(proxy) as connection:
        connection.sendall(b"abcdefgh")
        assert read(connection, 8) == b"abcdefgh"
    proxy.set(Trouble(limit=5))
    with client(proxy) as connection:
        connection.sendall(b"abcdefgh")
        assert read(connection, 8) == b"abcde"


def test_trouble_toward_the_service_leaves_answers_alone(proxy: TroubleProxy) -> None:
    proxy.set(Trouble(limit=4, toward=Toward.SERVICE))
    with client(proxy) as connection:
        connection.sendall(b"abcd")
        assert read(connection, 4) == b"abcd"


def test_the_end_of_a_connection_can_be_held_back(proxy: TroubleProxy) -> None:
    proxy.set(Trouble(slow_close=timedelta(milliseconds=200)))
    with client(proxy) as connection:
        connection.sendall(b"a")
        assert read(connection, 1) == b"a"
        began = CLOCK.monotonic()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
        assert CLOCK.monotonic() - began >= 0.2


def test_a_service_that_is_gone_looks_gone_through_the_proxy() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with TroubleProxy(held.getsockname()[1]) as proxy, pytest.raises(ConnectionResetError):
            client(proxy).recv(1)


def test_set_returns_what_was_before() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with TroubleProxy(held.getsockname()[1]) as proxy:
            slow = Trouble(latency=timedelta(seconds=1))
            assert proxy.set(slow) == Trouble()
            assert proxy.set(Trouble()) == slow


def test_a_proxy_leads_to_a_real_port_and_takes_a_free_one(deadline: Deadline) -> None:
    with pytest.raises(Refused):
        TroubleProxy(0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(TocsinError, match="taken"):
            TroubleProxy(port, port)


def test_a_stopped_proxy_leaves_no_thread_and_no_port(deadline: Deadline) -> None:
    echo = Echo()
    proxy = TroubleProxy(echo.port)
    connection = client(proxy)
    connection.sendall(b"a")
    assert read(connection, 1) == b"a"
    proxy.stop()
    proxy.stop()
    assert connection.recv(1) == b""
    connection.close()
    name = f"trouble-{proxy.port}"
    deadline(
        lambda: not any(one.name == name for one in threading.enumerate()),
        what="its threads end",
        within=timedelta(seconds=60),
    )
    with pytest.raises(ConnectionRefusedError):
        client(proxy)
    echo.stop()
