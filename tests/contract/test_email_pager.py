"""Pages as mail, against a real SMTP server on loopback with real certificates."""

import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.contract.mail_server import MailServer

from tocsin.connectors.api import PageMessage
from tocsin.connectors.email_pager import EmailPager, from_settings
from tocsin.errors import ConfigError, Permanent, Temporary

MESSAGE = PageMessage(
    "INC-1.p1.mail", "ana", "ana@example.org", "P1 API not responding ✓ · since 03:00 UTC", "INC-1\nlook <here> & there",
    "https://tocsin.example/a/1.x?y=1&z=2", incidents=("INC-1",), severity="P1", rank=1, scope="here",
)  # fmt: skip
PASSWORD = "correct horse battery staple"  # of nobody


class Mailbox:
    """Takes mail, or answers what it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.tls: list[bool] = []
        self.logins: list[str | None] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []

    async def handle_RCPT(  # noqa: N802 -- the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- likewise
        if self.data:
            return self.data.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.tls.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        self.logins.append(session.auth_data.login.decode() if session.auth_data else None)
        return "250 taken as 4711"


def login(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False, auth_data=data)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Trusted by nobody but whoever is given its file."""
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of that authority."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def serve(authority: trustme.CA) -> Iterator[Callable[..., tuple[Mailbox, int]]]:
    running: list[MailServer] = []

    def start(security: str = "starttls", **more: object) -> tuple[Mailbox, int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        box = Mailbox()
        tls = {
            "starttls": {"tls_context": context, "require_starttls": True},
            "tls": {"ssl_context": context},
        }
        server = MailServer(box, **tls.get(security, {}), **more)
        server.start()
        running.append(server)
        return box, server.port

    yield start
    for server in running:
        server.stop()


def pager(port: int, security: str, ca_file: Path | None = None, **more: object) -> EmailPager:
    table: dict[str, object] = {
        "host": "127.0.0.1", "port": port, "security": security, "from": "tocsin@example.org", "timeout": "60 s", **more,
    }  # fmt: skip
    if ca_file is not None:
        table["ca_file"] = str(ca_file)
    return from_settings("pager of kind 'email'", table)


Serve = Callable[..., tuple[Mailbox, int]]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_page_is_one_mail_in_two_forms_over_a_closed_line(
    serve: Serve, certificate: Path, security: str
) -> None:
    box, port = serve(security)
    receipt = pager(port, security, certificate).page(MESSAGE)
    (mail,) = box.mails
    assert box.tls == [True]
    assert mail["Subject"] == MESSAGE.subject
    assert mail["To"] == "ana@example.org"
    assert mail["Message-ID"] == receipt.reference
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "look <here> & there" in text.get_content()
    assert MESSAGE.link is not None
    assert MESSAGE.link in text.get_content()
    assert "look &lt;here&gt; &amp; there" in page.get_content()
    assert "z=2" in page.get_content()


def test_the_message_id_comes_from_the_key_and_incidents_make_a_thread(
    serve: Serve, certificate: Path
) -> None:
    box, port = serve()
    sender = pager(port, "starttls", certificate)
    sender.page(MESSAGE)
    sender.page(MESSAGE)
    other = PageMessage(
        "INC-1.p2.mail", "bo", "bo@example.org", "s", "b", None, incidents=("INC-1",), scope="here"
    )
    sender.page(other)
    first, again, second = box.mails
    assert first["Message-ID"] == again["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"]


def test_it_logs_in_and_a_wrong_password_is_permanent_and_not_shown(serve: Serve, certificate: Path) -> None:
    box, port = serve(authenticator=login, auth_required=True)
    pager(port, "starttls", certificate, user="tocsin", password=PASSWORD).page(MESSAGE)
    assert box.logins == ["tocsin"]
    with pytest.raises(Permanent, match="535") as caught:
        pager(port, "starttls", certificate, user="tocsin", password="another secret word").page(MESSAGE)
    assert "another secret word" not in str(caught.value)


def test_encryption_that_was_asked_for_is_never_given_up(serve: Serve) -> None:
    box, port = serve("none")
    with pytest.raises(Permanent, match="STARTTLS"):
        pager(port, "starttls").page(MESSAGE)
    assert box.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_trusts_is_permanent(serve: Serve, security: str) -> None:
    box, port = serve(security)
    with pytest.raises(Permanent, match="not trusted") as caught:
        pager(port, security).page(MESSAGE)
    assert "ca_file" in str(caught.value)
    assert box.mails == []


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        ("rcpt", "550 no such user", Permanent),
        ("rcpt", "450 mailbox busy", Temporary),
        ("data", "552 too large", Permanent),
        ("data", "451 try later", Temporary),
    ],
)
def test_what_the_server_says_decides(serve: Serve, stage: str, answer: str, kind: type[Exception]) -> None:
    box, port = serve("none")
    getattr(box, stage).append(answer)
    with pytest.raises(kind, match=answer):
        pager(port, "none").page(MESSAGE)


def test_a_line_break_in_a_subject_begins_no_header(serve: Serve) -> None:
    box, port = serve("none")
    bad = PageMessage("k", "ana", "ana@example.org", "P1 down\r\nBcc: eve@example.org", "b", None)
    pager(port, "none").page(bad)
    assert box.mails[0]["Bcc"] is None
    assert "Bcc: eve" in box.mails[0]["Subject"]


@pytest.mark.parametrize("said", [b"", b"220 loopback ESMTP\r\n", b"500 what\r\n\x00\xff"])
def test_a_server_that_goes_away_is_temporary(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve_once() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(said)

        thread = threading.Thread(target=serve_once)
        thread.start()
        with pytest.raises((Temporary, Permanent)) as caught:
            pager(server.getsockname()[1], "none").page(MESSAGE)
        thread.join()
    assert isinstance(caught.value, Permanent if said.startswith(b"5") else Temporary)


def test_nobody_there_and_nobody_answering_are_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Temporary, match="no whole answer"):
            pager(port, "none", timeout="200 ms").page(MESSAGE)
    with pytest.raises(Temporary, match="no whole answer"):
        pager(port, "none").page(MESSAGE)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"security": "ssl"}, "must be one of starttls, tls, none"),
        ({"from": "Tocsin <t@example.org>"}, "must be a bare address"),
        ({"user": "x"}, "are set together"),
        ({"security": "none", "user": "x", "password": "y", "host": "mail.example.org"}, "open line"),
        ({"ca_file": "/gone.pem"}, "cannot be used"),
        ({"prot": 3}, "Did you mean port"),
    ],
)
def test_what_is_wrong_is_said_before_the_first_page(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        from_settings("pager", {"host": "127.0.0.1", "from": "t@example.org", **more})
