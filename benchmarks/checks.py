"""F09, F10: 1,000 HTTP checks by `tocsin watch`, which only measures, and by `tocsin serve`; each with assertions and phases,
every sample stored.

Target of the checks: a real nginx of one worker that answers 43 bytes of JSON; how many requests reached it is nginx's own
count (its log). Each check is of its own path, wants status 200, a JSON value and an answer within 500 ms. After 20 s
of settling we look for 30 s: requests per second, CPU of the whole process in percent of a core, memory at the end (PSS;
RSS counts the files of libraries once more in each process), how late attempts begin (planned against real start, from the
samples stored: a sample is stamped when its attempt begins) and how many of the stored samples were bad (there must be none).

- *every second* (target: 45 % of a core, 64 MB, p99 of lateness 10 ms), and every 60 s (3 %);
- *beside two busy processes*, one for each core: late samples must be unknown, none down;
- *after kill -9*: until every one of the 1,000 has a sample again (target: 60 s).

Peer, where its packages are there (`apt-get download prometheus prometheus-blackbox-exporter`, unpacked; PEERS names the
folder of the programs): Prometheus scraping blackbox_exporter with a module that wants the same status and body, same nginx, same rate; CPU
and memory of both together. It keeps what it scraped in a write-ahead log without fsync. Run: python benchmarks/checks.py [rounds]
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from _reading import rounds_from, say
from _serve import Serve

from tocsin.app.settings import load
from tocsin.sandbox.tools import Tools
from tocsin.store.database import Database

CHECKS = 1_000
SETTLE_SECONDS, LOOK_SECONDS = 20.0, 30.0
CORE_PERCENT, SLOW_CORE_PERCENT, PSS_MB, LATE_MS, BACK_SECONDS = 45.0, 3.0, 64.0, 10.0, 60.0
ROOT = Path(__file__).resolve().parents[1]
NGINX = """
{user}daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 4096; }}
http {{
  log_format one '$status';
  access_log {home}/access.log one buffer=32k flush=1s;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ default_type application/json; return 200 '{{"status":"ok","database":"connected","n":1}}'; }}
  }}
}}
"""
RUNBOOK = "# Shop\n\n## Severity Levels\n- **P1**: down (respond within 15 minutes)\n\n## 1. Down\n\n**Symptoms**: 502\n"
CHECK = """
[[checks]]
name = "c{number}"
kind = "http"
url = "http://127.0.0.1:{port}/c{number}"
json = {{ status = "ok" }}
every = "{interval}"
timeout = "2 s"
degraded_after = "500 ms"
"""


@contextmanager
def nginx(home: Path, port: int) -> Iterator[None]:
    """The target."""
    (home / "nginx.conf").write_text(
        NGINX.format(home=home, port=port, user="user root root;\n" if os.getuid() == 0 else "")
    )
    tools = Tools.find(ROOT / ".tools")
    server = subprocess.Popen([str(tools.nginx), "-c", str(home / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if answers(port):
                break
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


def requests(home: Path) -> int:
    """How many requests nginx has answered, by its own log: a line of four bytes each, written once a second."""
    return (home / "access.log").stat().st_size // 4


def answers(port: int) -> bool:
    """Whether nginx is there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20):
            return True
    except OSError:
        return False


def install(folder: Path, port: int, interval: str) -> Path:
    """An installation with so many checks; the path of its settings."""
    folder.mkdir()
    (folder / "runbook.md").write_text(RUNBOOK)
    checks = "".join(CHECK.format(number=number, port=port, interval=interval) for number in range(CHECKS))
    file = folder / "tocsin.toml"
    file.write_text(f'[tocsin]\nname = "bench"\n{checks}\n[web]\nlisten = "127.0.0.1:0"\n')
    return file


def kept(file: Path, since: datetime) -> tuple[list[tuple[int, int]], Counter[int]]:
    """The samples stored since: (check, milliseconds of its begin), and how many had which verdict (0 up … 3 unknown)."""
    database = load(file, {}).database
    with Database.open(database, create=False) as opened, opened.read() as tx:
        rows = tx.connection.exec_driver_sql(
            "SELECT check_id, at_ms, verdict FROM samples WHERE at_ms >= ?", (int(since.timestamp() * 1000),)
        ).all()
    return [(check, at) for check, at, _ in rows], Counter(verdict for _, _, verdict in rows)


def lateness_ms(samples: list[tuple[int, int]], interval: timedelta) -> list[float]:
    """How late each attempt began, measured against the earliest phase of its check, sorted."""
    step = interval / timedelta(milliseconds=1)
    phases: dict[int, list[float]] = {}
    for check, at in samples:
        phases.setdefault(check, []).append(at % step)
    late = []
    for phase in phases.values():
        first = min(phase)
        if max(phase) - first > step / 2:  # its planned times lie at the turn of the interval
            phase = [each if each >= step / 2 else each + step for each in phase]
            first = min(phase)
        late += [each - first for each in phase]
    return sorted(late)


def burn() -> list[subprocess.Popen[bytes]]:
    """A busy process for each core."""
    return [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]


def looked_at(
    serve: Serve, file: Path, interval: timedelta, system: str, target: float | None, target_mb: float | None
) -> None:
    """Settle, look, print."""
    time.sleep(SETTLE_SECONDS)
    process = psutil.Process(serve.pid)
    since, before, cpu = datetime.now(UTC), requests(file.parents[1]), process.cpu_times()
    began = time.perf_counter()
    time.sleep(LOOK_SECONDS)
    took = time.perf_counter() - began
    after, count = process.cpu_times(), requests(file.parents[1]) - before
    core = 100 * (after.user + after.system - cpu.user - cpu.system) / took
    memory = process.memory_full_info()
    time.sleep(1)  # what was taken last is on its way into the store
    samples, verdicts = kept(file, since)
    late = lateness_ms(samples, interval)
    say("F09", system, "requests at nginx", count / took, "/s", better="more")
    say("F09", system, "samples stored", len(samples) / took, "/s", better="more")
    say("F09", system, "false failures", verdicts[1] + verdicts[2], "samples", target=0)
    say("F09", system, "samples not measured (late)", verdicts[3], "samples")
    say("F09", system, "cpu", core, "% of a core", target=target)
    say("F09", system, "memory PSS", memory.pss / 1e6, "MB", target=target_mb)
    say("F09", system, "memory RSS", memory.rss / 1e6, "MB")
    if interval < LATENESS_OF and late:
        say("F09", system, "lateness p50", late[len(late) // 2], "ms")
        say("F09", system, "lateness p99", late[int(len(late) * 0.99)], "ms", target=LATE_MS)


LATENESS_OF = timedelta(seconds=10)


def ours(folder: Path, port: int, interval: str, length: timedelta, target: float) -> None:
    """`tocsin watch` with its checks on a store that is there, then `tocsin serve` alone with the same."""
    file = install(folder, port, interval)
    with Serve(file) as serve:
        serve.wait_until_ready()
        serve.stop()
    with Serve(file, command="watch") as watch:
        looked_at(watch, file, length, f"tocsin watch, every {interval}", target, PSS_MB)
        if interval == "1 s":
            beside_busy_cores(watch, file, length, "tocsin watch")
            watch.kill()
            back(file, "tocsin watch", "watch")
    with Serve(file) as serve:
        serve.wait_until_ready()
        looked_at(serve, file, length, f"tocsin serve, every {interval}", target, None)
        if interval == "1 s":
            beside_busy_cores(serve, file, length, "tocsin serve")
            serve.kill()
            back(file, "tocsin serve", "serve")


def beside_busy_cores(process: Serve, file: Path, length: timedelta, system: str) -> None:
    """The same while two others want all of the machine."""
    others = burn()
    try:
        looked_at(process, file, length, f"{system}, every 1 s beside busy cores", None, None)
    finally:
        for other in others:
            other.kill()
            other.wait()


def back(file: Path, system: str, command: str) -> None:
    """Started again after kill -9: until every check has a sample."""
    killed = datetime.now(UTC)
    began = time.perf_counter()
    with Serve(file, command=command):
        while len({check for check, _ in kept(file, killed)[0]}) < CHECKS:
            time.sleep(0.2)
            if time.perf_counter() - began > 2 * BACK_SECONDS:
                raise RuntimeError("the checks did not come back")
        took = time.perf_counter() - began
        say("F09", system, "all watched again after kill -9", took, "s", target=BACK_SECONDS)


BLACKBOX = """
modules:
  ok:
    prober: http
    timeout: 2s
    http:
      valid_status_codes: [200]
      preferred_ip_protocol: ip4
      fail_if_body_not_matches_regexp: ['"status":"ok"']
"""
SCRAPE = """
global: {{ scrape_interval: 1s, scrape_timeout: 1s }}
scrape_configs:
  - job_name: checks
    metrics_path: /probe
    params: {{ module: [ok] }}
    static_configs: [{{ targets: [{targets}] }}]
    relabel_configs:
      - {{ source_labels: [__address__], target_label: __param_target }}
      - {{ source_labels: [__param_target], target_label: instance }}
      - {{ target_label: __address__, replacement: "127.0.0.1:{exporter}" }}
"""


def peer(folder: Path, home: Path, port: int, programs: Path) -> None:
    """Prometheus and blackbox_exporter at the same work."""
    folder.mkdir()
    exporter, prometheus = 18_115, 18_190
    (folder / "blackbox.yml").write_text(BLACKBOX)
    targets = ", ".join(f'"http://127.0.0.1:{port}/c{number}"' for number in range(CHECKS))
    (folder / "prometheus.yml").write_text(SCRAPE.format(targets=targets, exporter=exporter))
    started = [
        subprocess.Popen(
            [programs / "prometheus-blackbox-exporter", f"--config.file={folder}/blackbox.yml",
             f"--web.listen-address=127.0.0.1:{exporter}", "--log.level=error"],
        ),
        subprocess.Popen(
            [programs / "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{prometheus}", "--log.level=error"],
        ),
    ]  # fmt: skip
    try:
        time.sleep(SETTLE_SECONDS)
        processes = [psutil.Process(each.pid) for each in started]
        before, cpu = requests(home), sum(sum(each.cpu_times()[:2]) for each in processes)
        began = time.perf_counter()
        time.sleep(LOOK_SECONDS)
        took = time.perf_counter() - began
        used = sum(sum(each.cpu_times()[:2]) for each in processes) - cpu
        memory = [each.memory_full_info() for each in processes]
        system = "Prometheus + blackbox_exporter, every 1 s"
        say("F09", system, "requests at nginx", (requests(home) - before) / took, "/s", better="more")
        say("F09", system, "cpu", 100 * used / took, "% of a core")
        say("F09", system, "memory PSS", sum(each.pss for each in memory) / 1e6, "MB")
        say("F09", system, "memory RSS", sum(each.rss for each in memory) / 1e6, "MB")
    finally:
        for each in started:
            each.terminate()
            each.wait()


def main() -> None:
    """Everything once a round."""
    programs = Path(os.environ.get("PEERS", "/usr/bin"))
    for _ in range(rounds_from(sys.argv, 1)):
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as made:
            home = Path(made)
            port = 18_080
            with nginx(home, port):
                ours(home / "fast", port, "1 s", timedelta(seconds=1), CORE_PERCENT)
                ours(home / "slow", port, "60 s", timedelta(seconds=60), SLOW_CORE_PERCENT)
                if (programs / "prometheus-blackbox-exporter").exists():
                    peer(home / "peer", home, port, programs)


if __name__ == "__main__":
    main()
