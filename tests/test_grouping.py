"""Tests that want the machine for themselves have it: one worker runs them, one after the other."""

import os

import pytest


@pytest.mark.xdist_group("machine")
def test_workers_are_told_which_tests_belong_together(request: pytest.FixtureRequest) -> None:
    # pytest 9.2 kept the mark of the group from pytest-xdist 3.8, and nobody noticed for a while.
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    assert alone or request.node.nodeid.endswith("@machine")
