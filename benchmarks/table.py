"""Runs the figures of this folder and prints one table: ours beside the peer, misses first.

A figure is a file here whose name does not begin with an underscore. It is started as a program, measures
ours and the peer in turns (at least five rounds) and prints one JSON object per round and system:

    {"figure": "F03", "system": "tocsin", "metric": "judge one command, CPU", "value": 88.1, "unit": "µs",
     "target": 150, "better": "less", "steady": true}

`system` "tocsin" is ours and the only one with a `target`; `better` is "less" (if absent) or "more"; `steady`
says that the value hardly depends on what else the machine does (CPU per unit of work, bytes), so that
`--compare` may hold it against an earlier run. A line that does not begin with `{` is prose and is shown as it is.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil

from tocsin.store.sqlite import driver

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
OURS = "tocsin"
FLOOR = "floor"  # how the name of a system begins that does no work but what nobody can leave out
WORSE_BY = 1.2  # what a steady figure may grow by before --compare fails
FIGURE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Reading:
    """One round of one system, as a figure printed it.

    Attributes:
        target: what ours should reach, in `unit`; None for peers and for figures without one.
        more_is_better: a rate rather than a cost.
        steady: comparable between runs on one machine.
    """

    figure: str
    system: str
    metric: str
    value: float
    unit: str
    target: float | None
    more_is_better: bool
    steady: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One metric over all rounds: medians, ours beside the best peer.

    Attributes:
        low, high: the worst and best round of ours.
        peer, peer_value: the best peer of the same run, or None where there is none.
        floor: the least the work could cost in the same run, or None. Nobody is faster, so it is no peer.
    """

    figure: str
    metric: str
    unit: str
    value: float
    low: float
    high: float
    target: float | None
    more_is_better: bool
    steady: bool
    peer: str | None
    peer_value: float | None
    floor: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether ours reached the target; None if there is no target."""
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    @property
    def ratio(self) -> float | None:
        """How many times better than the best peer ours is; below 1 is behind."""
        if self.peer_value is None or not self.value or not self.peer_value:
            return None
        return self.value / self.peer_value if self.more_is_better else self.peer_value / self.value


def readings(lines: Iterable[str]) -> list[Reading]:
    """Parse what figures printed.

    Raises:
        ValueError: a line is not such an object; the message quotes it.
    """
    found = []
    for line in filter(None, map(str.strip, lines)):
        try:
            said = json.loads(line)
            found.append(
                Reading(
                    figure=str(said["figure"]),
                    system=str(said["system"]),
                    metric=str(said["metric"]),
                    value=float(said["value"]),
                    unit=str(said["unit"]),
                    target=None if said.get("target") is None else float(said["target"]),
                    more_is_better={"less": False, "more": True}[said.get("better", "less")],
                    steady=bool(said.get("steady", False)),
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a reading ({error!r}): {line[:200]}") from error
    return found


def table(found: Sequence[Reading]) -> list[Row]:
    """Rows in the order they should be read: missed targets, then behind a peer, then the rest by figure."""
    rows = []
    for figure, metric in dict.fromkeys((r.figure, r.metric) for r in found):
        same = [r for r in found if (r.figure, r.metric) == (figure, metric)]
        ours = [r for r in same if r.system == OURS]
        if not ours:
            continue
        first = ours[0]
        values = [r.value for r in ours]
        peers = {
            name: median(r.value for r in same if r.system == name)
            for name in dict.fromkeys(r.system for r in same)
            if name != OURS and not name.startswith(FLOOR)
        }
        floors = [r.value for r in same if r.system.startswith(FLOOR)]
        pick = max if first.more_is_better else min
        peer = pick(peers, key=lambda name: peers[name]) if peers else None
        rows.append(
            Row(
                figure=figure,
                metric=metric,
                unit=first.unit,
                value=median(values),
                low=min(values),
                high=max(values),
                target=first.target,
                more_is_better=first.more_is_better,
                steady=first.steady,
                peer=peer,
                peer_value=None if peer is None else peers[peer],
                floor=median(floors) if floors else None,
            )
        )
    return sorted(rows, key=lambda row: (row.met is not False, (row.ratio or 1) >= 1, row.figure))


def markdown(rows: Sequence[Row]) -> str:
    """The table as it is printed and as it goes into release notes."""
    cells = [
        ("figure", "metric", "ours (median, rounds)", "target", "", "best peer", "ours is better by", "floor")
    ]
    for row in rows:
        sign = "≥" if row.more_is_better else "≤"
        cells.append(
            (
                row.figure,
                row.metric,
                f"{_number(row.value)} {row.unit} ({_number(row.low)}–{_number(row.high)})",
                "–" if row.target is None else f"{sign} {_number(row.target)} {row.unit}",
                {True: "met", False: "MISSED", None: ""}[row.met],
                "–" if row.peer is None else f"{row.peer}: {_number(row.peer_value or 0)} {row.unit}",
                "–" if row.ratio is None else f"{row.ratio:.2f} ×",
                "–" if row.floor is None else f"{_number(row.floor)} {row.unit}",
            )
        )
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def regressions(now: Sequence[Row], before: Sequence[Row]) -> list[str]:
    """What became worse: steady figures by more than a fifth, and targets or peers that were reached and are not.

    Wall-clock alone never counts: it says what else the machine was doing.
    """
    earlier = {(row.figure, row.metric): row for row in before}
    worse = []
    for row in now:
        old = earlier.get((row.figure, row.metric))
        if old is None or not row.steady or not old.value or not row.value:
            continue
        growth = old.value / row.value if row.more_is_better else row.value / old.value
        if growth > WORSE_BY:
            worse.append(f"{row.figure} {row.metric}: {_number(old.value)} → {_number(row.value)} {row.unit}")
        elif old.met and row.met is False:
            worse.append(f"{row.figure} {row.metric}: the target was met and is missed now")
        elif (old.ratio or 0) >= 1 > (row.ratio or 1):
            worse.append(f"{row.figure} {row.metric}: was ahead of {old.peer} and is behind {row.peer} now")
    return worse


def machine() -> dict[str, str]:
    """What a number is worthless without."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if "model name" in line), "?")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": driver.sqlite_version,
        "file system": _file_system(Path(tempfile.gettempdir())),
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "commit": commit or "?",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _file_system(place: Path) -> str:
    """The kind of file system the figures put their stores on: what a flush to disk means there."""
    mounted = [part for part in psutil.disk_partitions(all=True) if place.is_relative_to(part.mountpoint)]
    nearest = max(mounted, key=lambda part: len(part.mountpoint), default=None)
    return nearest.fstype if nearest is not None else "?"


def figures(names: Sequence[str]) -> list[Path]:
    """The files to run: all, or those named with or without `.py`.

    Raises:
        ValueError: a name is none of them.
    """
    every = {path.stem: path for path in sorted(HERE.glob("[!_]*.py")) if path != Path(__file__).resolve()}
    unknown = [name for name in names if name.removesuffix(".py") not in every]
    if unknown:
        raise ValueError(f"no figure {unknown[0]!r}; there are: {', '.join(every) or 'none yet'}")
    return [every[name.removesuffix(".py")] for name in names] or list(every.values())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _measure(path: Path) -> list[str]:
    """The lines a figure printed; ValueError if it failed or printed nothing."""
    print(f"bench: {path.stem} ...", file=sys.stderr, flush=True)
    try:
        ended = subprocess.run(
            [sys.executable, path], stdout=subprocess.PIPE, text=True, timeout=FIGURE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"{path.name} was stopped after {FIGURE_SECONDS} s") from error
    if ended.returncode != 0:
        raise ValueError(f"{path.name} ended with {ended.returncode}; it says why above")
    said = ended.stdout.splitlines()
    for prose in (line for line in said if line and not line.startswith("{")):
        print(prose, file=sys.stderr)
    lines = [line for line in said if line.startswith("{")]
    if not readings(lines):
        raise ValueError(f"{path.name} printed no reading")
    return lines


def _previous() -> list[Reading]:
    files = sorted(RESULTS.glob("*.jsonl"))
    lines = files[-1].read_text().splitlines() if files else []
    return readings(line for line in lines if '"machine"' not in line)


def main() -> int:
    """Run, keep, print. 0; 1 if a figure failed or `--compare` found something worse; 2 for a wrong name."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure tocsin beside its peers.")
    parser.add_argument("figure", nargs="*", help="file names in benchmarks/; all if none is given")
    parser.add_argument(
        "--compare", action="store_true", help="fail if a steady figure is worse than in the last run"
    )
    arguments = parser.parse_args()
    try:
        chosen = figures(arguments.figure)
        before = table(_previous())
    except ValueError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    start, lines, failed = machine(), list[str](), list[str]()
    for path in chosen:
        try:
            lines += _measure(path)
        except ValueError as error:
            failed.append(str(error))
    here = {**start, "load": f"{start['load']} before, {machine()['load']} after"}
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{start['at'].replace(':', '')}.jsonl"
    kept.write_text("\n".join([json.dumps({"machine": here}, ensure_ascii=False), *lines]) + "\n")
    rows = table(readings(lines))
    print("\n" + " · ".join(f"{name}: {value}" for name, value in here.items()) + "\n")
    print(markdown(rows) if rows else "no figure was measured")
    print(f"\nEvery round: {kept}")
    worse = regressions(rows, before) if arguments.compare else []
    for line in [*failed, *worse]:
        print(f"bench: {line}", file=sys.stderr)
    return 1 if failed or worse else 0


if __name__ == "__main__":
    sys.exit(main())
