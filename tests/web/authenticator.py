"""An authenticator in a few lines: makes passkeys and proves them as WebAuthn (level 2, 6) says, or wrongly on purpose."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    """base64url as WebAuthn writes it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def data(written: str) -> bytes:
    """The bytes of such a text."""
    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


class Authenticator:
    """One device with one passkey.

    Args:
        origin: the page it believes to be on. domain: whose passkey it believes it is. verifies: asks for a finger.
    """

    def __init__(self, origin: str, domain: str = "localhost", *, verifies: bool = True) -> None:
        self.origin = origin
        self.domain = domain
        self.verifies = verifies
        self.counted = 0
        self.credential = secrets.token_bytes(32)
        self.handle = b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: str) -> str:
        """The answer to "make a passkey"."""
        asked = json.loads(options)
        self.handle = data(asked["user"]["id"])
        point = self._key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cose
        whole = self._head(_ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": whole})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def prove(self, options: str, *, counts: bool = True) -> str:
        """The answer to "prove a passkey". counts: whether it counts this use."""
        asked = json.loads(options)
        self.counted += counts
        head, client = self._head(0), self._client("webauthn.get", asked["challenge"])
        signature = self._key.sign(head + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client), "authenticatorData": text(head), "signature": text(signature),
                "userHandle": text(self.handle),
            }
        )  # fmt: skip

    def _head(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return (
            hashlib.sha256(self.domain.encode()).digest() + bytes([flags]) + self.counted.to_bytes(4, "big")
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = text(self.credential)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "clientExtensionResults": {},
                "response": response,
            }
        )
