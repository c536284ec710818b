"""What every figure prints: one JSON object per round, system and metric. `table.py` reads them."""

import json
from collections.abc import Sequence
from statistics import quantiles


def say(
    figure: str,
    system: str,
    metric: str,
    value: float,
    unit: str,
    *,
    target: float | None = None,
    better: str = "less",
    steady: bool = False,
) -> None:
    """Print one reading.

    Args:
        system: "tocsin" for ours. target: what ours should reach. better: "less" or "more".
        steady: whether the value hardly depends on what else the machine does.
    """
    line: dict[str, object] = {
        "figure": figure,
        "system": system,
        "metric": metric,
        "value": value,
        "unit": unit,
    }
    if target is not None:
        line["target"] = target
    if better != "less":
        line["better"] = better
    if steady:
        line["steady"] = True
    print(json.dumps(line, ensure_ascii=False), flush=True)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile; the largest where there are fewer than twenty."""
    return quantiles(values, n=20)[18] if len(values) >= 20 else max(values)


def rounds_from(argv: Sequence[str], default: int) -> int:
    """How many rounds the command line asks for."""
    return int(argv[1]) if len(argv) > 1 else default
