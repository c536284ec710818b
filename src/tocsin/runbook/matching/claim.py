"""What matching and assessment need to know of an alert.

A protocol, because alerts live in `detection`, which stands above this layer; `detection.alert.Alert` fits it.
"""

from collections.abc import Mapping
from typing import Protocol


class Claim(Protocol):
    """Somebody says that something is wrong: see `detection.alert.Alert` for the meaning of the fields."""

    @property
    def title(self) -> str: ...

    @property
    def labels(self) -> Mapping[str, str]: ...

    @property
    def impact(self) -> str | None: ...

    @property
    def runbook_url(self) -> str | None: ...
