"""HTTP checks against a real nginx and a socket that misbehaves."""

import threading
from datetime import timedelta
from typing import Any

import psutil
import pytest
from tests.conftest import Deadline

from tocsin.connectors.api import Prober
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.crowd import Crowd
from tocsin.probe.http import LARGEST_BODY, HttpProber, connect_to
from tocsin.probe.lookups import Lookups

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def spec(url: str, timeout: timedelta = timedelta(minutes=2), **settings: object) -> CheckSpec:
    return CheckSpec(CheckName("api-health"), "http", {"url": url, **settings}, timeout=timeout)


def alone(prober: HttpProber, wanted: CheckSpec) -> Sample:
    """Taken by a thread of its own."""
    taken: Prober = prober
    return taken.probe(wanted)


def together(prober: HttpProber, wanted: CheckSpec) -> Sample:
    """Taken by the thread that takes many."""
    crowd = Crowd(prober, SystemClock())
    crowd.begin(wanted)
    try:
        while True:
            for _, sample in crowd.turn(60.0):
                return sample
    finally:
        crowd.close()


WAYS = {"alone": alone, "together": together}


class Way:
    """How the samples of a test are taken: every test is made in both ways."""

    take = staticmethod(alone)


@pytest.fixture(params=sorted(WAYS), autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Way, "take", staticmethod(WAYS[request.param]))


def probe(url: str, variables: dict[str, str] | None = None, **more: Any) -> Sample:
    return Way.take(HttpProber(SystemClock(), variables or {}), spec(url, **more))


def test_an_answer_with_an_accepted_status_is_up_with_its_phases(web: Any) -> None:
    sample = probe(web.url("/health"))
    assert sample.verdict is Verdict.UP
    assert sample.message.startswith(f"HTTP 200 from {web.url('/health')} in ")
    assert sample.facts["status"] == "200"
    assert sample.facts["address"] == "127.0.0.1"
    assert 0 < float(sample.facts["connect_ms"]) <= float(sample.facts["first_byte_ms"])
    assert float(sample.facts["first_byte_ms"]) <= float(sample.facts["total_ms"])


@pytest.mark.parametrize(
    ("path", "status"), [("/broken", 502), ("/proxied", 502), ("/moved", 301), ("/gone", 404)]
)
def test_any_other_status_is_down_and_redirects_are_not_followed(web: Any, path: str, status: int) -> None:
    sample = probe(web.url(path))
    assert (sample.verdict, sample.facts["status"]) == (Verdict.DOWN, str(status))
    assert sample.message.startswith(f"HTTP {status} from ")


@pytest.mark.parametrize(
    ("accepted", "up"), [([301], True), (301, True), ("3xx", True), (["200", "30x"], None), (["200"], False)]
)
def test_which_status_is_good_can_be_said(web: Any, accepted: object, up: bool | None) -> None:
    verdict = probe(web.url("/moved"), status=accepted).verdict
    assert verdict is {True: Verdict.UP, False: Verdict.DOWN, None: Verdict.UNKNOWN}[up]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"json": {"status": "ok"}}, None),
        ({"json": {"db.up": True, "db.lag.0": 3, "db.lag.1": "null", "a.b": 1}}, None),
        ({"json": {"status": "fine"}}, "status is ok, not fine"),
        ({"json": {"db.down": True}}, "db.down is missing, not true"),
        ({"json": {"db.lag.7": 1}}, "db.lag.7 is missing, not 1"),
        ({"json": {"status.deeper": 1}}, "status.deeper is missing, not 1"),
        ({"contains": '"status":"ok"'}, None),
        ({"contains": "healthy"}, "its body does not contain 'healthy'"),
        ({"header": {"Content-Type": "json"}}, None),
        (
            {"header": {"content-type": "text/html"}},
            "its header content-type is 'application/json', not 'text/html'",
        ),
        ({"header": {"x-cache": "hit"}}, "its header x-cache is None, not 'hit'"),
    ],
)
def test_what_the_answer_must_hold(web: Any, settings: dict[str, object], complaint: str | None) -> None:
    sample = probe(web.url("/health"), **settings)
    assert sample.verdict is (Verdict.UP if complaint is None else Verdict.DOWN)
    assert complaint is None or sample.message.endswith(f", but {complaint}")


def test_a_body_that_is_no_json_is_down_if_json_was_expected(web: Any) -> None:
    assert probe(web.url("/text"), json={"a": 1}).message.endswith("its body is not JSON")


def test_method_and_headers_are_sent(web: Any) -> None:
    good = {"method": "post", "headers": {"X-Check": "yes"}, "status": ["2xx", 405]}
    assert probe(web.url("/echo"), contains="POST yes tocsin 127.0.0.1", **good).verdict is Verdict.UP
    assert probe(web.url("/echo"), method="HEAD").verdict is Verdict.UP


def test_slow_is_degraded_and_not_down(web: Any) -> None:
    sample = probe(web.url("/health"), degraded_after="0.001 ms")
    assert sample.verdict is Verdict.DEGRADED
    assert "slower than" in sample.message


def test_a_body_beyond_the_limit_is_not_read_and_not_judged(web: Any) -> None:
    before = psutil.Process().memory_info().rss
    assert probe(web.url("/files/large")).verdict is Verdict.UP
    assert probe(web.url("/files/large"), json={"a": 1}).verdict is Verdict.UNKNOWN
    assert probe(web.url("/files/large"), contains="y").verdict is Verdict.UNKNOWN
    assert probe(web.url("/files/large"), contains="xxx").verdict is Verdict.UP
    assert psutil.Process().memory_info().rss - before < 10 * LARGEST_BODY


def test_every_attempt_is_one_request_on_a_fresh_connection(rude: Any, web: Any, deadline: Deadline) -> None:
    server = rude(OK)
    prober = HttpProber(SystemClock(), {})
    for _ in range(5):
        assert Way.take(prober, spec(f"http://127.0.0.1:{server.port}/")).verdict is Verdict.UP
    assert server.visits == 5
    before, marks = web.requests("/broken"), web.requests("/broken?last")
    probe(web.url("/broken"))
    probe(web.url("/broken?last"))
    # nginx writes its log after the answer: once the later request stands there, so does every one before it
    deadline(lambda: web.requests("/broken?last") > marks, what="nginx has written down the requests")
    assert web.requests("/broken") == before + 1


@pytest.mark.parametrize(
    ("pieces", "word"),
    [
        ((b"",), "empty"),
        ((b"HTTP/1.1 200 OK\r\ncontent-le",), "torn"),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",), "torn"),
    ],
)
def test_a_torn_answer_is_down_after_exactly_one_attempt(
    rude: Any, pieces: tuple[bytes, ...], word: str
) -> None:
    server = rude(*pieces)
    sample = probe(f"http://127.0.0.1:{server.port}/")
    assert sample.verdict is Verdict.DOWN
    assert sample.facts["error"] in {word, "empty", "torn", "curl-8", "curl-1"}
    assert server.visits == 1


def test_what_is_no_http_is_down(rude: Any) -> None:
    assert probe(f"http://127.0.0.1:{rude(b'-ERR what do you want').port}/").verdict is Verdict.DOWN


def test_an_answer_that_trickles_beyond_the_limit_is_down_in_time(rude: Any, deadline: Deadline) -> None:
    # It would take minutes for all of it, so that no pause of ours brings the whole.
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000
    server = rude(*[bytes([byte]) for byte in whole], pause=0.05)

    def judged() -> Sample | None:
        """A sample, unless the machine kept us from measuring."""
        sample = probe(f"http://127.0.0.1:{server.port}/", timeout=timedelta(seconds=1))
        return None if sample.verdict is Verdict.UNKNOWN else sample

    sample = deadline(judged, what="a sample while nothing kept us waiting")
    assert sample is not None
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "timeout")
    assert sample.message.endswith("no whole answer within 1.00 s (connected)")


def test_nobody_there_is_down(closed_port: int) -> None:
    sample = probe(f"http://127.0.0.1:{closed_port}/")
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "connect")


@pytest.mark.parametrize(("works", "verdict"), [(True, Verdict.DOWN), (False, Verdict.UNKNOWN)])
def test_a_name_that_does_not_exist_is_down_and_unknown_where_no_name_can_be_looked_up(
    works: bool, verdict: Verdict
) -> None:
    lookups = Lookups(SystemClock(), lambda host: works)
    sample = Way.take(HttpProber(SystemClock(), {}, lookups), spec("http://name.invalid/"))
    assert (sample.verdict, sample.facts["error"]) == (verdict, "dns")
    assert ("no name can be looked up from here" in sample.message) is not works
    assert ("cut_off" in sample.facts) is not works


def test_a_drill_reaches_its_sandbox_under_the_real_name_with_its_own_certificate(web: Any) -> None:
    variables = {
        "TOCSIN_CONNECT_TO": f"api.cookcam.app:443:127.0.0.1:{web.tls}",
        "TOCSIN_CA_FILE": str(web.authority),
    }
    sample = probe("https://api.cookcam.app/echo", variables, contains="api.cookcam.app")
    assert sample.verdict is Verdict.UP
    assert float(sample.facts["tls_ms"]) > 0
    untrusted = probe("https://api.cookcam.app/", {"TOCSIN_CONNECT_TO": variables["TOCSIN_CONNECT_TO"]})
    assert (untrusted.verdict, untrusted.facts["error"]) == (Verdict.DOWN, "certificate")


def test_a_certificate_for_another_name_is_down(web: Any) -> None:
    variables = {"TOCSIN_CA_FILE": str(web.authority)}
    assert probe(f"https://127.0.0.1:{web.tls}/health", variables).facts["error"] == "certificate"


def test_what_may_be_secret_in_an_address_is_not_shown(closed_port: int) -> None:
    sample = probe(f"http://ana:hunter2@127.0.0.1:{closed_port}/x?token=abc#y")
    assert "hunter2" not in f"{sample}"
    assert "abc" not in f"{sample}"
    assert sample.facts["url"] == f"http://127.0.0.1:{closed_port}/x"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "key 'url' is missing"),
        ({"url": "api.cookcam.app"}, "key 'url' must begin with http"),
        ({"url": "file:///etc/passwd"}, "key 'url' must begin with http"),
        ({"url": "http://x:99999/"}, "key 'url' must begin with http"),
        ({"url": "http://x/ y"}, "key 'url' must begin with http"),
        ({"url": "http://x", "status": [99]}, "key 'status' must be codes"),
        ({"url": "http://x", "status": [True]}, "key 'status' must be codes"),
        ({"url": "http://x", "json": "ok"}, "key 'json' must be a table"),
        ({"url": "http://x", "json": {"a": []}}, "key 'json.a' must be"),
        ({"url": "http://x", "headers": {"a": "b\r\nc: d"}}, "holds a line break"),
        ({"url": "http://x", "degraded_after": "soon"}, "key 'degraded_after' must be a duration"),
        ({"url": "http://x", "statsu": 200}, r"unknown key 'statsu'\. Did you mean status\?"),
    ],
)
def test_wrong_settings_are_named_and_never_a_verdict_about_the_target(
    settings: dict[str, object], sentence: str
) -> None:
    prober = HttpProber(SystemClock(), {})
    check = CheckSpec(CheckName("api-health"), "http", settings)
    with pytest.raises(ConfigError, match=r'check "api-health" \(http\): .*' + sentence):
        prober.validate(check)
    assert prober.probe(check).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("text", ["a:1:b", "a:x:b:1", "a:1:b:y", "a:1:b:2:c", "nonsense"])
def test_a_connect_to_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="TOCSIN_CONNECT_TO"):
        connect_to(text)
    assert connect_to(" a:1:b:2, [::1]:80:[::1]:81 ,::c:3,") == ("a:1:b:2", "[::1]:80:[::1]:81", "::c:3")


def test_a_ca_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="TOCSIN_CA_FILE: /gone is not a file"):
        HttpProber(SystemClock(), {"TOCSIN_CA_FILE": "/gone"})


def test_running_out_of_file_descriptors_is_our_trouble_and_not_theirs(web: Any) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    prober = HttpProber(SystemClock(), {})
    assert prober.probe(spec(web.url("/health"))).verdict is Verdict.UP
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        sample = prober.probe(spec(web.url("/health")))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert sample.verdict is Verdict.UNKNOWN


def test_many_threads_may_probe_at_once(web: Any) -> None:
    prober = HttpProber(SystemClock(), {})
    verdicts: list[Verdict] = []

    def work() -> None:
        for _ in range(20):
            verdicts.append(prober.probe(spec(web.url("/health"), json={"status": "ok"})).verdict)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [Verdict.UP] * 160
