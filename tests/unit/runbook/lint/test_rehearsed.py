"""What is removed after a look is what the look showed, or the linter says that it is more."""

from datetime import date

import pytest

from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.facts import view
from tocsin.runbook.lint.rehearsed import less_was_seen


def found(*commands: str, language: str = "bash") -> list[str]:
    fence = "\n".join(commands)
    book = compile_runbook(f"# Old exports fill the disk\n\n```{language}\n{fence}\n```\n")
    return [each.message for each in less_was_seen(view(book, date(2026, 11, 22)))]


MORE = [
    # a folder above, a condition fewer, younger files
    ("find /srv/spool/old -mtime +30 -print", "find /srv/spool -mtime +30 -delete"),
    ("find /srv/spool -name '*.csv' -mtime +30", "find /srv/spool -mtime +30 -delete"),
    ("find /srv/spool -mtime +30 -print", "find /srv/spool -mtime +7 -exec rm {} +"),
    ("find /srv/spool -maxdepth 1 -name '*.csv'", "find /srv/spool -name '*.csv' -print0 | xargs -0 -r rm"),
    ("ls -la /srv/releases/41", "rm -rf /srv/releases"),
    # a shorter prefix of a bucket or of keys, a label fewer
    ("aws s3 ls s3://depot-logs/2025/", "aws s3 rm --recursive s3://depot-logs/"),
    ("gsutil ls gs://depot-logs/2025/", "gsutil -m rm -r gs://depot-logs/"),
    ("redis-cli --scan --pattern 'cart:old:*' | head", "redis-cli --scan --pattern 'cart:*' | xargs -r redis-cli DEL"),
    ("kubectl -n shop get pods -l app=cart,tier=web", "kubectl -n shop delete pods -l tier=web"),
]  # fmt: skip
NO_MORE = [
    # the same, less, another kind of thing, another place
    ("find /srv/spool -mtime +30 -print", "find /srv/spool -mtime +30 -delete"),
    ("find /srv/spool -mtime +7 -print", "find /srv/spool -mtime +30 -delete"),
    ("du -sh /srv/spool", "find /srv/spool -name '*.csv' -delete"),
    ("find /srv/spool -name '*.csv' -o -name '*.tmp'", "find /srv/spool -name '*.csv' -delete"),
    ("ls /srv/releases/41", "rm -rf /srv/releases-of-41"),
    ("ls /srv/releases/41", "ls /srv/releases", "rm -rf /srv/releases"),
    ("aws s3 ls s3://depot-logs/2025/", "aws s3 rm --recursive s3://depot-logs/2025/"),
    ("redis-cli --scan --pattern 'cart:*' | head", "redis-cli --scan --pattern 'cart:*' | xargs -r redis-cli DEL"),
    ("kubectl -n shop get pods -l app=cart,tier=web", "kubectl -n shop-eu delete pods -l tier=web"),
    ("find $SPOOL/old -print", "find $SPOOL -delete"),
]  # fmt: skip


@pytest.mark.parametrize("commands", MORE)
def test_a_removal_that_reaches_further_than_the_look_before_it_is_told(commands: tuple[str, ...]) -> None:
    assert len(found(*commands)) == 1


@pytest.mark.parametrize("commands", NO_MORE)
def test_a_removal_of_what_was_looked_at_is_not(commands: tuple[str, ...]) -> None:
    assert found(*commands) == []


@pytest.mark.parametrize(
    ("look", "act", "told"),
    [
        ("expires_at < now() AND tenant = 7", "expires_at < now()", True),
        ("expires_at < now()", "expires_at < now() AND tenant = 7", False),
        ("expires_at < now() AND tenant = 7", "tenant = 7 AND expires_at  <  NOW()", False),
        ("expires_at < now() OR tenant = 7", "expires_at < now()", False),
    ],
)
def test_rows_are_compared_by_their_conditions(look: str, act: str, told: bool) -> None:
    for verb in ("DELETE FROM sessions", "UPDATE sessions SET closed = true"):
        shown = found(f"SELECT id FROM sessions WHERE {look};", f"{verb} WHERE {act};", language="sql")
        assert bool(shown) is told
