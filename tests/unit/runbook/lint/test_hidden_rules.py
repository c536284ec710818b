"""What nobody hears, what is closed too early, what goes before its successor: found, and quiet on the corrected text."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_hidden import CASES_HIDDEN
from tests.unit.runbook.lint.linted import found, is_found_and_then_quiet

from tocsin.runbook.lint.successors import succeeds


@pytest.mark.parametrize("case", CASES_HIDDEN, ids=lambda case: f"{case.rule}-{CASES_HIDDEN.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)


def test_a_successor_differs_in_what_says_which() -> None:
    assert succeeds("api-blue", "api-green")
    assert succeeds("feed-2023", "feed-v2")
    assert succeeds("by_zone", "by_zone_v2")
    assert not succeeds("web-1", "web-2")
    assert not succeeds("web-old", "db-new")


def test_what_is_made_right_by_the_way_back_alone_is_not_made_right() -> None:
    text = "# Feed\n\n## Feed has too few files\n\n{}\n\n**Rollback**:\n\n```bash\ncp /srv/copies/feed.service.before /etc/systemd/system/feed.service\nsystemctl daemon-reload\n```\n"
    edit = "```bash\nsed -i s/1024/65536/ /etc/systemd/system/feed.service\n{}systemctl restart feed\n```"
    bad, good = text.format(edit.format("")), text.format(edit.format("systemctl daemon-reload\n"))
    assert any("daemon-reload" in remark.message for remark in found(bad))
    assert not any("daemon-reload" in remark.message for remark in found(good))
