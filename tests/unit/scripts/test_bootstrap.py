"""Set-up on machines that are not like ours: mirrors, certificates, wrong files, two runs at once."""

import base64
import hashlib
import http.server
import importlib.util
import io
import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts" / "bootstrap"
NAMES = ("place", "say", "sources", "uv", "bytecode")


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The modules of scripts/bootstrap, which is a program and no package, with nobody's settings around."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    for name in (
        "UV_DEFAULT_INDEX",
        "UV_INDEX_URL",
        "PIP_INDEX_URL",
        "PIP_CERT",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    loaded: dict[str, ModuleType] = {name: importlib.import_module(name) for name in NAMES}
    yield SimpleNamespace(**loaded)
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def index() -> Iterator[SimpleNamespace]:
    """A package index on loopback that serves whatever is put into `files` and remembers who asked."""
    files: dict[str, tuple[str, bytes]] = {}
    asked: list[tuple[str, str | None]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization")))
            kind, body = files.get(self.path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SimpleNamespace(port=server.server_address[1], files=files, asked=asked)
    server.shutdown()
    thread.join()
    server.server_close()


def wheel(program: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("uv-9.9.9.data/scripts/uv", program)
        archive.writestr("uv/__init__.py", "")
    return packed.getvalue()


def pin(bootstrap: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: bytes) -> None:
    pinned = tmp_path / "uv.txt"
    pinned.write_text(f"uv==9.9.9 \\\n    --hash=sha256:{hashlib.sha256(body).hexdigest()}\n")
    monkeypatch.setattr(bootstrap.uv, "PINNED", pinned)


def page_name(bootstrap: SimpleNamespace) -> str:
    family = "manylinux_2_17" if bootstrap.uv.platform.libc_ver()[0] == "glibc" else "musllinux_1_1"
    return f"uv-9.9.9-py3-none-{family}_{bootstrap.uv.platform.machine()}.{family}_x.whl".replace(
        f".{family}_x", ""
    )


@pytest.mark.parametrize("form", ["json", "html"])
def test_uv_is_fetched_without_pip_from_either_form_of_index(bootstrap, index, monkeypatch, tmp_path, form):
    body = wheel(b"#!/bin/sh\necho uv 9.9.9\n")
    pin(bootstrap, monkeypatch, tmp_path, body)
    name = page_name(bootstrap)
    index.files[f"/files/{name}"] = ("application/zip", body)
    index.files["/simple/uv/"] = (
        (
            bootstrap.uv.JSON_PAGE,
            json.dumps({"files": [{"filename": name, "url": f"../../files/{name}"}]}).encode(),
        )
        if form == "json"
        else ("text/html", f'<a href="../../files/{name}#sha256=0" data-x="1"> {name} </a>'.encode())
    )
    sources = bootstrap.sources.Sources(f"http://ana:s3cret@127.0.0.1:{index.port}/simple", True, None)
    bootstrap.uv._by_hand(sources, tmp_path / "uv")
    assert bootstrap.uv._is_usable(tmp_path / "uv/bin/uv")
    assert index.asked[0] == ("/simple/uv/", "Basic " + base64.b64encode(b"ana:s3cret").decode())


def test_a_uv_with_another_hash_is_never_unpacked(bootstrap, index, monkeypatch, tmp_path):
    pin(bootstrap, monkeypatch, tmp_path, wheel(b"ours"))
    name = page_name(bootstrap)
    index.files[f"/simple/uv/{name}"] = ("application/zip", wheel(b"theirs"))
    index.files["/simple/uv/"] = ("text/html", f'<a href="{name}">{name}</a>'.encode())
    sources = bootstrap.sources.Sources(f"http://127.0.0.1:{index.port}/simple", True, None)
    with pytest.raises(bootstrap.say.Stop, match="not the file this project was tested with"):
        bootstrap.uv._by_hand(sources, tmp_path / "uv")
    assert not (tmp_path / "uv").exists()


def test_an_index_that_does_not_answer_is_named_with_a_next_step_and_without_its_password(
    bootstrap, index, tmp_path
):
    sources = bootstrap.sources.Sources(f"http://ana:s3cret@127.0.0.1:{index.port}/nothing", True, None)
    with pytest.raises(bootstrap.say.Stop, match=r"could not fetch .*404") as stop:
        bootstrap.uv._by_hand(sources, tmp_path / "uv")
    assert "PIP_INDEX_URL" in stop.value.hint
    assert "s3cret" not in stop.value.message


def test_the_index_is_the_one_of_the_lock_unless_somebody_set_another(bootstrap, monkeypatch, tmp_path):
    ours = bootstrap.sources.read()
    assert ours.index.startswith("https://")
    assert not ours.is_mirror
    settings = tmp_path / "home/.config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    settings.write_text(f"[global]\nindex_url = https://mirror.example/simple/\ncert = {bundle}\n")
    assert bootstrap.sources.read() == bootstrap.sources.Sources(
        "https://mirror.example/simple", True, bundle
    )
    monkeypatch.setenv("UV_DEFAULT_INDEX", "company=https://other.example/simple")
    assert bootstrap.sources.read().index == "https://other.example/simple"


def test_an_activated_environment_does_not_redirect_set_up(bootstrap, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "/elsewhere")
    environment = bootstrap.sources.read().environment()
    assert not {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"} & set(environment)
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"


def test_a_stamp_holds_for_this_place_and_these_contents_only(bootstrap, tmp_path):
    lock, stamp = tmp_path / "lock", tmp_path / "stamp"
    lock.write_text("a")
    bootstrap.place.mark_done(stamp, bootstrap.place.key(lock))
    assert bootstrap.place.is_done(stamp, bootstrap.place.key(lock))
    lock.write_text("b")
    assert not bootstrap.place.is_done(stamp, bootstrap.place.key(lock))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "npm error code E\nnpm error request to x failed, reason: y\nnpm error A log: z",
            "request to x failed, reason: y",
        ),
        ("error: Failed to fetch: `u`\n  Caused by: dns", "error: Failed to fetch: `u` - Caused by: dns"),
        ("W: Failed to fetch u  Temporary failure\nE: Some index files failed", "W: Failed to fetch u"),
        ("warning: Failed to hardlink files\nerror: Failed to install: x", "error: Failed to install: x"),
        ("nothing of the kind", "nothing of the kind"),
        ("", "it said nothing"),
    ],
)
def test_the_reason_of_a_failed_program_is_told_not_its_last_remark(bootstrap, tmp_path, said, reason):
    report = bootstrap.say.Report(quiet=True, log=tmp_path / "log")
    with pytest.raises(bootstrap.say.Stop) as stop:
        report.run(["sh", "-c", 'printf "%s" "$1"; exit 1', "sh", said], failure="it broke", hint="Look.")
    assert reason in stop.value.message
    assert str(tmp_path / "log") in stop.value.hint


def test_a_program_that_is_not_there_is_one_sentence(bootstrap, tmp_path):
    report = bootstrap.say.Report(quiet=True, log=tmp_path / "log")
    with pytest.raises(bootstrap.say.Stop, match=r"it broke .*No such file"):
        report.run(["/no/such/program"], failure="it broke", hint="Look.")


def test_what_changed_is_compiled_once_also_where_python_may_not_write_byte_code(
    bootstrap, monkeypatch, tmp_path
):
    source, environment, lock = tmp_path / "src", tmp_path / "venv", tmp_path / "lock"
    source.mkdir()
    environment.mkdir()
    lock.write_text("one")
    (source / "bell.py").write_text("RINGS = True\n")
    program = SimpleNamespace(
        SOURCE=source, LOCK=lock, VENV=environment, PYTHON=sys.executable, PROGRAMS=("json",)
    )
    for name, value in vars(program).items():
        monkeypatch.setattr(bootstrap.bytecode, name, value)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    report = bootstrap.say.Report(quiet=True, log=tmp_path / "log")
    compiled = Path(importlib.util.cache_from_source(str(source / "bell.py")))
    bootstrap.bytecode.write(report)
    assert compiled.exists()
    compiled.unlink()
    bootstrap.bytecode.write(report)
    assert not compiled.exists(), "nothing changed, so nothing is done"
    (source / "bell.py").write_text("RINGS = 'all night'\n")
    bootstrap.bytecode.write(report)
    assert compiled.exists()
