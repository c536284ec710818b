"""S3 against a stand-in that proves our signature with Amazon's own library, and Sentry's API on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.registry import Probers

LONG = timedelta(seconds=20)
NOW = SystemClock().now()
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Door:
    """An HTTP server on loopback whose answers a test gives."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], tuple[int, bytes]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = answer(self)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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


# --- s3


class Store:
    """Buckets as S3 lists them, ten objects a page; a request that is not signed as Amazon signs is refused."""

    def __init__(self) -> None:
        self.objects: list[tuple[str, datetime, int]] = []
        self.token: str | None = None
        self.door = Door(self._answer)

    def _answer(self, request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        if not self._signed(request):
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>"
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/shop-backups":
            return 404, b"<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>"
        found = [each for each in sorted(self.objects) if each[0].startswith(query.get("prefix", ""))]
        start = int(query.get("continuation-token", "page 0").split()[1])
        page, more = found[start : start + 10], len(found) > start + 10
        token = f"<NextContinuationToken>page {start + 10}</NextContinuationToken>" if more else ""
        contents = "".join(
            f"<Contents><Key>{key}</Key><LastModified>{when:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
            f"<Size>{size}</Size></Contents>"
            for key, when, size in page
        )
        text = f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{token}{contents}</ListBucketResult>'
        return 200, text.encode()

    def _signed(self, request: BaseHTTPRequestHandler) -> bool:
        """Sign the same request with botocore and compare."""
        stamp = request.headers["x-amz-date"]
        names = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        again = AWSRequest(
            "GET",
            f"http://{request.headers['host']}{request.path}",
            headers={name: request.headers[name] for name in names},
        )
        signer = S3SigV4Auth(Credentials(KEY, SECRET, self.token), "s3", "eu-central-1")
        again.context["timestamp"] = stamp
        canonical = signer.canonical_request(again)
        wanted = signer.signature(signer.string_to_sign(again, canonical), again)
        return bool(request.headers["authorization"].endswith(f"Signature={wanted}"))


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.door.close()


def backups(store: Store, secret: str = SECRET, **more: object) -> Sample:
    variables = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "eu-central-1"}
    if store.token:
        variables["AWS_SESSION_TOKEN"] = store.token
    table = {"bucket": "shop-backups", "prefix": "postgres/", "endpoint": store.door.url} | more
    return Probers(SystemClock(), variables=variables).probe(
        CheckSpec(CheckName("it"), "s3", table, timeout=LONG)
    )


def old(hours: float) -> datetime:
    return NOW.astimezone(UTC) - timedelta(hours=hours)


def test_the_newest_backup_is_judged_by_its_age(store: Store) -> None:
    store.objects = [
        ("postgres/backup-1.sql.gz", old(60), 1_000_000),
        ("postgres/backup-2.sql.gz", old(3), 1_100_000),
        ("other/backup-3.sql.gz", old(1), 5),
    ]
    sample = backups(store)
    assert (sample.verdict, sample.facts["newest"]) == (Verdict.UP, "postgres/backup-2.sql.gz")
    assert backups(store, age_degraded="1 h").verdict is Verdict.DEGRADED
    assert backups(store, age_down="2 h").verdict is Verdict.DOWN


def test_a_backup_that_shrank_or_is_empty_is_found(store: Store) -> None:
    store.objects = [("postgres/1", old(30), 1_000_000), ("postgres/2", old(2), 400_000)]
    sample = backups(store)
    assert (sample.verdict, sample.facts["over"], sample.facts["shrunk"]) == (
        Verdict.DEGRADED,
        "shrunk",
        "60 %",
    )
    store.objects = [("postgres/1", old(30), 1_000_000), ("postgres/2", old(2), 0)]
    assert backups(store).verdict is Verdict.DOWN


def test_no_backup_is_down_but_what_we_may_not_see_is_unknown(store: Store) -> None:
    assert backups(store).facts["error"] == "missing"
    assert backups(store).verdict is Verdict.DOWN
    wrong = backups(store, secret="another")
    assert wrong.verdict is Verdict.UNKNOWN
    assert "SignatureDoesNotMatch" in wrong.message
    assert backups(store, bucket="gone").verdict is Verdict.UNKNOWN


def test_every_page_of_a_long_listing_is_read(store: Store) -> None:
    store.objects = [(f"postgres/day {n:03} +ü~", old(100 - n / 10), 100) for n in range(35)]
    sample = backups(store, prefix="postgres/day ", age_degraded="1000 h", age_down="2000 h")
    assert (sample.verdict, sample.facts["objects"], sample.facts["newest"]) == (
        Verdict.UP,
        "35",
        "postgres/day 034 +ü~",
    )


def test_temporary_credentials_are_signed_too(store: Store) -> None:
    store.token = "session/token=="
    store.objects = [("postgres/1", old(1), 100)]
    assert backups(store).verdict is Verdict.UP


def test_credentials_that_are_missing_are_a_matter_of_settings() -> None:
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID"):
        Probers(SystemClock(), variables={}).validate(CheckSpec(CheckName("it"), "s3", {"bucket": "x"}))


# --- sentry


@pytest.fixture
def sentry() -> Iterator[Callable[..., Sample]]:
    state: dict[str, object] = {"count": 30, "asked": {}}

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        parts = urlsplit(request.path)
        state["asked"] = parse_qs(parts.query)
        if request.headers["authorization"] != "Bearer t0ken":
            return 401, b'{"detail": "Invalid token"}'
        if parts.path != "/api/0/organizations/shop/stats_v2/":
            return 404, b"{}"
        body = {"groups": [{"by": {}, "totals": {"sum(quantity)": state["count"]}, "series": {}}]}
        return 200, json.dumps(body).encode()

    door = Door(answer)

    def look(count: int = 30, **more: object) -> Sample:
        state["count"] = count
        table = {"url": door.url, "organization": "shop", "project": 7, "token": "t0ken", "rate_down": 4}
        sample = Probers(SystemClock(), variables={}).probe(
            CheckSpec(CheckName("it"), "sentry", table | more, timeout=LONG)
        )
        asked = state["asked"]
        assert isinstance(asked, dict)
        assert asked.get("category", ["error"]) == ["error"]
        return sample

    yield look
    door.close()


def test_errors_per_minute_are_judged(sentry: Callable[..., Sample]) -> None:
    calm = sentry(30)
    assert (calm.verdict, calm.facts["per_minute"]) == (Verdict.UP, "2.00")
    assert sentry(90).verdict is Verdict.DOWN
    assert sentry(90, window="1 h").verdict is Verdict.UP
    assert sentry(30, rate_degraded=1).verdict is Verdict.DEGRADED


def test_sentry_away_or_refusing_is_unknown_and_the_token_is_not_told(
    sentry: Callable[..., Sample], closed_port: int
) -> None:
    for sample in (
        sentry(token="wr0ng-secret"),
        sentry(organization="other"),
        sentry(url=f"http://127.0.0.1:{closed_port}"),
    ):
        assert sample.verdict is Verdict.UNKNOWN
        assert "wr0ng-secret" not in sample.message + str(sample.facts)
