"""What is forbidden, warned of, an example or printed is not run as if nothing had been said."""

import pytest
from tests.unit.runbook.reading import notes, only, steps

PURGE = "\n\n```bash\nrabbitmqctl purge_queue q\n```\n"


@pytest.mark.parametrize(
    "words",
    [
        "Never purge the queue without the lead. For reference, the command is:", "Auf keinen Fall die Warteschlange leeren:",
        "Do not purge:", "Never empty it at night:", "Under no circumstances purge it:", "Jamais sans le chef de quart :",
    ],
)  # fmt: skip
def test_a_deed_that_is_forbidden_waits_with_the_words_that_forbid_it(words: str) -> None:
    ((_, condition),) = only(words + PURGE)
    assert condition == words.rstrip(": ")


@pytest.mark.parametrize(
    "words",
    [
        "Only once the shift lead has agreed.", "Only with two people on the call.", "Never without the vendor on the phone.",
        "Needs approval by the data owner.", "Nur nach Freigabe durch die Leitung.",
    ],
)  # fmt: skip
def test_what_must_be_so_before_a_deed_is_its_condition(words: str) -> None:
    ((_, condition),) = only(words + PURGE)
    assert condition == words


@pytest.mark.parametrize(
    "words", ["Only two queues are left.", "Only with luck it empties itself, so look first."]
)
def test_what_only_tells_how_things_are_holds_nothing_that_looks(words: str) -> None:
    assert only(words + "\n\n```bash\nrabbitmqctl list_queues\n```\n") == [("rabbitmqctl list_queues", None)]


def test_so_it_does_where_a_comment_gives_the_step_another_title() -> None:
    text = "Do not purge:\n\n```bash\n# Empty the queue\nrabbitmqctl purge_queue q\n# Look\nrabbitmqctl list_queues\n```\n"
    assert only(text) == [("rabbitmqctl purge_queue q", "Do not purge"), ("rabbitmqctl list_queues", None)]


@pytest.mark.parametrize(
    "words",
    [
        "Bad (kills every session):", "Old notes (do not run):", "**Example only, do not copy:**", "Purging, for illustration only:",
        "The command – not to be executed:",
    ],
)  # fmt: skip
def test_what_is_not_to_be_copied_is_no_step(words: str) -> None:
    assert steps(words + PURGE) == []
    assert [note.kind for note in notes(words + PURGE)][-1] == "warning"


@pytest.mark.parametrize(
    "words",
    [
        "Don't forget to purge it:", "Never drain two at once. Purge the first with:", "Do not restart it, clear the queue:",
        "Do not hesitate to purge it:", "Do not do it by hand:", "Do not use the console. Instead:", "Never mind, purge it:",
        "Purge it, for reference see RB-12:",
    ],
)  # fmt: skip
def test_other_sentences_with_such_words_hold_nothing_back(words: str) -> None:
    assert only(words + PURGE) == [("rabbitmqctl purge_queue q", None)]


@pytest.mark.parametrize(
    ("warning", "condition"),
    [
        ("> [!WARNING]\n> Do NOT run this on the primary.", "Do NOT run this on the primary."),
        ("⚠️ Only when A is really off! Two live shops = double orders.", "Only when A is really off!"),
        ("> **Caution:** never run this while the primary is up.", "never run this while the primary is up."),
        ("!!! danger\n    Do not use this during a backup.", "Do not use this during a backup."),
    ],
)
def test_a_case_that_a_warning_forbids_is_asked_before_anything_is_changed(
    warning: str, condition: str
) -> None:
    text = f"{warning}\n\n```bash\nrabbitmqctl purge_queue q\nrabbitmqctl list_queues\n```\n"
    assert only(text) == [("rabbitmqctl purge_queue q", condition), ("rabbitmqctl list_queues", None)]


def test_a_warning_that_forbids_nothing_of_the_kind_warns_only() -> None:
    (step,) = steps("> [!CAUTION]\n> Draining moves every allocation." + PURGE)
    assert step.warned
    assert step.condition is None


def test_a_warning_below_which_nothing_follows_is_about_what_stands_above() -> None:
    first, second = steps(
        "Look:\n\n```\nrabbitmqctl list_queues\n```\n\nEmpty it:"
        + PURGE
        + "\nWARNING: messages are lost for good.\n"
    )
    assert not first.warned
    assert second.warned


@pytest.mark.parametrize(
    "words",
    [
        "Beispiel für eine gesunde Ausgabe:", "Example of what a healthy replica says:", "Typical output:", "It prints something like:",
        "A healthy answer:", "The output looks like this:", "Exemple de sortie :",
    ],
)  # fmt: skip
def test_what_is_printed_is_no_command_however_it_is_announced(words: str) -> None:
    text = f"```bash\ndf -h\n```\n\n{words}\n\n```\n/dev/nvme1n1  400G  210G  190G  53% /var/lib/postgresql\n```\n"
    assert [command for command, _ in only(text)] == ["df -h"]


@pytest.mark.parametrize("words", ["Get the output of the job with:", "If it shows something like `x`, run:"])
def test_a_command_that_gets_an_output_stays_one(words: str) -> None:
    text = f"```bash\ndf -h\n```\n\n{words}\n\n```\nkubectl logs job/x\n```\n"
    assert [command for command, _ in only(text)] == ["df -h", "kubectl logs job/x"]
