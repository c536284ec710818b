"""A real control plane is found where the field puts it, and would listen on loopback only."""

from pathlib import Path

from tests.sandbox.kubernetes.real_plane import PROGRAMS, Plan, find


def folder(place: Path, *names: str) -> Path:
    place.mkdir()
    for name in names:
        (place / name).touch(mode=0o755)
    return place


def test_binaries_are_found_in_the_folder_named_for_us_then_for_envtest_then_in_the_path(
    tmp_path: Path,
) -> None:
    ours = folder(tmp_path / "ours", "kube-apiserver")
    envtest = folder(tmp_path / "envtest", "etcd", "kube-apiserver", "kubectl")
    path = folder(tmp_path / "path", *PROGRAMS)
    variables = {"TOCSIN_KUBE_ASSETS": str(ours), "KUBEBUILDER_ASSETS": str(envtest), "PATH": str(path)}
    assert find(variables) == {
        "kube-apiserver": ours / "kube-apiserver",
        "etcd": envtest / "etcd",
        "kube-controller-manager": path / "kube-controller-manager",
    }
    assert find({"PATH": str(tmp_path)}) == {}


def test_what_cannot_be_started_is_not_found(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", "etcd")
    (ours / "etcd").chmod(0o644)
    assert find({"TOCSIN_KUBE_ASSETS": str(ours), "PATH": ""}) == {}


def test_every_address_is_loopback(tmp_path: Path) -> None:
    names = ("c.pem", "k.pem", "signing.pem", "tokens.csv", "kubeconfig")
    plan = Plan(tmp_path, (1, 2, 3, 4), *(tmp_path / name for name in names))
    words = [
        *plan.etcd(Path("etcd")),
        *plan.api(Path("api")),
        *plan.controllers(Path("controllers"), old=True),
    ]
    listening = [word for word in words if any(key in word for key in ("-urls=", "-address=", "-servers="))]
    assert len(listening) == 8
    assert all("127.0.0.1" in word for word in listening)
    assert {"--authorization-mode=RBAC", "--port=0"} <= set(words)
