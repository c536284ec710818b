"""Small runbooks for the rules that came with round 16a: for each a defect, and the same made right or told otherwise."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told

MANIFEST = "Apply it with `kubectl apply -f a.yaml`:\n\n```yaml\n{}```\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: a}}
spec:
  selector: {{matchLabels: {{app: a}}}}
  template:
    metadata: {{labels: {{app: {label}, tier: x}}}}
    spec:
      containers:
        - name: a
          image: a:1
          volumeMounts: [{{name: v, mountPath: /v}}]
          resources: {{requests: {{memory: {asked}}}, limits: {{memory: 1Gi}}}}
      volumes: [{{name: {volume}, emptyDir: {{}}}}]
"""
SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{selector: {{app: {}}}, ports: [{{port: 80}}]}}\n"
SCALER = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: a}}\nspec: {{scaleTargetRef: {{kind: Deployment, name: a}}, minReplicas: {}, maxReplicas: 4}}\n"


def deployment(label: str = "a", asked: str = "512Mi", volume: str = "v", more: str = "") -> str:
    """A runbook with this manifest, whole unless told otherwise."""
    return told(MANIFEST.format(DEPLOYMENT.format(label=label, asked=asked, volume=volume) + more))


CASES_AGAINST = (
    # ordered, and only tried
    Case("TOC204", told("Remove what is older than a month:", "PS Get-ChildItem D:\\Old -Recurse | Remove-Item -WhatIf"), told("See what would be removed:", "PS Get-ChildItem D:\\Old -Recurse | Remove-Item -WhatIf")),
    Case("TOC204", told("Deploy the release of last week:", "$ helm upgrade depot ./chart --dry-run"), told("Deploy the release of last week, after a dry run:", "$ helm upgrade depot ./chart --dry-run")),
    Case("TOC204", told("Apply the playbook to the brokers:", "$ ansible-playbook -i prod brokers.yml --check"), told("Apply the playbook to the brokers:", "$ ansible-playbook -i prod brokers.yml --check\nansible-playbook -i prod brokers.yml")),
    Case("TOC204", told("Copy the photos to the second store:", "$ aws s3 sync s3://photos s3://photos-2 --dryrun"), told("Copy the photos to the second store:", "$ aws s3 sync s3://photos s3://photos-2")),
    Case("TOC204", told("Zertifikat erneuern:", "$ certbot renew --cert-name depot.example --dry-run"), told("Zertifikat erneuern, vorher zur Probe:", "$ certbot renew --cert-name depot.example --dry-run")),
    Case("TOC204", told("Update the config map:", "$ kubectl apply -f cm.yaml --dry-run=server"), told("Update the config map:", "$ kubectl create cm a --from-file=a --dry-run=client -o yaml | kubectl apply -f -")),
    # restarted, and only stopped
    Case("TOC204", told("Restart the spooler:", "PS Stop-Service -Name Spooler"), told("Restart the spooler:", "PS Stop-Service -Name Spooler", "PS Start-Service -Name Spooler")),
    Case("TOC204", told("Restart the importer:", "$ ssh imp-1 'sudo systemctl stop importer'"), told("Restart the importer:", "$ ssh imp-1 'sudo systemctl stop importer && sudo systemctl start importer'")),
    Case("TOC204", told("Restart the workers:", "$ kubectl -n d scale deploy/worker --replicas=0"), told("Restart the workers:", "$ kubectl -n d scale deploy/worker --replicas=0", "$ kubectl -n d scale deploy/worker --replicas=4")),
    Case("TOC204", told("Den Dienst neu starten:", "$ nomad job stop -namespace=d empfang"), told("Den Dienst anhalten:", "$ nomad job stop -namespace=d empfang")),
    Case("TOC204", told("Restart the task:", "$ aws ec2 stop-instances --instance-ids \"$ID\""), told("Restart the task; the service starts another one by itself:", "$ aws ecs stop-task --cluster c --task \"$ID\"")),
    # put back, and taken out
    Case("TOC204", told("Put `web2` back into rotation:", "$ echo 'set server be/web2 state drain' | socat - /run/haproxy.sock"), told("Put `web2` back into rotation:", "$ echo 'set server be/web2 state ready' | socat - /run/haproxy.sock")),
    Case("TOC204", told("Let the node take part in the cluster again, so that it receives traffic again:", "$ kubectl cordon node-4"), told("Let the node receive traffic again:", "$ kubectl uncordon node-4")),
    Case("TOC204", told("Return it to the pool:", "$ aws elbv2 deregister-targets --target-group-arn \"$ARN\" --targets Id=\"$ID\""), told("Return it to the pool:", "$ aws elbv2 register-targets --target-group-arn \"$ARN\" --targets Id=\"$ID\"")),
    Case("TOC204", told("Take it out of the load balancer:", "$ echo 'enable server be/web2' | socat - /run/haproxy.sock"), told("Take it out of the load balancer:", "$ echo 'disable server be/web2' | socat - /run/haproxy.sock")),
    Case("TOC204", told("Make the client eligible again:", "$ nomad node drain -enable -yes \"$NODE\""), told("Make the client eligible again:", "$ nomad node drain -disable -yes \"$NODE\"")),
    # the one end, and the other
    Case("TOC204", told("Skip to the newest message:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --to-earliest --execute"), told("Skip to the newest message:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --to-latest --execute")),
    Case("TOC204", told("Replay everything from the beginning:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --to-latest --execute"), told("Replay everything from the beginning:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --to-earliest --execute")),
    Case("TOC204", told("Go on at the end of the stream:", "$ app-ctl consumer set mail --offset earliest"), told("Go on at the end of the stream:", "$ app-ctl consumer set mail --offset latest")),
    # one of several jobs, and all of them
    Case("TOC204", told("Pause only the import:", "$ sudo crontab -u shop -r"), told("Remove the whole crontab:", "$ sudo crontab -u shop -r")),
    Case("TOC204", told("Stop only the mailer:", "$ supervisorctl stop all"), told("Stop only the mailer:", "$ supervisorctl stop mailer")),
    # locked, and written
    Case("TOC208", told("Lock:", "$ mongosh --quiet --eval 'db.fsyncLock()'", "Load:", "$ mongorestore --archive=/srv/a.gz", "Unlock:", "$ mongosh --quiet --eval 'db.fsyncUnlock()'"),
         told("Lock:", "$ mongosh --quiet --eval 'db.fsyncLock()'", "Copy:", "$ rsync -a /var/lib/mongodb/ /srv/copy/", "Unlock:", "$ mongosh --quiet --eval 'db.fsyncUnlock()'", "Load:", "$ mongorestore --archive=/srv/a.gz")),
    Case("TOC208", told("Protect it:", "$ chattr +i /etc/resolv.conf", "Point it elsewhere:", "$ sed -i 's/10.0.0.1/10.0.0.2/' /etc/resolv.conf"), told("Open it:", "$ chattr -i /etc/resolv.conf", "Point it elsewhere:", "$ sed -i 's/10.0.0.1/10.0.0.2/' /etc/resolv.conf", "$ chattr +i /etc/resolv.conf")),
    Case("TOC208", told("Keep people out:", "$ psql -h db -d postgres -c 'ALTER DATABASE shop ALLOW_CONNECTIONS false'", "Load:", "$ pg_restore -h db -d shop /srv/shop.dump"),
         told("Keep people out:", "$ psql -h db -d postgres -c 'ALTER DATABASE shop ALLOW_CONNECTIONS false'", "Load beside it:", "$ pg_restore -h db -d shop_new /srv/shop.dump")),
    Case("TOC208", told("Stop writing:", "$ curl -fsS -m 9 -X PUT http://es:9200/orders/_block/write", "Mend:", "$ curl -fsS -m 9 -X POST http://es:9200/orders/_update_by_query -d @fix.json"),
         told("Stop writing:", "$ curl -fsS -m 9 -X PUT http://es:9200/orders/_block/write", "Clone:", "$ curl -fsS -m 9 -X POST http://es:9200/orders/_clone/orders-2")),
    Case("TOC208", told("Halt:", "$ docker pause depot-db", "Look:", "$ docker exec depot-db ls /data"), told("Halt:", "$ docker pause depot-db", "$ docker unpause depot-db", "Look:", "$ docker exec depot-db ls /data")),
    # waits for something that never comes
    Case("TOC303", told("More connections:", "$ aws rds modify-db-parameter-group --db-parameter-group-name p --parameters ParameterName=max_connections,ParameterValue=900,ApplyMethod=pending-reboot"),
         told("More connections:", "$ aws rds modify-db-parameter-group --db-parameter-group-name p --parameters ParameterName=max_connections,ParameterValue=900,ApplyMethod=pending-reboot", "$ aws rds reboot-db-instance --db-instance-identifier d")),
    Case("TOC303", told("A larger machine:", "$ aws rds modify-db-instance --db-instance-identifier d --db-instance-class db.r6g.xlarge"), told("A larger machine:", "$ aws rds modify-db-instance --db-instance-identifier d --db-instance-class db.r6g.xlarge --apply-immediately")),
    Case("TOC303", told("A larger cache:", "$ aws elasticache modify-replication-group --replication-group-id r --cache-node-type cache.m6g.large"), told("A larger cache, in the next maintenance window:", "$ aws elasticache modify-replication-group --replication-group-id r --cache-node-type cache.m6g.large")),
    Case("TOC303", told("New image:", "$ gcloud compute instance-groups managed set-instance-template web --template=web-9 --zone=z"), told("New image:", "$ gcloud compute instance-groups managed set-instance-template web --template=web-9 --zone=z\ngcloud compute instance-groups managed rolling-action start-update web --version=template=web-9 --zone=z")),
    Case("TOC303", told("New image:", "$ aws ecs register-task-definition --cli-input-json file://task.json"), told("New image:", "$ aws ecs register-task-definition --cli-input-json file://task.json\naws ecs update-service --cluster c --service s --task-definition s")),
    Case("TOC303", told("Point it to the other scanner:", "PS [Environment]::SetEnvironmentVariable('SCANNER', 'scan2', 'Machine')"), told("Point it to the other scanner:", "PS [Environment]::SetEnvironmentVariable('SCANNER', 'scan2', 'Machine')", "PS Restart-Service Depot")),
    Case("TOC303", told("More memory:", "$ sqlcmd -S db1 -E -b -Q \"EXEC sp_configure 'max server memory', 32768\""), told("More memory:", "$ sqlcmd -S db1 -E -b -Q \"EXEC sp_configure 'max server memory', 32768; RECONFIGURE\"")),
    Case("TOC303", told("Put the page on:", "$ ln -sf /etc/nginx/off.conf /etc/nginx/conf.d/site.conf && nginx -t", "Visitors see the page now.", "Take it off:", "$ ln -sf /etc/nginx/on.conf /etc/nginx/conf.d/site.conf && nginx -t && nginx -s reload"),
         told("Put the page on:", "$ ln -sf /etc/nginx/off.conf /etc/nginx/conf.d/site.conf && nginx -t && nginx -s reload", "Visitors see the page now.")),
    # PowerShell that waits
    Case("TOC112", told("Look:", "PS Get-Content C:\\logs\\app.log -Tail 20 -Wait"), told("Look:", "PS Get-Content C:\\logs\\app.log -Tail 20")),
    Case("TOC112", told("Reachable?", "PS ping -t depot-1"), told("Reachable?", "PS Test-Connection depot-1 -Count 4")),
    Case("TOC112", told("Load:", "PS Get-Counter '\\Processor(_Total)\\% Processor Time' -Continuous"), told("Load:", "PS Get-Counter '\\Processor(_Total)\\% Processor Time' -MaxSamples 5")),
    Case("TOC112", told("Wait:", "PS while ($true) { Get-Service Depot; Start-Sleep 5 }"), told("Wait:", "PS while ($true) { if ((Get-Service Depot).Status -eq 'Running') { break }; Start-Sleep 5 }")),
    Case("TOC111", told("Change it:", "PS notepad C:\\depot\\app.config"), told("Which printer?", "PS $printer = Read-Host 'Printer'")),
    # what a shell knows as well is read in a fence of PowerShell
    Case("TOC207", told("Count:", "PS sqlcmd -S db1 -U ops -P 'Gr4nite!Lake' -Q 'SELECT 1'"), told("Count:", "PS sqlcmd -S db1 -E -Q 'SELECT 1'")),
    Case("TOC202", told("Away:", "PS az sql db delete --resource-group g --server s --name shop --yes", "Back:", "PS az sql db restore --resource-group g --server s --name shop --dest-name shop --time \"$T\""),
         told("Beside it:", "PS az sql db restore --resource-group g --server s --name shop --dest-name shop-2 --time \"$T\"", "Look, then away:", "PS az sql db delete --resource-group g --server s --name shop --yes")),
    Case("TOC203", told("Restart:", "PS az webapp restart --name web --resource-group rg-depot-test", "## Swap\n", "PS az webapp deployment slot swap --name web --resource-group rg-depot-prod --slot staging", "PS az webapp show --name web --resource-group rg-depot-prod"),
         told("Restart the one of the test stage:", "PS az webapp restart --name web --resource-group rg-depot-test", "## Swap\n", "PS az webapp deployment slot swap --name web --resource-group rg-depot-prod --slot staging", "PS az webapp show --name web --resource-group rg-depot-prod")),
    # lists of sessions with one's own among them
    Case("TOC205", told("SQL SELECT 'KILL ' + CAST(session_id AS varchar(9)) + ';' FROM sys.dm_exec_sessions WHERE database_id = DB_ID('Docs')"), told("SQL SELECT 'KILL ' + CAST(session_id AS varchar(9)) + ';' FROM sys.dm_exec_sessions WHERE database_id = DB_ID('Docs') AND session_id <> @@SPID")),
    Case("TOC205", told("SQL SELECT CONCAT('KILL ', spid, ';') FROM master..sysprocesses WHERE cpu > 9000"), told("SQL SELECT CONCAT('KILL ', spid, ';') FROM master..sysprocesses WHERE program_name = 'Depot'")),
    Case("TOC205", told("SQL SELECT 'ALTER SYSTEM KILL SESSION ''' || sid || ',' || serial# || '''' FROM v$session WHERE status = 'INACTIVE'"), told("SQL SELECT 'ALTER SYSTEM KILL SESSION ''' || sid || ',' || serial# || '''' FROM v$session WHERE username = 'DEPOT'")),
    # hosts nobody knows
    Case("TOC203", told("Two web servers, `web1` and `web2`, stand behind it.", "$ for h in web1 web3; do ssh $h 'sudo systemctl reload nginx'; done"), told("Two web servers, `web1` and `web2`, stand behind it.", "$ for h in web1 web2; do ssh $h 'sudo systemctl reload nginx'; done")),
    Case("TOC203", told("The three brokers are `kfk-1`, `kfk-2` and `kfk-3`; there are three brokers: `kfk-1`, `kfk-2` and `kfk-3`.", "$ ssh kfk-1 uptime\nssh kfk-4 'sudo systemctl restart kafka'"), told("There are three brokers: `kfk-1`, `kfk-2` and `kfk-3`.", "$ ssh kfk-1 uptime", "Set up the new one:", "$ ssh kfk-4 'sudo systemctl start kafka'")),
    # counts of what is listed
    Case("TOC110", told("The cluster has three brokers: `kfk-1`, `kfk-2` and `kfk-3`.", "All 5 brokers have to be there."), told("The cluster has three brokers: `kfk-1`, `kfk-2` and `kfk-3`.", "All 3 brokers have to be there.")),
    Case("TOC110", told("There are four clients (`nc-1` to `nc-4`).", "With two of five clients gone there is no room."), told("There are four clients (`nc-1` to `nc-4`).", "With two of four clients gone there is no room.")),
    Case("TOC110", told("There are two web servers, `web1` and `web2`.", "Restart one of the three servers."), told("There are two web servers, `web1` and `web2`, and three file servers, `f1`, `f2` and `f3`.", "Restart one of the three servers.")),
    # who writes
    Case("TOC210", told("Stop who writes:", "$ nomad job stop led-api", "$ nomad job stop led-batch", "Nothing writes to the ledger now.", title="Restore the ledger", head="Three services write to the ledger: `led-api`, `led-batch` and `led-sync`."),
         told("Stop who writes:", "$ nomad job stop led-api", "$ nomad job stop led-batch", "$ nomad job stop led-sync", "Nothing writes to the ledger now.", title="Restore the ledger", head="Three services write to the ledger: `led-api`, `led-batch` and `led-sync`.")),
    # never heard
    Case("TOC302", told("$ ssh store-1 df -h | awk '{print $5}' || echo 'cannot be reached'"), told("$ ssh store-1 df -h | grep -q /srv || echo 'not mounted'")),
    Case("TOC302", told("$ psql -h db -Atc 'SELECT 1' | tail -n 1 && echo 'database is there'"), told("$ set -o pipefail\npsql -h db -Atc 'SELECT 1' | tail -n 1 && echo 'database is there'")),
    # the same in other tools and words
    Case("TOC204", told("Now get rid of the old indices:", "$ curator_cli --dry-run delete-indices --filter_list @old.json"), told("Change nothing yet, only look:", "$ terraform plan")),
    Case("TOC204", told("Create the resources:", "$ terraform plan -out p.tfplan"), told("Create the resources:", "$ terraform plan -out p.tfplan", "$ terraform apply p.tfplan")),
    Case("TOC204", told("Die alten Dateien werden gelöscht:", "$ rsync -an --delete /srv/a/ /srv/b/"), told("Was gelöscht würde:", "$ rsync -an --delete /srv/a/ /srv/b/")),
    Case("TOC204", told("Aplicar los manifiestos:", "$ kubectl apply -f shop.yaml --dry-run=client"), told("Update needed? Then this lists something:", "$ apt-get -s upgrade")),
    Case("TOC204", told("The exporter has to be restarted:", "$ docker stop exporter"), told("Stop the exporter before the restart of the database:", "$ docker stop exporter")),
    Case("TOC204", told("Recycle the application pool:", "PS Stop-WebAppPool -Name Depot"), told("Recycle the application pool:", "PS Restart-WebAppPool -Name Depot")),
    Case("TOC204", told("Redémarrer le service :", "$ ssh app-1 'sudo systemctl stop commandes'"), told("Restart needed? Then stop the queue first:", "$ ssh a-1 'sudo systemctl stop a'")),
    Case("TOC204", told("Re-enable the backend:", "$ varnishadm backend.set_health web2 sick"), told("Re-enable the backend:", "$ varnishadm backend.set_health web2 auto")),
    Case("TOC204", told("Add the machine to the load balancer again:", "$ gcloud compute backend-services remove-backend web --instance-group ig-1 --global"), told("Before the node comes back to the pool, drain it:", "$ nomad node drain -enable -yes \"$NODE\"")),
    Case("TOC204", told("Set the weight to zero so that it gets no new sessions:", "$ echo 'set server be/web2 weight 100%' | socat - /run/haproxy.sock"), told("Let the queue run empty again:", "$ kubectl cordon node-4")),
    Case("TOC204", told("Reprocess the whole topic:", "$ rpk group seek orders --to end"), told("Skip the backlog:", "$ rpk group seek orders --to end")),
    Case("TOC204", told("Drop the backlog: continue with what comes in from now on.", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --to-earliest --execute"), told("A new group reads from the beginning, which takes an hour. To spare that:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --to-latest --execute")),
    Case("TOC204", told("Go back by two hundred records:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --shift-by 200 --execute"), told("Go back by two hundred records:", "$ kafka-consumer-groups.sh --group a --topic b --reset-offsets --shift-by -200 --execute")),
    Case("TOC208", told("Protect it:", "$ aws rds modify-db-instance --db-instance-identifier d --deletion-protection --apply-immediately", "Remove it:", "$ aws rds delete-db-instance --db-instance-identifier d --final-db-snapshot-identifier s"),
         told("Protect the new one:", "$ aws rds modify-db-instance --db-instance-identifier d2 --deletion-protection --apply-immediately", "Remove the old one:", "$ aws rds delete-db-instance --db-instance-identifier d --final-db-snapshot-identifier s")),
    Case("TOC208", told("Put the cluster into safe mode:", "$ hdfs dfsadmin -safemode enter", "Restore:", "$ hdfs dfs -put /srv/backup/a /data/a", "$ hdfs dfsadmin -safemode leave"), told("Put the cluster into safe mode:", "$ hdfs dfsadmin -safemode enter", "$ hdfs dfs -ls /data", "$ hdfs dfsadmin -safemode leave", "Restore:", "$ hdfs dfs -put /srv/backup/a /data/a")),
    Case("TOC208", told("Freeze:", "$ sudo fsfreeze -f /srv/data", "Copy back:", "$ sudo rsync -a /srv/backup/ /srv/data/", "$ sudo fsfreeze -u /srv/data"), told("Freeze:", "$ sudo fsfreeze -f /srv/data", "$ sudo rsync -a /srv/data/ /srv/copy/", "$ sudo fsfreeze -u /srv/data")),
    Case("TOC303", told("Enable the timer; it runs from now on:", "$ sudo systemctl enable depot-sync.timer"), told("Enable it, so that it runs after a reboot:", "$ sudo systemctl enable depot-sync.timer")),
    Case("TOC303", told("Stop it for good:", "$ sudo systemctl disable depot-sync", "The service does not run any more."), told("Stop it for good:", "$ sudo systemctl disable --now depot-sync", "The service does not run any more.")),
    Case("TOC303", told("Switch the flag:", "$ echo 'FEATURE_X=off' | sudo tee -a /etc/default/depot", "The feature is off now."), told("Switch the flag:", "$ echo 'FEATURE_X=off' | sudo tee -a /etc/default/depot && sudo systemctl restart depot", "The feature is off now.")),
    Case("TOC303", told("Add the user to the group, he can use docker right away:", "$ sudo usermod -aG docker deploy"), told("The user logs in again to get the group:", "$ sudo usermod -aG docker deploy")),
    Case("TOC303", told("Debug lines, please:", "$ kubectl -n d create configmap log --from-literal=level=debug --dry-run=client -o yaml | kubectl apply -f -"), told("Debug lines, please:", "$ kubectl -n d create configmap log --from-literal=level=debug --dry-run=client -o yaml | kubectl apply -f -", "$ kubectl -n d rollout restart deploy/a")),
    Case("TOC303", told("Give the workers more memory:", "$ sed -i 's/1g/2g/' docker-compose.yml"), told("Give the workers more memory:", "$ sed -i 's/1g/2g/' docker-compose.yml && docker compose up -d")),
    Case("TOC201", told("Remove it:", "PS Invoke-Sqlcmd -ServerInstance db1 -Query 'DROP DATABASE Docs'"), told("Remove it:", "PS Backup-SqlDatabase -ServerInstance db1 -Database Docs\nInvoke-Sqlcmd -ServerInstance db1 -Query 'DROP DATABASE Docs'")),
    Case("TOC205", told("Stop all that hang:", "PS Get-Process | Stop-Process"), told("Stop what hangs:", "PS Get-Process -Name depot | Stop-Process")),
    Case("TOC205", told("$ mongosh --quiet --eval 'db.currentOp({\"secs_running\": {$gt: 60}}).inprog.forEach(o => db.killOp(o.opid))'"), told("$ mongosh --quiet --eval 'db.currentOp({ns: \"shop.orders\", op: \"query\", secs_running: {$gt: 60}}).inprog.forEach(o => db.killOp(o.opid))'")),
    Case("TOC205", told("$ mysqladmin --login-path=db1 processlist | awk '$12 > 60 {print $2}' | xargs -r -n1 mysqladmin --login-path=db1 kill"), told("$ mysqladmin --login-path=db1 processlist | awk '$4 == \"app\" && $12 > 60 {print $2}' | xargs -r -n1 mysqladmin --login-path=db1 kill")),
    Case("TOC210", told("The app runs on app1, app2 and app3.\n\nRestart it everywhere:", "$ for h in app1 app2; do ssh $h 'sudo systemctl restart app && systemctl is-active app'; done"), told("The app runs on app1, app2 and app3.\n\nRestart it everywhere:", "$ for h in app1 app2 app3; do ssh $h 'sudo systemctl restart app && systemctl is-active app'; done")),
    Case("TOC210", told("Stop everything that writes:", "$ kubectl -n d scale deploy/api deploy/worker --replicas=0", "No writers are left.", "$ pg_restore -h db -d shop /srv/a.dump", title="Restore", head="The `api`, the `worker` and the `importer` write into the database."),
         told("Stop everything that writes:", "$ kubectl -n d scale deploy/api deploy/worker deploy/importer --replicas=0", "No writers are left.", "$ pg_restore -h db -d shop /srv/a.dump", title="Restore", head="The `api`, the `worker` and the `importer` write into the database.")),
    Case("TOC110", told("There are 12 shards.", "All 16 shards must be green."), told("Kafka has three nodes, Patroni has five nodes.", "All three nodes have to be there.")),
    Case("TOC302", told("$ if kubectl -n d get pods | grep Running | wc -l; then echo 'all fine'; fi"), told("$ if kubectl -n d get pods | grep -q Running; then echo 'all fine'; fi")),
    Case("TOC302", told("$ curl -fsS -m 5 http://a/health | jq . || echo 'is down'"), told("$ curl -fsS -m 5 http://a/health | jq -e .ok || echo 'is down'")),
    # manifests against themselves
    Case("TOC315", deployment(label="b"), deployment()),
    Case("TOC315", deployment(volume="w"), deployment()),
    Case("TOC315", deployment(asked="2Gi"), deployment()),
    Case("TOC315", deployment(more=SERVICE.format("aa")), deployment(more=SERVICE.format("a"))),
    Case("TOC315", told(MANIFEST.format(SCALER.format(8))), told(MANIFEST.format(SCALER.format(2)))),
    # another word, another time
    Case("TOC204", told("Set the level of logging to warn:", "$ curl -fsS -m 5 -X POST http://a/level -d level=debug"), told("Set the level of logging to warn:", "$ curl -fsS -m 5 -X POST http://a/level -d level=warning")),
    Case("TOC204", told("Switch all traffic to blue:", "$ consul kv put route/live green"), told("Move from green to blue:", "$ consul kv put route/previous green")),
    Case("TOC204", told("Set the policy to allkeys-lru:", "$ redis-cli -e -h c CONFIG SET maxmemory-policy noeviction"), told("Copy the errors to the debug host:", "$ scp a-1:/var/log/error.log debug-1:/tmp/")),
    Case("TOC110", told("Lengthen the timeout to 60 seconds:", "$ redis-cli -e -h c CONFIG SET timeout 6"), told("Lengthen the timeout to 2 minutes:", "$ consul kv put a/timeout_ms 120000")),
    Case("TOC110", told("Lower the TTL to 60 seconds:", "$ consul kv put dns/ttl 6000"), told("Sessions stay open for 15 minutes. Cut them earlier:", "$ redis-cli -e -h c CONFIG SET timeout 60")),
    Case("TOC110", "# A\n\nBackups are kept for 14 days.\n\n## Restore\n\nThe backups of the last 30 days are in the bucket.\n", "# A\n\nBackups are kept for 30 days.\n\n## Restore\n\nThe backups of the last 14 days are in the bucket.\n"),
    Case("TOC110", "# A\n\n| Level | Meaning | Answer within |\n|---|---|---|\n| P1 | down | 10 minutes |\n| P2 | slow | 20 minutes |\n\n## Down\n\nP2 is answered within 40 minutes.\n\n```bash\nuptime\n```\n",
         "# A\n\n| Level | Meaning | Answer within |\n|---|---|---|\n| P1 | down | 10 minutes |\n| P2 | slow | 20 minutes |\n\n## Down\n\nA broker has not answered for two minutes. **Priority** P2.\n\n```bash\nuptime\n```\n"),
    # looks in other words, and headings that tell the trouble
    Case("TOC204", told("Just have a look at the queue:", "$ rabbitmqadmin purge queue name=jobs"), told("Just have a look at the queue:", "$ rabbitmqctl list_queues name messages")),
    Case("TOC204", told("$ redis-cli -h c FLUSHALL", title="Delete what is stuck"), told("$ redis-cli -h c FLUSHDB", title="Jobs stuck")),
    # gone, and used; planned, and something else applied
    Case("TOC208", told("$ umount /srv/data", "Copy it back:", "$ cp /srv/data/backup/a /tmp/"), told("$ umount /srv/data", "$ fsck /dev/sdb1", "$ mount /srv/data", "$ ls /srv/data/backup")),
    Case("TOC208", told("$ kubectl delete namespace shop", "$ kubectl -n shop rollout restart deploy/web"), told("$ kubectl delete namespace shop", "$ kubectl create namespace shop", "$ kubectl -n shop apply -f a.yaml")),
    Case("TOC203", told("$ terraform -chdir=prod plan -out p", "$ terraform -chdir=stage apply p"), told("$ terraform -chdir=stage plan -out p", "$ terraform -chdir=stage apply p", "Then:", "$ terraform -chdir=prod plan -out p", "$ terraform -chdir=prod apply p")),
    Case("TOC203", told("$ kafka-topics.sh --bootstrap-server k1:9092 --list\nkafka-consumer-groups.sh --bootstrap-server k1:9092 --list\nkafka-topics.sh --bootstrap-server old-k1:9092 --alter --topic a --partitions 6"), told("$ kafka-topics.sh --bootstrap-server k1:9092 --list\nkafka-consumer-groups.sh --bootstrap-server k1:9092 --list\nkafka-topics.sh --bootstrap-server k1:9092 --alter --topic a --partitions 6")),
    Case("TOC202", told("$ kubectl -n a delete secret tls-web", "$ kubectl -n a create secret tls tls-web --cert=a.crt --key=a.key"), told("$ kubectl -n a delete secret tls-old", "$ kubectl -n a create secret tls tls-web --cert=a.crt --key=a.key")),
    Case("TOC302", told("$ tar czf /srv/a.tgz /srv/a; rm -rf /srv/a"), told("$ tar czf /srv/a.tgz /srv/a && rm -rf /srv/a")),
    # secrets of tools and sentences
    Case("TOC207", told("The root password of the old box is `Bl4ueKatze`.", "$ uptime"), told("Set the password: `passwd ops2`.", "$ uptime")),
    Case("TOC207", told("$ rabbitmqadmin -u ops -p Sommer2026x list queues"), told("$ rabbitmqadmin -c /etc/ops.conf list queues")),
    Case("TOC207", told("$ snmpset -v2c -c pr1vateComm sw-1 1.3.6.1 i 1"), told("$ snmpget -v2c -c public sw-1 1.3.6.1")),
    Case("TOC207", told("$ kubectl -n a create secret generic s --from-literal=key=Zk29aLq0Sl"), told("$ kubectl -n a create configmap s --from-literal=key=Zk29aLq0Sl")),
    # quiet where a sentence says enough
    Case("TOC201", told("Empty it:", "$ redis-cli -h c FLUSHDB"), told("Empty it. There is no way back and none is needed: the cache fills by itself.", "$ redis-cli -h c FLUSHDB")),
    Case("TOC218", told("Shorten the logs:", "$ journalctl --vacuum-size=500M"), told("Shorten the logs; they are also kept on the central log server:", "$ journalctl --vacuum-size=500M")),
    Case("TOC204", told("$ redis-cli -h c FLUSHALL", title="Clean the cache of pictures"), told("$ redis-cli -h c FLUSHDB", title="Cache is full")),
    Case("TOC413", "# A\n\n## Down\n\nIf it stays so, call Hanna.\n", "# A\n\nSecond line: Hanna Brandt, +43 1 555 0187.\n\n## Down\n\nIf it stays so, call Hanna.\n"),
    Case("TOC216", told("$ apt-get install -y --allow-downgrades depotd=1.2"), told("$ apt-get install -y --allow-downgrades depotd=${VERSION:?from the ticket}")),
    Case("TOC309", told("$ for h in a1 a2; do ssh $h 'sudo systemctl restart depot'; done"), told("$ for lb in lb-a lb-b; do ssh $lb 'echo \"set server be/w2 state drain\" | socat - /run/h.sock'; done")),
)  # fmt: skip
