"""A post-mortem's text: replaced whole, only over what was read, never once it is published."""

from dataclasses import replace
from pathlib import Path

import pytest

from tocsin.app.postmortem_text import write
from tocsin.errors import NotFound, Refused, StoreError
from tocsin.incident.events import PostmortemDrafted
from tocsin.incident.incident import Incident
from tocsin.incident.state import PostmortemState
from tocsin.kit.ids import IncidentId, sha256

BEFORE, AFTER = "# Post-mortem INC-1\n", "# Post-mortem INC-1\n\nThe pool was too small. ü\n"


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "INC-1.md"
    file.write_text(BEFORE, encoding="utf-8")
    file.chmod(0o640)
    return file


def incident(file: Path, state: PostmortemState = PostmortemState.DRAFT) -> Incident:
    drafted = PostmortemDrafted(str(file), sha256(BEFORE))
    return replace(Incident(IncidentId("INC-1")), postmortem=drafted, postmortem_state=state)


def test_it_is_replaced_whole_and_keeps_its_rights(draft: Path) -> None:
    assert write(incident(draft), AFTER, sha256(BEFORE)) == sha256(AFTER)
    assert draft.read_text(encoding="utf-8") == AFTER
    assert draft.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in draft.parent.iterdir()] == ["INC-1.md"], "nothing is left beside it"


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(draft: Path) -> None:
    draft.write_text("# Post-mortem INC-1\n\nBo was here.\n", encoding="utf-8")
    with pytest.raises(Refused, match="Somebody else"):
        write(incident(draft), AFTER, sha256(BEFORE))
    assert "Bo was here" in draft.read_text(encoding="utf-8")


def test_a_published_one_stays_as_it_was_read(draft: Path) -> None:
    with pytest.raises(Refused, match="published"):
        write(incident(draft, PostmortemState.PUBLISHED), AFTER, sha256(BEFORE))
    assert draft.read_text(encoding="utf-8") == BEFORE


def test_without_a_draft_there_is_nothing_to_write() -> None:
    with pytest.raises(NotFound, match="INC-1 has no draft"):
        write(Incident(IncidentId("INC-1")), AFTER, sha256(BEFORE))


def test_a_file_that_is_gone_is_told_with_its_path(draft: Path) -> None:
    draft.unlink()
    with pytest.raises(StoreError, match=r"INC-1\.md"):
        write(incident(draft), AFTER, sha256(BEFORE))
