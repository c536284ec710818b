"""S3 checks: is the newest backup there, fresh, and about as large as the one before. Any S3-compatible store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import httpx2

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Ended, Finding, attempt, check_name, milliseconds
from tocsin.probe.limit import (
    Limit,
    Measure,
    judged,
    percent,
    seconds,
    share_limit,
    size,
    size_limit,
    time_limit,
)
from tocsin.probe.sigv4 import Credentials, query_text, signed_headers

_PAGES = 50  # of 1,000 objects each
_LARGEST = 4 * 1024 * 1024
_DAY = 86400.0
_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Which objects, and the limits of the newest one.

    Attributes:
        bucket, prefix, suffix: which objects count as backups.
        endpoint: of an S3-compatible store; None is Amazon's in `region`.
        credentials: written as "${…}" references; those of the environment (AWS_…) by default.
        age, small: limits of age and of size.
        shrunk: of the share by which it is smaller than the one before it.
    """

    bucket: str
    prefix: str
    suffix: str
    endpoint: str
    region: str
    credentials: Credentials
    age: Limit
    small: Limit
    shrunk: Limit


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a listing."""

    key: str
    modified: datetime
    size: int


def s3_settings(spec: CheckSpec, variables: Mapping[str, str]) -> S3Settings:
    """Read the settings of an S3 check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    region = keys.text_or_none("region") or variables.get("AWS_REGION") or "us-east-1"
    endpoint = keys.text_or_none("endpoint") or f"https://s3.{region}.amazonaws.com"
    key = keys.text_or_none("access_key") or variables.get("AWS_ACCESS_KEY_ID")
    secret = keys.text_or_none("secret_key") or variables.get("AWS_SECRET_ACCESS_KEY")
    token = keys.text_or_none("session_token") or variables.get("AWS_SESSION_TOKEN")
    settings = S3Settings(
        bucket=keys.text("bucket"),
        prefix=keys.text_or_none("prefix") or "",
        suffix=keys.text_or_none("suffix") or "",
        endpoint=endpoint.rstrip("/"),
        region=region,
        credentials=Credentials(key or "", secret or "", token),
        age=time_limit(keys, "age", degraded=26 * 3600.0, down=2 * _DAY),
        small=size_limit(keys, "small", down=0, falling=True),
        shrunk=share_limit(keys, "shrunk", degraded=0.5),
    )
    keys.done()
    if not key or not secret:
        raise keys.wrong(
            "access_key", "and secret_key are missing, and so are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if (
        urlsplit(settings.endpoint).scheme not in ("http", "https")
        or not urlsplit(settings.endpoint).hostname
    ):
        raise keys.wrong("endpoint", f"must be an address with http:// or https://, not {endpoint!r}")
    return settings


class S3Prober:
    """Takes samples of S3 checks."""

    def __init__(self, clock: Clock, variables: Mapping[str, str]) -> None:
        self._clock = clock
        self._variables = variables

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        s3_settings(spec, self._variables)

    def probe(self, spec: CheckSpec) -> Sample:
        """One listing; no object is read."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = s3_settings(trying.spec, self._variables)
        place = f"s3://{settings.bucket}/{settings.prefix}"
        facts = {"target": place}
        found = sorted(
            (each for each in _listed(settings, place, trying, facts) if each.key.endswith(settings.suffix)),
            key=lambda each: (each.modified, each.key),
        )
        facts["objects"] = str(len(found))
        if not found:
            return Finding(Verdict.DOWN, f"{place} holds no backup", {**facts, "error": "missing"})
        newest = found[-1]
        age = (trying.at - newest.modified).total_seconds()
        facts |= {
            "newest": newest.key,
            "age_seconds": f"{age:.0f}",
            "size_bytes": str(newest.size),
        }
        said = f"{newest.key}: {seconds(max(0.0, age))} old, {size(newest.size)}"
        measures = [Measure(settings.age, age), Measure(settings.small, newest.size)]
        if len(found) > 1 and found[-2].size:
            shrunk = max(0.0, 1 - newest.size / found[-2].size)
            facts |= {"before_bytes": str(found[-2].size), "shrunk": percent(shrunk)}
            measures.append(Measure(settings.shrunk, shrunk))
        return judged(said, facts, measures)


def _listed(settings: S3Settings, place: str, trying: Attempt, facts: dict[str, str]) -> list[Object]:
    """All objects with that prefix. Raises Ended; what we may not see is unknown, never "no backup"."""
    found: list[Object] = []
    query = {"list-type": "2", "prefix": settings.prefix}
    with httpx2.Client(trust_env=False, follow_redirects=False) as client:
        for _ in range(_PAGES):
            document = _page(client, settings, query, place, trying, facts)
            try:
                found += [_object(each) for each in document.iter(f"{_NAMESPACE}Contents")]
            except (ValueError, OverflowError) as error:
                said = f"could not list {place}: a time or size that is none: {error}"
                raise Ended(Finding(Verdict.UNKNOWN, said[:300], {**facts, "error": "own"})) from error
            token = document.findtext(f"{_NAMESPACE}NextContinuationToken")
            if not token:
                return found
            query["continuation-token"] = token
    said = f"{place} holds more than {_PAGES * 1000} objects; name a longer prefix"
    raise Ended(Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"}))


def _page(
    client: httpx2.Client,
    settings: S3Settings,
    query: Mapping[str, str],
    place: str,
    trying: Attempt,
    facts: dict[str, str],
) -> ElementTree.Element:
    def unknown(words: str) -> Ended:
        return Ended(Finding(Verdict.UNKNOWN, f"could not list {place}: {words}", {**facts, "error": "own"}))

    host = urlsplit(settings.endpoint).netloc
    path = f"/{quote(settings.bucket, safe='-_.~')}"
    headers = signed_headers(host, path, query, settings.region, settings.credentials, trying.at)
    try:
        answer = client.get(
            f"{settings.endpoint}{path}?{query_text(query)}",
            headers=headers,
            timeout=max(0.001, trying.left.total_seconds()),
        )
    except httpx2.TimeoutException as error:
        raise unknown(f"no answer within {milliseconds(trying.spec.timeout)}") from error
    except httpx2.HTTPError as error:
        raise unknown(str(error) or type(error).__name__) from error
    if len(answer.content) > _LARGEST or b"<!DOCTYPE" in answer.content or b"<!ENTITY" in answer.content:
        raise unknown("an answer that is no listing")
    try:
        document = ElementTree.fromstring(answer.content)  # noqa: S314 -- declarations were refused above
    except ElementTree.ParseError as error:
        raise unknown(f"HTTP {answer.status_code}, not XML") from error
    if answer.status_code != 200:
        code, words = document.findtext("Code") or "", document.findtext("Message") or ""
        raise unknown(f"HTTP {answer.status_code} {code}: {words}")
    return document


def _object(element: ElementTree.Element) -> Object:
    def text(name: str) -> str:
        return element.findtext(f"{_NAMESPACE}{name}") or ""

    modified = datetime.fromisoformat(text("LastModified"))
    # Without a zone it is UTC, as all times of S3 are, and not the time of this machine.
    aware = modified.replace(tzinfo=UTC) if modified.tzinfo is None else modified.astimezone(UTC)
    return Object(text("Key"), aware, int(text("Size")))
