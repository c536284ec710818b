"""Stands for `sleep` while the transcript is replayed: waits until the cluster is at rest, however long that takes.

The pauses of the script are there for the same reason, with a fixed time that a busy machine may not keep.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME
from tocsin.sandbox.kubernetes.objects import Object, ending, number
from tocsin.sandbox.kubernetes.replicasets import is_ready
from tocsin.sandbox.service import wait_until

_WITHIN = timedelta(seconds=120)


def rolled_out(one: Object) -> bool:
    """Whether a deployment is what it wants to be, and the cluster knows."""
    keys = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    seen = number(one, "metadata", "generation") == number(one, "status", "observedGeneration")
    return seen and {number(one, "status", key) for key in keys} == {number(one, "spec", "replicas")}


def at_rest(client: Client) -> bool:
    """Whether every deployment is rolled out and every pod is ready and stays."""
    pods = client.items("/api/v1/pods")
    return all(is_ready(pod) and not ending(pod) for pod in pods) and all(
        map(rolled_out, client.items("/apis/apps/v1/deployments"))
    )


def main() -> None:
    """Wait."""
    port, authority, token = (os.environ[name] for name in ("SETTLE_PORT", "SETTLE_CA", "SETTLE_TOKEN"))
    client = Client(int(port), Path(authority), SERVER_NAME, token)
    wait_until(lambda: at_rest(client), "the cluster is at rest", _WITHIN)


if __name__ == "__main__":
    main()
    sys.exit(0)
