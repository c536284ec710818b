"""Runs a simulated cluster: `python -m tocsin.sandbox.kubernetes SETTINGS`."""

import sys

from tocsin.sandbox.kubernetes.process import run
from tocsin.sandbox.kubernetes.simulator import Simulator

if __name__ == "__main__":
    sys.exit(run(Simulator))
