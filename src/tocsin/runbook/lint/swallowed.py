"""TOC302 and TOC301: what waits or checks, and a pipe behind it answers instead; clients that end with 0 after an error."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, View

_VIEWERS = frozenset("tail head tee cat sed awk gawk cut sort tr column ts fold nl uniq less more".split())
# Programs with words of which all have to stand in a command: what is run for its status, because it waits, tests or tries.
_FOR_ITS_STATUS = {
    "kubectl": ("rollout status", "wait"), "oc": ("rollout status", "wait"), "helm": ("test", "upgrade", "rollback", "install"),
    "argocd": ("app wait", "app sync"), "flux": ("reconcile",), "nomad": ("job run", "deployment status -monitor", "job plan"),
    "nginx": ("-t",), "haproxy": ("-c",), "apachectl": ("configtest",), "promtool": ("check",), "amtool": ("check-config",), "named-checkconf": ("",),
    "visudo": ("-c",), "sshd": ("-t",), "pg_isready": ("",), "pg_verifybackup": ("",), "pg_amcheck": ("",), "mysqlcheck": ("",), "restic": ("check", "backup"),
    "borg": ("check", "create"), "ansible-playbook": ("",), "terraform": ("apply", "validate", "plan -detailed-exitcode"), "tofu": ("apply", "validate"),
    "certbot": ("renew",), "velero": ("backup create", "restore create"), "gzip": ("-t",), "zstd": ("-t",), "sha256sum": ("-c", "--check"),
    "md5sum": ("-c", "--check"), "fsck": ("",), "xfs_repair": ("-n",), "etcdctl": ("endpoint health", "snapshot restore"), "goss": ("validate",), "patronictl": ("switchover", "failover"),
    "docker": ("compose up", "compose pull", "compose build", "compose run", "build", "pull", "push", "stack deploy"), "docker-compose": ("up", "pull", "build", "run"),
    "aws": ("wait", "deploy"), "az": ("wait", "deployment"), "gcloud": ("deploy", "operations wait"), "systemctl": ("start", "restart", "reload", "is-active"),
    "rsync": ("",), "pg_restore": ("",), "mongorestore": ("",), "psql": ("-f", "--file"), "prisma": ("migrate",), "rake": ("db:migrate",), "sftp": ("-b",),
    "nodetool": ("repair", "decommission", "drain"), "vault": ("operator",), "consul": ("snapshot",), "pulumi": ("up",), "cdk": ("deploy",), "serverless": ("deploy",),
    "gh": ("run watch",), "make": ("deploy", "test", "migrate"), "alembic": ("upgrade",), "flyway": ("migrate", "validate"), "liquibase": ("update",), "npm": ("test", "ci"),
}  # fmt: skip
_HANDS_ON = frozenset({"ssh", "sh", "bash"})  # with a text of their own
_SAME = frozenset({"sudo", "timeout", "nice", "env", "nohup", "time", "doas"})  # in front of it
_ASKS_FOR_STATUS = re.compile(r"\bpipefail\b|PIPESTATUS|\bset -\w*o\b|pipestatus")


def viewer_answers(view: View) -> Iterator[Diagnostic]:
    """`kubectl rollout status … | tail -1`: the status is that of `tail`, whatever became of the rollout."""
    for _, line, action, command in view.commands(*_FOR_ITS_STATUS):
        if command.inner or not _runs_for_its_status(command) or _ASKS_FOR_STATUS.search(line.text):
            continue
        outer = command
        while outer.wrapper is not None and (
            outer.wrapper.name in _SAME or (outer.last and outer.wrapper.name in _HANDS_ON)
        ):
            outer = outer.wrapper  # the pipe stands behind `ssh web '…'`
        behind = [
            c for c in line.stages(action, outer) if c.stage > outer.stage and c.wrapper is outer.wrapper
        ]
        last = behind[-1] if behind else None
        if last is None or any(c.name not in _VIEWERS for c in behind):
            continue
        known = next((word for word in command.plain[:2] if not word.startswith("-")), "")
        told = f"{command.name} {known}".strip()
        message = f"Only the status of `{last.name}` counts here: a failing `{told}` is not noticed."
        yield view.at("TOC302", line, action, command.start, message)


def _runs_for_its_status(command: Command) -> bool:
    return any(all(word in command.args for word in form.split()) for form in _FOR_ITS_STATUS[command.name])


_GOES_ON = {
    "sqlcmd": ("-i", "--input-file", "-b", "--exit-on-error", "-b makes it stop and end with an error"),
    "osql": ("-i", "/i", "-b", "/b", "-b makes it stop and end with an error"),
    "isql": ("-i", "--input", "--retserverror", "-b", "--retserverror makes it end with an error"),
}
_FORCED = {"mysql": ("-f", "--force"), "mariadb": ("-f", "--force"), "beeline": ("--force=true",), "clickhouse-client": ("--ignore-error",)}  # fmt: skip


def goes_on_after_errors(view: View) -> Iterator[Diagnostic]:
    """TOC301: a script that goes on after an error and ends with 0: `sqlcmd -i` without -b, `mysql --force`."""
    for _, line, action, command in view.commands(*_GOES_ON):
        script, long_script, stop, long_stop, mend = _GOES_ON[command.name]
        if command.has(script, long_script) and not command.has(stop, long_stop) and not _read(line):
            message = f"`{command.name}` goes on after an error and exits 0; {mend}."
            yield view.at("TOC301", line, action, command.start, message)
    for _, line, action, command in view.commands(*_FORCED):
        if command.has(*_FORCED[command.name]):
            message = f"`{command.name}` is told here to go on after errors, and exits 0."
            yield view.at("TOC301", line, action, command.start, message)


def _read(line: Line) -> bool:
    """Whether the script itself says that it stops at an error, or its output is searched for one."""
    return re.search(r":on error exit|SET XACT_ABORT ON|\bMsg \d|Select-String|\bgrep\b", line.text, re.IGNORECASE) is not None  # fmt: skip


RULES = (viewer_answers, goes_on_after_errors)
