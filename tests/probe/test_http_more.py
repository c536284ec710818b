"""HTTP checks: phases and their limits, redirects, JSONPath, and several steps with what one takes from another."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.probe.conftest import Web

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.http import HttpProber
from tocsin.probe.http_settings import http_settings
from tocsin.probe.http_steps import HttpStepsProber

LONG = timedelta(seconds=20)


def look(url: str, trusted: object = None, **settings: object) -> Sample:
    variables = {"TOCSIN_CA_FILE": str(trusted)} if trusted else {}
    spec = CheckSpec(CheckName("it"), "http", {"url": url} | settings, timeout=LONG)
    prober = HttpProber(SystemClock(), variables)
    prober.validate(spec)
    return prober.probe(spec)


def test_a_redirect_is_the_answer_unless_it_is_to_be_followed(web: Web) -> None:
    assert look(web.url("/moved")).facts["status"] == "301"
    followed = look(web.url("/moved"), redirects=1, json={"status": "ok"})
    assert (followed.verdict, followed.facts["redirects"]) == (Verdict.UP, "1")


def test_each_phase_has_a_limit_of_its_own(web: Web) -> None:
    assert look(web.url("/health"), connect_down="10 s", first_byte_down="10 s").verdict is Verdict.UP
    sample = look(web.url("/health"))
    marks = [float(sample.facts[name]) for name in ("connect_ms", "first_byte_ms", "total_ms")]
    assert marks == sorted(marks)


def test_a_phase_beyond_its_limit_is_named(steps: "Service") -> None:
    sample = look(f"{steps.url}/held", first_byte_down="50 ms")
    assert (sample.verdict, sample.facts["over"]) == (Verdict.DOWN, "first_byte")
    assert "limit 50 ms" in sample.message


@pytest.mark.parametrize(
    ("path", "wanted", "verdict"),
    [
        ("$.status", "ok", Verdict.UP),
        ("$.db.lag[0]", "3", Verdict.UP),
        ("$..up", "true", Verdict.UP),
        ("$.db.lag[?@ > 2]", "3", Verdict.UP),
        ("$.db.lag[9]", "3", Verdict.DOWN),
        ("db.lag.0", "3", Verdict.UP),
    ],
)
def test_a_json_path_finds_its_value(web: Web, path: str, wanted: str, verdict: Verdict) -> None:
    assert look(web.url("/health"), json={path: wanted}).verdict is verdict


def test_a_json_path_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a JSONPath"):
        look("http://x", json={"$.[": "1"})


# --- several steps


class Service:
    """An API behind a login: a token in JSON, a session in a cookie, a place in a header."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: object, **headers: str) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(raw)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.seen.append(f"POST {self.path}")
                if self.path == "/login" and json.loads(body) == {"user": "probe"}:
                    self.answer(200, {"auth": {"token": "t0ken-123"}}, Set_Cookie="sid=42; Path=/")
                elif self.path == "/orders" and self.headers["Authorization"] == "Bearer t0ken-123":
                    self.answer(201, {"id": 7}, Location="/orders/7")
                else:
                    self.answer(403, {"error": "no"})

            def do_GET(self) -> None:
                service.seen.append(f"GET {self.path}")
                if self.path == "/held":
                    threading.Event().wait(0.2)  # what this test is about: a server that takes its time
                    self.answer(200, {})
                elif self.path == "/orders/7" and self.headers["Cookie"] == "sid=42":
                    self.answer(200, {"state": "new"})
                else:
                    self.answer(404, {"error": "no"})

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def steps() -> Iterator[Service]:
    running = Service()
    yield running
    running.close()


def tables(url: str, **last: object) -> list[dict[str, object]]:
    return [
        {
            "name": "login",
            "url": f"{url}/login",
            "method": "POST",
            "body": '{"user": "probe"}',
            "headers": {"Content-Type": "application/json"},
            "capture": {"token": "json:$.auth.token"},
        },
        {
            "name": "order",
            "url": f"{url}/orders",
            "method": "POST",
            "body": "{}",
            "status": 201,
            "headers": {"Authorization": "Bearer {{ token }}"},
            "capture": {"place": "header:Location"},
        },
        {"name": "read", "url": url + "{{place}}", "json": {"state": "new"}} | last,
    ]


def walk(steps: list[dict[str, object]]) -> Sample:
    prober = HttpStepsProber(SystemClock(), {})
    spec = CheckSpec(CheckName("it"), "http_steps", {"steps": steps}, timeout=LONG)
    prober.validate(spec)
    return prober.probe(spec)


def test_a_login_a_call_and_a_look_are_one_sample(steps: Service) -> None:
    sample = walk(tables(steps.url))
    assert sample.verdict is Verdict.UP
    assert steps.seen == ["POST /login", "POST /orders", "GET /orders/7"]
    assert (sample.facts["order_status"], "read_total_ms" in sample.facts) == ("201", True)


def test_the_first_step_that_fails_ends_it_and_is_named(steps: Service) -> None:
    broken = tables(steps.url)
    broken[1]["headers"] = {"Authorization": "Bearer no {{ token }}"}
    sample = walk(broken)
    assert (sample.verdict, sample.facts["step"]) == (Verdict.DOWN, "order")
    assert sample.message.startswith("order: HTTP 403")
    assert steps.seen == ["POST /login", "POST /orders"]


def test_what_cannot_be_captured_is_down(steps: Service) -> None:
    broken = tables(steps.url)
    broken[0]["capture"] = {"token": "json:$.nothing"}
    sample = walk(broken)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "capture")


def test_each_step_has_expectations_of_its_own(steps: Service) -> None:
    assert walk(tables(steps.url, json={"state": "paid"})).facts["step"] == "read"


def test_what_was_captured_is_in_no_message(steps: Service) -> None:
    leaky = tables(steps.url)
    leaky[2]["url"] = steps.url + "/{{token}}{{place}}"
    sample = walk(leaky)
    assert sample.verdict is Verdict.DOWN
    assert "t0ken" not in sample.message + "".join(sample.facts.values())


def test_a_hole_that_nothing_fills_is_refused_before_anything_is_sent(steps: Service) -> None:
    with pytest.raises(ConfigError, match="no earlier step captures 'place'"):
        walk(tables(steps.url)[2:])
    with pytest.raises(ConfigError, match="capture"):
        walk([{"url": steps.url, "capture": {"x": "body:y"}}])
    assert steps.seen == []


@pytest.mark.parametrize("own", [{"headers": {"X-Api-Key": "k"}}, {"method": "POST", "body": "secret"}])
def test_what_may_hold_a_secret_is_never_led_elsewhere(web: Web, own: dict[str, object]) -> None:
    spec = CheckSpec(CheckName("api"), "http", {"url": web.url("/moved"), "redirects": 1, **own})
    with pytest.raises(ConfigError, match="redirects"):
        http_settings(spec)
