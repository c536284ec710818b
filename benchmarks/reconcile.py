"""F30: a reconciliation of 1 M × 1 M records, whole `tocsin reconcile` processes, wall clock and peak memory.

Both sides in another order, 0.1 % of the records missing, twice, or different. CSV against CSV, and PostgreSQL against
CSV where the server's wheel is installed; the server's own memory is not counted. The floor is what nobody can leave out:
Python's csv reader over both files, with one side held in a dictionary, no amount read, no check, no result.
Target: 20 s and 200 MB. Run: python benchmarks/reconcile.py [rounds]
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
from _reading import rounds_from, say

from tocsin.errors import TocsinError
from tocsin.sandbox.postgres import Postgres, throwaway

ROWS = 1_000_000
SECONDS, MEGABYTES = 20, 200
ODD = 1000  # every so many records is missing, twice or different on the right side
HEADER = "reference,host,amount,currency,paid_on\n"
SIDES = 'key = "reference"\namount = "amount"\ncurrency = "currency"\n'
FLOOR = """
import csv, sys
with open(sys.argv[1], newline="") as left, open(sys.argv[2], newline="") as right:
    held = {row[0]: row[2] for row in csv.reader(left)}
    print(sum(held.get(row[0]) == row[2] for row in csv.reader(right)))
"""


def line(number: int, cents: int) -> str:
    currency = "EUR" if number % 3 else "USD"
    return f"po_{number:014d},host {number % 997},{cents // 100}.{cents % 100:02d},{currency},2026-11-20\n"


def write(folder: Path) -> dict[str, int]:
    """Both files; how many findings of each kind are in them."""
    odd = {"missing_right": 0, "duplicate_right": 0, "amount": 0}
    for side, seed in (("left", 1), ("right", 2)):
        numbers = list(range(ROWS))
        random.Random(seed).shuffle(numbers)
        with (folder / f"{side}.csv").open("w") as file:
            file.write(HEADER)
            for number in numbers:
                cents = number * 7919 % 10_000_000
                if side == "right" and number % ODD == 0:
                    kind = list(odd)[number // ODD % 3]
                    odd[kind] += 1
                    if kind == "missing_right":
                        continue
                    file.write(line(number, cents + (kind == "amount")))
                    if kind == "amount":
                        continue
                file.write(line(number, cents))
    return odd


def settings(folder: Path, left: str) -> Path:
    (folder / "runbook.md").write_text("# Bench\n\nNothing.\n")
    file = folder / "tocsin.toml"
    file.write_text(
        f"[reconcile.bench]\n[reconcile.bench.left]\n{left}\n{SIDES}"
        f'[reconcile.bench.right]\ncsv = "right.csv"\n{SIDES}'
    )
    return file


def process(command: list[str]) -> tuple[float, float, float, str]:
    """Seconds, of them on the processor, megabytes at its peak, and what it printed.

    A child's peak is never below what its parent held when it was started: this program holds no records itself.
    """
    began = time.perf_counter()
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    said = started.stdout.read()
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said


def ours(file: Path, expected: dict[str, int], what: str) -> None:
    command = [
        sys.executable,
        "-m",
        "tocsin",
        "reconcile",
        "bench",
        "--day",
        "2026-11-20",
        "--format",
        "json",
    ]
    took, busy, peak, said = process([*command, "--config", str(file)])
    found = json.loads(said)["findings"]
    assert {kind: found[kind] for kind in expected} == expected, found
    say("F30", "tocsin", f"1 M x 1 M, {what}", took, "s", target=SECONDS)
    say("F30", "tocsin", f"1 M x 1 M, {what}, CPU", busy, "s", steady=True)
    say("F30", "tocsin", f"1 M x 1 M, {what}, peak memory", peak, "MB", target=MEGABYTES, steady=True)


def load(postgres: Postgres, folder: Path) -> str:
    """The left side in a table; the settings that read it."""
    columns = "reference text, host text, amount numeric(14,2), currency text, paid_on date"
    postgres.query(f"CREATE TABLE payouts ({columns})")
    with (
        psycopg.connect(postgres.url(), autocommit=True) as connection,
        connection.cursor() as cursor,
        (folder / "left.csv").open("rb") as file,
        cursor.copy("COPY payouts FROM STDIN (FORMAT csv, HEADER)") as table,
    ):
        while data := file.read(1 << 20):
            table.write(data)
    query = "SELECT reference, amount, currency FROM payouts WHERE paid_on = {day}"
    return f'postgres = "{postgres.url()}"\nquery = "{query}"'


def main() -> None:
    if sys.argv[1:2] == ["--write"]:
        print(json.dumps(write(Path(sys.argv[2]))))
        return
    rounds = rounds_from(sys.argv, 5)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        expected = json.loads(subprocess.check_output([sys.executable, __file__, "--write", name]))
        left = None
        try:
            postgres = stack.enter_context(throwaway(folder))
            left = load(postgres, folder)
        except TocsinError as problem:
            print(f"F30: no PostgreSQL here, so no number: {problem}")
        for _ in range(rounds):
            took, busy, peak, _ = process(
                [sys.executable, "-c", FLOOR, str(folder / "left.csv"), str(folder / "right.csv")]
            )
            say("F30", "floor: csv and a dict", "1 M x 1 M, CSV", took, "s")
            say("F30", "floor: csv and a dict", "1 M x 1 M, CSV, CPU", busy, "s", steady=True)
            say("F30", "floor: csv and a dict", "1 M x 1 M, CSV, peak memory", peak, "MB", steady=True)
            ours(settings(folder, 'csv = "left.csv"'), expected, "CSV")
            if left is not None:
                ours(settings(folder, left), expected, "PostgreSQL and CSV")


if __name__ == "__main__":
    main()
