"""A verification may be told in words, if they name something that can be seen."""

import pytest
from tests.unit.runbook.lint.linted import found

TOP = "# Slow tills\n\n## Symptoms\n\nTills need more than 5 s.\n\n## Steps\n\n1. `kubectl -n till get pods`\n2. `kubectl -n till rollout restart deploy/till`\n"


def rules(verification: str) -> set[str]:
    text = f"{TOP}\n## Verification\n\n{verification}\n\n## Rollback\n\nNothing to take back.\n"
    return {d.rule for d in found(text)} & {"TOC105", "TOC312"}


@pytest.mark.parametrize(
    "words",
    [
        "`kubectl -n till rollout status deploy/till --timeout=60s` ends with success; a till needs less than 1 s.",
        "The cashiers of hall B see their prices at once.",
        "Die Kassen zeigen wieder Preise.",
    ],
)
def test_words_that_name_something_are_a_verification(words: str) -> None:
    assert rules(words) == set()


@pytest.mark.parametrize(
    "words",
    ["Make sure that everything works.", "Check that the service is up and running again.", "Prüfen, ob alles wieder funktioniert."],
)  # fmt: skip
def test_a_wish_is_none(words: str) -> None:
    assert "TOC312" in rules(words)


def test_a_verification_beside_the_procedure_is_one() -> None:
    text = "# Houserules\n\n## Backup is missing\n\n1. `ssh db1 sudo systemctl start backup`\n\n## Verification\n\n`ssh db1 ls -l /backup` shows today.\n"
    assert "TOC105" not in {d.rule for d in found(text)}


def test_the_way_back_sets_another_number_than_the_change() -> None:
    steps = "kubectl -n till scale deploy/till --replicas=8"
    back = "## Rollback\n\n```bash\nkubectl -n till scale deploy/till --replicas=4\n```\n"
    assert "TOC110" not in {d.rule for d in found(f"{TOP}3. `{steps}`\n\n{back}")}
    assert "TOC110" in {d.rule for d in found(f"{TOP}3. `{steps}`\n4. `{steps[:-1]}5`\n")}


def test_a_manifest_that_a_sentence_applies_is_applied_where_the_sentence_says() -> None:
    manifest = "```yaml\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: fill\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: fill\n          image: registry.tills.io/fill:1.0\n```\n"
    said = "Save it as `fill.yaml`, then `kubectl -n till apply -f fill.yaml`."
    applied = {d.rule for d in found(f"{TOP}\n{manifest}\n{said}\n")}
    assert not applied & {"TOC114", "TOC203"}
    assert "TOC114" in {d.rule for d in found(f"{TOP}\n{manifest}\n")}


def test_a_mode_is_left_whatever_the_number_of_its_host() -> None:
    text = f"{TOP}3. `consul maint -enable -http-addr=http://till-1.internal:8500`\n\n## Undo\n\n`consul maint -disable -http-addr=http://till-1.internal:8500`\n"
    assert "TOC208" not in {d.rule for d in found(text)}
