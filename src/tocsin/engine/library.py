"""The runbooks an installation works with: the current text, and every text an incident is pinned to.

A change of the file during an incident never swaps its steps: the incident keeps the text it was declared with (R17).
"""

import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from tocsin.errors import StoreError
from tocsin.runbook.book import Runbook
from tocsin.runbook.document import Text, read
from tocsin.runbook.waive import Waiver
from tocsin.store import meta
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Edition:
    """A text that was read on a day, with these waivers."""

    text: Text
    book: Runbook
    today: date
    waivers: tuple[Waiver, ...]

    @classmethod
    def of(cls, text: Text, today: date, waivers: tuple[Waiver, ...] = ()) -> Self:
        """Compile a text; takes a while for a long one."""
        return cls(text, read(text, today, waivers), today, waivers)

    def keep(self, tx: Tx) -> None:
        """Store the text, so that incidents pinned to it can always be read."""
        key = _key(self.book.sha256)
        if meta.get(tx, key) is None:
            meta.put(tx, key, self.text.text)


class Library:
    """Compiled runbooks by hash, with the texts kept in the store."""

    def __init__(self, current: Text, today: date, waivers: tuple[Waiver, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._edition = Edition.of(current, today, waivers)
        self._books = {self._edition.book.sha256: self._edition.book}

    @property
    def edition(self) -> Edition:
        """What is current, with how it was read."""
        return self._edition

    @property
    def current(self) -> Runbook:
        """The runbook new incidents are pinned to."""
        return self._edition.book

    @property
    def text(self) -> str:
        """The text of the current runbook."""
        return self._edition.text.text

    def take_up(self, edition: Edition) -> None:
        """From now on this is the current one. Its text has to be in the store before (`Edition.keep`)."""
        with self._lock:
            self._edition = edition
            self._books[edition.book.sha256] = edition.book

    def keep(self, tx: Tx) -> None:
        """Store the current text, so that incidents pinned to it can always be read."""
        self._edition.keep(tx)

    def book(self, tx: Tx, sha256: str, path: str) -> Runbook:
        """The runbook of this hash. Raises StoreError if its text was never stored."""
        with self._lock:
            if sha256 in self._books:
                return self._books[sha256]
        text = meta.get(tx, _key(sha256))
        if text is None:
            raise StoreError(
                f"The text of {path} with hash {sha256[:12]} is not in the store.",
                hint="An incident is pinned to it: put the file back as it was and start again.",
            )
        edition = self._edition
        book = read(Text(Path(path), text), edition.today, edition.waivers)
        with self._lock:
            self._books[sha256] = book
        return book


def _key(sha256: str) -> str:
    return f"runbook/{sha256}"
