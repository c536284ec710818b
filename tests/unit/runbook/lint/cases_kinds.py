"""Small runbooks for what is told by kind instead of by tool: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told
from tests.unit.runbook.lint.cases_wider import steps

CASES_KINDS = (
    # verbs and their opposites, in tools nobody listed: another one is put back
    Case("TOC203", steps("wmsctl lane disable lane-4", "wmsctl lane enable lane-5"), steps("wmsctl lane disable lane-4", "wmsctl lane enable lane-4")),
    Case("TOC203", steps("varnishadm backend.set_health web-1 sick", "mediactl node:quarantine enc-2", "mediactl node:restore enc-3"), steps("mediactl node:quarantine enc-2", "mediactl node:restore enc-2")),
    Case("TOC203", steps("ssh tile-1 'sudo systemctl stop renderd'", "ssh tile-2 'sudo systemctl start renderd'"), told("$ ssh tile-1 'sudo systemctl stop renderd'", "$ ssh tile-2 'sudo systemctl start renderd'", title="Failover to the second renderer")),
    # what is paused is resumed
    Case("TOC208", steps("mailctl queue pause out-1", "mailctl queue list"), steps("mailctl queue pause out-1", "mailctl queue resume out-1")),
    Case("TOC208", steps("lmsadmin maintenance:enable", "lmsadmin cache:clear"), steps("lmsadmin maintenance:enable", "lmsadmin maintenance:disable")),
    Case("TOC208", steps("searchctl shard freeze s-3", "searchctl status"), told("$ searchctl shard freeze s-3", "Afterwards: `searchctl shard unfreeze s-3`.")),
    # delete before create
    Case("TOC202", steps("vpnadm peer delete berlin", "vpnadm peer add berlin"), steps("vpnadm peer add berlin-2", "vpnadm peer delete berlin")),
    Case("TOC202", steps("apnsctl certificate:revoke ios", "apnsctl certificate:upload ios.p12"), steps("apnsctl certificate:upload ios.p12", "apnsctl certificate:revoke ios-old")),
    Case("TOC202", steps("ip link delete vti3", "ip link add vti3 type vti local 10.1.0.1"), steps("ip route del 10.9.0.0/16", "ip route add 10.9.0.0/16 via 10.1.0.1")),
    # where: any tool's options, and the labels in names
    Case("TOC203", steps("tilectl --cluster maps-a status", "tilectl --cluster maps-a drain t-1", "tilectl --cluster maps-a status t-1", "tilectl drain t-2", "tilectl --cluster maps-a undrain t-1 t-2"), steps("tilectl --cluster maps-a status", "tilectl --cluster maps-a drain t-1", "tilectl --cluster maps-a status t-1", "tilectl --cluster maps-a drain t-2", "tilectl --cluster maps-a undrain t-1 t-2")),
    Case("TOC203", steps("adctl --env live pause c-1", "adctl --env live show c-1", "adctl --env staging resume c-1"), steps("adctl --env live pause c-1", "adctl --env live show c-1", "adctl --env live resume c-1")),
    Case("TOC203", steps("curl -fsS https://push.prod.lan/q", "pushctl --on push-1.prod.lan restart", "pushctl --on push-1.stage.lan restart"), told("$ curl -fsS https://push.prod.lan/q", "$ pushctl --on push-1.prod.lan restart", "Staging gets the same:", "$ pushctl --on push-1.stage.lan restart")),
    Case("TOC203", steps("mxctl --on mx.eu1.lan flush", "mxctl --on mx.us1.lan flush", "mxctl --on mx.eu1.lan list"), steps("mxctl --on mx.eu1.lan flush", "mxctl --on mx.eu1.lan list")),
    Case("TOC203", steps("kubectl -n mail logs deploy/in --tail=-1", "kubectl -n mail get pods", "kubectl -n mail-old rollout restart deploy/in"), steps("kubectl -n mail logs deploy/in --tail=-1", "kubectl -n mail get pods", "kubectl -n mail rollout restart deploy/in")),
    # what is promised, in other words and other places
    Case("TOC204", told("Die Aufträge bleiben dabei erhalten:", "$ redis-cli FLUSHALL"), told("Die Aufträge gehen dabei verloren:", "$ redis-cli FLUSHALL")),
    Case("TOC204", told("$ mysql -h db1 lms -e 'DROP TABLE grades'", "No grade is lost by this.", title="Grades are wrong"), told("$ mysql -h db1 lms -e 'DROP TABLE grades'", "Every grade is lost by this.", title="Grades are wrong")),
    Case("TOC204", told("No se corta el servicio:", "$ systemctl stop postfix"), told("Se corta el servicio:", "$ systemctl stop postfix")),
    Case("TOC204", told("$ # changes nothing, only counts\nrm -rf /srv/tiles"), told("$ # removes all tiles\nrm -rf /srv/tiles")),
    Case("TOC303", told("$ sed -i s/a/b/ /etc/postfix/main.cf", "Postfix picks it up automatically."), told("$ sed -i s/a/b/ /etc/postfix/main.cf\nsystemctl reload postfix", "Postfix picks it up automatically.")),
    # numbers, windows and siblings, however they are told
    Case("TOC204", told("Go from two to six:", "$ kubectl -n d scale deploy/in --replicas=4"), told("Go from two to four:", "$ kubectl -n d scale deploy/in --replicas=4")),
    Case("TOC204", told("Raise the pool to 200 connections:", "$ kubectl -n d set env deploy/in DB_POOL=20"), told("Raise the pool to 200 connections:", "$ kubectl -n d set env deploy/in DB_POOL=200")),
    Case("TOC110", told("Delete what is older than 30 days:", "$ find /srv/a -type f -mtime +3 -delete\nfind /srv/b -type f -mtime +30 -delete"), told("Delete what is older than 30 days:", "$ find /srv/a -type f -mtime +30 -delete\nfind /srv/b -type f -mtime +30 -delete")),
    Case("TOC210", told("Beide Anwendungsserver neu starten:", "$ ssh lab-app-1 'sudo systemctl restart lab'", head="Server sind `lab-app-1` und `lab-app-2` hinter `lab-lb`."), told("Beide Anwendungsserver neu starten:", "$ ssh lab-app-1 'sudo systemctl restart lab'\nssh lab-app-2 'sudo systemctl restart lab'", head="Server sind `lab-app-1` und `lab-app-2` hinter `lab-lb`.")),
    # the words of an item belong to its own command
    Case("TOC204", told("* look: `uptime -p`\n* clear the broken page only: `ssh c-1 \"varnishadm ban 'req.url ~ .'\"`"), told("* look: `uptime -p`\n* clear everything: `ssh c-1 \"varnishadm ban 'req.url ~ .'\"`")),
    Case("TOC204", told("Ver las sesiones (solo lectura):", "$ php /srv/cli/kill_all_sessions.php"), told("Ver las sesiones (solo lectura):", "$ php /srv/cli/list_sessions.php")),
    Case("TOC204", told("Stop the test campaigns. Delivery of paid ones continues:", "$ adctl campaigns pause --all"), told("Stop all campaigns. Nothing is delivered then:", "$ adctl campaigns pause --all")),
    # at once, where nothing is run
    Case("TOC303", told("Set `max = 8` in `/srv/lab/init.ora`. El cambio se aplica de inmediato."), told("Set `max = 8` in `/srv/lab/init.ora`. The change needs a restart.")),
    Case("TOC303", told("$ vault kv put push/apns key=@/srv/apns.p8", "The tasks use the new key from then on."), told("$ vault kv put push/apns key=@/srv/apns.p8\nsystemctl restart push", "The tasks use the new key from then on.")),
    # the way back, people, processes, endless looks
    Case("TOC107", told("$ systemctl stop a", "To go back, do the same the other way round."), told("$ systemctl stop a", "To go back, start it: `systemctl start a`.")),
    Case("TOC413", told("Bei Problemen Herrn Kunze fragen, nur er kennt die Geräte."), told("Bei Problemen die Bereitschaft fragen, alle kennen die Geräte.")),
    Case("TOC205", steps("kill -9 $(pgrep -f scheduler)"), steps("kill $(pgrep -x schedulerd)")),
    Case("TOC112", told("Look with `tail -f /var/log/lab.log` and `uptime -p`."), told("Look with `tail -n 200 /var/log/lab.log` and `uptime -p`.")),
    Case("TOC110", told("P1: answer within 15 minutes. P2: answer within 2 hours.", "Los P1 se contestan en 45 minutos."), told("P1: answer within 15 minutes. P2: answer within 2 hours.", "Los P1 se contestan en 15 minutos.")),
)  # fmt: skip
