"""Pages as mail, by SMTP with STARTTLS or TLS (RFC 5321, 5322, 8314).

The Message-ID comes from the page's key: mail programs and servers show a message of a known id once, and whoever
looks for a page finds it by its key.
"""

import hashlib
import html
import ipaddress
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from tocsin.connectors.api import Limit, Manners, PageMessage, Receipt
from tocsin.errors import OutsideError, Permanent, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys
from tocsin.kit.redact import Redactor

PORTS = {"starttls": 587, "tls": 465, "none": 25}
_URGENT = ("page", "ask")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over.

    Attributes:
        security: "starttls" (demanded, never given up), "tls" from the first byte, or "none".
        user, password: of the account, or None for a server that asks for none.
    """

    host: str
    port: int
    security: str
    user: str | None
    password: str | None
    ca_file: str | None
    timeout: timedelta


class EmailPager:
    """Sends each page as one mail, plain and as HTML.

    Args:
        sender: the address mails come from.
    """

    manners = Manners("mail", (Limit(1, timedelta(minutes=1)),), bundles=True)

    def __init__(self, server: Server, sender: str, clock: Clock) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._where = f"{server.host}:{server.port}"
        self._redactor = Redactor([server.password] if server.password else [])

    @property
    def sender(self) -> str:
        """The address mails come from."""
        return self._sender

    def page(self, message: PageMessage) -> Receipt:
        """Hand the mail to the server; returns when it has taken it for the recipient.

        Raises Permanent for what the server refuses for good (5xx), for a login it does not know and for a server
        without the encryption that was asked for; Temporary for the rest.
        """
        return self.deliver(self.compose(message), message.address)

    def deliver(self, mail: EmailMessage, to: str) -> Receipt:
        """Hand over a mail that was composed elsewhere; raises as `page` does."""
        try:
            with self._connected() as server:
                refused = server.send_message(mail, self._sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            raise self._answered(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPResponseException as error:
            raise self._answered(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Permanent(
                f"email pager: {self._where} cannot do what is asked of it: {error}.",
                hint='Set security to what the server offers: "starttls" or "tls".',
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise Permanent(
                f"email pager: {self._where} shows a certificate that is not trusted: {error.verify_message}.",
                hint="Set ca_file to the authority that signed it.",
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            # A line cut off in the middle: the server may have taken it. The same Message-ID makes a second one harmless.
            said = self._redactor.redact(str(error)) or type(error).__name__
            raise Temporary(f"email pager: no whole answer from {self._where}: {said}.") from error
        if refused:
            raise self._answered(*next(iter(refused.values())))
        return Receipt(str(mail["Message-ID"]), self._clock.now())

    def compose(self, message: PageMessage) -> EmailMessage:
        """The mail as it is sent."""
        domain = self._sender.rpartition("@")[2]
        mail = EmailMessage()
        mail["Message-ID"] = f"<{_name(message.scope, message.key)}@{domain}>"
        mail["Date"] = format_datetime(self._clock.now())
        mail["From"] = f"tocsin <{self._sender}>"
        mail["To"] = message.address
        mail["Subject"] = _line(message.subject)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Tocsin-Key"] = _line(message.key)
        if message.incidents:
            thread = f"<{_name(message.scope, message.incidents[0])}@{domain}>"
            mail["In-Reply-To"] = thread
            mail["References"] = thread
        if message.kind in _URGENT:
            mail["Importance"] = "high"
            mail["X-Priority"] = "1"
        mail.set_content(f"{message.body}\n\n{message.link}\n" if message.link else f"{message.body}\n")
        mail.add_alternative(_html(message), subtype="html")
        return mail

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        seconds = server.timeout.total_seconds()
        context = ssl.create_default_context(cafile=server.ca_file)
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=seconds)
        try:
            if server.security == "starttls":
                smtp.starttls(context=context)
            if server.user is not None and server.password is not None:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _answered(self, code: int, reason: bytes | str) -> OutsideError:
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        said = f"email pager: {self._where} answered {code} {self._redactor.redact(_line(text))}"
        if 500 <= code < 600:
            return Permanent(f"{said}.", hint="Check the address, the sender and the account.")
        return Temporary(f"{said}.")


def from_settings(what: str, settings: Mapping[str, object]) -> EmailPager:
    """The pager of a table with `host`, `from` and what is described in docs/reference/channels.md. Raises ConfigError."""
    keys = Keys(what, settings)
    host = keys.text("host")
    security = keys.text_or_none("security") or "starttls"
    if security not in PORTS:
        raise keys.wrong("security", f"must be one of {', '.join(PORTS)}")
    port = keys.whole("port", PORTS[security], least=1, most=65535)
    sender = keys.text("from")
    user, password = keys.text_or_none("user"), keys.text_or_none("password")
    ca_file = keys.text_or_none("ca_file")
    timeout = keys.duration_or_none("timeout") or timedelta(seconds=15)
    keys.done()
    if parseaddr(sender)[1] != sender or "@" not in sender:
        raise keys.wrong("from", 'must be a bare address such as "tocsin@example.org"')
    if (user is None) != (password is None):
        raise keys.wrong("password", "and user are set together or not at all")
    if user is not None and security == "none" and not _loopback(host):
        raise keys.wrong("security", "must be starttls or tls: a password is not sent over an open line")
    if ca_file is not None:
        try:
            ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            raise keys.wrong("ca_file", f"cannot be used: {error}") from error
    return EmailPager(Server(host, port, security, user, password, ca_file, timeout), sender, SystemClock())


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(scope: str, key: str) -> str:
    return hashlib.sha256(f"{scope}/{key}".encode()).hexdigest()[:32]


def _line(text: str) -> str:
    """One line: a line break in a header would begin another header."""
    return " ".join(text.split())


def _html(message: PageMessage) -> str:
    button = ""
    if message.link:
        label = "Look and acknowledge" if message.kind == "page" else "Look"
        button = f'<p><a href="{html.escape(message.link)}" style="font-size:18px">{label}</a></p>'
    return (
        f'<!doctype html><html lang="en"><body style="font-family:sans-serif">'
        f'<p style="font-size:18px"><strong>{html.escape(message.subject)}</strong></p>{button}'
        f'<pre style="white-space:pre-wrap">{html.escape(message.body)}</pre></body></html>\n'
    )
