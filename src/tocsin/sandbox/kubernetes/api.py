"""What the API answers to each request: the verbs on objects and collections, and the documents beside them."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Protocol

from tocsin.sandbox.kubernetes import authorizer, documents, fields, patches, subresources
from tocsin.sandbox.kubernetes.answers import (
    TEXT,
    Answer,
    ApiError,
    bad_request,
    cannot,
    success,
    unauthorized,
    unsupported_media,
    wrong_method,
)
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import RULES_REVIEWS, SECRETS, Kind
from tocsin.sandbox.kubernetes.objects import (
    Object,
    child,
    copy,
    json_list,
    mapping,
    name_of,
    text,
    uid_of,
)
from tocsin.sandbox.kubernetes.ownership import applied, claimed
from tocsin.sandbox.kubernetes.requests import APPLY, Request, Target, target_of
from tocsin.sandbox.kubernetes.selectors import Matches, field_selector, label_selector
from tocsin.sandbox.kubernetes.tables import table
from tocsin.sandbox.kubernetes.users import User, Users
from tocsin.sandbox.kubernetes.watching import Watch
from tocsin.sandbox.kubernetes.wire import Takeover


class Node(Protocol):
    """Where the pods run."""

    def logs(self, pod: Object, request: Request) -> bytes | Iterator[bytes]:
        """What a container of a pod has printed. Raises ApiError."""
        ...

    def enter(self, pod: Object, part: str, request: Request) -> Takeover:
        """Into a pod by "exec" or "portforward". Raises ApiError."""
        ...


class Api:
    """The whole API on one cluster.

    Args:
        users: who may ask. address: "127.0.0.1:6443", as discovery says it. node: where the pods run.
        told: called with the text of a defect of ours. served: up to which revision the ingress serves.
    """

    def __init__(
        self,
        cluster: Cluster,
        users: Users,
        address: str,
        node: Node,
        told: Callable[[str], None],
        served: Callable[[], int] = lambda: 0,
    ) -> None:
        self.cluster = cluster
        self.users = users
        self._told = told
        self._served = served
        self._address = address
        self._node = node

    def answer(self, request: Request) -> Answer:
        """Answer one request; errors are answers too. Raises nothing that a request could cause."""
        try:
            user = self.users.who(request)
            if user is None:
                raise unauthorized()
            user = authorizer.posed_as(self.cluster, user, request)
            authorizer.demand(self.cluster, user, authorizer.act_of(request))
            return self._answer(request, user)
        except ApiError as wrong:
            return Answer(wrong.code, wrong.body())
        except Exception as wrong:
            # The edge: a request that meets a defect of ours gets an answer that says so, as from a real server.
            self._told(f"{request.method} {request.path}: {wrong!r}")
            said = f"Internal error occurred: {wrong!r}"
            return Answer(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", said).body(),
            )

    def _answer(self, request: Request, user: User) -> Answer:
        found = documents.document(self.cluster, request, self._address, self._served)
        if found is not None:
            return found
        target = target_of(self.cluster, request.path)
        if target.part:
            return self._part(request, target)
        if target.name:
            return self._one(request, target)
        if target.kind.only_create and request.method == "POST":
            return self._review(request, target, user)
        return self._collection(request, target)

    def _collection(self, request: Request, target: Target) -> Answer:
        match request.method:
            case "GET" | "HEAD":
                if target.watch or request.switched_on("watch"):
                    return Answer(HTTPStatus.OK, stream=self._watch(request, target).lines())
                return self._list(request, target)
            case "POST":
                return self._create(request, target)
            case "DELETE":
                return self._delete_many(request, target)
            case _:
                raise wrong_method(request.method)

    def _one(self, request: Request, target: Target) -> Answer:
        kind = target.kind
        match request.method:
            case "GET" | "HEAD":
                if target.watch or request.switched_on("watch"):
                    return Answer(HTTPStatus.OK, stream=self._watch(request, target).lines())
                return self._shown(request, kind, self.cluster.get(kind, target.namespace, target.name))
            case "PUT":
                one = self._checked(request, target, request.object())
                with self.cluster.lock:
                    before = self.cluster.get(kind, target.namespace, target.name)
                    one = claimed(one, before, _manager(request), self.cluster.stamp())
                    return self._shown(request, kind, self.cluster.update(kind, one, dry=request.dry))
            case "PATCH":
                return self._patch(request, target)
            case "DELETE":
                return self._delete(request, target)
            case _:
                raise wrong_method(request.method)

    def _part(self, request: Request, target: Target) -> Answer:
        one = self.cluster.get(target.kind, target.namespace, target.name)
        match target.part, request.method:
            case "log", "GET":
                printed = self._node.logs(one, request)
                if isinstance(printed, bytes):
                    return Answer(HTTPStatus.OK, printed, TEXT)
                return Answer(HTTPStatus.OK, type=TEXT, stream=printed)
            case "scale", "GET":
                return Answer(HTTPStatus.OK, subresources.scale_of(one))
            case "scale", "PUT" | "PATCH":
                return Answer(HTTPStatus.OK, subresources.set_scale(self.cluster, target.kind, one, request))
            case "eviction", "POST":
                return Answer(HTTPStatus.CREATED, subresources.evict(self.cluster, one, request))
            case "binding", "POST":
                return Answer(HTTPStatus.CREATED, subresources.bind(self.cluster, one, request.object()))
            case "token", "POST":
                return Answer(HTTPStatus.CREATED, self.users.issue(one, request))
            case "finalize", "PUT":
                return Answer(HTTPStatus.OK, subresources.finalize(self.cluster, request.object()))
            case "status", "GET":
                return self._shown(request, target.kind, one)
            case "status", "PUT":
                changed = self._checked(request, target, request.object())
                kept = self.cluster.update(target.kind, changed, part="status", dry=request.dry)
                return self._shown(request, target.kind, kept)
            case "status", "PATCH":
                return self._patch(request, target)
            case "exec" | "portforward", "GET" | "POST":
                entered = self._node.enter(one, target.part, request)
                return Answer(HTTPStatus.SWITCHING_PROTOCOLS, takeover=entered)
            case "attach" | "proxy", _:
                raise cannot(
                    f"{target.part} is not simulated; the pod's process runs on this machine at its podIP"
                )
            case _:
                raise wrong_method(request.method)

    def _list(self, request: Request, target: Target) -> Answer:
        kind = target.kind
        with self.cluster.lock:
            matches = _chosen(request, target)
            found = [one for one in self.cluster.storage.all(kind, target.namespace) if matches(one)]
            revision = str(self.cluster.storage.revision)
        if request.wants_table:
            return Answer(HTTPStatus.OK, self._table(request, kind, found, revision))
        return Answer(
            HTTPStatus.OK,
            {
                "kind": f"{kind.kind}List",
                "apiVersion": kind.api_version,
                "metadata": {"resourceVersion": revision},
                "items": json_list(found),
            },
        )

    def _watch(self, request: Request, target: Target) -> Watch:
        rows = (
            (lambda found, revision: self._table(request, target.kind, found, revision))
            if request.wants_table
            else None
        )
        seconds = request.query.get("timeoutSeconds", "")
        return Watch.of(
            self.cluster.storage,
            target.kind,
            target.namespace,
            _chosen(request, target),
            since=request.query.get("resourceVersion", ""),
            seconds=float(seconds) if seconds.isdigit() else None,
            bookmarks=request.switched_on("allowWatchBookmarks"),
            rows=rows,
        )

    def _create(self, request: Request, target: Target) -> Answer:
        one = self._checked(request, target, request.object())
        if target.kind.refusal:
            raise cannot(target.kind.refusal)
        if target.kind is SECRETS:
            self.users.furnish(one)
        one = claimed(one, {}, _manager(request), self.cluster.stamp())
        kept = self.cluster.create(target.kind, one, dry=request.dry)
        return self._shown(request, target.kind, kept, HTTPStatus.CREATED)

    def _review(self, request: Request, target: Target, user: User) -> Answer:
        """What somebody may do; nothing is kept."""
        one = self._checked(request, target, request.object())
        review = authorizer.rules_review if target.kind is RULES_REVIEWS else authorizer.access_review
        return Answer(HTTPStatus.CREATED, review(self.cluster, user, one))

    def _patch(self, request: Request, target: Target) -> Answer:
        kind = target.kind
        with self.cluster.lock:
            before = self.cluster.storage.get(kind, target.namespace, target.name)
            if request.media_type == APPLY:
                return self._apply(request, target, before)
            if before is None:
                before = self.cluster.get(kind, target.namespace, target.name)
            after = _patched(request, kind, before)
            if text(after, "metadata", "resourceVersion") == "":
                child(after, "metadata").pop("resourceVersion", None)
            after = self._checked(request, target, after)
            if not target.part:
                after = claimed(after, before, _manager(request), self.cluster.stamp())
            kept = self.cluster.update(kind, after, part=target.part, dry=request.dry)
            return self._shown(request, kind, kept)

    def _apply(self, request: Request, target: Target, before: Object | None) -> Answer:
        """Server-side apply: makes the object if it is not there."""
        wanted = self._checked(request, target, mapping(request.document()))
        manager = request.query.get("fieldManager", "")
        if not manager:
            raise bad_request(
                'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
            )
        force = request.switched_on("force")
        one = applied(target.kind, wanted, before, manager, self.cluster.stamp(), force=force)
        if before is None:
            if target.kind.refusal:
                raise cannot(target.kind.refusal)
            kept = self.cluster.create(target.kind, one, dry=request.dry)
            return self._shown(request, target.kind, kept, HTTPStatus.CREATED)
        kept = self.cluster.update(target.kind, one, part=target.part, dry=request.dry)
        return self._shown(request, target.kind, kept)

    def _delete(self, request: Request, target: Target) -> Answer:
        kind = target.kind
        with self.cluster.lock:
            before = self.cluster.get(kind, target.namespace, target.name)
            after = self.cluster.delete(kind, before, request.deletion(), dry=request.deletes_dry)
            if self.cluster.storage.get(kind, target.namespace, target.name) is None and kind.kind != "Pod":
                return Answer(HTTPStatus.OK, success(kind, target.name, uid_of(before)))
            return Answer(HTTPStatus.OK, after)

    def _delete_many(self, request: Request, target: Target) -> Answer:
        how, dry = request.deletion(), request.deletes_dry
        if target.kind.namespaced and not target.namespace:
            raise wrong_method("DELETE of all namespaces")
        with self.cluster.lock:
            matches = _chosen(request, target)
            found = [one for one in self.cluster.storage.all(target.kind, target.namespace) if matches(one)]
            for one in found:
                self.cluster.delete(target.kind, one, how, dry=dry)
            metadata: Object = {"resourceVersion": str(self.cluster.storage.revision)}
        kind = target.kind
        return Answer(
            HTTPStatus.OK,
            {
                "kind": f"{kind.kind}List",
                "apiVersion": kind.api_version,
                "metadata": metadata,
                "items": json_list(found),
            },
        )

    def _checked(self, request: Request, target: Target, one: Object) -> Object:
        """The object of a request, if it is what the path says. Raises ApiError."""
        kind, one = target.kind, copy(one)
        said = (text(one, "apiVersion"), text(one, "kind"))
        one.setdefault("apiVersion", kind.api_version)
        one.setdefault("kind", kind.kind)
        if said not in (("", ""), (kind.api_version, kind.kind)):
            wanted = f"{said[0]}, Kind={said[1]}"
            raise bad_request(
                f"the object provided ({wanted}) does not match the expected {kind.api_version}, Kind={kind.kind}"
            )
        metadata = child(one, "metadata")
        if target.name and metadata.setdefault("name", target.name) != target.name:
            raise bad_request(
                f"the name of the object ({name_of(one)}) does not match the name on the URL ({target.name})"
            )
        if not kind.namespaced:
            metadata.pop("namespace", None)
        elif metadata.setdefault("namespace", target.namespace) != target.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        if request.query.get("fieldValidation") == "Strict" and not kind.custom:
            unknown = [f'unknown field "{path}"' for path in fields.unknown_fields(kind.kind, one)]
            if unknown:
                said_so = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'
                raise bad_request(f"{said_so}: strict decoding error: {', '.join(unknown)}")
        return one if kind.custom else mapping(fields.pruned(kind.kind, one))

    def _shown(self, request: Request, kind: Kind, one: Object, code: HTTPStatus = HTTPStatus.OK) -> Answer:
        if request.wants_table:
            revision = text(one, "metadata", "resourceVersion")
            return Answer(code, self._table(request, kind, [one], revision))
        return Answer(code, one)

    def _table(self, request: Request, kind: Kind, found: list[Object], revision: str) -> Object:
        include = request.query.get("includeObject", "Metadata")
        return table(kind, found, self.cluster.clock.now(), include, revision)


def _chosen(request: Request, target: Target) -> Matches:
    """Which objects of a collection are meant, by name, labels and fields. Raises ApiError."""
    labels = label_selector(request.query.get("labelSelector", ""))
    field = field_selector(request.query.get("fieldSelector", ""), target.kind.plural)
    name = target.name
    return lambda one: (not name or name_of(one) == name) and labels(one) and field(one)


def _patched(request: Request, kind: Kind, before: Object) -> Object:
    """The object after the patch in the body. Raises ApiError."""
    document = request.document()
    match request.media_type:
        case patches.JSON_PATCH:
            return patches.json_patch(before, document)
        case patches.MERGE_PATCH:
            return mapping(patches.merge_patch(before, document))
        case patches.STRATEGIC:
            if kind.custom:
                raise unsupported_media(patches.STRATEGIC)
            return patches.strategic_patch(before, mapping(document), kind.kind)
        case other:
            raise unsupported_media(other)


def _manager(request: Request) -> str:
    """Who writes: as the client says, else the name of its program."""
    said = request.query.get("fieldManager", "")
    return said or request.headers.get("user-agent", "unknown").partition("/")[0]
