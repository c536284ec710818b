"""Texts that are kept so that whoever reads the store cannot use them: sealed with a key the store does not hold."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealer:
    """Seals and opens texts (Fernet: AES-128-CBC with HMAC-SHA-256).

    Args:
        keys: long random texts, the newest first: the first seals, each of them opens. None at all: nothing is sealed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        known = [Fernet(_derived(each)) for each in keys]
        self._fernet = MultiFernet(known) if known else None
        self._newest = known[:1]

    @property
    def seals(self) -> bool:
        """Whether there is a key."""
        return self._fernet is not None

    def seal(self, text: str) -> str:
        """The text as it may be kept. Only where there is a key."""
        assert self._fernet is not None
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str | None:
        """The text again, or None: it was sealed with another key, or changed."""
        if self._fernet is None:
            return None
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def newest(self, sealed: str) -> bool:
        """Whether the newest key sealed it."""
        try:
            return all(each.decrypt(sealed.encode()) is not None for each in self._newest)
        except InvalidToken:
            return False


def _derived(key: str) -> bytes:
    """Fernet wants 32 bytes; whatever was written becomes that. The keys are long and random: no slow hash is needed."""
    made = HKDF(hashes.SHA256(), 32, salt=None, info=b"tocsin sealing 1").derive(key.encode())
    return base64.urlsafe_b64encode(made)
