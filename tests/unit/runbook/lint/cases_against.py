"""Small runbooks for the rules that came with round 16a: for each a defect, and the same made right or told otherwise."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told

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
    # quiet where a sentence says enough
    Case("TOC201", told("Empty it:", "$ redis-cli -h c FLUSHDB"), told("Empty it. There is no way back and none is needed:", "$ redis-cli -h c FLUSHDB")),
    Case("TOC218", told("Shorten the logs:", "$ journalctl --vacuum-size=500M"), told("Shorten the logs; they are also kept on the central log server:", "$ journalctl --vacuum-size=500M")),
    Case("TOC204", told("$ redis-cli -h c FLUSHALL", title="Clean the cache of pictures"), told("$ redis-cli -h c FLUSHDB", title="Cache is full")),
    Case("TOC413", "# A\n\n## Down\n\nIf it stays so, call Hanna.\n", "# A\n\nSecond line: Hanna Brandt, +43 1 555 0187.\n\n## Down\n\nIf it stays so, call Hanna.\n"),
    Case("TOC216", told("$ apt-get install -y --allow-downgrades depotd=1.2"), told("$ apt-get install -y --allow-downgrades depotd=${VERSION:?from the ticket}")),
    Case("TOC309", told("$ for h in a1 a2; do ssh $h 'sudo systemctl restart depot'; done"), told("$ for lb in lb-a lb-b; do ssh $lb 'echo \"set server be/w2 state drain\" | socat - /run/h.sock'; done")),
)  # fmt: skip
