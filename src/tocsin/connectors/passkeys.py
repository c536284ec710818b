"""Passkeys: what WebAuthn (level 2) asks of a browser and proves of its answer, by py_webauthn.

Every passkey is discoverable and every use is by somebody the authenticator has verified (a finger, a face, a PIN):
it is both factors. No attestation is asked for: whose make an authenticator is, is nobody's business here.
"""

import binascii
import json
from collections.abc import Sequence

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tocsin.connectors.login_api import Claimed, NewKey, Site
from tocsin.errors import Refused

_TIMEOUT_MS = 180_000
_ANSWER_CHARS = 20_000
# What a decoder may say of a stranger's bytes besides its own errors.
_WRONG = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)


class WebAuthn:
    """Makes what a browser is asked, and proves what it answers."""

    def to_make(self, site: Site, handle: bytes, login: str, challenge: bytes, known: Sequence[str]) -> str:
        """What a browser needs to make a passkey, as JSON. known: the credentials this account has already."""
        options = webauthn.generate_registration_options(
            rp_id=site.domain,
            rp_name=site.name,
            user_id=handle,
            user_name=login,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known
            ],
        )
        return options_to_json(options)

    def made(self, site: Site, challenge: bytes, answer: str) -> NewKey:
        """The new passkey of an answer. Raises Refused when it proves nothing."""
        try:
            found = webauthn.verify_registration_response(
                credential=_plain(answer),
                expected_challenge=challenge,
                expected_rp_id=site.domain,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except _WRONG as problem:
            raise _refused(problem) from problem
        return NewKey(
            bytes_to_base64url(found.credential_id),
            bytes_to_base64url(found.credential_public_key),
            found.sign_count,
        )

    def to_prove(self, site: Site, challenge: bytes) -> str:
        """What a browser needs to prove one, as JSON; the person chooses which."""
        options = webauthn.generate_authentication_options(
            rp_id=site.domain,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def claimed(self, answer: str) -> Claimed:
        """What an answer says of itself. Raises Refused for what is none."""
        try:
            found = json.loads(_plain(answer))
            said = json.loads(base64url_to_bytes(found["response"]["clientDataJSON"]))
            handle = found["response"].get("userHandle")
            return Claimed(
                str(found["id"]),
                base64url_to_bytes(said["challenge"]),
                base64url_to_bytes(handle) if handle else None,
            )
        except (*_WRONG, binascii.Error, RecursionError) as problem:
            raise _refused(problem) from problem

    def proven(self, site: Site, challenge: bytes, answer: str, public_key: str, counted: int) -> int:
        """What the authenticator counts now. Raises Refused when the answer proves nothing."""
        try:
            found = webauthn.verify_authentication_response(
                credential=_plain(answer),
                expected_challenge=challenge,
                expected_rp_id=site.domain,
                expected_origin=site.origin,
                credential_public_key=base64url_to_bytes(public_key),
                credential_current_sign_count=counted,
                require_user_verification=True,
            )
        except _WRONG as problem:
            raise _refused(problem) from problem
        return found.new_sign_count


def from_settings() -> WebAuthn:
    """The ceremony; there is nothing to set."""
    return WebAuthn()


def _plain(answer: str) -> str:
    if len(answer) > _ANSWER_CHARS:
        raise ValueError("longer than any answer is")
    return answer


def _refused(problem: BaseException) -> Refused:
    return Refused("The passkey proves nothing.", hint=f"{type(problem).__name__}: {str(problem)[:200]}")
