"""Links in mails to subscribers: signed, so that nobody can confirm or remove another's address by guessing."""

from itsdangerous import BadSignature, Signer


class SubscriberLinks:
    """Makes and reads the two kinds of tokens; one is never good for the other.

    Args:
        secret: known to this installation only. public_url: where others reach our HTTP door.
    """

    def __init__(self, secret: str, public_url: str) -> None:
        self._confirm = Signer(secret, salt="tocsin.status.confirm")
        self._leave = Signer(secret, salt="tocsin.status.leave")
        self._base = f"{public_url.rstrip('/')}/status"

    def confirm(self, number: int) -> str:
        """Where a person says that the address is theirs."""
        return f"{self._base}/confirm/{self._confirm.sign(str(number)).decode('ascii')}"

    def leave(self, number: int) -> str:
        """Where they leave; also by one click of a mail program (RFC 8058)."""
        return f"{self._base}/leave/{self._leave.sign(str(number)).decode('ascii')}"

    def confirmed(self, token: str) -> int | None:
        """The subscriber a token of `confirm` names, or None if we did not make it."""
        return _number(self._confirm, token)

    def left(self, token: str) -> int | None:
        """The subscriber a token of `leave` names, or None if we did not make it."""
        return _number(self._leave, token)


def _number(signer: Signer, token: str) -> int | None:
    try:
        return int(signer.unsign(token.encode("utf-8", "replace")))
    except (BadSignature, ValueError):
        return None
