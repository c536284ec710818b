"""The addresses in a page: where a person acknowledges, and where a vendor reports back.

A token names one message and is signed, so that nobody can make one up; it is short, because it has to fit into an
SMS. Whoever holds it may acknowledge what that message was about, once, as the person it was sent to.
"""

from itsdangerous import BadSignature, Signer

from tocsin.store import meta
from tocsin.store.tx import Tx

SECRET = "link secret"  # noqa: S105 -- the name it is kept under, no secret
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Links:
    """Makes and reads tokens.

    Args:
        secret: known to this installation only. public_url: where others reach our HTTP door, or None.
    """

    def __init__(self, secret: str, public_url: str | None) -> None:
        self._signer = Signer(secret, salt="tocsin.page")
        self._public_url = None if public_url is None else public_url.rstrip("/")

    def token(self, delivery: int) -> str:
        """The token of a message."""
        return self._signer.sign(_base36(delivery)).decode("ascii")

    def code(self, delivery: int) -> str:
        """What a person types to name a message; proves nothing by itself."""
        return _base36(delivery)

    def delivery(self, token: str) -> int | None:
        """The message a token names, or None if we did not make it."""
        try:
            return int(self._signer.unsign(token.encode("utf-8", "replace")), 36)
        except (BadSignature, ValueError):
            return None

    def page(self, token: str) -> str | None:
        """Where a person looks and acknowledges."""
        return None if self._public_url is None else f"{self._public_url}/a/{token}"

    def callback(self, pager: str) -> str | None:
        """Where the vendor behind a pager reports back."""
        return None if self._public_url is None else f"{self._public_url}/callbacks/{pager}"


def secret(tx: Tx, fresh: str) -> str:
    """The installation's secret; `fresh` becomes it if there is none yet."""
    known = meta.get(tx, SECRET)
    if known is None:
        meta.put(tx, SECRET, fresh)
        return fresh
    return known


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
