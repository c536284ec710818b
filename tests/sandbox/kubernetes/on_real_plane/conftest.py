"""A control plane of the machine, where TOCSIN_CONTROL_PLANE names one; without it nothing here is collected."""

import os
from pathlib import Path

import pytest
from tests.sandbox.conftest import TOOLS_DIR

from tocsin.sandbox.kubernetes.plane.programs import VARIABLE
from tocsin.sandbox.tools import Tools

collect_ignore_glob = [] if os.environ.get(VARIABLE) else ["test_*.py"]


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Every program of the sandbox, the control plane among them."""
    return Tools.find(TOOLS_DIR, Path(os.environ[VARIABLE]))
