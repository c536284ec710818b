"""A real control plane is found where it was named, listens on loopback only, and is told addresses that it takes."""

import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tocsin.errors import InputError, Temporary
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.kinds import ENDPOINTS, PODS, SECRETS
from tocsin.sandbox.kubernetes.objects import Object, copy, listed, mapping, text
from tocsin.sandbox.kubernetes.plane import arguments
from tocsin.sandbox.kubernetes.plane.addresses import inward, outward
from tocsin.sandbox.kubernetes.plane.arguments import Trusted
from tocsin.sandbox.kubernetes.plane.certificates import Certificates
from tocsin.sandbox.kubernetes.plane.programs import NAMES, Ports, Programs, Version
from tocsin.sandbox.kubernetes.plane.real import RealCluster
from tocsin.sandbox.kubernetes.plane.running import Plan, Plane
from tocsin.sandbox.kubernetes.settings import PlaneSettings, SimulatorSettings

NETWORK = "127.7"


def folder(place: Path, *names: str) -> Path:
    place.mkdir()
    for name in names:
        (place / name).touch(mode=0o755)
    return place


def test_programs_come_from_the_named_folder_and_what_it_lacks_from_the_system(tmp_path: Path) -> None:
    named = folder(tmp_path / "named", "kube-apiserver", "kube-controller-manager")
    system = folder(tmp_path / "system", *NAMES)
    found = Programs.find(named, str(system))
    assert (found.api, found.controllers) == (named / "kube-apiserver", named / "kube-controller-manager")
    assert found.etcd == system / "etcd"


def test_every_missing_program_is_named_with_a_way_out(tmp_path: Path) -> None:
    named = folder(tmp_path / "named", "etcd", "kube-apiserver")
    (named / "etcd").chmod(0o644)  # there, and cannot be started
    with pytest.raises(InputError, match=r"no etcd, kube-controller-manager here") as wrong:
        Programs.find(named, "")
    assert "TOCSIN_CONTROL_PLANE" in (wrong.value.hint or "")


def test_a_version_is_read_and_one_that_is_too_old_is_refused(tmp_path: Path) -> None:
    found = Version.read("Kubernetes v1.31.4-rc.1\n", tmp_path)
    assert (found.said, found.before(32), found.before(31)) == ("v1.31.4-rc.1", True, False)
    with pytest.raises(InputError, match=r"is v1\.19\.16; drills need 1\.20"):
        Version.read("Kubernetes v1.19.16", tmp_path)
    with pytest.raises(InputError, match="does not say which version"):
        Version.read("usage: …", tmp_path)


def words(tmp_path: Path, minor: int) -> dict[str, tuple[str, ...]]:
    """What each program is told."""
    programs, ports = Programs(*(Path("/p") / name for name in NAMES)), Ports(1, 2, 3, 4, 5)
    made = Certificates.make(tmp_path, SystemClock().now())
    trusted = Trusted(*(tmp_path / name for name in ("c.pem", "k.pem", "tokens.csv", "kubeconfig")), made)
    return {
        "etcd": arguments.etcd(programs, ports, tmp_path),
        "api": arguments.api(programs, ports, tmp_path, trusted, f"{NETWORK}.200.0/21"),
        "controllers": arguments.controllers(
            programs, ports, tmp_path, trusted, Version(1, minor, f"v1.{minor}.0")
        ),
    }


@pytest.mark.parametrize("minor", [20, 23, 24, 33])
def test_every_address_is_loopback(tmp_path: Path, minor: int) -> None:
    told = [word for each in words(tmp_path, minor).values() for word in each]
    addresses = [word for word in told if any(key in word for key in ("-urls=", "-address=", "-servers="))]
    assert len(addresses) == 8
    assert all("127.0.0.1" in word for word in addresses)
    assert f"--service-cluster-ip-range={NETWORK}.200.0/21" in told
    assert "--authorization-mode=RBAC" in told


def test_an_old_controller_manager_opens_no_second_port_and_makes_no_tokens_of_chance(
    tmp_path: Path,
) -> None:
    old, new = words(tmp_path, 23), words(tmp_path, 24)
    assert "--port=0" in old["controllers"]
    assert any("-serviceaccount-token" in word for word in old["controllers"])
    assert "--port=0" not in new["controllers"]
    assert not any("-serviceaccount-token" in word for word in new["controllers"])


def test_no_token_and_no_key_stands_in_a_list_of_processes(tmp_path: Path) -> None:
    told = [word for each in words(tmp_path, 20).values() for word in each]
    keys = [(tmp_path / name).read_text() for name in ("signing.pem", "node.key", "api-client.key")]
    assert all("PRIVATE KEY" in key for key in keys)
    assert not any(key in word for key in keys for word in told)
    assert {(path.stat().st_mode & 0o777) for path in tmp_path.glob("*.key")} == {0o600}


def test_the_certificate_of_the_node_is_for_loopback_and_trusts_nobody_else(tmp_path: Path) -> None:
    made = Certificates.make(tmp_path, SystemClock().now())
    found = x509.load_pem_x509_certificate(made.door.certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    assert names.get_values_for_type(x509.DNSName) == []
    context = ssl.create_default_context(cafile=str(made.door.certificate))
    assert len(context.get_ca_certs()) == 1


octets = st.integers(0, 199), st.integers(1, 254)


@given(st.lists(st.tuples(*octets), min_size=1, max_size=5))
def test_what_the_api_is_told_leads_back_to_where_the_processes_listen(hosts: list[tuple[int, int]]) -> None:
    real = [f"{NETWORK}.{high}.{low}" for high, low in hosts]
    status: Object = {"podIP": real[0], "podIPs": [{"ip": one} for one in real], "phase": "Running"}
    before = copy(status)
    told = outward(status, NETWORK)
    assert status == before
    shown = [ipaddress.ip_address(text(one, "ip")) for one in listed(told, "podIPs")]
    assert not any(address.is_loopback for address in shown)
    assert all(address in ipaddress.ip_network("198.18.0.0/15") for address in shown)
    assert mapping(inward(PODS, {"status": told}, NETWORK), "status") == status
    endpoints: Object = {"subsets": [{"addresses": [{"ip": str(one), "nodeName": "n"} for one in shown]}]}
    (subset,) = listed(inward(ENDPOINTS, endpoints, NETWORK), "subsets")
    assert [text(one, "ip") for one in listed(subset, "addresses")] == real


def test_nothing_but_addresses_of_pods_is_renamed() -> None:
    secret: Object = {"data": {"ip": "198.18.0.1"}, "subsets": "198.18.0.1"}
    assert inward(SECRETS, secret, NETWORK) == secret
    outside: Object = {"subsets": [{"addresses": [{"ip": "10.0.0.1", "hostname": "198.18.0.1"}]}]}
    assert inward(ENDPOINTS, outside, NETWORK) == outside
    node: Object = {"hostIP": "127.0.0.1", "podIP": f"{NETWORK}0.0.1"}
    assert outward(node, NETWORK) == node


def settings(tmp_path: Path, plane: PlaneSettings | None) -> SimulatorSettings:
    return SimulatorSettings(1, tmp_path, tmp_path, "t", tmp_path, tmp_path, plane=plane)


def test_the_settings_of_a_plane_survive_their_file(tmp_path: Path) -> None:
    programs = Programs(*(tmp_path / name for name in NAMES))
    found = settings(tmp_path, PlaneSettings(programs, Ports(1, 2, 3, 4, 5), tmp_path / "ca.pem"))
    found.save(tmp_path / "settings.json")
    assert SimulatorSettings.load(tmp_path / "settings.json") == found


def test_without_a_plane_in_its_settings_no_real_cluster_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name no control plane"):
        RealCluster(settings(tmp_path, None))


def test_a_program_that_ends_before_it_answers_is_named_with_its_last_words(tmp_path: Path) -> None:
    api, silent = tmp_path / "kube-apiserver", tmp_path / "etcd"
    api.write_text("#!/bin/sh\necho Kubernetes v1.20.2\n")
    silent.write_text("#!/bin/sh\necho the disk is full\nexit 7\n")
    for program in (api, silent):
        program.chmod(0o755)
    made = Certificates.make(tmp_path, SystemClock().now())
    trusted = Trusted(*(tmp_path / name for name in ("c.pem", "k.pem", "tokens.csv", "kubeconfig")), made)
    plan = Plan(
        Programs(silent, api, api), Ports(1, 2, 3, 4, 5), trusted, tmp_path, {}, f"{NETWORK}.200.0/21"
    )
    plane = Plane(plan, Client(1, tmp_path / "ca.pem", "name", "token"))
    with pytest.raises(Temporary, match=r"etcd ended with status 7: the disk is full"):
        plane.start()
    plane.stop()
    assert plane.ended() == ()
