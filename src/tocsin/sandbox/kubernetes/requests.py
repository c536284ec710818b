"""What a request asks for: its path and query taken apart, its body read in whatever format it came."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from tocsin.errors import InputError
from tocsin.sandbox.kubernetes import protobuf
from tocsin.sandbox.kubernetes.answers import ApiError, bad_request, no_such_path, unsupported_media
from tocsin.sandbox.kubernetes.cluster import Cluster, Deletion
from tocsin.sandbox.kubernetes.kinds import NAMESPACES, Kind
from tocsin.sandbox.kubernetes.objects import Json, Object, at, number, text

PROTOBUF = "application/vnd.kubernetes.protobuf"
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a client.

    Attributes:
        method: "GET". path: without the query. query: the last value of each parameter; every: all of them.
        headers: names in lower case, several of one name with commas between. body: raw.
        proven: the client showed a certificate that the server trusts.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    every: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proven: bool = False

    @classmethod
    def of(
        cls,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        proven: bool = False,
    ) -> "Request":
        """From the words of HTTP."""
        parts = urlsplit(target)
        every = {key: tuple(values) for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        query = {key: values[-1] for key, values in every.items()}
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(method, unquote(parts.path), query, lower, body, every, proven)

    @property
    def media_type(self) -> str:
        """Of the body, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def wants_table(self) -> bool:
        """Whether the client asks for the rows that it prints."""
        return any(
            "as=Table" in one and "g=meta.k8s.io" in one for one in self.headers.get("accept", "").split(",")
        )

    @property
    def dry(self) -> bool:
        """Whether nothing is to be kept. Raises ApiError for an unknown word."""
        said = self.query.get("dryRun", "")
        if said not in ("", "All"):
            raise bad_request(f'Invalid value: "{said}": dryRun supports only "All"')
        return said == "All"

    def switched_on(self, name: str) -> bool:
        """Whether a parameter says yes."""
        return self.query.get(name, "").lower() in ("true", "1")

    def document(self) -> Json:
        """The body as JSON. Raises ApiError if it is something else."""
        try:
            found: Json = json.loads(self.body or b"null")
        except ValueError as wrong:
            raise bad_request(f"the object provided is unrecognized: {wrong}") from wrong
        return found

    def object(self) -> Object:
        """The object in the body, JSON or protobuf. Raises ApiError."""
        if self.media_type == PROTOBUF or self.body.startswith(protobuf.MAGIC):
            try:
                return protobuf.decode(self.body)
            except InputError as wrong:
                raise ApiError(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", wrong.message
                ) from wrong
        if self.media_type not in ("application/json", "application/yaml", ""):
            raise unsupported_media(self.media_type)
        found = self.document()
        if not isinstance(found, dict):
            raise bad_request("the body of the request holds no object")
        return found

    def deletion(self) -> Deletion:
        """How something is to be deleted: from the body and the query. Raises ApiError."""
        options = self.object() if self.body.strip() else {}
        grace = self.query.get("gracePeriodSeconds", "")
        said = text(options, "propagationPolicy") or self.query.get("propagationPolicy", "")
        orphan = at(options, "orphanDependents") is True
        seconds = int(grace) if grace.isdigit() else None
        if "gracePeriodSeconds" in options:
            seconds = number(options, "gracePeriodSeconds")
        return Deletion(
            propagation=said or ("Orphan" if orphan else "Background"),
            grace=seconds,
            uid=text(options, "preconditions", "uid"),
        )

    @property
    def deletes_dry(self) -> bool:
        """Whether a delete is only tried: said in the query or, by kubectl, in the body."""
        if self.dry:
            return True
        options = self.object() if self.body.strip() else {}
        return at(options, "dryRun") == ["All"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means.

    Attributes:
        kind: of the objects. namespace: "" for all, or for kinds without one. name: "" for the collection.
        part: a subresource: "scale", "status", "log"; "" for the object itself.
        watch: the old way to watch, by path.
    """

    kind: Kind
    namespace: str = ""
    name: str = ""
    part: str = ""
    watch: bool = False


def target_of(cluster: Cluster, path: str) -> Target:
    """What a path under /api or /apis means. Raises ApiError (404) if nothing is there."""
    steps = path.strip("/").split("/")
    match steps:
        case ["api", "v1", *rest]:
            group, version = "", "v1"
        case ["apis", group, version, *rest]:
            pass
        case _:
            raise no_such_path()
    watch = rest[:1] == ["watch"]
    if watch:
        rest = rest[1:]
    namespace = ""
    # /namespaces/NAME is a namespace itself; /namespaces/NAME/KIND is what is in it.
    if (
        len(rest) >= 3
        and rest[0] == "namespaces"
        and not (rest[2] in NAMESPACES.subresources and len(rest) == 3)
    ):
        namespace, rest = rest[1], rest[2:]
    if not rest or (len(rest) > 3 and rest[2] != "proxy"):
        raise no_such_path()
    kind = cluster.kind(group, version, rest[0])
    name, part = [*rest, "", ""][1:3]
    if kind is None or (part and part not in kind.subresources) or (namespace and not kind.namespaced):
        raise no_such_path()
    return Target(kind, namespace, name, part, watch)
