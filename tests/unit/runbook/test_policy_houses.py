"""Policy as other houses and languages write it: ladders in sentences, tables with other heads, jobs with a due time."""

from typing import Any

import pytest

from tocsin.runbook.compile import compile
from tocsin.runbook.plan.as_json import policy_values


def policy(text: str) -> Any:
    return policy_values(compile(text).policy)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Niveaux de gravité\n\n| Niveau | Définition | Délai de réponse |\n|---|---|---|\n| Critique | rien ne va | 10 minutes |\n| Majeure | lent | 1 heure |\n", {"Critique": 600, "Majeure": 3600}),
        ("## Schweregrade\n\n### Stufe 1 – Kritisch (Reaktion: 10 Minuten)\n- steht\n\n### Stufe 2 – Hoch (Reaktion: 30 Minuten)\n- hakt\n", {"Stufe 1": 600, "Stufe 2": 1800}),
        ("## Severidad\n\n- **S1 – Crítica**: nadie compra (respuesta: 5 minutos)\n- **S2 – Alta**: lento (respuesta: 30 minutos)\n", {"S1": 300, "S2": 1800}),
        ("## Severity\n\n| Sev | Meaning | Ack |\n|---|---|---|\n| SEV-1 | down | 5 min |\n| SEV-2 | slow | next business day |\n", {"SEV1": 300, "SEV2": 86400}),
    ],
)  # fmt: skip
def test_severities_have_their_clock(text: str, expected: dict[str, int]) -> None:
    assert {s["name"]: s["response_seconds"] for s in policy(f"# D\n\n{text}")["severities"]} == expected


@pytest.mark.parametrize(
    "text",
    [
        "- After 20 minutes: the team lead\n- After 1 hour: the CTO\n",
        "If not resolved in 20 minutes, escalate to the team lead. If not resolved in 1 hour, page the CTO.\n",
        "| Level | Who | After |\n|---|---|---|\n| 1 | On-call | at once |\n| 2 | the team lead | 20 min |\n| 3 | the CTO | 1 hour |\n",
    ],
)
def test_a_ladder_says_who_is_called_when(text: str) -> None:
    found = policy(f"# D\n\n## Escalation\n\n{text}")["escalation"]
    assert [(e["who"].removeprefix("the "), e["called_after_seconds"]) for e in found][1:] == [
        ("team lead", 1200),
        ("CTO", 3600),
    ]


def test_a_contact_has_its_duty_and_a_supplier_is_a_vendor() -> None:
    found = policy(
        "# D\n\n## Contacts\n\n| Who | Role | Reach |\n|---|---|---|\n| Ines | Primary on-call | ines@d.example |\n| Adyen | Payment processor | support@adyen.example |\n"
    )
    assert [(c["role"], c["vendor"]) for c in found["contacts"]] == [
        ("Primary on-call (Ines)", False),
        ("Payment processor (Adyen)", True),
    ]


def test_ansprechpartner_are_no_vendors() -> None:
    found = policy("# D\n\n## Ansprechpartner\n\n- **Lager**: lager@d.example\n")
    assert [c["vendor"] for c in found["contacts"]] == [False]


def test_a_job_says_by_when_it_must_be_done() -> None:
    found = policy(
        "# D\n\n## Geplante Aufgaben\n\n- **Abgleich**: täglich (`30 1 * * *`), muss bis 03:00 fertig sein\n"
    )
    assert [(j["name"], j["cron"], j["due"]) for j in found["jobs"]] == [
        ("Abgleich", "30 1 * * *", "muss bis 03:00 fertig sein")
    ]


def test_an_slo_names_its_object_in_words_or_in_a_table() -> None:
    found = policy(
        "# D\n\n## SLOs\n\n- p99 latency of `/charge` below 800 ms over 10 samples\n\n| Metric | Objective |\n|---|---|\n| p95 latency | < 200 ms |\n"
    )
    assert [(s["statistic"], s["comparison"], s["value"], s["samples"]) for s in found["slos"]] == [
        ("p99", "<", 800.0, 10),
        ("p95", "<", 200.0, None),
    ]
