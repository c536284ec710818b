"""Small runbooks for texts and commands that have to agree: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told

BACK = "Way back:"
STOP = "$ for n in {}; do ssh $n 'sudo systemctl stop encoder'; done"
EDGE = "$ ssh ed-{} 'sudo systemctl reload nginx'\nssh ed-{} 'sudo systemctl reload nginx'"
DEAD = "SQL SELECT count(*) FROM jobs WHERE state = 'dead' AND queue = 'mail';"
LATEST = "$ kafka-consumer-groups --bootstrap-server k:9092 --group g --topic t --reset-offsets --to-latest --execute"
LADDER = "# A\n\n## Escalation\n\n1. The pager calls the first.\n2. After 20 minutes it calls the second.\n3. After {} it calls the lead.\n"
FIRMS = "# A\n\nFirms\n\n| {} | For | How |\n|---|---|---|\n| A B | x | +44 7700 900155 |\n| C D | y | +44 7700 900156 |\n| Vendor | z | {} |\n\n## Down\n\nCall.\n"
SCALER = "$ cat <<'E' | kubectl -n d apply -f -\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: a\nspec:\n  {}: 3\n  scaleTargetRef:\n    kind: Deployment\n    name: a\nE"
CASES_AGREEING = (
    # a promise about this place, and one about another
    Case("TOC204", told("Start it; nothing is changed by that:", "$ systemctl restart depot"), told("Restart the standby; this changes nothing on the primary:", "$ systemctl restart depot")),
    # the same again takes nothing back, unless it brings into force what was set back before it
    Case("TOC310", told("Use the coarse model:", "$ consul kv put feed/model coarse", BACK, "$ consul kv put feed/model coarse"),
         told("Use the coarse model:", "$ consul kv put feed/model coarse\nnomad job periodic force feed", BACK, "$ consul kv put feed/model fine\nnomad job periodic force feed")),
    # a span that is asked of the world, and one that the command has to say
    Case("TOC110", told("Errors of the last hour:", "$ journalctl -u depot --since '15 minutes ago'"), told("Errors:", "$ journalctl -u depot --since '15 minutes ago'", "A release in the last hour? Then go back to the one before.")),
    Case("TOC110", told("Errors of the last hour:", "$ journalctl -u depot --since '15 minutes ago'"), told("Errors:", "$ journalctl -u depot --since '15 minutes ago'", "If there was a release in the last hour, go back to the one before.")),
    # statements that a client reads out of its own server are no dump
    Case("TOC208", told("Freeze:", "$ mysql -h db1 -e 'SET GLOBAL read_only = ON'", "Load:", "$ zcat d.sql.gz | mysql -h db1 shop"),
         told("Freeze:", "$ mysql -h db1 -e 'SET GLOBAL read_only = ON'", "End what hangs:", "$ mysql -h db1 -Nse \"SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user = 'app'\" | mysql -h db1")),
    # what is paused, and how a command is told to be quiet
    Case("TOC208", told("Quiet the workers:", "$ kill-jobs quiet mail-1"), told("Fail over:", "$ gcloud sql instances failover db-1 --quiet")),
    # a rota of its own name is paged, a role without a number is not
    Case("TOC414", "# A\n\n## Escalation\n\n| Step | Who | After |\n|---|---|---|\n| 1 | first line | at once |\n| 2 | warehouse master | 10 minutes |\n\n## Contacts\n\n| Role | Phone |\n|---|---|\n| Desk | +46 8 555 0190 |\n",
         "# A\n\nPager rotas: `depot-first`, `depot-second`.\n\n## Escalation\n\n| Step | Who | After |\n|---|---|---|\n| 1 | first line (`depot-first`) | at once |\n| 2 | second line (`depot-second`) | 10 minutes |\n| 3 | warehouse master, Jo Ek (+46 70 555 0133) | 20 minutes |\n\n## Contacts\n\n| Role | Phone |\n|---|---|\n| Desk | +46 8 555 0190 |\n"),
    # the title of the whole document is no list of people
    Case("TOC403", "# Depot\n\n## Who to call\n\n| Who | Phone |\n|---|---|\n| Desk | +46 8 555 0190 |\n| Carrier | none |\n", "# Who answers when the depot burns\n\n## Levels\n\n| Level | Answer | Messages |\n|---|---|---|\n| P1 | 5 minutes | every hour |\n| P3 | 1 day | none |\n\n## Steps\n\nCall +46 8 555 0190.\n"),
    # the digits of a clock are no field of an expression
    Case("TOC110", "# A\n\n## Jobs\n\n| Job | When | Cron |\n|---|---|---|\n| export | daily at 02:00 | `0 2 * * 1` |\n", "# A\n\n## Jobs\n\n| Job | When | Cron |\n|---|---|---|\n| export | daily at 02:00 | `0 2 * * *` |\n"),
    # one statement among several short options is no session
    Case("TOC104", told("Look:", "$ mysql -h db1", "Then:", "$ df -h"), told("Look:", "$ mysql -h db1 -Nse 'SELECT 1'", "Then:", "$ df -h")),
    Case("TOC104", told("Look:", "$ psql -h db1 shop", "Then:", "$ df -h"), told("Look:", "$ psql -h db1 -XAtc 'SELECT 1'", "Then:", "$ df -h")),
    # the whole way to a thing names its group
    Case("TOC203", told("Look:", "$ az webapp show --resource-group rg-depot --name web\naz webapp list --resource-group rg-depot\naz webapp restart --name web"),
         told("Look:", "$ az webapp show --resource-group rg-depot --name web\naz webapp list --resource-group rg-depot\naz monitor metrics list --resource /subscriptions/1/resourceGroups/rg-depot/providers/x/web")),
    # lists: all of the row, and some of it
    Case("TOC210", told("Stop the workers on all of them (`enc-a1`, `enc-a2`, `enc-a3`):", STOP.format("enc-a1 enc-a3")), told("Stop the workers on all of them (`enc-a1`, `enc-a2`, `enc-a3`):", STOP.format("enc-a1 enc-a2 enc-a3"))),
    Case("TOC210", told("Stop them:", STOP.format("q1 q2"), "Start them:", "$ for h in q1 q2 q3; do ssh $h 'sudo systemctl start q'; done"), told("Stop the first two:", STOP.format("q1 q2"), "Start them:", "$ for h in q1 q2 q3; do ssh $h 'sudo systemctl start q'; done")),
    Case("TOC210", told("Drain the brokers `bk1`, `bk2` and `bk3`:", "$ pdsh -w bk1,bk2 'sudo systemctl stop broker'"), told("Drain the brokers `bk1`, `bk2` and `bk3`:", "$ pdsh -w bk1,bk2,bk3 'sudo systemctl stop broker'")),
    Case("TOC210", told("On every server (`win-1`, `win-2`, `win-3`):", "PS Invoke-Command -ComputerName win-1,win-2 { Restart-Service Spooler }"), told("On `win-1` and `win-2`, not on `win-3`:", "PS Invoke-Command -ComputerName win-1,win-2 { Restart-Service Spooler }")),
    Case("TOC210", told("Hosts `ed-1`, `ed-2`.", "Reload both edges:", EDGE.format(1, 1)), told("Hosts `ed-1`, `ed-2`.", "Reload both edges:", EDGE.format(1, 2))),
    Case("TOC210", told("Hosts `ed-1`, `ed-2`.", "Reload one edge after the other:", EDGE.format(2, 2)), told("Hosts `ed-1`, `ed-2`.", "Reload it twice, one time after the other:", EDGE.format(2, 2))),
    # who answers: what waits or tests, or what shows it
    Case("TOC302", told("It fails if a pod does not come up:", "$ kubectl -n d rollout status deploy/web --timeout=60s | tail -1"), told("It fails if a pod does not come up:", "$ kubectl -n d rollout status deploy/web --timeout=60s")),
    Case("TOC302", told("Test the file:", "$ sudo nginx -t 2>&1 | tail -1"), told("Test the file:", "$ sudo nginx -t 2>&1 | grep -q successful")),
    Case("TOC302", told("Check the copy:", "$ sha256sum -c backup.sha256 | head -3"), told("Look at the copy:", "$ kubectl -n d get pods | head -3")),
    Case("TOC302", told("Roll it out:", "$ helm -n d upgrade web charts/web --wait | tee upgrade.log"), told("Roll it out:", "$ set -o pipefail; helm -n d upgrade web charts/web --wait | tee upgrade.log")),
    Case("TOC301", told("Mend the rows:", "$ sqlcmd -S db1 -d shop -i fix.sql"), told("Mend the rows:", "$ sqlcmd -S db1 -d shop -b -i fix.sql")),
    Case("TOC301", told("Load it:", "$ mysql --force -h db1 shop < fix.sql"), told("Load it:", "$ mysql -h db1 shop < fix.sql")),
    # what was counted, and what is changed
    Case("TOC206", told(DEAD, "Delete them:", "SQL DELETE FROM jobs WHERE state = 'dead';"), told(DEAD, "Delete them:", "SQL DELETE FROM jobs WHERE queue = 'mail' AND state = 'dead';")),
    Case("TOC206", told(DEAD, "Delete them:", "SQL DELETE FROM jobs WHERE state = 'dead' OR queue = 'mail';"), told(DEAD, "Delete the old ones:", "SQL DELETE FROM jobs WHERE queue = 'mail' AND state = 'dead' AND age > 7;")),
    # the milder order, and the harsher command
    Case("TOC204", told("If the disk is full, move the old dumps away. They are needed for the audit:", "$ find /srv/dumps -mtime +30 -delete"), told("The archive is full; delete the old dumps:", "$ find /srv/dumps -mtime +30 -delete")),
    Case("TOC204", told("Archive the orders of last year:", "$ psql -h d -d d -c 'DELETE FROM orders WHERE year = 2025'"), told("Archive the orders of last year:", "$ psql -h d -d d -c 'COPY orders TO STDOUT' > o.csv && psql -h d -d d -c 'DELETE FROM orders WHERE year = 2025'")),
    Case("TOC204", told("Only the lost carts come back, newer ones are untouched:", "$ mongorestore --drop --host m1 /backup/shop"), told("Only the lost carts come back:", "$ mongorestore --drop --nsInclude shop.carts --host m1 /backup/shop")),
    Case("TOC204", told("What was booked since the snapshot stays:", "$ zfs rollback tank/pg@night"), told("What was booked since the snapshot is lost:", "$ zfs rollback tank/pg@night")),
    Case("TOC204", told("Replay the last three hours. The consumer is stopped:", LATEST), told("Skip all up to now. The consumer is stopped:", LATEST)),
    Case("TOC202", told("New credentials:", "$ vault lease revoke -prefix db/creds/app", "Then:", "$ kubectl -n d rollout restart deploy/app"), told("New credentials:", "$ vault read db/creds/app\nkubectl -n d rollout restart deploy/app\nvault lease revoke -prefix db/creds/app")),
    # what has to stand still first
    Case("TOC208", told("Take it off:", "$ sudo xfs_repair /dev/vdb1\nsudo umount /srv/data"), told("Take it off:", "$ sudo umount /srv/data\nsudo xfs_repair /dev/vdb1")),
    Case("TOC208", told("Go back:", LATEST, "Stop it:", "$ ssh a 'sudo systemctl stop feed'"), told("Stop it:", "$ ssh a 'sudo systemctl stop feed'", "Go back:", LATEST)),
    Case("TOC208", told("Join:", "$ sudo rabbitmqctl join_cluster rabbit@mq-1", "Stop:", "$ sudo rabbitmqctl stop_app"), told("Join:", "$ sudo rabbitmqctl stop_app\nsudo rabbitmqctl join_cluster rabbit@mq-1\nsudo rabbitmqctl start_app")),
    Case("TOC208", told("Put it there:", "$ sudo cp /backup/dump.rdb /var/lib/redis/dump.rdb", "Stop:", "$ sudo systemctl stop redis"), told("Stop:", "$ sudo systemctl stop redis", "Put it there:", "$ sudo cp /backup/dump.rdb /var/lib/redis/dump.rdb")),
    # windows, ladders, shifts, schedules
    Case("TOC110", told("The window is from 22:00 to 23:30 UTC (two hours)."), told("The window is from 22:00 to 23:30 UTC (90 minutes).")),
    Case("TOC110", told("A 45-minute maintenance window between 04:00 and 05:00."), told("Office hours are 09:00 to 17:00; answer within 30 minutes.")),
    Case("TOC110", told("Fenster: 01:00 bis 04:00 Uhr, 2 Stunden."), told("Fenster: 23:00 bis 01:00 Uhr, 2 Stunden.")),
    Case("TOC110", LADDER.format("10 minutes"), LADDER.format("another 10 minutes")),
    Case("TOC110", told("The rota changes every Wednesday at noon.", "Handover of the shift is on Thursday at 09:00."), told("The rota changes every Wednesday at noon.", "On Thursday we look at the reports of the shift.")),
    Case("TOC110", told("Die Rufbereitschaft wechselt montags um 9 Uhr.", "Die Übergabe der Schicht ist am Freitag."), told("The primary rota changes on Wednesdays.", "The secondary rota changes on Thursdays.")),
    Case("TOC110", told("Runs every working day at 06:00: `0 6 * * *`"), told("Runs every working day at 06:00: `0 6 * * 1-5`")),
    Case("TOC110", told("Runs at the weekend at 06:00: `0 6 * * *`"), told("Runs at 06:00, weekends included: `0 6 * * *`")),
    Case("TOC110", told("Monthly report at 05:00: `0 5 * * *`"), told("Monthly report at 05:00: `0 5 1 * *`")),
    # a host behind its backend or its user
    Case("TOC203", told("Take `web-2` out:", "$ echo 'disable server bk/web-1' | sudo socat stdio /run/haproxy.sock"), told("Take `web-2` out:", "$ echo 'disable server bk/web-2' | sudo socat stdio /run/haproxy.sock")),
    Case("TOC203", told("Restart `mx-1`:", "$ ssh root@mx-2 systemctl restart postfix"), told("Clean `mx-1`:", "$ ssh root@mx-1 'rm -rf /srv/cache-2/tmp'")),
    # people in a table under no heading
    Case("TOC403", FIRMS.format("Who", "to be confirmed"), FIRMS.format("Step", "none")),
    # sessions of platforms
    Case("TOC104", told("Look:", "$ nomad alloc exec -task web 3f2a1b /bin/bash\nls /data"), told("Look:", "$ nomad alloc exec -task web 3f2a1b cat /data/x", "Then:", "$ ls /data")),
    Case("TOC104", told("Look:", "$ oc rsh dc/web", "Then:", "$ ls /data"), told("Look:", "$ oc rsh dc/web cat /x", "Then:", "$ ls /data")),
    # manifests that a command is fed
    Case("TOC315", told("Apply:", SCALER.format("minReplicas")), told("Apply:", SCALER.format("maxReplicas"))),
    # rows that are counted in a sentence and named elsewhere
    Case("TOC210", told("Members `kv-1`, `kv-2` and `kv-3`.", "Restart the three members, one at a time:", STOP.format("kv-1 kv-2")), told("Members `kv-1`, `kv-2` and `kv-3`.", "Restart the three members, one at a time:", STOP.format("kv-1 kv-2 kv-3"))),
    Case("TOC210", told("Pools `pb-1` and `pb-2`.", "Pause both of them:", "$ ssh pb-1 'psql -p 6432 pgbouncer -c PAUSE'\nssh pb-1 'psql -p 6432 pgbouncer -c PAUSE'", "Let them go on:", "$ for p in pb-1 pb-2; do ssh $p 'psql -p 6432 pgbouncer -c RESUME'; done"), told("Pools `pb-1` and `pb-2`.", "Pause both of them:", "$ ssh pb-1 'psql -p 6432 pgbouncer -c PAUSE'\nssh pb-2 'psql -p 6432 pgbouncer -c PAUSE'", "Let them go on:", "$ for p in pb-1 pb-2; do ssh $p 'psql -p 6432 pgbouncer -c RESUME'; done")),
    # the pipe behind what another machine runs
    Case("TOC302", told("It fails if it does not get healthy:", "$ ssh a 'cd /srv && docker compose up -d --wait web' | tail -3"), told("It fails if it does not get healthy:", "$ ssh a 'cd /srv && docker compose up -d --wait web'")),
    Case("TOC302", told("Apply:", "$ ssh a 'terraform apply plan.out' | tee apply.log"), told("Write it down:", "$ ssh a 'etcdctl get /dpi' | tee before.txt")),
    # a crontab below its sentence
    Case("TOC110", told("The statistics run every weekday at 02:30. The crontab has:", "```\n30 2 * * * /opt/stat\n```"), told("The statistics run every weekday at 02:30. The crontab has:", "```\n30 2 * * 1-5 /opt/stat\n```")),
    # the version before it, and the newest
    Case("TOC204", told("Let the alias point to the version before it:", "$ aws lambda update-alias --function-name w --name live --function-version '$LATEST'"), told("Let the alias point to the newest version:", "$ aws lambda update-alias --function-name w --name live --function-version '$LATEST'")),
    # accepted, and of no effect
    Case("TOC315", told("Apply:", "$ kubectl -n d apply -f - <<'E'\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: a\nspec: {}\nE"), told("Apply:", "$ kubectl -n d apply -f - <<'E'\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: a\nspec:\n  minAvailable: 1\n  selector:\n    matchLabels: {app: a}\nE")),
    # one copy by its own id
    Case("TOC409", told("Restore:", "$ aws dynamodb restore-table-from-backup --target-table-name c --backup-arn arn:aws:dynamodb:eu-central-1:111122223333:table/c/backup/01547087347000"), told("Restore:", '$ aws dynamodb restore-table-from-backup --target-table-name c --backup-arn "${BACKUP_ARN:?}"')),
    # down before the other one is up
    Case("TOC208", told("Start it there:", "$ ssh b 'docker compose up -d'", "The old one has to be down before the new one starts:", "$ ssh a 'docker compose stop'"), told("The old one has to be down before the new one starts:", "$ ssh a 'docker compose stop'", "Start it there:", "$ ssh b 'docker compose up -d'")),
    Case("TOC208", told("Start it there:", "$ ssh b 'sudo systemctl start app'", "Both must not run at the same time. Stop the old one:", "$ ssh a 'sudo systemctl stop app'"), told("Start the proxy:", "$ ssh b 'sudo systemctl start proxy'", "The application has to be stopped before the restore:", "$ ssh a 'sudo systemctl stop app'", "Start it:", "$ ssh a 'sudo systemctl start app'")),
    # packed and removed in one line
    Case("TOC201", told("Remove the finished orders:", "$ ssh n 'rm -r /srv/print/done'"), told("Pack the finished orders:", "$ ssh n 'tar -czf /srv/a.tgz /srv/print/done && rm -r /srv/print/done'")),
    # a name among others is no session
    Case("TOC104", told("Open `influx` on the machine.", "$ df -h"), told("It runs on `e-1`: `broker` (Mosquitto), `ingest`, `influx`, `panel`.", "$ df -h")),
)  # fmt: skip
