"""Words of people made comparable: normalised, stemmed, with a small table of synonyms.

Used to match alerts to sections, impact to severities, and headings to commands. Nothing here knows a
particular runbook; the tables hold everyday words of operations only.
"""

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ÿ]+(?:'[a-z]+)?")
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")

# Names that are written in camel case and are still one word.
_BRANDS = frozenset(
    [
        "postgresql",
        "mysql",
        "mariadb",
        "github",
        "gitlab",
        "rabbitmq",
        "mongodb",
        "pagerduty",
        "opsgenie",
        "graphql",
        "nodejs",
        "javascript",
        "typescript",
        "cloudfront",
        "cloudflare",
        "dynamodb",
        "elasticsearch",
        "opensearch",
        "clickhouse",
        "haproxy",
        "openvpn",
        "wireguard",
        "datadog",
        "newrelic",
        "statuspage",
        "websocket",
        "webhook",
        "webhooks",
        "oauth",
        "ipv4",
        "ipv6",
        "macos",
        "postgis",
        "timescaledb",
        "paypal",
    ]
)

STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "during",
        "for",
        "from",
        "had",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "per",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "will",
        "with",
        "within",
        "you",
        "your",
        "via",
        "was",
        "etc",
        "ie",
        "eg",
        "should",
        "must",
        "may",
        "might",
        "de",
        "la",
        "le",
        "les",
        "des",
        "du",
        "un",
        "une",
        "et",
        "en",
        "sur",
        "para",
        "por",
        "con",
        "el",
        "los",
        "las",
        "una",
        "der",
        "die",
        "das",
        "und",
        "ein",
        "eine",
        "mit",
        "von",
        "auf",
        "im",
        "o",
        "os",
        "as",
        "um",
        "uma",
        "no",
        "na",
        "nos",
        "nas",
    ]
) - {"no"}

_NEGATION = frozenset({"no", "not", "without", "never", "none", "kein", "keine", "sin", "sem", "sans", "pas"})

# Phrases that mean one thing, replaced before single words are looked at (lower case, no punctuation).
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"\b(?:is |are |was |were )?(?:not|isn't|aren't|doesn't|don't) (?:responding|respond|reachable|available|working|answering)\b", "down"),
    (r"\b(?:unresponsive|unreachable|inaccessible|offline|unavailable|outage|outages|caido|caida|fora do ar|hors service|indisponible|indisponivel|ausfall|ausgefallen)\b", "down"),
    (r"\bcan(?:not|'t| not) (?:be reached|be accessed)\b", "down"),
    (r"\bno longer (?:responds|responding|works|working)\b", "down"),
    (r"\b(?:log|sign|logging|signing)[ -]?(?:in|ins|on)\b", "login"),
    (r"\bfull(?= (?:outage|down|loss|service|system|site))", "complete"),
    (r"\bout of memory\b", "oom"),
    (r"\bhard ?(?:disk|drive)\b", "disk"),
    (r"\b(?:500s|5xx|5xxs)\b", "5xx"),
    (r"\btoo many requests\b", "ratelimit"),
    (r"\brate[ -]?limit(?:ed|ing|s|er)?\b|\bthrottl\w+\b", "ratelimit"),
    (r"\bback[ -]?up(s?)\b", r"backup"),
    (r"\bweb ?hooks?\b", "webhook"),
    (r"\bdata ?bases?\b|\bdbs?\b|\bpostgres(?:ql)?\b|\bmysql\b|\bmariadb\b", "database"),
    (r"\bmalfunction\w*\b|\bbroken\b", "failing"),
)  # fmt: skip
_PHRASE_RES = tuple((re.compile(pattern), word) for pattern, word in _PHRASES)

# Groups of words that mean the same here; the first is the one kept. Stems are computed on load.
_SYNONYMS: tuple[str, ...] = (
    "complete total entire all whole completely totally entirely everything everyone completo total complet vollständig",
    "partial some several partially subset intermittent parcial partiel teilweise",
    "down offline",
    "fail failure failing failed error errors crash crashed falla erreur fehler falha",
    "slow slowness degraded degradation latency performance sluggish delayed delay delays lent lento langsam",
    "breach compromise compromised hack hacked intrusion unauthorized attack exposed leaked ransomware",
    "corruption corrupt corrupted inconsistency inconsistent",
    "loss lost losing deletion deleted missing",
    "payment payments checkout billing charge charges pago paiement zahlung pagamento",
    "login auth authentication authorization oauth sso",
    "user users customer customers client clients people usuario utilisateur benutzer kunde",
    "service system site website platform application app api server product servicio dienst servico",
    "major significant severe serious substantial important",
    "minor small trivial low cosmetic",
    "isolated single individual one",
    "moderate limited medium",
    "feature functionality function component",
    "memory ram heap",
    "certificate cert certs tls ssl https certificado certificat zertifikat",
    "expire expired expires expiration expiry expiring expirado",
    "disk storage filesystem volume",
    "connection connections connect conn session slot",
    "increase increasing grow growing growth rise rising climbs climbing",
    "evict eviction evicted",
    "key keys credential credentials token tokens secret secrets",
    "fraud fraudulent scam",
    "queue backlog",
)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The word without the commonest endings, so that "failing", "failed" and "fails" are one. Not a dictionary.

    >>> stem("connections"), stem("queries"), stem("restarting")
    ('connection', 'query', 'restart')
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ingly", "ing", "edly", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


_CANON = {stem(word): stem(group.split()[0]) for group in _SYNONYMS for word in group.split()}


def unaccented(text: str) -> str:
    """The text without accents, compatible forms made one (NFKD)."""
    return _MAY_COMBINE.sub(
        lambda c: "" if unicodedata.combining(c[0]) else c[0], unicodedata.normalize("NFKD", text)
    )


_MAY_COMBINE = re.compile("[\u0300-\U0010ffff]")  # no character before them combines with another


def folded(text: str) -> str:
    """Lower case without accents, white space collapsed; for texts that nobody asks for twice."""
    if not text.isascii():
        text = unaccented(text).replace("’", "'").casefold()
    return " ".join(text.lower().split())


fold = lru_cache(maxsize=8192)(folded)


def split_humps(text: str) -> str:
    """The text with camel-case names taken apart: "KubePodCrashLooping" becomes "Kube Pod Crash Looping"."""

    def apart(found: re.Match[str]) -> str:
        token = found[0]
        if token.casefold() in _BRANDS or token.islower() or token.isupper() or token.isdigit():
            return token
        return " ".join(_HUMP.findall(token)) or token

    return _TOKEN.sub(apart, text)


@lru_cache(maxsize=4096)
def canonical(text: str, *, keep_negation: bool = False) -> tuple[str, ...]:
    """The meaningful words of a text, in order: folded, phrases replaced, stemmed, synonyms joined.

    With `keep_negation` a word under "no", "not" or "without" (up to the next comma or "but") is given as
    "!word", so that "no data loss" does not read as "data loss".
    """
    folded = fold(split_humps(text).replace("_", " "))
    for pattern, word in _PHRASE_RES:
        folded = pattern.sub(word, folded)
    found: list[str] = []
    for clause in re.split(r"[,;.:()\n]|\bbut\b|\band\b|\bor\b", folded):
        negative = False
        for token in re.findall(r"[a-z0-9]+(?:'[a-z]+)?", clause):
            if token in _NEGATION:
                negative = True
                continue
            if token in STOP or (len(token) == 1 and not token.isdigit()):
                continue
            root = stem(token)
            root = _CANON.get(root, root)
            found.append(f"!{root}" if negative and keep_negation else root)
    return tuple(found)
