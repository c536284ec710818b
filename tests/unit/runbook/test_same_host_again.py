"""`localhost` below "On `es-1`:" is es-1, also in a later fence; never the machine tocsin runs on."""

import pytest
from tests.unit.runbook.reading import steps

LOOK = "```bash\ncurl -s localhost:9200/_cluster/health\n```\n"
CHANGE = "```bash\ncurl -XPOST http://127.0.0.1:9200/_cluster/reroute\n```\n"


def hosts(text: str) -> list[list[str]]:
    return [[hop.name for hop in step.context] for step in steps(text)]


@pytest.mark.parametrize("between", ["Red? Then:\n\n", "Wait a minute.\n\n", ""])
def test_this_machine_is_the_host_the_reader_was_sent_to_last(between: str) -> None:
    assert hosts(f"On `es-1`:\n\n{LOOK}\n{between}{CHANGE}") == [["es-1"], ["es-1"]]


def test_the_newest_host_counts() -> None:
    assert hosts(f"On `es-1`:\n\n{LOOK}\nOn `es-2`:\n\n{LOOK}\nThen:\n\n{CHANGE}") == [
        ["es-1"],
        ["es-2"],
        ["es-2"],
    ]


def test_what_names_no_machine_runs_where_it_did_before() -> None:
    assert hosts(f"On `es-1`:\n\n{LOOK}\nThen:\n\n```bash\nkubectl get pods\n```\n") == [["es-1"], []]


def test_the_near_end_of_a_tunnel_is_not_that_host() -> None:
    tunnel = "```bash\nkubectl port-forward svc/es 9200:9200 &\ncurl -s localhost:9200/_cat/health\n```\n"
    assert hosts(f"On `es-1`:\n\n{LOOK}\nThen:\n\n{tunnel}\n{LOOK}")[1:] == [[]] * (
        len(hosts(f"{tunnel}\n{LOOK}"))
    )


def test_back_at_ones_own_machine_it_is_that() -> None:
    assert hosts(f"On `es-1`:\n\n{LOOK}\nBack on your laptop:\n\n{LOOK}\nThen:\n\n{LOOK}") == [
        ["es-1"],
        [],
        [],
    ]
