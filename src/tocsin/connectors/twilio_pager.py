"""Pages as SMS and as calls, through Twilio or anything that speaks its API (2010-04-15).

Twilio knows no idempotency key for messages and calls: a page whose outcome nobody knows is sent again, because a
second SMS is better than none. What became of a message comes back through `StatusCallback`, signed.
https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.sax.saxutils import escape, quoteattr

from tocsin.connectors.api import (
    Call,
    Called,
    Delivered,
    Limit,
    Manners,
    PageMessage,
    Pressed,
    Receipt,
    Replied,
    Reply,
    Settled,
    Tiding,
    Undelivered,
)
from tocsin.connectors.http import Answer, Http, HttpSettings, base_url
from tocsin.errors import OutsideError, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

BASE_URL = "https://api.twilio.com"
ACKNOWLEDGE, ESCALATE = "4", "6"
_SMS_CHARS = 160
_YES = frozenset({"ack", "acknowledge", "ok", "yes", "4"})
_REPEATS = 3
# What the GSM alphabet lacks would halve the room of an SMS.
_GSM = str.maketrans(
    {"·": "-", "…": "...", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "→": "->"}
)
_XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays: `sender` is a number ("+1…") or the id of a messaging service ("MG…")."""

    sid: str
    token: str
    sender: str


class TwilioPager:
    """Sends SMS, or calls.

    Args:
        voice: whether it calls; else it sends SMS. language: of the voice, as BCP 47 ("en-US").
    """

    def __init__(
        self,
        account: Account,
        clock: Clock,
        base: str = BASE_URL,
        *,
        voice: bool = False,
        language: str = "en-US",
        http: HttpSettings | None = None,
    ) -> None:
        self._account = account
        self._voice = voice
        self._language = language
        self._base = f"{base}/2010-04-15/Accounts/{quote(account.sid, safe='')}"
        self._what = "voice pager" if voice else "SMS pager"
        self._http = Http(
            self._what, clock, http, secrets=(account.token,), auth=(account.sid, account.token)
        )
        self.manners = _VOICE if voice else _SMS

    def page(self, message: PageMessage) -> Receipt:
        """Send or call; returns when Twilio has queued it. What became of it comes through `hear`.

        Raises Temporary or Permanent.
        """
        form = self._calling(message) if self._voice else self._texting(message)
        answer = self._request("Calls.json" if self._voice else "Messages.json", form)
        match answer.value():
            case {"sid": str(sid)}:
                return Receipt(sid, answer.at)
            case _:
                raise Temporary(
                    f"{self._what}: the answer names no sid; is base_url a Twilio-compatible API?"
                )

    def settle(self, message: PageMessage, reference: str, settled: Settled) -> None:
        """Hang up a call that still rings. An SMS cannot be taken back."""
        if self._voice:
            self._request(f"Calls/{quote(reference, safe='')}.json", {"Status": "completed"})

    def hear(self, call: Call) -> Reply:
        """What became of a message, or a pressed key. 403 for what Twilio did not sign."""
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        if not self._signed(call, form):
            return Reply(403, b"not signed by Twilio")
        query = dict(parse_qsl(urlsplit(call.url).query))
        token = query.get("d", "")
        if "d" not in query:
            return self._reply(form)
        if query.get("at") == "key":
            return self._key(call.url, query, form, token)
        return Reply(204, tidings=_told(token, form))

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _signed(self, call: Call, form: Mapping[str, str]) -> bool:
        """HMAC-SHA1 over the URL and every parameter in order of its name; twice the same name does not occur."""
        text = call.url + "".join(f"{name}{form[name]}" for name in sorted(form))
        digest = hmac.new(self._account.token.encode(), text.encode(), hashlib.sha1).digest()
        wanted = base64.b64encode(digest).decode("ascii")
        return hmac.compare_digest(wanted, call.headers.get("x-twilio-signature", ""))

    def _texting(self, message: PageMessage) -> dict[str, str]:
        form = {"To": message.address, "Body": short(message), "SmartEncoded": "true"}
        form["MessagingServiceSid" if self._account.sender.startswith("MG") else "From"] = (
            self._account.sender
        )
        if message.callback is not None:
            form["StatusCallback"] = _with(message.callback, {"d": message.token or ""})
        return form

    def _calling(self, message: PageMessage) -> dict[str, str]:
        form = {"To": message.address, "From": self._account.sender, "Timeout": "30"}
        words = message.subject.translate(_GSM)
        if message.callback is None:
            say = self._say(words)
            form["Twiml"] = _twiml(f'{say}<Pause length="1"/>' * _REPEATS)
            return form
        report = {"d": message.token or ""}
        form["StatusCallback"] = _with(message.callback, report)
        # A mailbox is not an answer: it only counts as one when somebody presses the key (PAG-17).
        form["MachineDetection"] = "Enable"
        key = _with(message.callback, {**report, "at": "key", "say": words, "kind": message.kind})
        form["Twiml"] = _twiml(self._gather(key, words, message.kind) * _REPEATS)
        return form

    def _gather(self, action: str, words: str, kind: str) -> str:
        menu = (
            f"Press {ACKNOWLEDGE} to acknowledge, {ESCALATE} to call the next level, any other key to hear it again."
            if kind == "page"
            else "Press any key to hear it again."
        )
        return (
            f'<Gather numDigits="1" timeout="6" method="POST" action={quoteattr(action)}>'
            f"{self._say(f'{words}. {menu}')}</Gather>"
        )

    def _say(self, words: str) -> str:
        return f"<Say language={quoteattr(self._language)}>{escape(words)}</Say>"

    def _key(self, url: str, query: Mapping[str, str], form: Mapping[str, str], token: str) -> Reply:
        if form.get("Digits") == ACKNOWLEDGE and query.get("kind") == "page":
            thanks = _twiml(self._say("Acknowledged. Thank you.")).encode()
            return Reply(200, thanks, _XML, (Pressed(token, None),))
        if form.get("Digits") == ESCALATE and query.get("kind") == "page":
            said = _twiml(self._say("The next level is called.")).encode()
            return Reply(200, said, _XML, (Called(token),))
        again = self._gather(url, query.get("say", ""), query.get("kind", "page"))
        return Reply(200, _twiml(again * _REPEATS).encode(), _XML)

    def _reply(self, form: Mapping[str, str]) -> Reply:
        """An SMS that somebody wrote to us: "ack CODE", or only the code (PAG-18)."""
        words = form.get("Body", "").lower().split()
        if not form.get("From") or not words or (len(words) > 1 and words[0] not in _YES):
            return Reply(200, _twiml("").encode(), _XML)
        return Reply(200, _twiml("").encode(), _XML, (Replied(words[-1], form["From"]),))

    def _request(self, path: str, form: Mapping[str, str]) -> Answer:
        url = f"{self._base}/{path}"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = self._http.post(url, urlencode(form).encode("ascii"), headers)
        if not answer.good:
            raise self._refused(answer, url)
        return answer

    def _refused(self, answer: Answer, url: str) -> OutsideError:
        match answer.value():
            case {"code": int(code), "message": str(said)}:
                reason = f"{code}: {said}"
            case _:
                reason = ""
        return self._http.refused(answer, url, reason, "Check account_sid, auth_token, from and the number.")


_SMS = Manners(
    "sms",
    (Limit(1, timedelta(minutes=1)), Limit(5, timedelta(minutes=15)), Limit(11, timedelta(hours=1)),
     Limit(21, timedelta(hours=3))),
    bundles=True,
)  # fmt: skip
_VOICE = Manners(
    "voice",
    (Limit(1, timedelta(minutes=1)), Limit(3, timedelta(minutes=15)), Limit(7, timedelta(hours=1)),
     Limit(15, timedelta(hours=3))),
    bundles=True,
)  # fmt: skip


def sms(what: str, settings: Mapping[str, object]) -> TwilioPager:
    """The SMS pager of a table with `account_sid`, `auth_token` and `from`. Raises ConfigError."""
    return _from_settings(what, settings, voice=False)


def voice(what: str, settings: Mapping[str, object]) -> TwilioPager:
    """The voice pager of a table with `account_sid`, `auth_token`, `from` and `language`. Raises ConfigError."""
    return _from_settings(what, settings, voice=True)


def _from_settings(what: str, settings: Mapping[str, object], *, voice: bool) -> TwilioPager:
    keys = Keys(what, settings)
    account = Account(keys.text("account_sid"), keys.text("auth_token"), keys.text("from"))
    language = (keys.text_or_none("language") if voice else None) or "en-US"
    base = base_url(keys, BASE_URL)
    http = HttpSettings.read(keys)
    keys.done()
    return TwilioPager(account, SystemClock(), base, voice=voice, language=language, http=http)


def short(message: PageMessage) -> str:
    """The SMS: the subject, cut so that the link and the reply code fit into 160 characters too (PAG-16)."""
    words = " ".join(message.subject.translate(_GSM).split())
    code = (
        f"Reply ack {message.code}" if message.code and message.callback and message.kind == "page" else None
    )
    tail = " ".join(part for part in (message.link, code) if part)
    room = _SMS_CHARS - (len(tail) + 1 if tail else 0)
    if room < len(words):
        words = words[: max(room - 3, 0)].rstrip() + "..." if room > 3 else ""
    return f"{words} {tail}".strip()


def _told(token: str, form: Mapping[str, str]) -> tuple[Tiding, ...]:
    """The tidings of a status callback; states on the way say nothing."""
    status = form.get("MessageStatus") or form.get("CallStatus") or ""
    error = form.get("ErrorCode", "")
    match status:
        case "delivered" | "read":
            return (Delivered(token, status),)
        case "completed" if form.get("AnsweredBy", "").startswith(("machine", "fax")):
            return (Undelivered(token, "a mailbox answered"),)
        case "completed":
            return (Delivered(token, "the call was answered"),)
        case "undelivered" | "failed" | "busy" | "no-answer" | "canceled":
            return (Undelivered(token, f"{status}{f' (error {error})' if error else ''}"),)
        case _:
            return ()


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(query)}"


def _twiml(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
