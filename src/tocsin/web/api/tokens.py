"""Tokens over HTTP: for those who administrate."""

from datetime import datetime
from typing import Annotated

import msgspec

from tocsin.app import tokens as making
from tocsin.errors import InputError
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.store import tokens
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import Empty, Name, body

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class TokenView(msgspec.Struct):
    """A token without its text, which is kept nowhere."""

    id: int
    label: str
    person: str | None
    scope: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class TokenList(msgspec.Struct):
    """All tokens, the newest first."""

    tokens: list[TokenView]


class TokenWanted(msgspec.Struct, forbid_unknown_fields=True):
    """What a token is for, in whose name it speaks, the most it may do, and until when."""

    label: Label
    scope: AccessRole
    person: Name | None = None
    expires_at: datetime | None = None


class TokenMade(msgspec.Struct):
    """The only time the text of a token is shown."""

    id: int
    token: str


class TokenRevoked(msgspec.Struct):
    """It is not taken any more."""

    id: int
    revoked: bool


def view(row: tokens.TokenRow) -> TokenView:
    """A token as it is shown."""
    return TokenView(
        row.id, row.label, row.person, row.scope, row.made_by, row.made_at, row.expires_at, row.used_at,
        row.revoked_at,
    )  # fmt: skip


def _list(call: Call) -> TokenList:
    with call.app.database.read() as tx:
        return TokenList([view(row) for row in tokens.listing(tx)])


def _make(call: Call) -> TokenMade:
    wanted = body(call, TokenWanted)
    if wanted.expires_at is not None and wanted.expires_at.tzinfo is None:
        raise InputError("expires_at: a time has an offset, such as 2026-12-31T00:00:00Z.")
    person = PersonId(wanted.person) if wanted.person is not None else None
    number, text = making.make(
        call.app.database, call.app.settings.roster, wanted.label, person, wanted.scope, _by(call), call.now,
        wanted.expires_at,
    )  # fmt: skip
    return TokenMade(number, text)


def _revoke(call: Call) -> TokenRevoked:
    number = call.path["token"]
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise InputError("A token is named by its number.")
    making.revoke(call.app.database, int(number), _by(call), call.now)
    return TokenRevoked(int(number), True)


def _by(call: Call) -> str:
    return call.caller.person or call.caller.via


_ADMIN = AccessRole.ADMIN
OPERATIONS = (
    Operation("GET", "/api/v1/tokens", "list_tokens", "All tokens, without their texts.", _ADMIN, TokenList, _list, tag="tokens"),
    Operation(
        "POST", "/api/v1/tokens", "make_token", "A new token; its text is shown once.", _ADMIN, TokenMade, _make,
        TokenWanted, status=201, tag="tokens", shows_secret=True,
    ),
    Operation(
        "POST", "/api/v1/tokens/{token}/revoke", "revoke_token", "Take a token back for good.", _ADMIN, TokenRevoked,
        _revoke, Empty, tag="tokens",
    ),
)  # fmt: skip
