"""Modules that are loaded when they are needed, because they are large and few processes need them (ADR 0010)."""

from importlib import import_module
from typing import Any


# Any: what a module holds is not known by its name; each caller says what it takes out of it.
def late(module: str) -> Any:
    """The module of this name, loaded now if it was not. Raises ImportError."""
    return import_module(module)
