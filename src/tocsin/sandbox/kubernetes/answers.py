"""What the API says when it cannot do what was asked: the Status bodies that kubectl turns into its texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import Json, Object
from tocsin.sandbox.kubernetes.wire import Takeover


@dataclass(frozen=True, slots=True)
class Cause:
    """One field that is wrong.

    Attributes:
        field: "spec.replicas". reason: "FieldValueInvalid". message: without the field.
    """

    field: str
    reason: str
    message: str


TEXT = "text/plain"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Attributes:
        code: of HTTP. body: JSON, or bytes of the media type `type`.
        stream: pieces that follow each other instead of a body; an empty one says that there is nothing yet.
        takeover: what becomes of the connection after a 101.
    """

    code: HTTPStatus
    body: Json | bytes = None
    type: str = JSON
    stream: Iterator[bytes] | None = None
    takeover: Takeover | None = None


class ApiError(Exception):
    """An answer that is an error.

    Attributes:
        code: of HTTP. reason: the word that clients decide by. message: for people.
        details: what it is about, as Status has it.
    """

    def __init__(self, code: HTTPStatus, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    def body(self) -> Object:
        """The Status."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            **({"details": self.details} if self.details else {}),
            "code": int(self.code),
        }


def not_found(kind: Kind, name: str) -> ApiError:
    """There is no such object."""
    message = f'{kind.full_name} "{name}" not found'
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message, _about(kind, name))


def no_such_path() -> ApiError:
    """There is no such path: a kind that is not served here."""
    said = "the server could not find the requested resource"
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", said, {})


def already_exists(kind: Kind, name: str) -> ApiError:
    """An object of this name is there."""
    message = f'{kind.full_name} "{name}" already exists'
    return ApiError(HTTPStatus.CONFLICT, "AlreadyExists", message, _about(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> ApiError:
    """Somebody else changed it meanwhile."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version and try again"
    )
    message = f'Operation cannot be fulfilled on {kind.full_name} "{name}": {why}'
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, _about(kind, name))


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> ApiError:
    """Fields of it are wrong: all of them at once."""
    told = [f"{cause.field}: {cause.message}" for cause in causes]
    said = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    title = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details: Object = {
        "name": name,
        "group": kind.group,
        "kind": kind.kind,
        "causes": [
            {"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes
        ],
    }
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", f'{title} "{name}" is invalid: {said}', details
    )


def bad_request(why: str) -> ApiError:
    """The request itself cannot be understood."""
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", why)


def forbidden(kind: Kind, name: str, why: str) -> ApiError:
    """It is understood and not allowed."""
    message = f'{kind.full_name} "{name}" is forbidden: {why}'
    return ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message, _about(kind, name))


def gone(revision: int) -> ApiError:
    """A watch asks for changes that are remembered no longer; clients list again."""
    return ApiError(HTTPStatus.GONE, "Expired", f"too old resource version: {revision}")


def unauthorized() -> ApiError:
    """The token is missing or wrong."""
    return ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized")


def cannot(what: str) -> ApiError:
    """This simulator cannot do it, and says so rather than pretend."""
    return ApiError(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", f"tocsin's Kubernetes simulator: {what}")


def wrong_method(method: str) -> ApiError:
    """The path is there, the method is not."""
    return ApiError(
        HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", f"the server does not allow {method} here"
    )


def unsupported_media(type_: str) -> ApiError:
    """A body that cannot be read."""
    said = f"the body of the request was in an unknown format: {type_ or 'none named'}"
    return ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", said)


def success(kind: Kind, name: str, uid: str) -> Object:
    """The answer to a delete."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**_about(kind, name), "uid": uid},
    }


def _about(kind: Kind, name: str) -> Object:
    return {"name": name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural}
