"""Small runbooks for the rules about what is told beside a command: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case


def told(*parts: str, title: str = "Orders stuck", head: str = "") -> str:
    """A section of paragraphs and commands: a part that begins with "$ " is a fence, "SQL ", "PS " one in that language."""
    out = [f"# Depot\n\n{head}\n\n## {title}\n"]
    for part in parts:
        mark, _, text = part.partition(" ")
        language = {"$": "bash", "SQL": "sql", "PS": "powershell"}.get(mark)
        out.append(f"```{language}\n{text}\n```\n" if language else f"{part}\n")
    return "\n".join(out)


CASES_TOLD = (
    # TOC204: sentences against commands
    Case("TOC204", told("This only lists what is there:", "$ zfs destroy -r tank/old"), told("This only lists what is there:", "$ zfs list -r tank/old")),
    Case("TOC204", told("Nothing is deleted by this:", "$ mongosh shop --eval 'db.carts.drop()'"), told("All carts are deleted by this:", "$ mongosh shop --eval 'db.carts.drop()'")),
    Case("TOC204", told("Users do not notice it.", "$ systemctl restart haproxy"), told("Sessions are cut for some seconds.", "$ systemctl restart haproxy")),
    Case("TOC204", told("Without downtime:", "$ systemctl stop depot"), told("Without downtime:", "$ kubectl -n d rollout restart deployment/depot")),
    Case("TOC204", told("Cancel the one job that hangs:", "$ rabbitmqctl purge_queue jobs"), told("Throw all jobs away:", "$ rabbitmqctl purge_queue jobs")),
    Case("TOC204", told("Delete the drafts, the sent ones stay:", "$ mysql -h db1 mail -e 'DELETE FROM mails'"), told("Delete the drafts, the sent ones stay:", "$ mysql -h db1 mail -e \"DELETE FROM mails WHERE state = 'draft'\"")),
    Case("TOC204", told("Empty the folder below `img/thumbs`:", "$ rm -rf /srv/img"), told("Empty the folder below `img/thumbs`:", "$ rm -rf /srv/img/thumbs")),
    Case("TOC204", told("Scale to six replicas:", "$ kubectl -n d scale deploy/api --replicas=3"), told("Scale to six replicas:", "$ kubectl -n d scale deploy/api --replicas=6")),
    Case("TOC204", told("Enable the importer timer again:", "$ systemctl disable importer.timer"), told("Enable the importer timer again:", "$ systemctl enable importer.timer")),
    Case("TOC204", told("Resume the worker:", "$ docker pause worker"), told("Pause the worker:", "$ docker pause worker")),
    # TOC110: spans, counts, clocks
    Case("TOC110", told("The errors of the last 24 hours:", "$ journalctl -u depot --no-pager --since '2 hours ago'"), told("The errors of the last 24 hours:", "$ journalctl -u depot --no-pager --since '24 hours ago'")),
    Case("TOC110", told("Remove what is older than 30 days:", "$ find /srv/spool -type f -name '*.eml' -mtime +3 -delete"), told("Remove what is older than 30 days:", "$ find /srv/spool -type f -name '*.eml' -mtime +30 -delete")),
    Case("TOC110", told("The last 500 lines:", "$ tail -n 50 /var/log/depot.log"), told("The last 500 lines:", "$ tail -n 500 /var/log/depot.log")),
    Case("TOC110", told("Two stores exist: `a-store`, `b-store` and `c-store`."), told("Three stores exist: `a-store`, `b-store` and `c-store`.")),
    Case("TOC110", told("Do it for the other two brokers as well.", head="Brokers `kafka-1` to `kafka-5`."), told("Do it for the other four brokers as well.", head="Brokers `kafka-1` to `kafka-5`.")),
    Case("TOC110", told("The pager answers in 20 minutes; the lead is called after 10 minutes without an answer."), told("The pager answers in 20 minutes; the lead is called after 20 minutes without an answer.")),
    Case("TOC110", told("P2 is answered within 1 hour. Every P2 has to be acknowledged within 4 hours."), told("P2 is answered within 1 hour. Every P2 has to be resolved within 4 hours.")),
    # TOC210: names left out
    Case("TOC210", told("Stop the writers (`api`, `importer` and `mailer`):", "$ systemctl stop api importer"), told("Stop the writers (`api`, `importer` and `mailer`):", "$ systemctl stop api importer mailer")),
    Case("TOC210", told("$ docker restart shop", "`shop` and `cart` use it."), told("$ docker restart shop cart", "`shop` and `cart` use it.")),
    Case("TOC210", told("Reload both proxies:", "$ ssh lb1 'sudo systemctl reload haproxy'", head="Proxies `lb1`, `lb2`."), told("Reload both proxies:", "$ ssh lb1 'sudo systemctl reload haproxy'\nssh lb2 'sudo systemctl reload haproxy'", head="Proxies `lb1`, `lb2`.")),
    # TOC208: gone, down, too late
    Case("TOC208", told("$ helm uninstall depot -n d", "$ helm rollback depot -n d"), told("$ helm rollback depot -n d")),
    Case("TOC208", told("$ zfs destroy tank/a", "$ zfs rollback tank/a@daily"), told("$ zfs destroy tank/a@old", "$ zfs rollback tank/a@daily")),
    Case("TOC208", told("$ curl -fsS -XDELETE http://es:9200/items-v1", "$ curl -fsS -XPOST http://es:9200/_reindex -d '{\"source\":{\"index\":\"items-v1\"},\"dest\":{\"index\":\"items-v2\"}}'"), told("$ curl -fsS -XPOST http://es:9200/_reindex -d '{\"source\":{\"index\":\"items-v1\"},\"dest\":{\"index\":\"items-v2\"}}'", "$ curl -fsS -XDELETE http://es:9200/items-v1")),
    Case("TOC208", told("$ ssh db1 'sudo systemctl stop postgresql'", "$ ssh db1 'psql -d depot -c \"SELECT 1\"'"), told("$ ssh db1 'sudo systemctl stop postgresql'", "$ ssh db1 'sudo systemctl start postgresql'", "$ ssh db1 'psql -d depot -c \"SELECT 1\"'")),
    Case("TOC208", told("$ nodetool drain", "$ nodetool cleanup"), told("$ nodetool cleanup", "$ nodetool drain")),
    Case("TOC208", told("1. Empty the table.", "SQL TRUNCATE lots;", "2. Keep a copy of the old state, in case it was wrong.", "$ pg_dump -h db -t lots depot > /srv/lots.sql"), told("1. Keep a copy of the old state, in case it was wrong.", "$ pg_dump -h db -t lots depot > /srv/lots.sql", "2. Empty the table.", "SQL TRUNCATE lots;")),
    Case("TOC208", told("PS Stop-ClusterNode -Name NODE1", "PS Move-ClusterGroup -Name Files -Node NODE1"), told("PS Stop-ClusterNode -Name NODE1", "PS Move-ClusterGroup -Name Files -Node NODE2")),
    # TOC203: pairs
    Case("TOC203", told("$ ssh app1 'sudo systemctl stop depot'", "$ ssh app2 'sudo systemctl start depot'"), told("$ ssh app1 'sudo systemctl stop depot'", "$ ssh app1 'sudo systemctl start depot'")),
    Case("TOC203", told("$ kubectl -n d rollout restart deployment/api", "$ kubectl -n d rollout status deployment/web --timeout=60s"), told("$ kubectl -n d rollout restart deployment/api", "$ kubectl -n d rollout status deployment/api --timeout=60s")),
    Case("TOC203", told("$ mkfs.ext4 /dev/sdd1\nmount /dev/sdc1 /srv"), told("$ mkfs.ext4 /dev/sdc1\nmount /dev/sdc1 /srv")),
    Case("TOC203", told("$ mysql -h db2 -e 'SHOW REPLICA STATUS'", "$ mysql -h db1 -e 'STOP REPLICA'"), told("$ mysql -h db2 -e 'SHOW REPLICA STATUS'", "$ mysql -h db2 -e 'STOP REPLICA'")),
    Case("TOC203", told("$ curl -fsS https://api.depot.internal/a -XPOST", "$ curl -fsS https://api-staging.depot.internal/b -XPOST"), told("$ curl -fsS https://api.depot.internal/a -XPOST", "$ curl -fsS https://api.depot.internal/b -XPOST")),
    Case("TOC203", told("Restart the second worker, `worker-2`:", "$ ssh worker-3 'sudo systemctl restart depot'"), told("Restart the second worker, `worker-2`:", "$ ssh worker-2 'sudo systemctl restart depot'")),
    Case("TOC203", told("$ nomad job status -namespace=shop web", "$ nomad job restart -namespace=shops -yes web", "$ nomad job status -namespace=shop web"), told("$ nomad job status -namespace=shop web", "$ nomad job restart -namespace=shop -yes web")),
    Case("TOC203", told("PS Get-Service -ComputerName PRN1 -Name Spooler", "PS Restart-Service -Name Spooler"), told("PS Get-Service -ComputerName PRN1 -Name Spooler", "PS Invoke-Command -ComputerName PRN1 { Restart-Service -Name Spooler }")),
    # TOC303: not now
    Case("TOC303", told("$ sudo postconf -e 'relayhost = [mx.example]:587'"), told("$ sudo postconf -e 'relayhost = [mx.example]:587'\nsudo systemctl reload postfix")),
    Case("TOC303", told("$ sudo lvextend -L +50G /dev/vg0/data"), told("$ sudo lvextend -r -L +50G /dev/vg0/data")),
    Case("TOC303", told("SQL SET PERSIST_ONLY max_connections = 400;"), told("SQL SET PERSIST_ONLY max_connections = 400;", "$ sudo systemctl restart mysql")),
    Case("TOC303", told("Open the file and raise the limit:", "$ sudo vim /etc/depot/depot.conf", "It is effective immediately."), told("Open the file and raise the limit:", "$ sudo vim /etc/depot/depot.conf", "Then restart it:", "$ sudo systemctl restart depot")),
    Case("TOC303", told("Raise the heap in `/etc/es/jvm.options`, then:", "$ sudo systemctl reload elasticsearch"), told("Raise the heap in `/etc/es/jvm.options`, then:", "$ sudo systemctl restart elasticsearch")),
    # TOC409: of one day
    Case("TOC409", told("$ helm rollback depot 17 -n d"), told("$ helm rollback depot \"$REVISION\" -n d")),
    Case("TOC409", told("$ aws ecs update-service --cluster c --service s --task-definition s:41"), told("$ aws ecs update-service --cluster c --service s --task-definition \"$PREVIOUS\"")),
    Case("TOC409", told("$ terraform force-unlock 0f3c2a1b-1111-2222-3333-444455556666"), told("$ terraform force-unlock \"$LOCK_ID\"")),
    # people and clocks
    Case("TOC403", "# D\n\n## Escalation\n\n| Level | Who | Phone |\n|---|---|---|\n| 1 | desk | 030 555 01 |\n| 2 | head of IT | |\n", "# D\n\n## Escalation\n\n| Level | Who | Phone |\n|---|---|---|\n| 1 | desk | 030 555 01 |\n| 2 | head of IT | 030 555 02 |\n"),
    Case("TOC403", told("Call the desk, then ______."), told("Call the desk, then the head of IT (030 555 02).")),
    Case("TOC403", told("- Head of network: TBD"), told("- Head of network: 030 555 03")),
    Case("TOC414", told("- Sev A: within 15 minutes\n- Sev B: within 2 hours\n- Sev C: when there is time"), told("- Sev A: within 15 minutes\n- Sev B: within 2 hours\n- Sev C: within 3 days")),
    Case("TOC401", "# D\n\nlast review: 2024-05-05, next: 2025-01-05\n", "# D\n\nlast review: 2025-05-05, next: 2027-01-05\n"),
    Case("TOC413", told("Dana keeps the break-glass card."), told("The card is in the safe of the desk.")),
    Case("TOC107", told("$ systemctl restart depot", "To undo it, bring the old version back."), told("$ systemctl restart depot", "To undo it, run `systemctl restart depot@old`.")),
    Case("TOC202", told("$ uptime", "1. Revoke the token at the vendor, then make a new one, then tell the teams."), told("$ uptime", "1. Make a new token, hand it to the teams, then revoke the old one.")),
    Case("TOC202", told("$ az storage account keys renew -g r -n s --key primary", "$ az webapp config appsettings set -g r -n w --settings A=@/run/key"), told("$ az webapp config appsettings set -g r -n w --settings A=@/run/key2", "$ az storage account keys renew -g r -n s --key primary")),
    Case("TOC202", told("$ rabbitmqctl delete_user depot", "$ rabbitmqctl add_user depot2"), told("$ rabbitmqctl add_user depot2", "$ rabbitmqctl delete_user depot")),
    # what cannot fail
    Case("TOC301", told("$ systemctl restart depot", "Check that it works:", "$ curl -fsS -m 5 http://depot/ok || true"), told("$ systemctl restart depot", "Check that it works:", "$ curl -fsS -m 5 http://depot/ok")),
    Case("TOC312", told("$ systemctl restart depot", "Verify:", "$ kubectl -n d get pods --no-headers | wc -l"), told("$ systemctl restart depot", "Verify, there have to be four:", "$ kubectl -n d get pods --no-headers | wc -l")),
    # catches, selectors, secrets
    Case("TOC216", told("$ kubectl drain n1 --ignore-daemonsets --force"), told("$ kubectl drain n1 --ignore-daemonsets --delete-emptydir-data")),
    Case("TOC216", told("$ terraform state push -force old.tfstate"), told("$ terraform state push old.tfstate")),
    Case("TOC216", told("$ sudo mkfs.xfs -f /dev/sdx1"), told("$ sudo mkfs.xfs /dev/sdx1")),
    Case("TOC216", told("$ docker stop --force x\nhelm upgrade --install a ./a --force"), told("$ docker service update --force web")),
    Case("TOC205", told("$ sudo rndc flush"), told("$ sudo rndc flushname www.example.org")),
    Case("TOC205", told("$ pkill imap"), told("$ pkill -x imap-login")),
    Case("TOC205", told("$ curl -fsS -XPOST http://es:9200/_tasks/_cancel"), told("$ curl -fsS -XPOST 'http://es:9200/_tasks/_cancel?actions=*search'")),
    Case("TOC205", told("PS Get-Printer -ComputerName P1 | Get-PrintJob | Remove-PrintJob"), told("PS Get-Printer -ComputerName P1 | Where-Object Name -eq $p | Get-PrintJob | Remove-PrintJob")),
    Case("TOC201", told("PS vssadmin delete shadows /all /quiet"), told("PS wbadmin start backup -backupTarget:E: -include:D:", "PS vssadmin delete shadows /all /quiet")),
    Case("TOC104", told("PS Enter-PSSession -ComputerName FS1"), told("PS Invoke-Command -ComputerName FS1 { Get-SmbShare }")),
    Case("TOC207", told("$ keytool -list -keystore a.jks -storepass s3cretpw"), told("$ keytool -list -keystore a.jks -storepass:file /run/pw")),
    Case("TOC207", told("$ az webapp config appsettings set -g r -n w --settings API_KEY=Zk93hdk20sKd93k"), told("$ az webapp config appsettings set -g r -n w --settings API_KEY=@/run/key")),
    Case("TOC207", told("Shared key for transfers: hmac-sha256 \"n8Vx2kQ0b9F5s3LmZ1yT7aXc\""), told("Public key fingerprint for transfers: \"n8Vx2kQ0b9F5s3LmZ1yT7aXc\"")),
    Case("TOC101", told("$ git revert <commit>"), told("$ git revert <commit from step 2>")),
    Case("TOC108", told("$ systemctl restart depot", "1. Wait."), told("$ systemctl restart depot", "1. Wait until the graph is below 5 %.")),
    # options, order, hosts
    Case("TOC203", told("$ patronictl -c /etc/p/a.yml list", "$ patronictl -c /etc/p/a.yml failover a", "$ patronictl -c /etc/p/b.yml list"), told("$ patronictl -c /etc/p/a.yml list", "$ patronictl -c /etc/p/a.yml failover a", "$ patronictl -c /etc/p/a.yml list")),
    Case("TOC203", told("$ aws ecs update-service --cluster c --service w --region eu-west-1", "$ aws ecs wait services-stable --cluster c --services w --region us-east-1"), told("$ aws ecs update-service --cluster c --service w --region eu-west-1", "$ aws ecs update-service --cluster c --service w --region us-east-1")),
    Case("TOC203", told("$ scp vpn.crt vpn-2:/etc/openvpn/server/", "$ ssh vpn-1 'sudo systemctl restart openvpn'"), told("$ scp vpn.crt vpn-1:/etc/openvpn/server/", "$ ssh vpn-1 'sudo systemctl restart openvpn'")),
    Case("TOC208", told("1. Restore the files.", "$ restic -r s3:x/y restore latest --target /", "2. Stop the service before the restore.", "$ sudo systemctl stop smbd"), told("1. Stop the service before the restore.", "$ sudo systemctl stop smbd", "2. Restore the files.", "$ restic -r s3:x/y restore latest --target /")),
    Case("TOC208", told("$ ssh pbx-1 sudo systemctl stop asterisk", "$ ssh pbx-1 sudo asterisk -rx 'core show channels'"), told("$ ssh pbx-1 sudo systemctl stop asterisk", "$ ssh pbx-2 sudo asterisk -rx 'core show channels'")),
    Case("TOC202", told("$ restic -r s3:x/y key remove \"$OLD\"", "$ restic -r s3:x/y key add"), told("$ restic -r s3:x/y key add", "$ restic -r s3:x/y key remove \"$OLD\"")),
    Case("TOC202", told("$ uptime", "1. Altes Zertifikat widerrufen", "2. Neues Zertifikat ausstellen"), told("$ uptime", "1. Neues Zertifikat ausstellen", "2. Altes Zertifikat widerrufen")),
    Case("TOC210", told("All four hosts need it:", "$ for h in web1 web2 db1; do scp pass $h:/root/; done", head="Hosts: `web1`, `web2`, `db1`, `files1`."), told("All four hosts need it:", "$ for h in web1 web2 db1 files1; do scp pass $h:/root/; done", head="Hosts: `web1`, `web2`, `db1`, `files1`.")),
    Case("TOC409", told("$ bq cp core.sales@1767225600000 core.sales"), told("$ bq cp core.sales@-3600000 core.sales")),
    Case("TOC110", told("The errors of the last six hours:", "$ gcloud --project p logging read 'severity>=ERROR' --freshness=1h"), told("The errors of the last six hours:", "$ gcloud --project p logging read 'severity>=ERROR' --freshness=6h")),
    Case("TOC110", told("$ find /srv/rec -name '*.wav' -mtime +90 -delete", "They have to be kept for 180 days by law."), told("$ find /srv/rec -name '*.wav' -mtime +180 -delete", "They have to be kept for 180 days by law.")),
    Case("TOC207", told("$ aws ssm put-parameter --name /a --type SecureString --value 0a8d7f6s5d4f --overwrite"), told("$ aws ssm put-parameter --name /a --type SecureString --value file:///run/key --overwrite")),
    Case("TOC207", told("On the switch: `snmp-server community Gehe1mNord ro`"), told("On the switch: `snmp-server community <community> ro`")),
    Case("TOC403", told("- Provider hotline: ..."), told("- Provider hotline: 0800 555 01")),
    Case("TOC216", told("$ sudo apt-get install --allow-downgrades -y depot=1.2"), told("$ sudo apt-get install -y depot=1.3")),
    Case("TOC105", told("$ sudo systemctl restart depot"), told("$ sudo systemctl restart depot", "The page shows the newest order.")),
    Case("TOC105", told("$ sudo systemctl restart depot", "The clocks are slow here."), told("$ sudo systemctl restart depot", "$ systemctl is-active depot", "Way back:", "$ sudo systemctl restart depot@old")),
)  # fmt: skip
