"""Secrets by name, fetched when a step runs and never kept: the text holds a variable, the process gets its value.

A reference is written in tocsin.toml: "env:NAME", "file:/path" or "command:pass show x".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tocsin.errors import InputError
from tocsin.runbook.fill import Reference

_USED = re.compile(r"\$\{?(TOCSIN_SECRET_[A-Z0-9_]+)")


@dataclass(frozen=True, slots=True)
class SecretStore:
    """The names, and how each value is fetched. A fetch raises TocsinError with the reason, never with the value."""

    fetch: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    def resolve(self, texts: Iterable[str]) -> dict[str, str]:
        """The variables that these texts use, with their values.

        Raises:
            TocsinError: a value cannot be fetched, is empty, or no secret has that name.
        """
        by_variable = {Reference(name).variable: name for name in self.fetch}
        found: dict[str, str] = {}
        for variable in dict.fromkeys(name for text in texts for name in _USED.findall(text)):
            if variable not in by_variable:
                raise InputError(
                    f"the secret store has nothing for ${variable}", hint="Add it under [secrets]."
                )
            value = self.fetch[by_variable[variable]]()
            if not value:
                raise InputError(f"the secret {by_variable[variable]} is empty", hint="Look at its source.")
            found[variable] = value
        return found
