"""F32: how soon a simulated Kubernetes cluster answers, how soon PrepChef's ten pods are served in it, what it holds.

Whole processes, page cache warm. `API answers` is from the start of the process until its port takes connections;
`pods served` until every pod of five deployments is ready behind nginx with TLS (target: 5 s); memory is the
proportional share (PSS) of the simulator's two processes without the pods (target: 40 MB); `set env served` is from
`kubectl set env` until a client is answered otherwise. Run: python benchmarks/kubernetes.py [rounds]
"""

import sys
import tempfile
import time
from pathlib import Path

from _reading import rounds_from, say

from tocsin.sandbox import processes
from tocsin.sandbox.kube_room import API, NAMESPACE, PrepChefCluster
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.tools import Tools

TOOLS = Path(__file__).resolve().parents[1] / ".tools"
SERVED_MS, MEMORY_MB = 5000, 40


def pss_mb(pid: int) -> float:
    """The memory of a process, shared pages counted by its share."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024


def memory_mb(watcher: int) -> float:
    """Of the simulator's own two processes."""
    cluster = [one.identity.pid for one in processes.everything() if one.parent == watcher]
    return pss_mb(watcher) + sum(map(pss_mb, cluster))


def flag_ms(cluster: PrepChefCluster) -> float:
    """From the command until payments are refused at the front door."""
    began = time.perf_counter()
    cluster.kubectl("set", "env", "deployment/payments-svc", "PAYMENTS_ENABLED=false", "-n", NAMESPACE)
    while cluster.get(API, "/api/payments").status != 503:
        time.sleep(0.005)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    tools = Tools.find(TOOLS)
    for _ in range(rounds_from(sys.argv, 3)):
        with tempfile.TemporaryDirectory(prefix="k") as scratch:
            room = OpenRoom(Path(scratch), tools)
            with room.ended_on_failure():
                cluster = PrepChefCluster(room)
                room.furnish()
                began = time.perf_counter()
                answered = cluster.begin()
                served = (time.perf_counter() - began) * 1000
                pid = cluster.simulator.pid
                say("F32", "tocsin", "API answers", answered.total_seconds() * 1000, "ms")
                say("F32", "tocsin", "ten pods served", served, "ms", target=SERVED_MS)
                if pid is not None:
                    say("F32", "tocsin", "memory", memory_mb(pid), "MB", target=MEMORY_MB, steady=True)
                say("F32", "tocsin", "set env served", flag_ms(cluster), "ms")
            room.stop()


if __name__ == "__main__":
    main()
