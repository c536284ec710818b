"""Mails to subscribers of the status page: one address each, with a way out that mail programs offer as a button (RFC 8058)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tocsin.connectors.api import Receipt
from tocsin.connectors.email_pager import EmailPager

# Mail programs that look for "List-Unsubscribe" expect the address on the line of its name.
_POLICY = SMTP.clone(max_line_length=500)


@dataclass(frozen=True, slots=True)
class StatusMail:
    """One mail.

    Attributes:
        key: the same on every try, so that a mail handed over twice is shown once.
        thread: what mails of one incident have in common, or None. leave: where the reader leaves, or None.
    """

    key: str
    to: str
    subject: str
    text: str
    at: datetime
    page: str
    thread: str | None = None
    leave: str | None = None


def send(pager: EmailPager, mail: StatusMail) -> Receipt:
    """Hand it to the server of a pager. Raises Temporary or Permanent."""
    return pager.deliver(compose(mail, pager.sender), mail.to)


def compose(mail: StatusMail, sender: str) -> EmailMessage:
    """The mail as it is sent."""
    domain = sender.rpartition("@")[2]
    found = EmailMessage(policy=_POLICY)
    found["Message-ID"] = f"<{_name(mail.key)}@{domain}>"
    found["Date"] = format_datetime(mail.at)
    found["From"] = f"{_line(mail.page)} status <{sender}>" if mail.page.isascii() else sender
    found["To"] = mail.to
    found["Subject"] = _line(mail.subject)
    found["Auto-Submitted"] = "auto-generated"
    if mail.thread is not None:
        thread = f"<{_name(mail.thread)}@{domain}>"
        found["In-Reply-To"] = thread
        found["References"] = thread
    if mail.leave is not None:
        found["List-Unsubscribe"] = f"<{mail.leave}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    found.set_content(mail.text)
    return found


def _name(key: str) -> str:
    return hashlib.sha256(f"status/{key}".encode()).hexdigest()[:32]


def _line(text: str) -> str:
    """One line: a line break in a header would begin another header."""
    return " ".join(text.replace('"', "").replace("<", "").replace(">", "").split())
