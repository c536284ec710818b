"""Runs a cluster with a real control plane: `python -m tocsin.sandbox.kubernetes.plane SETTINGS`."""

import sys

from tocsin.sandbox.kubernetes.plane.real import RealCluster
from tocsin.sandbox.kubernetes.process import run

if __name__ == "__main__":
    sys.exit(run(RealCluster))
