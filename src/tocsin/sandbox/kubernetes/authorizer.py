"""Who may do what: role-based access control as kube-apiserver decides it, and the words in which it refuses.

Written after kube-apiserver 1.20's request info, RBAC authorizer and error texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import CLUSTER_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    json_list,
    listed,
    mapping,
    name_of,
    namespace_of,
    text,
    texts,
)
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.selectors import only_name
from tocsin.sandbox.kubernetes.users import User, named

_VERBS = {
    "POST": "create",
    "GET": "get",
    "HEAD": "get",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do.

    Attributes:
        verb: "list". group, resource, part: of what: "apps", "deployments", "scale".
        namespace: "" for the whole cluster. name: "" for all.
        path: of what is no resource: "/version"; "" else.
    """

    verb: str
    group: str = ""
    resource: str = ""
    part: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full(self) -> str:
        """The resource as rules name it: "deployments/scale"."""
        return f"{self.resource}/{self.part}" if self.part else self.resource


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it is allowed, and why."""

    allowed: bool
    reason: str


def act_of(request: Request) -> Act:
    """What a request wants to do, as far as its path and method tell."""
    steps = request.path.strip("/").split("/")
    match steps:
        case ["api", _, *rest] if rest:
            group = ""
        case ["apis", group, _, *rest] if rest:
            pass
        case _:
            return Act(request.method.lower(), path=request.path)
    verb = _VERBS.get(request.method, "")
    if rest[0] == "watch" and len(rest) > 1:
        verb, rest = "watch", rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    resource, name, part = [*rest, "", ""][:3]
    if not name and verb == "get":
        verb = "watch" if request.switched_on("watch") else "list"
    if not name and verb == "delete":
        verb = "deletecollection"
    if verb in ("list", "watch", "deletecollection") and not name:
        name = only_name(request.query.get("fieldSelector", ""))
    return Act(verb, group, resource, part, namespace, name)


def decide(cluster: Cluster, user: User, act: Act) -> Decision:
    """Whether the roles of a user allow it; those of the group system:masters are not even asked."""
    if "system:masters" in user.groups:
        return Decision(True, "")
    missing = []
    for rule, source in _rules(cluster, user, act.namespace):
        if rule is None:
            missing.append(source)
        elif _allows(rule, act):
            return Decision(True, f"RBAC: allowed by {source}")
    return Decision(False, f"RBAC: {_together(missing)}" if missing else "")


def demand(cluster: Cluster, user: User, act: Act) -> None:
    """Go on only if it is allowed. Raises ApiError (403) in the server's words."""
    decision = decide(cluster, user, act)
    if not decision.allowed:
        raise refused(user, act, decision.reason)


def refused(user: User, act: Act, reason: str = "") -> ApiError:
    """The answer to somebody who may not."""
    if act.path:
        said = f'User "{user.name}" cannot {act.verb} path "{act.path}"'
        what, details = "forbidden", Object()
    else:
        where = f'in the namespace "{act.namespace}"' if act.namespace else "at the cluster scope"
        said = (
            f'User "{user.name}" cannot {act.verb} resource "{act.full}" in API group "{act.group}" {where}'
        )
        kind = f"{act.resource}.{act.group}" if act.group else act.resource
        what = f'{kind} "{act.name}" is forbidden' if act.name else f"{kind} is forbidden"
        told = {"name": act.name, "group": act.group, "kind": act.resource}
        details = {key: value for key, value in told.items() if value}
    message = f"{what}: {said}" + (f": {reason}" if reason else "")
    return ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message, details)


def posed_as(cluster: Cluster, user: User, request: Request) -> User:
    """Whom a request wants to pass for (`--as`, `--as-group`); the user itself if it does not say.

    Raises:
        ApiError: it may not pass for them.
    """
    name = request.headers.get("impersonate-user", "")
    groups = tuple(
        one.strip() for one in request.headers.get("impersonate-group", "").split(",") if one.strip()
    )
    if not name and not groups:
        return user
    if not name:
        said = f"requested {list(groups)} without impersonating a user"
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", f"Internal Server Error: {said}")
    if name.startswith(_ACCOUNT):
        namespace, _, account = name.removeprefix(_ACCOUNT).partition(":")
        demand(
            cluster, user, Act("impersonate", resource="serviceaccounts", namespace=namespace, name=account)
        )
    else:
        demand(cluster, user, Act("impersonate", resource="users", name=name))
    for group in groups:
        demand(cluster, user, Act("impersonate", resource="groups", name=group))
    return named(name, groups)


def access_review(cluster: Cluster, user: User, one: Object) -> Object:
    """The answer to `kubectl auth can-i`."""
    spec = mapping(one, "spec")
    asked = mapping(spec, "resourceAttributes")
    act = Act(
        verb=text(asked, "verb"),
        group=text(asked, "group"),
        resource=text(asked, "resource"),
        part=text(asked, "subresource"),
        namespace=text(asked, "namespace"),
        name=text(asked, "name"),
    )
    if "nonResourceAttributes" in spec:
        other = mapping(spec, "nonResourceAttributes")
        act = Act(text(other, "verb"), path=text(other, "path"))
    decision = decide(cluster, user, act)
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return {**one, "status": status}


def rules_review(cluster: Cluster, user: User, one: Object) -> Object:
    """The answer to `kubectl auth can-i --list`."""
    resources: list[Json] = []
    others: list[Json] = []
    for rule, _ in _rules(cluster, user, text(one, "spec", "namespace")):
        if rule is None:
            continue
        into, keys = (
            (others, ("verbs", "nonResourceURLs"))
            if texts(rule, "nonResourceURLs")
            else (resources, ("verbs", "apiGroups", "resources", "resourceNames"))
        )
        told: Object = {key: json_list(texts(rule, key)) for key in keys if texts(rule, key)}
        if told not in into:
            into.append(told)
    status: Object = {"resourceRules": resources, "nonResourceRules": others, "incomplete": False}
    return {**one, "status": status}


def _rules(cluster: Cluster, user: User, namespace: str) -> Iterator[tuple[Object | None, str]]:
    """Every rule that counts for a user, with where it comes from; None where a role is missing."""
    for binding in cluster.storage.all(CLUSTER_BINDINGS):
        subject = _subject(user, binding)
        if subject:
            yield from _role_rules(cluster, binding, f'ClusterRoleBinding "{name_of(binding)}"', subject)
    if not namespace:
        return
    for binding in cluster.storage.all(ROLE_BINDINGS, namespace):
        subject = _subject(user, binding)
        if subject:
            place = f'RoleBinding "{name_of(binding)}/{namespace}"'
            yield from _role_rules(cluster, binding, place, subject)


def _role_rules(
    cluster: Cluster, binding: Object, place: str, subject: str
) -> Iterator[tuple[Object | None, str]]:
    kind, name = text(binding, "roleRef", "kind"), text(binding, "roleRef", "name")
    found = (
        cluster.storage.get(CLUSTER_ROLES, "", name)
        if kind == "ClusterRole"
        else cluster.storage.get(ROLES, namespace_of(binding), name)
    )
    if found is None:
        yield None, f'{kind.lower()}.rbac.authorization.k8s.io "{name}" not found'
        return
    for rule in listed(found, "rules"):
        yield rule, f'{place} of {kind} "{name}" to {subject}'


def _subject(user: User, binding: Object) -> str:
    """As whom a user is meant by a binding, or ""."""
    for one in listed(binding, "subjects"):
        kind, name = text(one, "kind"), text(one, "name")
        match kind:
            case "User" if name == user.name:
                return f'User "{name}"'
            case "Group" if name in user.groups:
                return f'Group "{name}"'
            case "ServiceAccount":
                namespace = text(one, "namespace") or namespace_of(binding)
                if user.name == f"{_ACCOUNT}{namespace}:{name}":
                    return f'ServiceAccount "{name}/{namespace}"'
            case _:
                pass
    return ""


def _allows(rule: Object, act: Act) -> bool:
    verbs = texts(rule, "verbs")
    if act.verb not in verbs and "*" not in verbs:
        return False
    if act.path:
        return any(_fits(act.path, one) for one in texts(rule, "nonResourceURLs"))
    groups, resources, names = (
        texts(rule, "apiGroups"),
        texts(rule, "resources"),
        texts(rule, "resourceNames"),
    )
    wanted = {"*", act.full, f"*/{act.part}"} if act.part else {"*", act.full}
    return (
        ("*" in groups or act.group in groups)
        and any(one in wanted for one in resources)
        and (not names or act.name in names)
    )


def _fits(path: str, pattern: str) -> bool:
    return pattern == "*" or path == pattern or (pattern.endswith("*") and path.startswith(pattern[:-1]))


def _together(said: list[str]) -> str:
    """Several errors as the server writes them down: once each."""
    once = list(dict.fromkeys(said))
    return once[0] if len(once) == 1 else f"[{', '.join(once)}]"
