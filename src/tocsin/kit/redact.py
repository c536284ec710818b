"""Takes secrets out of text before it is stored, logged, shown or sent.

Two nets: the values of secrets we know, in the spellings they travel in, and the shapes secrets have when
nobody told us. Every pattern scans in linear time: evidence is written by other people's programs.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MIN_LENGTH = 6  # characters; hiding shorter values would shred ordinary text

# Enough of a base64 body that it cannot stand there by chance.
_MIN_ENCODED = 8
_MIN_LINE = 16
_MARKS = ("[redacted]", "<redacted>", "«redacted»")

_QUOTE = r"""(?:\\{0,3}["'])"""
# To the closing quote, or to the end of the line if output was cut; else to the next blank, quote or "&".
_VALUE = (
    r"""(?:<[^<>\r\n]{1,64}>(?![^\s"'&,;])|\\{1,3}"[^"\\\r\n]*|"(?:[^"\\\r\n]|\\.)*|'[^'\r\n]*|[^\s"'&]+)"""
)
# PWD=/srv/app is where somebody stands, DB_PWD and "Pwd=" in a connection string are passwords.
_LOUD = (
    r"password|passwd|passphrase|passcode|pgpass|_pwd|(?<![a-z_])pwd(?![\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?[/~])"
    r"|(?<![a-z])pass(?![a-z])"
)
_QUIET = (
    r"secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|account[_-]?key|credentials?"
    r"|signature|(?<![a-z])sig(?![a-z])"
)

# What must stand in the text, in lower case, before the pattern is worth trying; then the pattern, whose group
# "keep" is what stays in front of the mark. No quantifier contains another unbounded one, and no match can begin
# inside an unbounded run of another attempt, so scanning stays linear.
_SHAPES: tuple[tuple[tuple[str, ...], str], ...] = (
    # A private key, also when the end was cut off.
    (
        ("private key",),
        r"(?P<keep>)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}-----|\Z)",
    ),
    # scheme://user:password@host, also without a user; the last "@" before the path ends the password.
    (("://",), r"(?P<keep>://[^\s/:@?#\"']{0,256}:)[^\s/\"']+(?=@)"),
    # The same for databases and mail, whose passwords are often written unescaped: up to the last "@" of the word.
    (
        ("://",),
        r"(?i:(?P<keep>\b(?:postgres(?:ql)?|mysql|mariadb|rediss?|amqps?|mongodb|mssql|smtps?|ldaps?)"
        r"(?:\+[a-z0-9]{1,16})?://[^\s/:@\"']{0,64}:))[^\s\"'\[][^\s\"']{0,256}(?=@)",
    ),
    # https://token@host
    (("://",), r"(?P<keep>://)[A-Za-z0-9_~.%+-]{16,}(?=@)"),
    # Authorization: Basic …, Cookie: …; the whole value is the secret.
    (
        ("authorization",),
        r"(?i:(?P<keep>\b(?:proxy-)?authorization" + _QUOTE + r"?[ \t]{0,8}[:=][ \t]{0,8}" + _QUOTE + r"?))"
        r"[^\s\"'][^\r\n\"']*",
    ),
    (
        ("x-api-key", "x-auth-token", "x-vault-token", "cookie"),
        r"(?i:(?P<keep>\b(?:x-api-key|x-auth-token|x-vault-token|set-cookie|cookie)[ \t]{0,8}:[ \t]{0,8}))"
        r"[^\s\"'][^\r\n\"']*",
    ),
    (
        ("bearer", "basic"),
        r"(?i:(?P<keep>\b(?:bearer|basic)[ \t]{1,8}))"
        r"(?=[A-Za-z0-9._~+/=-]{0,256}[0-9=._])[A-Za-z0-9._~+/=-]{8,}",
    ),
    # password=…, "db_password": "…", PGPASSWORD=…: whatever follows.
    (
        ("pass", "pwd"),
        rf"(?i:(?P<keep>(?:{_LOUD})[a-z0-9_-]{{0,32}}{_QUOTE}?[ \t]{{0,8}}(?:=>|[:=])[ \t]{{0,8}}))"
        rf"(?![\"']{{2}}){_VALUE}",
    ),
    # token=…, aws_secret_access_key = …: only when what follows is long enough to be one.
    (
        ("secret", "token", "key", "credential", "sig"),
        rf"(?i:(?P<keep>(?:{_QUIET})[a-z0-9_-]{{0,32}}{_QUOTE}?[ \t]{{0,8}}(?:=>|[:=])[ \t]{{0,8}}))"
        rf"(?=\\{{0,3}}[\"']?[^\s\"'&]{{8}}){_VALUE}",
    ),
    # SOME_KEY=… as `env` prints it.
    (("_key=", "_salt="), r"(?P<keep>\b[A-Z0-9_]{1,64}_(?:KEY|SALT)=)(?=[\"']?[^\s\"'&]{8})" + _VALUE),
    # --password …, redis-cli -a …, mysql -p…, curl -u user:…
    (
        ("--",),
        r"(?i:(?P<keep>--(?:password|passwd|pass|passphrase|token|secret|api-key|secret-key)[ \t]{1,8}))"
        + _VALUE,
    ),
    (("redis-cli",), r"(?P<keep>\bredis-cli\b[^\n|;&]{0,200}?[ \t]-a[ \t]{1,8})" + _VALUE),
    (
        ("mysql", "mariadb"),
        r"(?P<keep>\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,200}?[ \t]-p)(?=[^\s])" + _VALUE,
    ),
    (
        ("curl",),
        r"(?P<keep>\bcurl\b[^\n|;&]{0,200}?[ \t](?:-u|--user)[ \t]{1,8}[\"']?[^\s:\"']{0,64}:)[^\s\"']+",
    ),
    # PASSWORD 'x' in SQL, requirepass in Redis (its CONFIG GET answers on the next line).
    (("password", "identified by"), r"(?i:(?P<keep>\b(?:password|identified by)[ \t]{1,8}))'[^'\r\n]+"),
    (
        ("requirepass", "masterauth"),
        r"(?i:(?P<keep>\b(?:requirepass|masterauth)[\"']?\s{1,8}(?:\d{1,3}\)\s)?))(?![\"']{2})" + _VALUE,
    ),
    # Tokens that carry their maker's mark.
    (("k_live_", "k_test_"), r"(?P<keep>)\b[rsp]k_(?:live|test)_[A-Za-z0-9]{8,}"),
    (("whsec_",), r"(?P<keep>)\bwhsec_[A-Za-z0-9+/=_-]{8,}"),
    (("akia", "asia", "abia", "acca"), r"(?P<keep>)\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"(?P<keep>)\bgh[pousr]_[A-Za-z0-9]{20,}"),
    (("github_pat_",), r"(?P<keep>)\bgithub_pat_[A-Za-z0-9_]{20,}"),
    (("glpat-",), r"(?P<keep>)\bglpat-[A-Za-z0-9_-]{16,}"),
    (("xox",), r"(?P<keep>)\bxox[a-z]{1,2}-[A-Za-z0-9-]{8,}"),
    (("xapp-",), r"(?P<keep>)\bxapp-[A-Za-z0-9-]{8,}"),
    (
        ("hooks.slack.com/",),
        r"(?P<keep>hooks\.slack\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_-]{8,}",
    ),
    (("aiza",), r"(?P<keep>)\bAIza[A-Za-z0-9_-]{35}"),
    (("sg.",), r"(?P<keep>)\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
    (("npm_",), r"(?P<keep>)\bnpm_[A-Za-z0-9]{30,}"),
    (("sk-",), r"(?P<keep>)\bsk-[A-Za-z0-9_-]{20,}"),
    # JWT; the look-behind keeps a long run of its letters from being scanned once per letter.
    (
        ("eyj",),
        r"(?P<keep>)(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?",
    ),
)
_COMPILED = tuple((triggers, re.compile(shape)) for triggers, shape in _SHAPES)
# A reference to a secret is no secret: $DATABASE_PASSWORD, ${TOKEN}, {{ secret }}, <password>, ****.
_REFERENCE = re.compile(
    r"\\{0,3}[\"']?(?:\$[A-Z_][A-Z0-9_]*|\$\{[A-Za-z_][^}]*\}|\$\(.*|\{\{.*|<[^>]*>|\*+"
    r"|null|None|nil|true|false)[,;)\]}]*\Z",
    re.DOTALL,
)
_OPENING = re.compile(r"\\{0,3}[\"']?")


class Redactor:
    """Hides secrets in text.

    Args:
        known: values of secrets. Those shorter than `MIN_LENGTH` are left to the patterns.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: re.Pattern[str] | None = None
        self._values: tuple[str, ...] = ()
        self.learn(known)

    def learn(self, more: Iterable[str]) -> None:
        """Hide these values from now on too. What is known stays known: an old secret stands in old texts."""
        self._values = tuple(dict.fromkeys((*self._values, *more)))
        forms = sorted(
            {form for secret in self._values for form in _forms(secret)}, key=lambda form: (-len(form), form)
        )
        # The pattern last: whoever redacts meanwhile, in another thread, hides what was known before.
        self.longest = len(forms[0]) if forms else 0
        self.mark = _mark(forms)
        self._known = re.compile("|".join(map(re.escape, forms))) if forms else None

    def knowing(self, more: Iterable[str]) -> "Redactor":
        """One that hides these values too."""
        return Redactor((*self._values, *more))

    def redact(self, text: str) -> str:
        """The text with every secret replaced by `mark`. Doing it twice changes nothing; never raises.

        >>> Redactor(["hunter2-long"]).redact("login hunter2-long failed for postgres://app:s3cret@db/x")
        'login [redacted] failed for postgres://app:[redacted]@db/x'
        """
        if self._known is not None:
            text = self._known.sub(lambda _: self.mark, text)
        lower = text.lower()
        for triggers, shape in _COMPILED:
            if any(trigger in lower for trigger in triggers):
                text = shape.sub(self._hide, text)
        return text

    def _hide(self, match: re.Match[str]) -> str:
        value = match[0][len(match["keep"]) :]
        if _REFERENCE.match(value):
            return match[0]
        opening = _OPENING.match(value)
        return match["keep"] + (opening[0] if opening else "") + self.mark


def _mark(forms: list[str]) -> str:
    """What stands for a secret: something no known secret can be part of, or share an edge with."""
    for mark in _MARKS:
        if not any(mark[0] in form or mark[-1] in form or form in mark for form in forms):
            return mark
    used = {letter for form in forms for letter in form}
    return next(chr(code) for code in range(0x2588, 0x2588 + len(used) + 1) if chr(code) not in used) * 8


def _forms(secret: str) -> Iterator[str]:
    """The spellings in which a secret travels, each at least `MIN_LENGTH` long."""
    if len(secret) < MIN_LENGTH:
        return
    raw = secret.encode("utf-8", "surrogatepass")
    spellings = [
        secret,
        secret.strip(),
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
        json.dumps(secret)[1:-1],
    ]
    spellings += [json.dumps(secret, ensure_ascii=False)[1:-1], secret.replace("'", "'\\''"), raw.hex()]
    spellings += [one.replace("%", "%25") for one in (quote(raw, safe=""),)]
    spellings += [line.strip() for line in secret.splitlines() if len(line.strip()) >= _MIN_LINE]
    yield from (one for one in spellings if len(one) >= MIN_LENGTH)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for lead in range(3):
            # The same bytes look different at each of the three places they can have in a group; the first and
            # last letters of the run also hold bits of their neighbours and are left out.
            encoded = encode(b"\0" * lead + raw).decode("ascii")
            skip = (0, 2, 3)[lead]
            stable = encoded[skip : (len(raw) + lead) * 8 // 6]
            if len(stable) >= _MIN_ENCODED:
                yield stable
