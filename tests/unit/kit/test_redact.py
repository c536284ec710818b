"""Secrets never leave in text."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.kit.redact import Redactor

PLAIN = Redactor()
MARK = PLAIN.mark

HIDDEN = {
    "postgres://app:s3cr3t@db.internal:5432/cookcam": "postgres://app:[redacted]@db.internal:5432/cookcam",
    "redis://:s3cr3t@127.0.0.1:6379/0": "redis://:[redacted]@127.0.0.1:6379/0",
    "postgres://app:p@ss@w0rd@db/x": "postgres://app:[redacted]@db/x",
    "DATABASE_URL=postgres://app:pa/ss#w@rd@db/x": "DATABASE_URL=postgres://app:[redacted]@db/x",
    "redis://:p/w@a:1,redis://:p/w@b:2 next": "redis://:[redacted]@b:2 next",
    "mongodb+srv://u:p@h/?x": "mongodb+srv://u:[redacted]@h/?x",
    "MAPS_KEY=abcdef123456": "MAPS_KEY=[redacted]",
    "https://ghx0123456789abcdef@example.org/x.git": "https://[redacted]@example.org/x.git",
    "Authorization: Basic dXNlcjpwYXNz": "Authorization: [redacted]",
    "> authorization: Bearer abc.def-ghi\r\n> host: x": "> authorization: [redacted]\r\n> host: x",
    "curl -H 'Authorization: Bearer s3cr3t' https://x": "curl -H 'Authorization: [redacted]' https://x",
    '{"Authorization": "token s3cr3t"}': '{"Authorization": "[redacted]"}',
    "Set-Cookie: sid=42; HttpOnly": "Set-Cookie: [redacted]",
    "X-Api-Key: 0123": "X-Api-Key: [redacted]",
    "sent bearer abcdef0123456789 along": "sent bearer [redacted] along",
    "key sk_live_4eC39HqLyjWDarjtT1zdp7dc used": "key [redacted] used",
    "STRIPE=rk_test_4eC39HqLyjWDarjtT1zdp7dc": "STRIPE=[redacted]",
    "AKIAIOSFODNN7EXAMPLE": "[redacted]",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY": "aws_secret_access_key = [redacted]",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nnext": "[redacted]\nnext",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn": "[redacted]",
    "password=hunter2": "password=[redacted]",
    "PGPASSWORD=hunter2 psql": "PGPASSWORD=[redacted] psql",
    "DB_PASSWORD: hunter2": "DB_PASSWORD: [redacted]",
    '{"password": "hun ter2", "user": "ana"}': '{"password": "[redacted]", "user": "ana"}',
    r'"{\"password\":\"hunter2\",\"user\":\"ana\"}"': r'"{\"password\":\"[redacted]\",\"user\":\"ana\"}"',
    "Server=db;Uid=app;Pwd=hunter2": "Server=db;Uid=app;Pwd=[redacted]",
    "MYSQL_PWD=/hunter2": "MYSQL_PWD=[redacted]",
    "passwd='a b c' next": "passwd='[redacted]' next",
    'password="cut off here': 'password="[redacted]',
    "password=$ecret": "password=[redacted]",
    "GET /hook?token=abcdef012345&x=1": "GET /hook?token=[redacted]&x=1",
    "mysql -u root -phunter2 shop": "mysql -u root -p[redacted] shop",
    "mysqldump --password hunter2 shop": "mysqldump --password [redacted] shop",
    "redis-cli -h cache -a hunter2 PING": "redis-cli -h cache -a [redacted] PING",
    "curl -u ana:hunter2 https://x": "curl -u ana:[redacted] https://x",
    "curl -s --user 'ana:hunter2' https://x": "curl -s --user 'ana:[redacted]' https://x",
    "ALTER ROLE app PASSWORD 'hunter2';": "ALTER ROLE app PASSWORD '[redacted]';",
    "requirepass\nhunter2": "requirepass\n[redacted]",
    '1) "requirepass"\n2) "hunter2"': '1) "requirepass"\n2) "[redacted]"',
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl": "[redacted]",
    "xoxb-123456789012-abcdefABCDEF": "[redacted]",
    "https://hooks.slack.com/services/T000/B000/XXXX": "https://hooks.slack.com/services/[redacted]",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "[redacted]",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345": "[redacted]",
}

LEFT = [
    "HTTP 502 from https://api.cookcam.app:443/health in 12 ms",
    'FATAL:  password authentication failed for user "app"',
    "psql postgres://app@db.internal/cookcam",
    "PGPASSWORD=$DB_PASSWORD psql",
    'password="${DB_PASSWORD}"',
    "password: <your password>",
    "token: $(cat token)",
    "password: ****",
    '{"password": null}',
    '{"password": ""}',
    "max_tokens=512",
    "CACHE_KEY=v1",
    "redis://cache.internal:6379/0 and ana@example.org",
    "PWD=/srv/cookcam\nOLDPWD=/root",
    "basic setup done",
    "maxmemory_policy:noeviction",
    "git@github.com:team/app.git",
    "mysql -P 3306 -p shop",
    "keyspace_hits:12",
    "0 2 * * * pg_dump cookcam",
    "ssh deploy@10.0.0.4",
]


@pytest.mark.parametrize(("text", "wanted"), HIDDEN.items())
def test_a_secret_nobody_told_us_is_known_by_its_shape(text: str, wanted: str) -> None:
    assert PLAIN.redact(text) == wanted


@pytest.mark.parametrize("text", LEFT)
def test_ordinary_evidence_stays_readable(text: str) -> None:
    assert PLAIN.redact(text) == text


secrets = st.text(min_size=6, max_size=40)
# Pieces that patterns care about, so that random texts reach them.
pieces = st.one_of(
    st.sampled_from(
        [*HIDDEN, *LEFT, "password=", "token:", "://", "@", ":", '"', "'", "\\", " ", "\n", MARK, "[", "]"]
    ),
    st.text(max_size=12),
)
texts = st.lists(pieces, max_size=12).map("".join)


def spellings(secret: str) -> list[str]:
    raw = secret.encode("utf-8")
    user = b"user:" + raw
    found = [secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]]
    if len(raw) >= 9:
        found += [base64.b64encode(raw).decode(), base64.urlsafe_b64encode(user).decode().rstrip("=")]
    return found


@given(secrets, texts, texts, st.data())
@example("[redacted]", "x[redac", "ted]y", None)
@example("redact", "", "", None)
@example("ab[red", "ab", "", None)
def test_a_known_secret_never_survives(
    secret: str, before: str, after: str, data: st.DataObject | None
) -> None:
    redactor = Redactor([secret])
    for spelling in spellings(secret):
        assert secret not in redactor.redact(before + spelling + after)


@given(st.text(st.characters(max_codepoint=126), min_size=9, max_size=40), texts)
def test_a_known_secret_does_not_survive_inside_base64(secret: str, around: str) -> None:
    redactor = Redactor([secret])
    for lead in range(4):
        encoded = base64.b64encode(b"x" * lead + secret.encode() + b"yyy").decode()
        out = redactor.redact(f"{around} {encoded} {around}")
        assert encoded not in out


@given(st.lists(secrets, max_size=4), texts)
@settings(max_examples=400)
def test_redacting_twice_changes_nothing(known: list[str], text: str) -> None:
    redactor = Redactor(known)
    once = redactor.redact(text)
    assert redactor.redact(once) == once


@given(st.lists(st.text()), st.text(alphabet=st.characters()))
def test_no_text_and_no_secret_makes_it_raise(known: list[str], text: str) -> None:
    assert isinstance(Redactor([*known, "\ud800lone-surrogate"]).redact(text + "\udfff"), str)


def test_the_longest_known_secret_wins() -> None:
    assert Redactor(["hunter", "hunter2-and-more"]).redact("x hunter2-and-more y") == "x [redacted] y"


def test_a_short_value_is_left_to_the_patterns() -> None:
    assert Redactor(["abc"]).redact("abcdef password=abc") == "abcdef password=[redacted]"


def test_every_line_of_a_known_key_file_is_hidden() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
    out = Redactor([body]).redact(
        "   MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n   BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
    )
    assert out == "   [redacted]\n   [redacted]\n"


@pytest.mark.parametrize(
    "unit",
    ["a", "://", "://a:b@", "postgres://a:b", "A_", "A_KEY=", "eyJ", "eyJabcdefg.", "xoxb-", "password", 'password="', "PASSWORD '", "token=", "bearer ",
     "-----BEGIN PRIVATE KEY-----", "redis-cli ", "mysql ", "curl -u ", "\\", "password=<", '\\"password\\":\\"', " "],
)  # fmt: skip
def test_hostile_text_comes_to_an_end(unit: str) -> None:
    """Were any pattern quadratic in one of these, half a megabyte would take minutes."""
    text = (unit * 500_000)[:500_000]
    assert PLAIN.redact(text)
