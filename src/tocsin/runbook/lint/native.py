"""Programs with a command line of their own in a fence of PowerShell: `az`, `kubectl` and `sqlcmd` are written there as in a shell."""

import re

LABELS = frozenset({"powershell", "ps1", "pwsh"})
_PROGRAMS = frozenset(
    "az aws gcloud gsutil bq kubectl oc helm docker podman nerdctl terraform tofu nomad vault consul git gh sqlcmd bcp psql pg_dump pg_restore mysql mysqldump "
    "mongosh mongodump mongorestore redis-cli curl.exe ssh scp argocd flux pulumi oci doctl ibmcloud azcopy eksctl velero etcdctl rabbitmqctl rabbitmqctl.bat".split()
)
_FIRST = re.compile(r"\s*(?:&\s*)?([\w.-]+)")


def native_text(text: str) -> str:
    """The lines of a fence in PowerShell that call such a program, the others blank, so that every offset stays.

    A backtick at the end of a line, which joins it to the next one, becomes the sign a shell has for it.

    >>> native_text("$x = 1\\naz group list")
    '      \\naz group list'
    """
    if not any(map(text.__contains__, _PROGRAMS)):
        return ""
    kept: list[str] = []
    joined = found = False
    for line in text.split("\n"):
        first = _FIRST.match(line)
        calls = joined or (first is not None and first[1] in _PROGRAMS)
        found = found or calls
        joined = calls and line.rstrip().endswith("`")
        if joined:
            line = line.rstrip()[:-1] + "\\"
        kept.append(
            line.replace("&", " ", 1)
            if calls and line.lstrip()[:1] == "&"
            else line
            if calls
            else " " * len(line)
        )
    return "\n".join(kept) if found else ""
