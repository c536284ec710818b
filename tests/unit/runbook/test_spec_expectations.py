"""What should be seen and how long to wait, in five languages, in a form a machine can check (language page, section 9)."""

import pytest

from tocsin.runbook.diagnostic import Span
from tocsin.runbook.words.expectations import expectation, expected_in, measured
from tocsin.runbook.words.waits import duration, is_only_waiting, wait

HERE = Span(0, 1, 1, 1)

EXPECTED = """
should return 200 | http_status | 200 |
expect a 204 | http_status | 204 |
expect HTTP 200 within 30 s | http_status | 200 | in 30
returns 200 | http_status | 200 |
200 OK | http_status | 200 |
sollte 200 zurückgeben | http_status | 200 |
doit retourner 200 | http_status | 200 |
debe devolver 200 | http_status | 200 |
deve retornar 200 | http_status | 200 |
should be empty | empty | |
no output expected | empty | |
muss leer sein | empty | |
doit être vide | empty | |
debería estar vacío | empty | |
deve estar vazio | empty | |
should not be empty | not_empty | |
should show running | contains | running |
you should see `active` | contains | active |
Erwartete Ausgabe: active | contains | active |
devrait afficher "actif" | contains | actif |
Esperado: active | contains | active |
should report 2/2 | contains | 2/2 |
=> PONG | contains | PONG |
must not contain "ERROR" | absent | ERROR |
must not contain ERROR | absent | ERROR |
Expected: {"status":"ok"} | json | {"status":"ok"} |
exit code should be 0 | exit_status | 0 |
should be 0 | number | == 0 |
the count should be zero | number | == 0 |
Expected: 3 replicas | number | == 3 | unit replicas
at least 3 replicas | number | >= 3 | unit replicas
mindestens 3 Knoten | number | >= 3 | unit Knoten
au moins 2 réplicas | number | >= 2 |
al menos 3 nodos | number | >= 3 | unit nodos
should be less than 80 % | number | < 80 | unit %
should be under 5 ms | number | < 5 | unit ms
sollte unter 100 sein | number | < 100 |
doit être inférieur à 5 % | number | < 5 | unit %
debe mostrar menos de 80% | number | < 80 | unit %
deve ser menor que 10 | number | < 10 |
should not be more than 5 | number | <= 5 |
must not exceed 1,500 messages | number | <= 1500 | unit messages
should be 1.5 GB or less | number | <= 1.5 | unit GB
should be between 5 and 10 | range | 5..10 |
the lag should drop below 1000 messages within 10 minutes | number | < 1000 | in 600
error rates return to baseline within 15 minutes | baseline | | in 900
p95 latency should be < 200 ms across 5 samples | samples | p95 < 200 over 5 | unit ms
must be identical on both hosts | prose | must be identical on both hosts |
should be normal | prose | should be normal |
"""

NOT_EXPECTED = [
    "Check the service",
    "you must first stop the queue",
    "Should be run as root",
    "Return to baseline",
    "All pods",
    "→ Incomplete groups may require another look at the disks",
]

WAITED = """
wait 5 minutes | delay | 300 |
Wait at least 10 min | delay | 600 |
wait for 30s | delay | 30 |
Wait 1h30m | delay | 5400 |
Wait ten minutes | delay | 600 |
Give it 2 minutes | delay | 120 |
Hold for 90s | delay | 90 |
5 Minuten warten | delay | 300 |
30 Sekunden abwarten | delay | 30 |
Patientez 10 minutes | delay | 600 |
Esperar 5 minutos | delay | 300 |
Aguarde 5 minutos | delay | 300 |
After 10 minutes, check again | delay | 600 |
Wait until replication has caught up | poll | | replication has caught up
Wait for the pods to become ready (up to 5 minutes) | poll | 300 | the pods to become ready (up to 5 minutes)
Warten, bis alle Pods laufen | poll | | alle Pods laufen
Attendez que les pods soient prêts | poll | | les pods soient prêts
Espere hasta que el nodo esté listo | poll | | el nodo esté listo
Wait for changes to be mirrored and for the next run | poll | | changes to be mirrored and for the next run
Monitor for 1 hour | watch | 3600 |
Observe for at least half an hour | watch | 1800 |
Eine Stunde lang beobachten | watch | 3600 |
Surveiller pendant 1 heure | watch | 3600 |
Keep an eye on error rates for the next 15 minutes | watch | 900 |
within 15 minutes | deadline | 900 |
innerhalb von 30 Minuten | deadline | 1800 |
dans un délai de 2 heures | deadline | 7200 |
em até 15 minutos | deadline | 900 |
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.mark.parametrize(
    ("text", "kind", "value", "more"), rows(EXPECTED), ids=[row[0] for row in rows(EXPECTED)]
)
def test_an_expectation_is_read_with_value_unit_and_deadline(
    text: str, kind: str, value: str, more: str
) -> None:
    found = expectation(text, "comment", HERE)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)
    assert found.text == text
    what, _, wanted = more.partition(" ")
    assert what != "unit" or found.unit == wanted
    assert what != "in" or (found.within is not None and found.within.total_seconds() == int(wanted))


@pytest.mark.parametrize("text", NOT_EXPECTED)
def test_a_sentence_that_states_nothing_to_see_is_no_expectation(text: str) -> None:
    assert expectation(text, "comment", HERE) is None


def test_the_exit_status_is_meant_where_the_command_prints_it() -> None:
    found = expectation("should be 0", "comment", HERE, command="echo $?")
    assert found is not None
    assert found.kind == "exit_status"


def test_a_title_can_say_what_to_see_in_parentheses() -> None:
    found = expected_in("Count the errors (should be fewer than 10)", HERE)
    assert found is not None
    assert (found.kind, found.value) == ("number", "< 10")


def test_a_check_without_a_verb_is_measured_and_a_threshold_of_an_alert_is_not() -> None:
    found = measured("Error rate below 2 % for 10 minutes", HERE)
    assert found is not None
    assert (found.value, found.unit) == ("< 2", "%")
    assert measured("Connection count > 80% of max (Warning)", HERE) is None


@pytest.mark.parametrize(
    ("text", "kind", "seconds", "until"), rows(WAITED), ids=[row[0] for row in rows(WAITED)]
)
def test_a_wait_is_read_with_its_kind_and_length(text: str, kind: str, seconds: str, until: str) -> None:
    found = wait(text, HERE)
    assert found is not None
    assert found.kind.value == kind
    assert (found.duration.total_seconds() if found.duration else None) == (int(seconds) if seconds else None)
    assert (found.until or "") == until


@pytest.mark.parametrize("text", ["Check the dashboard", "Restart the queue and tell support", "immediately"])
def test_what_asks_for_no_wait_is_none(text: str) -> None:
    assert wait(text, HERE) is None


def test_a_word_that_holds_a_number_word_is_no_duration() -> None:
    assert duration("mirrored and reloaded") is None
    assert duration("a day") is not None


def test_a_wait_with_something_to_do_behind_it_is_more_than_a_wait() -> None:
    assert is_only_waiting("wait 5 minutes")
    assert is_only_waiting("wait 5 minutes for the caches to warm")
    assert not is_only_waiting("wait 5 minutes, then check the queue")
    assert not is_only_waiting("After 10 minutes, check again")
