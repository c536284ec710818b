"""TOC302: "or say so" behind a pipe whose last program never fails: what the sentence behind `||` would tell is never told."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View

# They answer 0 whatever they are fed, nothing included. `grep` and `jq -e` do not.
_NEVER_FAILS = r"(?:awk|tail|head|sort|cut|tr|wc|uniq|column|tee|cat|nl|rev|paste|less|sed|jq(?!\s+-\w*e|[^\n|;&]*--exit-status))"
_HIDDEN = re.compile(
    rf"(?P<first>(?:ssh|curl|wget|psql|mysql|mongosh|redis-cli|kubectl|docker|aws|gcloud|az|nc|nslookup|dig|ping|systemctl|journalctl|rabbitmqctl|helm|nomad|consul|vault|openssl|snmpwalk|smbclient|ipmitool)\b[^\n|;&]*"
    rf"(?:\|[^\n|;&]*)*?)\|\s*(?P<last>{_NEVER_FAILS})\b(?P<rest>(?:'[^'\n]*'|\"[^\"\n]*\"|[^\n|;&'\"])*)\s*(?P<joint>\|\||&&)\s*(?P<then>echo|printf|exit|logger|mail|notify\S*|page\S*|alert\S*|return|die|fail|restart\w*|systemctl|kubectl)\b"
)
_ASKED = re.compile(
    rf"\b(?:if|while|until) (?!!)[^\n;]{{3,200}}\|\s*(?P<last>{_NEVER_FAILS})\b[^\n|;]*;\s*(?:then|do)\b"
)
_SAYS_YES = re.compile(r"echo|printf|logger|mail|notify|page|alert")


def unheard(view: View) -> Iterator[Diagnostic]:
    """`ssh store df | awk '{print $5}' || echo "cannot be reached"`: the words after `||` never come."""
    for _, line in view.steps_with(("||", "&&")):
        if "pipefail" in line.text or "PIPESTATUS" in line.text:
            continue
        for action in line.step.actions:
            found = _HIDDEN.search(action.text) if "|" in action.text else None
            if (
                found is None
                or "exit" in found["rest"]
                or (found["joint"] == "&&" and not _SAYS_YES.match(found["then"]))
            ):
                continue
            never = "never comes" if found["joint"] == "||" else "comes in any case"
            message = f"`{found['last']}` answers 0 whatever it is fed: what stands behind `{found['joint']}` {never}."
            hint = "Use set -o pipefail, or ask the first command alone."
            yield view.at("TOC302", line, action, found.start("joint"), message, hint=hint)


def asked_of_the_wrong_one(view: View) -> Iterator[Diagnostic]:
    """`if kubectl get pods | grep Running | wc -l; then`: the answer is that of `wc`, which is always yes."""
    for _, line in view.steps_with(("if ", "while ", "until ")):
        if "pipefail" in line.text or "PIPESTATUS" in line.text:
            continue
        for action in line.step.actions:
            found = _ASKED.search(action.text) if "|" in action.text else None
            if found is not None and "exit" not in found[0] and "read " not in found[0]:
                message = f"`{found['last']}` answers 0 whatever it is fed: this is always true."
                yield view.at("TOC302", line, action, found.start("last"), message)


_COPIED_AWAY = re.compile(
    r"\b(?P<how>tar|zip|rsync|cp|scp|pg_dump|mysqldump|mongodump|aws s3 (?:cp|sync)|gsutil|rclone|restic|borg)\b[^\n;|&]{3,200};\s*(?:sudo )?(?P<removes>rm -\w*[rf]\w*|rm|dropdb|drop|truncate|shred)\s"
)


def removed_all_the_same(view: View) -> Iterator[Diagnostic]:
    """`tar czf … /srv/a; rm -rf /srv/a`: the copy may fail, and the original goes all the same."""
    for raw in view.raw_with(("; rm", ";rm", "; sudo rm", "; drop", "; truncate", "; shred")):
        found = _COPIED_AWAY.search(raw.text) if raw.fenced or "`" in raw.text else None
        if found is not None and "set -e" not in view.whole:
            message = f"`{found['how']}` may fail, and `{found['removes']}` goes on all the same."
            yield view.remark("TOC302", raw.span, message, hint="Join them with &&.")


RULES = (removed_all_the_same, unheard, asked_of_the_wrong_one)
