"""F32: how soon a simulated Kubernetes cluster answers, how soon PrepChef's ten pods are served in it, what it holds.

Whole processes, page cache warm. `API answers` is from the start of the process until its port takes connections;
`pods served` until every pod of five deployments is ready behind nginx with TLS (target: 5 s); memory is the
proportional share (PSS) of the simulator's two processes without the pods (target: 40 MB); `set env served` is from
`kubectl set env` until a client is answered otherwise; `exec` is one `kubectl exec` of `true`; `idle` is the
processor time of the two processes in a second in which nobody asks for anything (ten pods are probed; target: 50 ms).
Run: python benchmarks/kubernetes.py [rounds]
"""

import os
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
SERVED_MS, MEMORY_MB, IDLE_MS = 5000, 40, 50
IDLE_SECONDS = 5


def pss_mb(pid: int) -> float:
    """The memory of a process, shared pages counted by its share."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024


def memory_mb(watcher: int) -> float:
    """Of the simulator's own two processes."""
    cluster = [one.identity.pid for one in processes.everything() if one.parent == watcher]
    return pss_mb(watcher) + sum(map(pss_mb, cluster))


def spent_ms(watcher: int) -> float:
    """Processor time of the simulator's own two processes so far."""
    own = [one.identity.pid for one in processes.everything() if watcher in (one.parent, one.identity.pid)]
    ticks = 0
    for pid in own:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def idle_ms(watcher: int) -> float:
    """Of it in one second of rest."""
    before = spent_ms(watcher)
    time.sleep(IDLE_SECONDS)
    return (spent_ms(watcher) - before) / IDLE_SECONDS


def exec_ms(cluster: PrepChefCluster) -> float:
    """One program in a pod, from the command to its end."""
    began = time.perf_counter()
    cluster.kubectl("exec", "-n", NAMESPACE, "deploy/node-api", "--", "true")
    return (time.perf_counter() - began) * 1000


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
                    say("F32", "tocsin", "idle", idle_ms(pid), "ms", target=IDLE_MS)
                say("F32", "tocsin", "exec", exec_ms(cluster), "ms")
                say("F32", "tocsin", "set env served", flag_ms(cluster), "ms")
            room.stop()


if __name__ == "__main__":
    main()
