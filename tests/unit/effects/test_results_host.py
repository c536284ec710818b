"""Facts read from looks at a machine or a cluster."""

import pytest

from tocsin.effects.results import adapt

DF = """Filesystem      Size  Used Avail Use% Mounted on
/dev/sda1        40G   38G  1.9G  96% /
tmpfs           2.0G     0  2.0G   0% /dev/shm
"""
FREE = """               total        used        free      shared  buff/cache   available
Mem:            3.9Gi       3.1Gi       102Mi       1.0Mi       700Mi       400Mi
Swap:             0B          0B          0B
"""
PODS = """NAME                    READY   STATUS             RESTARTS   AGE
shop-7c9f-abcde         1/1     Running            0          3d
shop-7c9f-fghij         0/1     CrashLoopBackOff   12         3d
"""
TOP = """top - 03:00:01 up 3 days,  1 user,  load average: 3.10, 2.00, 1.50
%Cpu(s): 88.0 us,  2.0 sy,  0.0 ni, 10.0 id,  0.0 wa
"""
NETSTAT = "tcp 0 0 0.0.0.0:3000 0.0.0.0:* LISTEN 1/node\ntcp 0 0 1.2.3.4:3000 5.6.7.8:1 TIME_WAIT -\n"


@pytest.mark.parametrize(
    ("text", "stdout", "fact"),
    [
        ("df -h", DF, ("disk /", "96%")),
        ("free -h", FREE, ("memory_ratio", "0.90")),
        ("kubectl get pods -n shop", PODS, ("pods not ready", "1")),
        ("kubectl get pods -n shop", PODS, ("shop-7c9f-fghij", "CrashLoopBackOff 0/1, 12 restarts")),
        ("top -bn1 | head -20", TOP, ("cpu idle", "10.0%")),
        ("uptime", TOP, ("load 1 min", "3.10")),
        ("sudo netstat -tlnp", NETSTAT, ("sockets LISTEN", "1")),
        ("git log --oneline -5", "4f2a91c fix\n1b2c3d4 add\n", ("commit", "4f2a91c")),
    ],
)
def test_a_look_becomes_facts(text: str, stdout: str, fact: tuple[str, str]) -> None:
    assert fact in adapt(text, 0, (0,), stdout, "", False, None, None).facts


def test_what_failed_shows_no_facts_of_a_success() -> None:
    assert adapt("df -h", 1, (1,), DF, "df: broken", False, None, None).facts == ()


@pytest.mark.parametrize("text", ["df", "free", "uptime", "ss -s", "kubectl get pods", "git log"])
def test_hostile_output_is_read_in_no_time_and_never_raises(text: str) -> None:
    for stdout in (
        "9" * 100_000,
        "a " * 100_000,
        "1/1 " * 50_000,
        "total\nMem: " + "x" * 50_000,
        "\n" * 100_000,
    ):
        adapt(text, 0, (0,), stdout, "", False, None, None)
