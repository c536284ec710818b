"""Which kinds of objects there are, under which paths, with which names and subresources."""

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.sandbox.kubernetes.objects import Object, at, listed, mapping, text, texts

READ_WRITE = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        group: "" for the core. version: "v1". kind: "Deployment". plural: "deployments", as in paths.
        singular, short: other names that kubectl takes.
        namespaced: lives in a namespace.
        subresources: "scale", "status", "log" …
        categories: "all" if `kubectl get all` shows it.
        refusal: why it cannot be made here; "" if it can.
        custom: defined by a CustomResourceDefinition.
        only_create: asked once and kept nowhere (an access review).
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str = ""
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    refusal: str = ""
    custom: bool = False
    only_create: bool = False

    @property
    def api_version(self) -> str:
        """As an object says it: "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """As messages of the server name it: "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def verbs(self) -> tuple[str, ...]:
        """What may be done with it."""
        return ("create",) if self.only_create else READ_WRITE


_NO_METRICS = "this simulator measures no load, so nothing can be scaled by it"
_ALL = ("all",)
NAMESPACES = Kind(
    "", "v1", "Namespace", "namespaces", namespaced=False, short=("ns",), subresources=("finalize", "status")
)
PODS = Kind(
    "", "v1", "Pod", "pods", short=("po",), categories=_ALL,
    subresources=("attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "status"),
)  # fmt: skip
SECRETS = Kind("", "v1", "Secret", "secrets")
CONFIGMAPS = Kind("", "v1", "ConfigMap", "configmaps", short=("cm",))
SERVICES = Kind(
    "", "v1", "Service", "services", short=("svc",), subresources=("proxy", "status"), categories=_ALL
)
SERVICEACCOUNTS = Kind("", "v1", "ServiceAccount", "serviceaccounts", short=("sa",), subresources=("token",))
ENDPOINTS = Kind("", "v1", "Endpoints", "endpoints", "endpoints", short=("ep",))
NODES = Kind("", "v1", "Node", "nodes", namespaced=False, short=("no",), subresources=("proxy", "status"))
EVENTS = Kind("", "v1", "Event", "events", short=("ev",))
CLAIMS = Kind(
    "", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", short=("pvc",), subresources=("status",)
)
QUOTAS = Kind(
    "", "v1", "ResourceQuota", "resourcequotas", short=("quota",), subresources=("status",),
    refusal="quotas are not enforced by this simulator",
)  # fmt: skip
DEPLOYMENTS = Kind(
    "apps", "v1", "Deployment", "deployments", short=("deploy",), subresources=("scale", "status"),
    categories=_ALL,
)  # fmt: skip
REPLICASETS = Kind(
    "apps",
    "v1",
    "ReplicaSet",
    "replicasets",
    short=("rs",),
    subresources=("scale", "status"),
    categories=_ALL,
)
STATEFULSETS = Kind(
    "apps", "v1", "StatefulSet", "statefulsets", short=("sts",), subresources=("scale", "status"),
    categories=_ALL,
)  # fmt: skip
DAEMONSETS = Kind(
    "apps", "v1", "DaemonSet", "daemonsets", short=("ds",), subresources=("status",), categories=_ALL,
    refusal="daemon sets are not run by this simulator",
)  # fmt: skip
REVISIONS = Kind("apps", "v1", "ControllerRevision", "controllerrevisions")
JOBS = Kind("batch", "v1", "Job", "jobs", subresources=("status",), categories=_ALL)
CRONJOBS = Kind(
    "batch", "v1", "CronJob", "cronjobs", short=("cj",), subresources=("status",), categories=_ALL
)
SLICES = Kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices")
INGRESSES = Kind("networking.k8s.io", "v1", "Ingress", "ingresses", short=("ing",), subresources=("status",))
POLICIES = Kind(
    "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", short=("netpol",),
    refusal="network policies are not enforced by this simulator",
)  # fmt: skip
BUDGETS = Kind(
    "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", short=("pdb",), subresources=("status",),
    refusal="disruption budgets are not enforced by this simulator",
)  # fmt: skip
ROLES = Kind("rbac.authorization.k8s.io", "v1", "Role", "roles")
ROLE_BINDINGS = Kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings")
CLUSTER_ROLES = Kind("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_BINDINGS = Kind(
    "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False
)
DEFINITIONS = Kind(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False,
    short=("crd", "crds"), subresources=("status",),
)  # fmt: skip
AUTOSCALERS = tuple(
    Kind(
        "autoscaling", version, "HorizontalPodAutoscaler", "horizontalpodautoscalers", short=("hpa",),
        subresources=("status",), categories=_ALL, refusal=_NO_METRICS,
    )
    for version in ("v2", "v1")
)  # fmt: skip
ACCESS_REVIEWS = Kind(
    "authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced=False,
    only_create=True,
)  # fmt: skip
RULES_REVIEWS = Kind(
    "authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", namespaced=False,
    only_create=True,
)  # fmt: skip

BUILT_IN = (
    CONFIGMAPS, ENDPOINTS, EVENTS, NAMESPACES, NODES, CLAIMS, PODS, QUOTAS, SECRETS, SERVICEACCOUNTS, SERVICES,
    REVISIONS, DAEMONSETS, DEPLOYMENTS, REPLICASETS, STATEFULSETS, CRONJOBS, JOBS, SLICES, INGRESSES, POLICIES, BUDGETS,
    ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_BINDINGS, DEFINITIONS, *AUTOSCALERS, ACCESS_REVIEWS,
    RULES_REVIEWS,
)  # fmt: skip
WORKLOADS = (DEPLOYMENTS, REPLICASETS, STATEFULSETS)


def custom_kinds(definitions: Iterable[Object]) -> tuple[Kind, ...]:
    """The kinds that CustomResourceDefinitions define, one for each version that is served."""
    found = []
    for definition in definitions:
        names = mapping(definition, "spec", "names")
        for version in listed(definition, "spec", "versions"):
            if version.get("served") is True:
                subresources = mapping(version, "subresources")
                found.append(
                    Kind(
                        group=text(definition, "spec", "group"),
                        version=text(version, "name"),
                        kind=text(names, "kind"),
                        plural=text(names, "plural"),
                        singular=text(names, "singular"),
                        namespaced=at(definition, "spec", "scope") == "Namespaced",
                        short=tuple(texts(names, "shortNames")),
                        subresources=tuple(name for name in ("status",) if name in subresources),
                        categories=tuple(texts(names, "categories")),
                        custom=True,
                    )
                )
    return tuple(found)
