"""Forgetting what was learned from texts, so that the second reading of a text costs what the first did."""

import sys
from functools import lru_cache

_CACHED = type(lru_cache(len))


def forget() -> None:
    """Clear every bounded cache of tocsin: those hold answers about texts.

    Unbounded ones hold tables that are read once per process; they belong to the start, not to a text.
    """
    for name, module in list(sys.modules.items()):
        if name == "tocsin" or name.startswith("tocsin."):
            for value in vars(module).values():
                if isinstance(value, _CACHED) and value.cache_parameters()["maxsize"] is not None:
                    value.cache_clear()
