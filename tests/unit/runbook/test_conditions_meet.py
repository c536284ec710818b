"""Where two conditions meet both hold, and none is told of a step that it does not speak about."""

from tests.unit.runbook.reading import only


def test_a_condition_in_a_list_and_the_one_above_it_are_both_told() -> None:
    text = "If it is stuck:\n\n1. Disk full? `rm -rf /var/cache/x`\n2. `systemctl restart x`\n"
    assert only(text) == [
        ("rm -rf /var/cache/x", "If it is stuck; Disk full?"), ("systemctl restart x", "If it is stuck"),
    ]  # fmt: skip


def test_a_bold_case_above_a_list_of_cases_is_told_with_each() -> None:
    text = "**If latency is high**\n\n- If KEYS is in the log, kill it: `redis-cli CLIENT KILL ID 5`\n- then look: `redis-cli DBSIZE`\n"
    assert only(text) == [
        ("redis-cli CLIENT KILL ID 5", "If latency is high; If KEYS is in the log"), ("redis-cli DBSIZE", "If latency is high"),
    ]  # fmt: skip


def test_a_warning_and_a_comment_are_both_told() -> None:
    text = "⚠️ Only when A is off!\n\n```bash\n# on web-a, if it still answers\nsystemctl stop shop\n```\n"
    assert only(text) == [("systemctl stop shop", "Only when A is off!; if it still answers")]
