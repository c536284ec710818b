"""Policies that a few sentences tell, without a section of their own: severities, who comes after whom, jobs, dates."""

from datetime import date, timedelta

import pytest

from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.policy.ladder import ladder
from tocsin.runbook.policy.terms import Policy


def policy(text: str) -> Policy:
    return compile_runbook(f"# Search API\n\n{text}\n\n## Search is slow\n\n```bash\nuptime\n```\n").policy


MIN = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("sentence", "rungs"),
    [
        ("Escalation: on-call → team lead after 15 min → CTO after 30 min", [("on-call", None), ("team lead", 15), ("CTO", 30)]),
        ("Escalate to Priya (edge lead, +1 415 555 0142) after 15 min, to the VP of Engineering after 30 min.", [("On-call", None), ("Priya", 15), ("VP of Engineering", 30)]),
        ("If nobody answers: after 10 min the secondary, after 20 min the engineering manager.", [("On-call", None), ("secondary", 10), ("engineering manager", 20)]),
        ("If no ack in 10 min, page the secondary; after 30 min, page the manager.", [("On-call", None), ("secondary", 10), ("manager", 30)]),
        ("Escalation: primary -> secondary (10 min) -> manager (20 min)", [("primary", None), ("secondary", 10), ("manager", 20)]),
        ("Who: primary on-call, then Growth lead (Amara, amara@example.com). There are three of them.", [("primary on-call", None), ("Growth lead", None)]),
        ("Eskalation: Bereitschaft, nach 15 Minuten Teamleitung, nach 30 Minuten IT-Leitung.", [("Bereitschaft", None), ("Teamleitung", 15), ("IT-Leitung", 30)]),
        ("Escalation: after 15 min Lena (+43 1 555 01), after 30 min the CTO.", [("On-call", None), ("Lena", 15), ("CTO", 30)]),
        ("Escalation: 10 min → Lena (+43 1 555 01); 40 min → CTO Omar", [("On-call", None), ("Lena", 10), ("CTO Omar", 40)]),
        ("Escalate after 15 minutes to Lena (+43 1 555 01).", [("On-call", None), ("Lena", 15)]),
        ("Escalate a P1 after 15 minutes to the head of operations.", [("On-call", None), ("head of operations", 15)]),
        ("Whom to call: first the on-call; after 30 min Lena; after 60 min the manager.", [("on-call", None), ("Lena", 30), ("manager", 60)]),
        ("Escalamiento: guardia, tras 15 minutos jefe de equipo, tras 30 minutos director.", [("guardia", None), ("jefe de equipo", 15), ("director", 30)]),
    ],
)  # fmt: skip
def test_a_sentence_tells_who_comes_after_whom(sentence: str, rungs: list[tuple[str, int | None]]) -> None:
    assert [(one.who, one.after and one.after // MIN) for one in ladder(sentence)] == rungs


@pytest.mark.parametrize(
    "sentence",
    [
        "Escalate to the database team if the replica is broken.",
        "If it does not help, restart the pod after 5 minutes.",
        "If the queue does not shrink, call the vendor, then the CTO.",
        "Escalation: see the wiki.",
        "Who: everyone",
        "Wait 5 minutes, then look again, then restart it.",
        "If the service does not answer, restart it after 10 minutes.",
    ],
)
def test_what_is_no_order_of_people_is_none(sentence: str) -> None:
    assert ladder(sentence) == ()


def test_sentences_with_a_time_and_a_person_take_the_one_on_call_for_granted() -> None:
    told = policy("After 10 min without an answer: Lena. After 25 min: CTO Omar (+43 1 555 02).")
    assert [(one.who, one.after and one.after // MIN) for one in told.escalation] == [
        ("on-call", 10),
        ("Lena", 15),
        ("CTO Omar", None),
    ]
    assert policy("After 10 min: restart it. After 20 min: look again.").escalation == ()


def test_levels_in_one_paragraph_end_where_the_next_begins() -> None:
    told = policy(
        "**P1** cannot take writes (answer in 5 min), **P2** lag > 10 min (answer in 30 min), **P3** anything else.\n"
        "If nobody answers: after 10 min the secondary, after 20 min the manager (Tomas, +420 555 010 220)."
    )
    assert [(one.name, one.response, one.criteria) for one in told.severities] == [
        ("P1", 5 * MIN, ("cannot take writes",)),
        ("P2", 30 * MIN, ("lag > 10 min",)),
        ("P3", None, ("anything else",)),
    ]
    assert [(one.level, one.who, one.after) for one in told.escalation] == [
        (1, "On-call", 10 * MIN),
        (2, "secondary", 10 * MIN),
        (3, "manager", None),
    ]
    assert [(one.role, one.value, one.span.first_line) for one in told.contacts] == [
        ("manager", "Tomas, +420 555 010 220", 4)
    ]


def test_levels_in_a_list_are_read_below_any_words() -> None:
    told = policy(
        "How bad is it?\n\n- **Critical** – receipts are not sent. Respond in 10 minutes.\n"
        "- **Major** – campaigns stuck. Respond in 1 hour.\n- **Minor** – the rest. Next working day.\n"
    )
    assert [(one.name, one.response) for one in told.severities][:2] == [
        ("Critical", 10 * MIN),
        ("Major", 60 * MIN),
    ]
    assert told.severities[0].criteria == ("receipts are not sent",)


@pytest.mark.parametrize(
    "text",
    [
        "P1 and P2 incidents need a post-mortem within 5 days.",
        "Tell customers about P1/P2 within 30 minutes.",
        "- Critical: look at the disk\n- Major: restart the pod\n",
    ],
)
def test_levels_that_are_only_mentioned_are_not_defined(text: str) -> None:
    assert policy(text).severities == ()


def test_a_level_with_a_dash_in_its_name_keeps_it_out_of_its_meaning() -> None:
    told = policy(
        "## Severity\n\n* SEV-1 – payroll missed. Ack 5 min.\n* SEV-2 – another batch late. Ack 30 min.\n"
    )
    assert [(one.name, one.response, one.criteria) for one in told.severities] == [
        ("SEV1", 5 * MIN, ("payroll missed",)),
        ("SEV2", 30 * MIN, ("another batch late",)),
    ]


def test_a_table_of_levels_in_another_language_tells_their_meaning() -> None:
    told = policy(
        "| Stufe | Bedeutung | Reaktion |\n|---|---|---|\n| S1 | Kasse steht | 10 Minuten |\n| S2 | eine Filiale | 30 Minuten |\n"
    )
    assert [one.criteria for one in told.severities] == [("Kasse steht",), ("eine Filiale",)]


def test_a_line_of_contacts_names_each_with_what_reaches_them() -> None:
    told = policy(
        "Contacts: `#search-oncall`, search lead Iris Novak +43 1 555 0101. The rest is in the directory."
    )
    assert [(one.kind, one.value) for one in told.contacts] == [
        ("channel", "#search-oncall"),
        ("phone", "+43 1 555 0101"),
    ]
    assert told.contacts[1].role == "search lead Iris Novak"


def test_a_job_is_called_as_its_sentence_or_its_section_calls_it() -> None:
    told = policy(
        "## Nightly reindex\n\nRuns at 03:30 UTC (`30 3 * * *`) and has to be finished by 06:00.\nIf it failed: call us.\n"
    )
    assert [(one.name, one.cron, one.due) for one in told.jobs] == [
        ("Nightly reindex", "30 3 * * *", "has to be finished by 06:00")
    ]
    assert told.jobs[0].cadence == "Runs at 03:30 UTC and has to be finished by 06:00."
    told = policy("## Month end\n\nThe ledger export runs every night (`15 1 * * *`, Europe/Vienna).\n")
    assert [(one.name, one.zone) for one in told.jobs] == [("ledger export", "Europe/Vienna")]


@pytest.mark.parametrize(
    "words",
    [
        "Reviewed 2026-10-01, due again 2027-04-01.",
        "Team: search · Updated: 2026-10-01 · Review: every 6 months (next 2027-04-01)",
        "Review: 2027-04-01",
    ],
)
def test_the_next_review_is_read_however_it_is_said(words: str) -> None:
    assert policy(words).review.next_review == date(2027, 4, 1)


def test_a_quarterly_review_is_due_a_quarter_after_the_last() -> None:
    assert policy("Review: quarterly. Last review 2026-09-30.").review.next_review == date(2026, 12, 31)
    assert policy("Review: every 6 months").review.next_review is None


def test_what_a_level_is_may_be_said_before_its_name() -> None:
    told = policy(
        "> **Severity:** anything that stops logins is a SEV1 (page, 5 min to ack). Logins slow or one\n"
        "> provider down is a SEV2 (30 min to ack). The rest is SEV3 (ticket).\n"
    )
    assert [(one.name, one.response, one.criteria) for one in told.severities] == [
        ("SEV1", 5 * MIN, ("anything that stops logins",)),
        ("SEV2", 30 * MIN, ("Logins slow or one provider down",)),
        ("SEV3", None, ("The rest",)),
    ]


def test_a_table_of_people_one_above_the_other_is_no_table_of_severities() -> None:
    told = policy(
        "## Escalado\n\n| Nivel | Quién | Cuándo |\n|---|---|---|\n| 1 | Guardia | inmediato |\n| 2 | Jefa | a los 15 minutos |\n"
    )
    assert told.severities == ()
    assert [(one.who, one.after) for one in told.escalation] == [("Guardia", 15 * MIN), ("Jefa", None)]


def test_whom_to_call_in_an_order_with_times_is_an_escalation() -> None:
    told = policy(
        "## Who to call\n\n1. **Primary** – PagerDuty\n2. **Secondary** – PagerDuty, if there is no ack within 10 minutes\n"
        "3. **Manager** – Lena, +49 151 5550101, if not mitigated within 30 minutes\n"
    )
    assert [(one.who, one.after) for one in told.escalation] == [
        ("Primary", 10 * MIN), ("Secondary", 20 * MIN), ("Manager", None),
    ]  # fmt: skip


def test_jobs_below_the_contacts_are_no_contacts() -> None:
    told = policy(
        "**Contacts**\n- Lead: Noor, @noor\n\n"
        "**Jobs**: cleanup runs hourly at :10; key rotation runs on the 1st of each month at 03:00 UTC.\n"
    )
    assert [one.role for one in told.contacts] == ["Lead"]
    assert [(one.name, one.zone) for one in told.jobs] == [("cleanup", None), ("key rotation", "UTC")]


@pytest.mark.parametrize(
    ("words", "slo"),
    [
        ("- 99 % of webhooks are processed within 60 seconds.", ("p99", "webhooks", "<=", 60.0, "s")),
        ("- 99.9 % of logins succeed.", ("success rate", "logins", ">=", 99.9, "%")),
        ("- availability: 99.9% monthly", ("availability", "availability", ">=", 99.9, "%")),
        ("- error rate: < 0.1%", ("error rate", "error rate", "<", 0.1, "%")),
        ("- end-to-end delay: p99 <= 5s", ("p99", "end-to-end delay", "<=", 5.0, "s")),
    ],
)
def test_an_objective_is_read_however_it_is_said(words: str, slo: tuple[str, str, str, float, str]) -> None:
    found = policy(f"## Service level objectives\n\n{words}\n").slos
    assert [(one.statistic, one.metric, one.comparison, one.value, one.unit) for one in found] == [slo]


@pytest.mark.parametrize(
    "text",
    [
        "Priority 1 (nobody can search): answer in 10 minutes. Priority 2 (results are old): 30 minutes.",
        "- Owner: Search\n- Priority 1 = nobody can search, ack 10 min. Priority 2 = results are old, ack 30 min.",
        "| Priority | Meaning | Start work |\n|---|---|---|\n| 1 | nobody can search | 10 min |\n| 2 | results are old | 30 min |",
    ],
)
def test_a_clock_counts_wherever_it_stands_beside_its_level(text: str) -> None:
    told = [(one.response and one.response // MIN, one.criteria) for one in policy(text).severities]
    assert told == [(10, ("nobody can search",)), (30, ("results are old",))]


def test_the_rank_of_a_level_in_brackets_is_not_its_meaning() -> None:
    told = policy(
        "P1 (critical): nobody can search, answer in 5 min. P2 (major): results are old, answer in 30 min."
    )
    assert [one.criteria for one in told.severities] == [("nobody can search",), ("results are old",)]
