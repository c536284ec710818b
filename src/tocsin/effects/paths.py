"""What a path says about the file it names: scratch, a device, data, a log, a way in.

Scratch is what nobody misses: /tmp, /dev/null, and on the operator's side the dumps, copies and reports a
step writes for itself.
Source: docs/reference/effects.md, sections on the scale and on where data goes.
"""

import re

from tocsin.effects.words import HOLE, Word

_NO_FILE = frozenset({"/dev/null", "/dev/stderr", "/dev/stdout", "/dev/tty", "-", "&1", "&2"})
_TEMPORARY = re.compile(r"(?:/tmp|/var/tmp|/dev/shm|\$TMPDIR|\$\{TMPDIR\})(?:/[^\0]*)?")
_DEVICE = re.compile(
    r"/dev/(?:[shv]d[a-z]|xvd|nvme|mapper/|dm-|md\d|mmcblk|disk/|zvol/|loop\d|r?disk\d|vg|sr\d|mem\b|kmem\b)"
)
_DATA = re.compile(
    r"\.(?:db|sqlite3?|rdb|aof|ibd|frm|mdb|myd|myi|wt|bson|ldb|sst|wal|parquet|jks|p12|kdbx)$"
    r"|(?:^|/)(?:pgdata|postgresql/|mysql/|mongo(?:db)?/|redis/|elasticsearch/|etcd/|rabbitmq/)"
)
_ACCESS = re.compile(
    r"(?:^|/)(?:authorized_keys|id_rsa|id_ed25519|id_ecdsa|shadow|passwd|sudoers(?:\.d/.*)?|gshadow|pg_hba\.conf)$"
)
_LOG = re.compile(
    r"\.log(?:\.\d+)?$|(?:^|/)logs?/|^/var/log/|\.out$|(?:^|/)(?:syslog|messages|wtmp|btmp|\.bash_history)$"
)
_CONFIGURES = re.compile(
    r"(?:^|/)(?:\.env[\w.]*|\.bashrc|\.profile|\.netrc|\.pgpass|\.ssh|\.kube|\.aws|Dockerfile|Makefile|Jenkinsfile"
    r"|(?:docker-)?compose[\w.-]*\.ya?ml|values[\w.-]*\.ya?ml|package(?:-lock)?\.json|kustomization\.yaml"
    r"|[\w.-]*config[\w.-]*\.\w+|settings\.\w+|requirements[\w.-]*\.txt|go\.mod|pyproject\.toml)(?:/|$)"
    r"|\.(?:conf|cfg|ini|service|timer|env|properties|tf|tfvars|tfstate|py|js|ts|rb|go|sh|php|pem|key|crt|cer)$"
)
_CAPTURE = re.compile(
    r"\.(?:txt|csv|tsv|out|dump|sql|gz|tgz|zst|bz2|xz|zip|tar|prof|pprof|hprof|pcap|bak|old|orig|md|html|svg|trace|stack|log)$"
    r"|backup|dump|before|after|report|snapshot|export|copy|evidence|incident|debug|diag|trace|saved|previous"
    r"|current[_-]|original|rollback|thread|heap|postmortem|timeline|\d{4}",
    re.I,
)
_OWN_NAME = re.compile(
    r"backup|bak|dump|out|te?mp|report|export|snapshot|copy|evidence|archive|log|save|stamp|date|file|result",
    re.I,
)
_ONLY_RUNTIME = re.compile(
    r"(?:\.(?:pid|lock|lck|sock|socket|flag)|(?:^|/)\.?maintenance(?:[._-](?:on|enable|enabled|mode|html|json|lock))?|(?:^|/)(?:pid|lockfile|postmaster\.pid))$"
)
_REBUILT = re.compile(
    r"(?:^|/)(?:node_modules|__pycache__|\.next|\.pytest_cache|\.mypy_cache|\.turbo|\.parcel-cache)/?\*?$"
)


def nowhere(path: str) -> bool:
    """Whether writing there leaves no file behind."""
    return path in _NO_FILE


def temporary(name: Word) -> bool:
    """Whether it lies in a directory for temporary files, and cannot climb out of it."""
    path = name.text
    if "mktemp" in name.raw and name.raw.lstrip('"').startswith(("$(", "`")):
        return True
    if path.startswith(HOLE) and re.match(r'"?\$\{?TMPDIR(?::-/(?:var/)?tmp)?\}?(?:/|"?$)', name.raw):
        return True
    return ".." not in path and _TEMPORARY.fullmatch(path) is not None


def device(path: str) -> bool:
    """Whether it is a disk or memory."""
    return _DEVICE.match(path) is not None


def data(path: str) -> bool:
    """Whether it looks like the file or directory of a database, a key store or a way in."""
    return _DATA.search(path) is not None or _ACCESS.search(path) is not None


def log(path: str) -> bool:
    """Whether it looks like a log: evidence."""
    return _LOG.search(path) is not None


def capture(name: Word) -> bool:
    """Whether it looks like a dump, copy or report that a step makes for itself on the operator's side."""
    path = name.text
    if path.startswith(("/", "~root", "..")) and not re.match(r"/(?:home/[^/]+|root)/", path):
        return False
    if ".." in path or data(path) or _CONFIGURES.search(path):
        return False
    if HOLE in path and (path.strip("/") != HOLE or _OWN_NAME.search(name.raw)):
        return True
    return _CAPTURE.search(path) is not None


def only_runtime(path: str) -> bool:
    """Whether a program makes it anew when it starts: pid files, locks, sockets, installed modules."""
    return _ONLY_RUNTIME.search(path) is not None or _REBUILT.search(path) is not None
