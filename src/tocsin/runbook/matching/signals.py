"""What a section can be recognised by, and what an alert carries: signals taken out of text.

Status codes are whole tokens, quoted texts are error strings, comparisons are metric conditions, and a table of
error messages that well-known software prints gives each its meaning in everyday words.
"""

import re
from dataclasses import dataclass

from tocsin.runbook.book import Role, Section
from tocsin.runbook.words.wording import canonical, fold

_CODE = re.compile(
    r"(?<![\w.:#-])([1-5]\d\d)(?=(?:s\b|\b)(?!\s*(?:ms|%|mb|gb|rows?|users?|sec|min|events?|\.\d)))",
    re.IGNORECASE,
)
_CLASS = re.compile(r"(?<![\w])([1-5])xx\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“„«`]([^\"”“«»`]{3,120})[\"”»`]|(?<!\w)'([^']{4,120})'(?!\w)")
_COMPARISON = re.compile(
    r"([A-Za-z][\w/ -]{1,40}?)\s*(>=|<=|>|<|≥|≤|above|over|exceeds|greater than|more than|below|under|less than)\s*"
    r"(\d+(?:\.\d+)?)\s*(%|ms|s\b|sec\w*|min\w*|gb|mb|rps|rpm)?",
    re.IGNORECASE,
)
_READING = re.compile(r"(\d+(?:\.\d+)?)\s*(%|ms|s\b|gb|mb|rps|rpm)", re.IGNORECASE)

# Messages of well-known software and what they mean, in words a heading would use.
_SIGNATURES: tuple[tuple[str, str], ...] = tuple(
    (pattern, meaning)
    for pattern, meaning in (
        (r"remaining connection slots|too many (?:clients|connections)|max_connections|connection pool (?:is )?(?:exhausted|full|timeout)|queuepool limit|er_con_count|pool timed? ?out|sorry, too many", "database too many connections connection issues"),
        (r"oom command not allowed|maxmemory|used_memory", "redis memory full oom eviction"),
        (r"oomkill|heap out of memory|cannot allocate memory|javascript heap|killed process|memory leak|allocation failed", "oom memory leak crash"),
        (r"certificate (?:has )?(?:expir|will expire)|cert\w* expir|x509: cert|net::err_cert|ssl_error|certificateexpir|not after|notafter|handshake failure", "ssl certificate expiration expires"),
        (r"econnrefused|connection refused|upstream prematurely|no live upstreams|bad gateway|service unavailable|gateway time-?out|upstream timed out", "service not responding down 502 health check"),
        (r"limiting requests|rate.?limit|too many requests|throttl", "rate limit triggered 429"),
        (r"no space left on device|enospc|disk (?:is )?full|disk usage", "disk full space"),
        (r"no signatures found|signature verification failed|whsec_|webhook signature", "webhook signature failures"),
        (r"statement timeout|slow quer|long.running quer|seq(?:uential)? scan|load average", "slow queries high database load"),
        (r"deadlock detected|lock wait timeout", "database deadlock locks"),
        (r"replication lag|seconds_behind_master|replica is behind", "replication lag replica"),
        (r"nxdomain|servfail|could not resolve host|enotfound|getaddrinfo", "dns resolution failure"),
        (r"crashloopbackoff|back-?off restarting", "pod crash loop restarting"),
        (r"imagepullbackoff|errimagepull", "image pull failure"),
        (r"(?:key|token|secret|credential)s?\b.{0,40}\b(?:leaked|exposed|compromised|stolen|published|pushed|committed)|(?:leaked|exposed|compromised|stolen)\b.{0,40}\b(?:key|token|secret|credential)", "compromised key exposed revoke"),
        (r"ransom|data (?:was |is |has been )?(?:corrupt|deleted|lost)|accidental(?:ly)? (?:delet|drop)|drop(?:ped)? table|corrupt(?:ed|ion)? (?:page|data|index|table|block)|invalid page in block", "data corruption accidental deletion backup restore"),
        (r"fraud", "fraudulent payments"),
        (r"card_declined|payment_intent|charge failed|payment processor", "payment processing payments"),
    )
)  # fmt: skip
_SIGNATURE_RES = tuple((re.compile(pattern), canonical(meaning)) for pattern, meaning in _SIGNATURES)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric condition of a section: "CPU > 90%"."""

    metric: frozenset[str]
    above: bool
    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Signals:
    """What one section is recognised by."""

    codes: frozenset[str]
    quoted: tuple[str, ...]
    names: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    title: frozenset[str]
    symptom: frozenset[str]
    body: frozenset[str]
    comparisons: tuple[Comparison, ...]


def codes(text: str) -> frozenset[str]:
    """HTTP status codes and classes ("5xx") named in the text, as whole tokens; "502/503" gives two."""
    spaced = text.replace("/", " / ") if re.search(r"\b[1-5]\d\d/[1-5]\d\d\b", text) else text
    return frozenset(_CODE.findall(spaced)) | frozenset(f"{d}xx" for d in _CLASS.findall(spaced))


def quoted(text: str) -> tuple[str, ...]:
    """Texts in quotation marks or backticks, folded."""
    return tuple(fold(a or b) for a, b in _QUOTED.findall(text))


def comparisons(text: str) -> tuple[Comparison, ...]:
    """Metric conditions such as "CPU > 90%"."""
    found = []
    for metric, sign, value, unit in _COMPARISON.findall(text):
        words = frozenset(canonical(metric))
        if words:
            above = sign.lower() in {">", ">=", "≥", "above", "over", "exceeds", "greater than", "more than"}
            found.append(
                Comparison(words, above, float(value), unit.lower(), f"{metric.strip()} {sign} {value}{unit}")
            )
    return tuple(found)


def readings(text: str) -> tuple[tuple[float, str], ...]:
    """Numbers with a unit: ((95.0, "%"),)."""
    return tuple((float(value), unit.lower()) for value, unit in _READING.findall(text))


def meanings(text: str) -> tuple[str, ...]:
    """Words that known error messages in the text stand for."""
    folded = fold(text)
    return tuple(word for pattern, words in _SIGNATURE_RES if pattern.search(folded) for word in words)


def signals(section: Section) -> Signals:
    """What this section is recognised by: symptoms first, then title, alert names, and weakly its body."""
    symptoms = " , ".join(section.symptoms)
    recognising = f"{section.title} , {symptoms}"
    phrases = tuple(
        words
        for symptom in section.symptoms
        for part in re.split(r"[,;\n]", symptom)
        if len(words := canonical(part)) >= 2
    )
    title_words = canonical(section.title)
    body = " ".join(
        inner.text
        for inner in section.walk()
        if not inner.roles & {Role.ROLLBACK, Role.PREVENTION, Role.POST_INCIDENT}
    )
    return Signals(
        codes=codes(recognising),
        quoted=quoted(symptoms),
        names=tuple(fold(name) for name in section.alerts),
        phrases=((title_words,) if len(title_words) >= 2 else ()) + phrases,
        title=frozenset(title_words),
        symptom=frozenset(canonical(symptoms)) | frozenset(meanings(recognising)),
        body=frozenset(canonical(body[:4000])),
        comparisons=comparisons(recognising),
    )
