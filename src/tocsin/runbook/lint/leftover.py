"""TOC208: a state that is switched on and never off again, and two steps of which the later had to come first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.deeds import OPPOSITES, Doing, deed, puts_back
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold


@dataclass(frozen=True, slots=True)
class _Switch:
    """A state: how it is switched on, how off again (with the names `on` found in braces), and its name.

    `sign` stands in every text that switches it on: a plain search is cheaper than one for a pattern.
    """

    sign: str
    on: re.Pattern[str]
    off: str
    told: str


_SWITCHES = tuple(
    _Switch(sign, re.compile(on), off, told)
    for sign, on, off, told in (
        ("osd set", r"\bceph osd set (?P<a>no\w+)", r"\bceph osd unset {a}\b", "the flag {a}"),
        ("maintenance_mode", r"\bmaintenance_mode[ =:]+(?:1|true|on|TRUE)\b", r"\bmaintenance_mode[ =:]+(?:0|false|off|FALSE)\b", "maintenance"),
        ("touch ", r"\btouch (?P<a>[\w./-]*(?:maint|wartung|mantenim|offline|read-?only|drain)[\w./-]*)", r"\brm (?:-f )?{a}(?![\w-])", "{a}"),
        ("artisan down", r"\bartisan down\b", r"\bartisan up\b", "the maintenance page"),
        ("_USER", r"\bALTER DATABASE \[?(?P<a>\w+)\]? SET (?:SINGLE|RESTRICTED)_USER\b", r"\bSET MULTI_USER\b|\bDROP DATABASE \[?{a}\b", "the shut-off of {a}"),
        ("RESTRICTED SESSION", r"\bALTER SYSTEM ENABLE RESTRICTED SESSION\b", r"\bDISABLE RESTRICTED SESSION\b|(?i:\bSHUTDOWN\b)", "the restricted mode"),
        ("fsyncLock", r"\bfsyncLock\(", r"\bfsyncUnlock\(", "the lock on writes"),
        ("read_only", r"(?i:\bSET (?:GLOBAL|PERSIST) (?:super_)?read_only\s*=\s*(?:ON|1|TRUE))", r"(?i:\bread_only\s*=\s*(?:OFF|0|FALSE))", "the read-only mode"),
        ("default_transaction_read_only", r"(?i:\bSET default_transaction_read_only\s*(?:=|TO)\s*'?(?:on|true))", r"(?i:\bdefault_transaction_read_only\b(?:\s*(?:=|TO)\s*'?(?:off|false)|\s*;|\s*$|[\"']))", "the read-only mode"),
        ("blocks.", r"\bblocks\.(?:write|read_only)\W{1,6}true", r"\bblocks\.(?:write|read_only)\W{{1,6}}(?:false|null)", "the block on writes"),
        ("remount", r"\bmount\b[^\n;|&]*-o \S*remount,ro\S* (?P<a>/[\w./-]+)", r"remount,rw\S* {a}|\bumount {a}|\breboot\b", "the read-only mount of {a}"),
        ("TRIGGER", r"(?i:\bALTER TABLE (?P<a>[\w.]+) DISABLE TRIGGER\b)", r"(?i:\bENABLE TRIGGER\b)", "the switched-off triggers of {a}"),
        ("event_scheduler", r"(?i:\bevent_scheduler\s*=\s*(?:OFF|0))", r"(?i:\bevent_scheduler\s*=\s*(?:ON|1))", "the stopped scheduler"),
        ("BEGIN BACKUP", r"\b(?:DATABASE|TABLESPACE \w+) BEGIN BACKUP\b", r"\bEND BACKUP\b", "the backup mode"),
        ("pg_backup_start", r"\bpg_backup_start\(", r"\bpg_backup_stop\(", "the backup mode"),
        ("fsfreeze", r"\bfsfreeze (?:-f|--freeze) (?P<a>/[\w./-]+)", r"\bfsfreeze (?:-u|--unfreeze) {a}", "the frozen {a}"),
        ("ReadOnly", r"\baz lock create\b[^\n]*ReadOnly", r"\baz lock delete\b", "the lock of the group"),
        ("safemode enter", r"-safemode enter\b", r"-safemode (?:leave|forceExit)\b", "the safe mode"),
        ("sync-policy", r"\bargocd app set\b.*--sync-policy[ =](?:none|manual)", r"--sync-policy[ =]auto", "the switched-off sync"),
        ("nodetool disable", r"\bnodetool disable(?P<a>\w+)", r"\bnodetool enable{a}\b", "the switched-off {a}"),
        ("stop_app", r"\brabbitmqctl stop_app\b", r"\brabbitmqctl (?:start_app|restart)\b", "the stopped broker"),
        ("allocation.enable", r"\ballocation\.enable\W+(?:none|primaries|new_primaries)\b", r"\ballocation\.enable\W+(?:all|null)\b", "the stopped allocation"),
        ("setenforce 0", r"\bsetenforce 0\b", r"\bsetenforce 1\b", "the switched-off SELinux"),
        ("isolate rescue", r"\bsystemctl isolate rescue\b", r"\bsystemctl (?:isolate|default)\b", "the rescue mode"),
        ("compose", r"\bdocker[ -]compose (?:-f \S+ )?down\b", r"\bdocker[ -]compose (?:-f \S+ )?(?:up|start|create)\b", "the stack that is down"),
    )
)  # fmt: skip
# People are kept from writing for some work; where none follows, the state itself is what is wanted.
_FOR_WORK = "read-only"
_WORK = re.compile(
    r"\b(?:restore|import|migrat\w*|dump|\w+dump|rsync|load|loaddata|upgrade|snapshot|copy|reindex|UPDATE|DELETE FROM|INSERT|ALTER|cp|fsck|resync)\b|<\s*/|\| ?(?:mysql|psql)\b(?! -h \S+ *$)",
    re.IGNORECASE,
)
_WHOLE_LEFT = 60  # switches that are looked at in one procedure
_ON_PURPOSE = re.compile(
    r"\b(?:stays?|remains?|leave|keep (?:it|this|that|them|so|as)\b(?! (?:from|out|off)\b)|bleib\w*|lass\w*|permanen\w*|for good|decommission\w*|retire\w*|remov\w*|clean(?:ing|s|ed)? ?up|tear\w* ?down|shut ?down|dismantl\w*)\b"
)


def left_on(view: View) -> Iterator[Diagnostic]:
    """A state is switched on to work in peace, and nothing of the document switches it off."""
    may = [switch for switch in _SWITCHES if switch.sign in view.text and switch.on.search(view.text)]
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        for line in procedure.lines[:_WHOLE_LEFT]:
            if (
                not line.step.actions
                or line.step.role is Role.ROLLBACK
                or line.step.judgement.effect is Effect.OBSERVE
            ):
                continue
            for action in line.step.actions:
                yield from _left(view, procedure, line, action, may)
            yield from _unresumed(view, procedure, line)


# What is done to work in peace; a thing that is stopped or disabled may well stay so.
_FOR_THE_WORK = frozenset(
    "pause suspend freeze quiesce cordon mask standby maintenance offline hold drain quiet park fsfreeze".split()
)
_GOES_FOR_GOOD = re.compile(r"\b(?:delete|destroy|purge|remove|rm|replace|terminate|decommission)\b")


def _unresumed(view: View, procedure: Procedure, line: Line) -> Iterator[Diagnostic]:
    """What a command pauses, in any tool, and no other one resumes."""
    for action, command in line.commands:
        out = deed(command)
        if out is None or out.doing is not Doing.OUT or out.verb not in _FOR_THE_WORK:
            continue
        if out.verb == "drain" and not out.names:
            continue  # of a process that is restarted next
        if any(
            (back := deed(other)) is not None and puts_back(back, out) and _may_be_same(back.names, out.names)
            for *_, other in view.commands(command.name)
        ):
            continue
        words = OPPOSITES.get(out.verb, frozenset({"maintenance"}))
        if any(
            re.search(rf"`[^`]*\b{word}\b", view.whole)
            for word in words
            if len(word) > 3 and word != out.verb
        ):
            continue  # a sentence names the command
        if _GOES_FOR_GOOD.search(
            "\n".join(other.text for other in procedure.after(line)) + action.text[command.end :]
        ):
            continue
        if _ON_PURPOSE.search(fold(f"{line.words} {above(view, line)} {below(view, line)}")):
            continue
        thing = " ".join(dict.fromkeys((*sorted(out.frame)[:1], *out.names[:1])))
        message = f"Nothing here takes back what `{command.name}` does with `{out.verb}`{f' ({thing})' if thing else ''}: it stays so."
        yield view.at("TOC208", line, action, command.start, message, level=Level.WARNING)


def _may_be_same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one == other or not one or not other or bool(set(one) & set(other))


def _left(
    view: View, procedure: Procedure, line: Line, action: Action, switches: list[_Switch]
) -> Iterator[Diagnostic]:
    for switch in switches:
        *_, found = (None, *switch.on.finditer(action.text))
        if found is None:
            continue
        names = {key: re.escape(value) for key, value in found.groupdict().items() if value}
        off = re.compile(switch.off.format(**names))
        behind = action.text[found.end() :] + "\n".join(
            other.text for other in (line, *procedure.after(line)) if other is not line or other.step.actions[-1] is not action
        )  # fmt: skip
        # Down is the last word only where the same procedure brings nothing up; for the others anywhere will do.
        scope = behind if "compose" in switch.off else view.whole
        if off.search(scope) or _ON_PURPOSE.search(
            fold(f"{line.words} {above(view, line)} {below(view, line)}")
        ):
            continue
        if _FOR_WORK in switch.told and _WORK.search(behind) is None:
            continue  # nothing is done under it: the state itself is what is wanted
        told = switch.told.format(**found.groupdict())
        message = f"Nothing takes {told} back: it stays as this leaves it."
        yield view.at("TOC208", line, action, found.start(), message, level=Level.WARNING)


@dataclass(frozen=True, slots=True)
class _Order:
    """Two commands of which `first` has to come first; why is told to the reader. One of `signs` is in every text that has both."""

    signs: tuple[str, ...]
    late: re.Pattern[str]
    first: str
    told: str


_CONFIG = "the server has taken the file already when it is checked"
_ORDERS = tuple(
    _Order(tuple(signs.split("|")), re.compile(late), first, told)
    for signs, late, first, told in (
        ("osd out", r"\bceph osd (?:purge|destroy|crush remove|rm) (?:osd\.)?(?P<a>\d+|\S+)", r"\bceph osd out (?:osd\.)?{a}\b", "what is on it has to be moved off first"),
        ("drain", r"\bkubectl\b.*\bdelete node[s/ ]+(?P<a>[\w.-]+)", r"\bdrain {a}\b", "its pods have to be moved off first"),
        ("app set", r"\bargocd app rollback (?P<a>[\w-]+)", r"\bargocd app set {a}\b.*--sync-policy[ =](?:none|manual)", "the sync that is still on rolls forward again"),
        ("haproxy -", r"\b(?:restart|reload) (?P<a>haproxy)\b|\bservice haproxy (?:restart|reload)", r"\bhaproxy -[cf]*c", _CONFIG),
        ("nginx -t", r"\b(?:restart|reload) nginx\b|\bnginx -s reload|\bservice nginx (?:restart|reload)", r"\bnginx -t\b", _CONFIG),
        ("configtest| -t", r"\b(?:restart|reload) (?:apache2?|httpd)\b", r"\b(?:apachectl|apache2ctl|httpd) (?:configtest|-t)\b", _CONFIG),
        ("named-check", r"\b(?:restart|reload) (?:named|bind9?)\b|\brndc (?:reload|reconfig)", r"\bnamed-check(?:conf|zone)\b", _CONFIG),
        ("sshd -t", r"\b(?:restart|reload) sshd?\b", r"\bsshd -t\b", _CONFIG),
        ("promtool check|amtool check", r"\b(?:restart|reload) (?:prometheus|alertmanager)\b|/-/reload\b", r"\b(?:promtool check|amtool check-config)\b", _CONFIG),
        ("postfix check", r"\b(?:restart|reload) postfix\b|\bpostfix reload\b", r"\bpostfix check\b", _CONFIG),
        ("unbound-checkconf", r"\b(?:restart|reload) unbound\b", r"\bunbound-checkconf\b", _CONFIG),
        ("squid -k", r"\b(?:restart|reload) squid\b", r"\bsquid -k parse\b", _CONFIG),
        ("php-fpm", r"\b(?:restart|reload) php[\d.]*-fpm\b", r"\bphp-fpm[\d.]* -t\b", _CONFIG),
        ("keepalived -", r"\b(?:restart|reload) keepalived\b", r"\bkeepalived (?:-t|--config-test)\b", _CONFIG),
        ("rsyslogd -N", r"\b(?:restart|reload) rsyslog\b", r"\brsyslogd -N\s?1\b", _CONFIG),
        ("nft -c|nft --check", r"\bnft -f\b(?!.*-c)", r"\bnft (?:-c -f|--check)", _CONFIG),
        ("--reset-offsets", r"\bkafka-consumer-groups(?:\.sh)?\b[^\n]*--reset-offsets\b[^\n]*--execute", r"\b(?:systemctl|service)\b[^\n]*\bstop\b|--replicas[= ]0\b|\bjob (?:stop|scale)\b|\bcompose\b[^\n]*\bstop\b", "offsets move only while no member of the group is active"),
        ("umount", r"\b(?:xfs_repair|e2fsck|fsck(?:\.\w+)?)\b(?! -[nN])[^\n]*/dev/", r"\bumount\b", "what is mounted must not be repaired"),
        ("umount", r"\b(?:aws ec2 detach-volume|openstack server remove volume|gcloud compute instances detach-disk|az vm disk detach)\b", r"\bumount\b", "what is mounted must not be detached"),
        ("stop_app", r"\brabbitmqctl (?:-n \S+ )?(?:force_)?(?:reset|join_cluster)\b", r"\brabbitmqctl (?:-n \S+ )?stop_app\b", "the application has to be stopped"),
        ("STOP REPLICA|STOP SLAVE", r"\b(?:RESET (?:REPLICA|SLAVE) ALL|CHANGE (?:REPLICATION SOURCE|MASTER) TO)\b", r"\bSTOP (?:REPLICA|SLAVE)\b", "the replica still runs"),
        ("pg_rewind|pg_resetwal", r"\b(?:pg_rewind|pg_resetwal)\b", r"\b(?:systemctl|service)\b[^\n]*\bstop\b[^\n]*\bpostgres|\bpg_ctl\b[^\n]*\bstop\b|\bpg_ctlcluster\b[^\n]*\bstop\b", "the server has to be down"),
        ("dump.rdb|appendonly.aof", r"\b(?:cp|mv|rsync|aws s3 cp|gsutil cp)\b[^\n]*\b(?:dump\.rdb|appendonly\.aof)['\"/]*\s*(?:$|\n)", r"\b(?:systemctl|service)\b[^\n]*\bstop\b[^\n]*\bredis|\bSHUTDOWN\b", "a server that is stopped afterwards writes its own file over it"),
        ("_close", r"/_snapshot/[^\s'\"]+/_restore\b", r"/_close\b", "an open index cannot be restored over"),
        ("docker volume rm", r"\bdocker volume rm\b", r"\bdocker(?: compose|-compose)?(?: -\w+ \S+)* (?:stop|down|kill|rm)\b", "a volume in use cannot be removed"),
        ("terraform plan|terraform validate", r"\bterraform apply\b", r"\bterraform (?:plan|validate)\b", "it is looked at when it has been done"),
    )
)  # fmt: skip


def wrong_way_round(view: View) -> Iterator[Diagnostic]:
    """The check, or what makes room, stands behind what it is for, and nowhere before."""
    may = [
        order
        for order in _ORDERS
        if any(map(view.text.__contains__, order.signs)) and order.late.search(view.text)
    ]
    for procedure in view.procedures if may else ():
        if Role.TOOLBOX in procedure.section.roles:
            continue
        told: set[int] = set()
        for line in procedure.lines:
            for action in line.step.actions:
                for place, order in enumerate(may):
                    found = order.late.search(action.text)
                    if found is None or place in told:
                        continue
                    told.add(place)
                    names = {key: re.escape(value) for key, value in found.groupdict().items() if value}
                    first = re.compile(order.first.format(a=names.get("a", "")))
                    before = [other.text for other in procedure.before(line)]
                    before.append(line.text[: line.text.find(action.text) + found.start()])
                    behind = line.text[line.text.find(action.text) + found.end() :]
                    later = next(
                        (o for o in procedure.after(line) if o.step.actions and first.search(o.text)), None
                    )
                    if any(first.search(text) for text in before) or not (later or first.search(behind)):
                        continue
                    yield _too_late(view, line, action, found.start(), later, first, order)


def _too_late(
    view: View, line: Line, action: Action, at: int, later: Line | None, first: re.Pattern[str], order: _Order
) -> Diagnostic:
    """The remark, at what comes too late."""
    if later is None:
        message = f"What has to be done first stands behind this: {order.told}."
        return view.at("TOC208", line, action, at, message)
    late = next((a for a in later.step.actions if first.search(a.text)), later.step.actions[0])
    message = f"This belongs before line {action.span.first_line}: {order.told}."
    return view.at("TOC208", later, late, 0, message)


RULES = (left_on, wrong_way_round)
