"""The roles that every cluster has: who may do everything, change, read; and what everybody may ask.

After kube-apiserver 1.20's bootstrap policy, for the kinds that this simulator serves. There the three for people are
put together from parts by a controller; here they are whole from the start, and labels of other roles add nothing.
"""

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import CLUSTER_BINDINGS, CLUSTER_ROLES
from tocsin.sandbox.kubernetes.objects import Object, json_list

_READ = "get list watch"
_CHANGE = "create delete deletecollection patch update"
_ALL = "*"
_API = "rbac.authorization.k8s.io"

Rule = tuple[str, str, str]
"""API group ("core" for that without a name), resources, verbs."""

_VIEW: tuple[Rule, ...] = (
    (
        "core",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods serviceaccounts services "
        "services/status bindings events limitranges namespaces/status pods/log pods/status resourcequotas "
        "resourcequotas/status namespaces",
        _READ,
    ),
    (
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status "
        "replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
        _READ,
    ),
    ("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", _READ),
    ("batch", "cronjobs cronjobs/status jobs jobs/status", _READ),
    ("policy", "poddisruptionbudgets poddisruptionbudgets/status", _READ),
    ("networking.k8s.io", "ingresses ingresses/status networkpolicies", _READ),
)
_EDIT: tuple[Rule, ...] = (
    ("core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", _READ),
    ("core", "serviceaccounts", "impersonate"),
    ("core", "pods pods/attach pods/exec pods/portforward pods/proxy", _CHANGE),
    (
        "core",
        "configmaps endpoints persistentvolumeclaims secrets serviceaccounts services services/proxy",
        _CHANGE,
    ),
    (
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets "
        "statefulsets/scale",
        _CHANGE,
    ),
    ("autoscaling", "horizontalpodautoscalers", _CHANGE),
    ("batch", "cronjobs jobs", _CHANGE),
    ("policy", "poddisruptionbudgets", _CHANGE),
    ("networking.k8s.io", "ingresses networkpolicies", _CHANGE),
)
_ADMIN: tuple[Rule, ...] = ((_API, "rolebindings roles", f"{_CHANGE} {_READ}"),)
_HEALTH = "/healthz /livez /readyz /version /version/"
_DOCUMENTS = f"/api /api/* /apis /apis/* /openapi /openapi/* {_HEALTH}"
_REVIEWS: tuple[Rule, ...] = (
    ("authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", "create"),
)


def establish(cluster: Cluster) -> None:
    """Make the roles and bindings of a new cluster."""
    everything = _paths("*", _ALL)
    for name, rules, paths in (
        ("cluster-admin", ((_ALL, _ALL, _ALL),), (everything,)),
        ("admin", (*_ADMIN, *_EDIT, *_VIEW), ()),
        ("edit", (*_EDIT, *_VIEW), ()),
        ("view", _VIEW, ()),
        ("system:basic-user", _REVIEWS, ()),
        ("system:discovery", (), (_paths(_DOCUMENTS, "get"),)),
        ("system:public-info-viewer", (), (_paths(_HEALTH, "get"),)),
    ):
        cluster.create(
            CLUSTER_ROLES,
            {
                "apiVersion": f"{_API}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
                "rules": [*map(_rule, rules), *paths],
            },
        )
    for name, groups in (
        ("cluster-admin", ("system:masters",)),
        ("system:basic-user", ("system:authenticated",)),
        ("system:discovery", ("system:authenticated",)),
        ("system:public-info-viewer", ("system:authenticated", "system:unauthenticated")),
    ):
        cluster.create(
            CLUSTER_BINDINGS,
            {
                "apiVersion": f"{_API}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
                "roleRef": {"apiGroup": _API, "kind": "ClusterRole", "name": name},
                "subjects": [{"apiGroup": _API, "kind": "Group", "name": group} for group in groups],
            },
        )


def _rule(rule: Rule) -> Object:
    group, resources, verbs = rule
    return {
        "apiGroups": ["" if group == "core" else group],
        "resources": json_list(resources.split()),
        "verbs": json_list(verbs.split()),
    }


def _paths(paths: str, verbs: str) -> Object:
    return {"nonResourceURLs": json_list(paths.split()), "verbs": json_list(verbs.split())}
