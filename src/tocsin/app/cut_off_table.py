"""The shape of `[cut_off]` in tocsin.toml."""

import msgspec


class CutOffTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[cut_off]`: when it is told that we cannot measure from here."""

    tell: bool = True
    share: float | None = None
    after: str | None = None
    hold: str | None = None
    impact: str | None = None
    section: str | None = None
