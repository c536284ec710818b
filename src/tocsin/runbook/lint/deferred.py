"""TOC303 by what a change waits for: a reboot, a maintenance window, machines made later, a new process, a reload nobody asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.says import Promise, promised
from tocsin.runbook.lint.told import above, below, sentences
from tocsin.runbook.words.wording import fold

_NEAR = 25  # steps in which what makes it true is to come


@dataclass(frozen=True, slots=True)
class _Wait:
    """A change that is not in force when its command is done: its sign, the command, what brings it into force, what is told."""

    sign: str
    change: re.Pattern[str]
    comes: re.Pattern[str]
    told: str


_WAITS = tuple(
    _Wait(sign, re.compile(change, re.IGNORECASE), re.compile(comes, re.IGNORECASE), told)
    for sign, change, comes, told in (
        ("pending-reboot", r"\bApplyMethod=pending-reboot\b", r"\breboot-(?:db|cache|replication|node|cluster)\S*|\bfailover-\S+", "This waits for a reboot of the server"),
        ("modify-", r"\baws (?:-\S+ \S+ )*(?:rds modify-db-(?:instance|cluster)|docdb modify-db-(?:instance|cluster)|neptune modify-db-(?:instance|cluster)|elasticache modify-(?:cache-cluster|replication-group))\b(?=(?:[^\n]|\\\n)*--(?:db-instance-class|engine-version|allocated-storage|iops|storage-type|multi-az|cache-node-type|new-db-instance-identifier))(?!(?:[^\n]|\\\n)*--(?:no-)?apply-immediately)",
         r"--apply-immediately|\breboot-", "Without --apply-immediately this waits for the next maintenance window"),
        ("launch-template", r"\bcreate-launch-template-version\b|\bmodify-launch-template\b|\bupdate-auto-scaling-group\b(?:[^\n;|&]|\\\n)*--launch-template\b",
         r"\bstart-instance-refresh\b|\bterminate-instance|\bset-desired-capacity\b|\brun-instances\b|\bupdate-nodegroup|\brefresh", "Only machines that are made from now on take the new template"),
        ("set-instance-template", r"\binstance-groups managed set-instance-template\b", r"\brolling-action\b|\brecreate-instances\b|\bupdate-instances\b|\bresize\b", "Only machines that are made from now on take the new template"),
        ("register-task-definition", r"\becs register-task-definition\b", r"\bupdate-service\b|\brun-task\b|\bcreate-service\b|\bdeploy\b", "The service goes on with the revision it has"),
        ("publish-version", r"\blambda publish-version\b", r"\bupdate-alias\b|\bcreate-alias\b|\brouting", "The alias goes on pointing at the version it has"),
        ("az vmss update", r"\baz vmss update\b", r"\bupdate-instances\b|\brolling-upgrade\b|\breimage\b", "With manual upgrades the machines of the set keep what they have"),
        ("parameter set", r"\baz (?:postgres|mysql) (?:flexible-server|server) parameter set\b(?:[^\n;|&]|\\\n)*\b(?:max_connections|shared_buffers|wal_level|max_wal_senders|shared_preload_libraries|azure\.extensions|innodb_buffer_pool_size|max_worker_processes|max_replication_slots)\b",
         r"\b(?:flexible-server|server) restart\b", "This parameter is only read at a restart of the server"),
        ("startup-script", r"\badd-metadata\b(?:[^\n;|&]|\\\n)*startup-script", r"\binstances (?:reset|stop|start)\b|\breboot\b|\bgoogle_metadata_script_runner\b", "A startup script runs at the next boot"),
        ("etx ", r"(?:^|[\n;&|'\"]\s*)setx(?:\.exe)? \S+", r"Restart-|Start-(?:Service|Process|WebAppPool)|iisreset|\brestart\b|\breboot\b", "Processes that run keep the environment they were started with"),
        ("SetEnvironmentVariable", r"SetEnvironmentVariable\([^)\n]*['\"]?(?:Machine|User)['\"]?\s*\)", r"Restart-|Start-(?:Service|Process|WebAppPool|IISSite)|iisreset|\brestart\b|\breboot\b", "Processes that run keep the environment they were started with"),
        ("sp_configure", r"\bsp_configure\s+N?'[^']+'\s*,", r"\bRECONFIGURE\b", "This is only in force after RECONFIGURE"),
        ("compose", r"\b(?:sed -i\S*|tee)\b[^\n;|&]*compose[\w.-]*\.ya?ml", r"\bcompose\b[^\n]*\b(?:up|create|run)\b|\bstack deploy|\bsystemctl (?:re)?start\b|\bforce-recreate", "The containers keep what they were started with until they are made anew"),
        ("uci ", r"\buci (?:-\S+ )*(?:set|add_list|delete|del_list)\b", r"\buci commit\b[^\0]*(?:restart|reload|wifi)|\breload_config\b", "This is only staged: `uci commit` and a reload make it true"),
        ("--permanent", r"\bfirewall-cmd\b[^\n;|&]*--permanent\b(?![^\n;|&]*--(?:list|get|query|info))", r"\bfirewall-cmd (?:--reload|--complete-reload)|\brestart firewalld|\bruntime-to-permanent|\bfirewall-cmd (?!\S*permanent)(?![^\n]*--permanent)--(?:add|remove)", "This is only in force after `firewall-cmd --reload`"),
        ("nmcli con", r"\bnmcli (?:-\S+ )*con(?:nection)? (?:mod(?:ify)?|edit) \S+", r"\bnmcli (?:-\S+ )*(?:con(?:nection)? up|dev(?:ice)? (?:reapply|con\w*))\b|restart NetworkManager|\breboot\b", "The connection goes on with what it was brought up with"),
        ("netplan", r"\bnetplan set\b|(?:>>?|\btee(?: -a)?|\bsed -i\S*)[^\n;|&]*/etc/netplan/", r"\bnetplan (?:apply|try)\b|\breboot\b", "The network goes on as it is until `netplan apply`"),
        ("vcl.load", r"\bvcl\.load \S+", r"\bvcl\.use\b|\brestart\b", "A loaded VCL serves nothing before `vcl.use`"),
        ("mysql_", r"\b(?:UPDATE|INSERT INTO|DELETE FROM) mysql_(?:servers|users|query_rules|replication_hostgroups)\b", r"\bLOAD (?:MYSQL|PGSQL|ADMIN|PROXYSQL) \w+(?: \w+)? TO (?:RUNTIME|RUN)\b", "The proxy takes it with LOAD … TO RUNTIME"),
        ("fstab", r"(?:>>?|\btee(?: -a)?|\bsed -i\S*)[^\n;|&]*/etc/fstab\b", r"\b(?:re)?mount\b|\bswapon\b|\breboot\b|\bsystemctl\b[^\n]*\b(?:re)?start\b[^\n]*\.mount", "Nothing is mounted by an entry in /etc/fstab before the next boot"),
        ("iptables/", r"(?:>>?|\btee(?: -a)?|\bsed -i\S*)[^\n;|&]*/etc/(?:iptables/\S+|nftables\.conf|ipset\S*)", r"\b(?:iptables|ip6tables|ipset)-restore\b|\bipset restore\b|\bnft -f\b|\bnetfilter-persistent (?:re)?(?:load|start)|\brestart\b|\breload\b|\breboot\b", "The rules of the kernel stay as they are until the file is loaded"),
        ("/etc/default/", r"(?:>>?|\btee(?: -a)?|\bsed -i\S*)[^\n;|&]*/etc/(?:default|sysconfig)/(?!grub\b|locale\b|keyboard\b)[\w.-]+", r"restart|reload|\bstart\b|\breboot\b|daemon-reload", "A service reads this when it is started"),
        ("/etc/sysconfig/", r"(?:>>?|\btee(?: -a)?|\bsed -i\S*)[^\n;|&]*/etc/sysconfig/(?!network-scripts\b)[\w.-]+", r"restart|reload|\bstart\b|\breboot\b|daemon-reload", "A service reads this when it is started"),
        ("jvm.options", r"(?:>>?|\btee(?: -a)?|\bsed -i\S*)[^\n;|&]*jvm\.options\b", r"restart|\bstart\b|\breboot\b", "A Java program reads this when it is started"),
        ("usermod", r"\b(?:usermod -\w*a?\w*G\w*|gpasswd -a|adduser [\w-]+) [\w-]+(?= [\w-]+|['\"])", r"\bnewgrp\b|\breboot\b|\brestart\b|\bsg \b|\bsu - ", "Sessions that are open do not know the new group"),
        ("grub", r"/etc/default/grub\b|\bgrubby\b[^\n]*--(?:args|remove-args|set-default)", r"\breboot\b|\bkexec\b", "The kernel reads this at the next boot"),
        ("limits", r"(?:>>?|tee(?: -a)?|sed -i\S*)[^\n]*/etc/security/limits(?:\.conf|\.d/)", r"\brestart\b|\breboot\b|\brelogin\b|\bprlimit\b|\bexec su\b|\bsu - ", "Only new sessions get these limits, and services of systemd never do"),
    )
)  # fmt: skip
_NO_NEED = re.compile(
    r"\b(?:no|without|not|need\w* no|never|kein\w*|nicht|ohne|sin|sans|pas de)\b[^.;:]{0,30}\b(?:re-?start|re-?boot|re-?load|window|log ?in|neu ?start\w*|reinici\w*|redemarr\w*)"
)
_TOLD = re.compile(
    r"\bre-?start|\bre-?boot|\bre-?load|maintenance window|\bnext (?:boot|start|window|login|run)|\blogs? (?:in|on|out|off)\b|neu ?start|wartungsfenster|nachste[nr]? start|reinici|redemarr|ventana de mantenimiento|\brecycle|\bnew (?:machines|instances|nodes|sessions|tasks|ones)\b|\bgradual|\broll"
)


def waits(view: View) -> Iterator[Diagnostic]:
    """A change of a server, a template or an environment that nothing of the procedure brings into force."""
    may = [wait for wait in _WAITS if wait.sign in view.text]
    for procedure in view.procedures if may else ():
        if Role.TOOLBOX in procedure.section.roles:
            continue
        for line in procedure.lines:
            if line.step.role is Role.ROLLBACK:
                continue
            for action in line.step.actions:
                for wait in may:
                    found = wait.change.search(action.text) if wait.sign in action.text else None
                    if found is not None and not _comes(view, procedure, line, action, found.end(), wait):
                        message = f"{wait.told}; nothing here brings it about."
                        yield view.at("TOC303", line, action, found.start(), message)
                        break


def _comes(view: View, procedure: Procedure, line: Line, action: Action, end: int, wait: _Wait) -> bool:
    """Whether a command behind it brings it into force, or a sentence says that it comes later."""
    behind = [action.text[end:], *(a.text for a in line.step.actions if a.span.start > action.span.start)]
    behind.extend(
        other.text for other in procedure.after(line)[:_NEAR] if other.step.role is not Role.ROLLBACK
    )
    if any(map(wait.comes.search, behind)):
        return True
    told = [fold(line.step.title), *sentences(above(view, line)), *sentences(below(view, line))]
    told.extend(fold(other.words) for other in procedure.after(line)[:2] if not other.step.actions)
    return any(_TOLD.search(_NO_NEED.sub(" ", said)) for said in told)


_AT_BOOT_ONLY = re.compile(
    r"\bsystemctl (?:-\S+ )*(?P<verb>enable|disable|unmask|mask) (?!--now)(?:-(?!-now)\S+ )*(?P<unit>[\w@.-]+)(?![^\n;&|]*--now)"
)
_RUNS_NOW = re.compile(
    r"\b(?:runs?|starts?|works?|active|on|up)\b[^.]{0,30}\b(?:from now on|at once|immediately|right away|now)\b|\b(?:lauft|startet) (?:ab jetzt|sofort)\b|\b(?:from now on|ab jetzt) (?:it |er |sie |es )?(?:runs?|lauft)\b"
)
_STANDS_NOW = re.compile(
    r"\b(?:does|do|will) (?:not|no longer) (?:run|start|write|send)\b[^.]{0,20}\b(?:any ?more|now|longer)?|\bno longer (?:runs?|writes?|sends?|works?)\b|^\W*(?:\d{1,2}[.)]\s*)?(?:then |now )?stop\b|\bis (?:now )?(?:stopped|off|down)\b|\blauft nicht mehr\b"
)


def at_the_next_boot_only(view: View) -> Iterator[Diagnostic]:
    """`systemctl enable` under "it runs from now on", `disable` under "stop it": both speak of the next boot only."""
    for procedure, line in view.steps_with(("systemctl",)):
        found = _AT_BOOT_ONLY.search(line.text)
        if found is None or not line.step.actions or found["verb"] in ("mask", "unmask"):
            continue
        told = [fold(line.step.title), *sentences(above(view, line)), *sentences(below(view, line))]
        wanted = _RUNS_NOW if found["verb"] == "enable" else _STANDS_NOW
        does = r"(?:re)?start" if found["verb"] == "enable" else r"stop|kill"
        unit = re.escape(found["unit"].removesuffix(".service"))
        done = re.compile(rf"(?:{does})\b[^\n]*(?<![\w-]){unit}(?![\w-])|--now")
        around = (line, *procedure.before(line)[-_NEAR:], *procedure.after(line)[:_NEAR])
        if any(map(wanted.search, told)) and not any(done.search(other.text) for other in around):
            way = "started" if found["verb"] == "enable" else "stopped"
            message = f"`systemctl {found['verb']}` speaks of the next boot: nothing is {way} now."
            yield view.on("TOC303", line, message)


_TESTED = re.compile(
    r"\bnginx (?:\S+ )*-t\b|\bhaproxy (?:\S+ )*-c\b|\b(?:apachectl|apache2ctl|httpd) (?:configtest|-t)\b|\bnamed-check(?:conf|zone)\b|\bsshd -t\b|\bpostfix check\b|\bvisudo -c|\bpromtool check config\b|\bamtool check-config\b|\bsquid -k parse\b|\bvarnishd -C\b|\bphp-fpm[\d.]* -t\b|\bunbound-checkconf\b|\bcaddy validate\b|\btraefik\b.*\bcheck\b|\bcontour\b.*\bvalidate\b|\brsyslogd -N"
)
_TESTS = (" -t", " -c", "configtest", "checkconf", "checkzone", " check", "-k parse", " -C", "validate", "-N")
_CHANGES_FILE = re.compile(
    r"\b(?:ln -\w+|cp|mv|rm|install|tee|sed -i\S*|rsync|a2(?:en|dis)(?:site|mod|conf)|unlink|patch)\b|>>?\s*/"
)
_READ_AGAIN = re.compile(
    r"re-?load|re-?start|\bHUP\b|graceful|\bUSR[12]\b|kill -1|rndc|reconfigure|\bstart\b|\bapply\b|\bhaproxy\b[^\n]* -sf\b|-k reconf",
    re.IGNORECASE,
)


def tested_and_promised(view: View) -> Iterator[Diagnostic]:
    """The file is changed and tested, "visitors see the page now", and the reload stands in another step or nowhere."""
    for procedure, line in view.steps_with(_TESTS):
        if not line.step.actions or not _TESTED.search(line.text) or not _CHANGES_FILE.search(line.text):
            continue
        if _READ_AGAIN.search(line.text):
            continue
        told = below(view, line)
        if not any(promise is Promise.AT_ONCE for promise, _ in promised(told)) or _TOLD.search(
            _NO_NEED.sub(" ", fold(told))
        ):
            continue
        at = _promised_at(view, line)
        if any(_READ_AGAIN.search(o.text) and o.step.span.first_line < at for o in procedure.after(line)[:1]):
            continue
        message = "The text says that this is in force: the file was changed and tested, and no process was made to read it."
        place = view.lines_of(at, at)
        yield view.remark("TOC303", place[0].span, message, steps=(line.step.id,))


def _promised_at(view: View, line: Line) -> int:
    """The line below the fence of a step in which the next prose stands."""
    last = line.step.actions[-1].span.last_line
    return next(
        (
            raw.number
            for raw in view.lines_of(last + 1, last + _NEAR)
            if not raw.fenced and raw.text.strip(" `~")
        ),
        last,
    )


RULES = (waits, tested_and_promised, at_the_next_boot_only)
