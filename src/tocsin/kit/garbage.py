"""How often the process looks for garbage."""

import gc

# Reading a runbook makes hundreds of thousands of small values that are kept, and Python would look through all of them
# again and again for cycles that are not there: a third of the time of a large document. What is no cycle is freed at
# once whatever these numbers say; cycles wait a little longer.
_YOUNG, _MIDDLE, _OLD = 50_000, 20, 50
_PYTHONS = (700, 10, 10)


def collect_seldom() -> None:
    """Let the collector of cycles run seldom; for the start of a process."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def collect_often() -> None:
    """Let it run as often as Python does by itself, for a small process that goes on for months."""
    gc.set_threshold(*_PYTHONS)
