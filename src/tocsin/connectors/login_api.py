"""What a way to log in is, beside the password: the seams between our accounts and what proves somebody elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Site:
    """The pages as a browser knows them. domain: what a passkey belongs to. origin: scheme, host and port."""

    domain: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A passkey that was just made. credential, public_key: base64url. counted: what its authenticator counts from."""

    credential: str
    public_key: str
    counted: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an answer says of itself, before anything is proven.

    Attributes:
        credential: base64url. challenge: the bytes it answers. handle: whose it says it is, or None.
    """

    credential: str
    challenge: bytes
    handle: bytes | None


class Ceremony(Protocol):
    """WebAuthn: makes what a browser is asked, and proves what it answers. Knows no store and no account."""

    def to_make(self, site: Site, handle: bytes, login: str, challenge: bytes, known: Sequence[str]) -> str:
        """What a browser needs to make a passkey, as JSON. known: the credentials this account has already."""

    def made(self, site: Site, challenge: bytes, answer: str) -> NewKey:
        """The new passkey of an answer. Raises Refused when it proves nothing."""

    def to_prove(self, site: Site, challenge: bytes) -> str:
        """What a browser needs to prove one, as JSON; the person chooses which."""

    def claimed(self, answer: str) -> Claimed:
        """What an answer says of itself. Raises Refused for what is none."""

    def proven(self, site: Site, challenge: bytes, answer: str, public_key: str, counted: int) -> int:
        """What the authenticator counts now. Raises Refused when the answer proves nothing."""


class Provider(Protocol):
    """An OpenID provider: where people are sent, and who they are when they come back."""

    def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent. Raises Temporary or Permanent when the provider cannot be asked."""

    def claims(self, back: str, code: str, nonce: str, verifier: str) -> Mapping[str, object]:
        """Who came back, proven by the provider.

        Raises:
            Refused: the code or the token proves nothing. Temporary: the provider does not answer.
        """
