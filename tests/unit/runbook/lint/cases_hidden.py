"""Small runbooks for failures nobody hears, windows, successors, selectors and secrets: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told
from tests.unit.runbook.lint.cases_wider import steps

CASES_HIDDEN = (
    # a window that is closed before its work, never closed, or written into
    Case("TOC208", steps("shopctl maintenance:on", "shopctl maintenance:off", "shopctl db:restore b7"), steps("shopctl maintenance:on", "shopctl db:restore b7", "shopctl maintenance:off")),
    Case("TOC208", steps("searchctl shard freeze s-3", "searchctl shard unfreeze s-3", "lvcreate -s -n copy -L 5G vg/s3"), steps("searchctl shard freeze s-3", "lvcreate -s -n copy -L 5G vg/s3", "searchctl shard unfreeze s-3")),
    Case("TOC208", steps("mysql -h db1 -e 'FLUSH TABLES WITH READ LOCK'", "lvcreate -s -n copy -L 5G vg/db"), steps("mysql -h db1 -e \"FLUSH TABLES WITH READ LOCK; system lvcreate -s -n copy -L 5G vg/db\"")),
    Case("TOC208", told("SQL ALTER DATABASE Lager SET SINGLE_USER WITH ROLLBACK IMMEDIATE;", "SQL DBCC CHECKDB (Lager, REPAIR_REBUILD);"), told("SQL ALTER DATABASE Lager SET SINGLE_USER WITH ROLLBACK IMMEDIATE;", "SQL DBCC CHECKDB (Lager, REPAIR_REBUILD);", "SQL ALTER DATABASE Lager SET MULTI_USER;")),
    Case("TOC208", told("SQL ALTER TABLE fares DISABLE TRIGGER ALL;", "SQL UPDATE fares SET zone = 2 WHERE zone = 9;"), told("SQL ALTER TABLE fares DISABLE TRIGGER ALL;", "SQL UPDATE fares SET zone = 2 WHERE zone = 9;", "SQL ALTER TABLE fares ENABLE TRIGGER ALL;")),
    Case("TOC208", steps("mysql -h db1 -e 'SET GLOBAL read_only = ON'", "mysqldump -h db1 fares > /srv/fares.sql"), steps("mysql -h db1 -e 'SET GLOBAL read_only = ON'", "mysqldump -h db1 fares > /srv/fares.sql", "mysql -h db1 -e 'SET GLOBAL read_only = OFF'")),
    Case("TOC208", steps("curl -fsS -XPUT http://es:9200/fares/_settings -d '{\"index.blocks.write\": true}'", "curl -fsS -XPOST http://es:9200/_reindex -d '{\"source\":{\"index\":\"old\"},\"dest\":{\"index\":\"fares\"}}'", "curl -fsS -XPUT http://es:9200/fares/_settings -d '{\"index.blocks.write\": false}'"),
         steps("curl -fsS -XPUT http://es:9200/fares/_settings -d '{\"index.blocks.write\": true}'", "curl -fsS -XPOST http://es:9200/_reindex -d '{\"source\":{\"index\":\"fares\"},\"dest\":{\"index\":\"copy\"}}'", "curl -fsS -XPUT http://es:9200/fares/_settings -d '{\"index.blocks.write\": false}'")),
    # what serves goes before its successor stands; a copy nobody has read
    Case("TOC202", steps("podman stop tiles-old", "podman run -d --name tiles-new tiles:9"), steps("podman run -d --name tiles-new tiles:9", "curl -fsS http://tiles-new/ok", "podman stop tiles-old")),
    Case("TOC202", steps("kubectl -n m delete sts search-2023", "kubectl -n m apply -f search-2024.yaml"), steps("kubectl -n m apply -f search-2024.yaml", "kubectl -n m rollout status sts/search-2024", "kubectl -n m delete sts search-2023")),
    Case("TOC202", told("SQL DROP INDEX CONCURRENTLY by_zone;", "SQL CREATE INDEX CONCURRENTLY by_zone_v2 ON fares (zone);"), told("SQL CREATE INDEX CONCURRENTLY by_zone_v2 ON fares (zone);", "SQL DROP INDEX CONCURRENTLY by_zone;")),
    Case("TOC202", steps("systemctl stop feed-v1", "rsync -a /srv/feed-v1/ /srv/feed-v2/", "systemctl start feed-v2", "docker stop web-old", "docker run -d --name web-new w:2"), steps("systemctl stop feed-v1", "rsync -a /srv/feed-v1/ /srv/feed-v2/", "systemctl start feed-v2")),
    Case("TOC202", steps("mysqldump -h db1 fares trips > /srv/trips.sql", "mysql -h db1 fares -e 'DROP TABLE trips'", "ls -l /srv/trips.sql"), steps("mysqldump -h db1 fares trips > /srv/trips.sql", "ls -l /srv/trips.sql", "mysql -h db1 fares -e 'DROP TABLE trips'")),
    Case("TOC202", steps("rsync -a /srv/scans/ nas:/scans/", "rm -rf /srv/scans"), steps("rsync -a /srv/scans/ nas:/scans/", "rsync -anc --itemize-changes /srv/scans/ nas:/scans/", "rm -rf /srv/scans")),
    Case("TOC202", told("1. Delete the old token: `brokerctl acl drop svc`\n2. Issue the new one: `brokerctl acl make svc-2`"), told("1. Issue the new token: `brokerctl acl make svc-2`\n2. Delete the old one: `brokerctl acl drop svc`")),
    # failures nobody hears
    Case("TOC302", steps("for h in a b c; do\n  scp ca.pem $h:/etc/ca.pem\ndone\necho 'all done'"), steps("for h in a b c; do\n  scp ca.pem $h:/etc/ca.pem || { echo \"FAILED $h\"; break; }\ndone\necho 'end of the list'")),
    Case("TOC302", steps("kubectl apply -f zones.yaml > /dev/null 2>&1"), steps("kubectl apply -f zones.yaml")),
    Case("TOC302", steps("systemctl restart feed &> /dev/null"), steps("systemctl restart feed &> /dev/null || echo 'feed did not start'")),
    Case("TOC302", told("PS Restore-Archive -From x -ErrorAction SilentlyContinue\nWrite-Host done"), told("PS Restore-Archive -From x -ErrorAction Stop\nWrite-Host done")),
    Case("TOC302", told("Pack it: `tar czf /mnt/a.tgz /srv/a; rm -rf /srv/a`"), told("Pack it: `tar czf /mnt/a.tgz /srv/a && rm -rf /srv/a`")),
    Case("TOC309", steps("./rebuild-zones.sh &\n./publish-zones.sh"), steps("./rebuild-zones.sh &\nwait $! || exit 1\n./publish-zones.sh")),
    Case("TOC309", steps("pg_restore -d fares /srv/fares.dump &", "psql -d fares -c 'ANALYZE'"), steps("pg_restore -d fares /srv/fares.dump", "psql -d fares -c 'ANALYZE'")),
    Case("TOC301", steps("ps aux | grep feeder && echo 'it runs'"), steps("pgrep -f '[f]eeder' && echo 'it runs'")),
    Case("TOC301", steps("ps -ef | grep -c feeder"), steps("ps -ef | grep -c '[f]eeder'")),
    # no effect before something else
    Case("TOC303", told("```\nconfigure\nset protocols bgp group up neighbor 10.0.0.1 disable\nexit\n```\n"), told("```\nconfigure\nset protocols bgp group up neighbor 10.0.0.1 disable\ncommit confirmed 5\nexit\n```\n")),
    Case("TOC303", told("SQL BEGIN;\nUPDATE fares SET zone = 2 WHERE zone = 9;"), told("SQL BEGIN;\nUPDATE fares SET zone = 2 WHERE zone = 9;", "Twelve rows? Then `COMMIT;`, else `ROLLBACK;`.")),
    Case("TOC303", steps("sed -i s/512m/1g/ docker-compose.yml", "docker compose restart feed"), steps("sed -i s/512m/1g/ docker-compose.yml", "docker compose up -d feed")),
    Case("TOC303", steps("sed -i s/a/b/ /etc/supervisor/conf.d/feed.conf", "supervisorctl restart feed"), steps("sed -i s/a/b/ /etc/supervisor/conf.d/feed.conf", "supervisorctl reread", "supervisorctl update", "supervisorctl restart feed")),
    Case("TOC303", steps("sed -i s/2/4/ k8s/deployment.yaml", "kubectl -n m rollout restart deploy/feed"), steps("sed -i s/2/4/ k8s/deployment.yaml", "kubectl -n m apply -f k8s/deployment.yaml", "kubectl -n m rollout restart deploy/feed")),
    Case("TOC303", steps("firewall-cmd --permanent --add-port=9100/tcp"), steps("firewall-cmd --permanent --add-port=9100/tcp", "firewall-cmd --reload")),
    Case("TOC303", steps("sed -i s/a/b/ /etc/nftables.conf"), steps("sed -i s/a/b/ /etc/nftables.conf", "nft -f /etc/nftables.conf")),
    Case("TOC303", steps("gcloud dns record-sets update fares.example. --type=A --rrdatas=10.0.0.9", "ssh old-lb 'sudo systemctl stop haproxy'"), told("$ gcloud dns record-sets update fares.example. --type=A --rrdatas=10.0.0.9", "Wait for the TTL of the old record, 300 s.", "$ ssh old-lb 'sudo systemctl stop haproxy'")),
    # selectors that hit more
    Case("TOC205", steps("ps aux | grep feeder | awk '{print $2}' | xargs -r kill"), steps("systemctl stop feeder")),
    Case("TOC205", steps("kill -9 $(lsof -t -i:6379)"), steps("kill $(lsof -t -iTCP:6379 -sTCP:LISTEN)")),
    Case("TOC205", steps("pkill -u svc-feed"), steps("pkill -u svc-feed -f /opt/feed/bin/loader")),
    Case("TOC205", told("PS taskkill /F /IM w3wp.exe"), told("PS taskkill /F /PID 4711")),
    Case("TOC205", steps("redis-cli CLIENT LIST | cut -d' ' -f2 | xargs -r -n1 redis-cli CLIENT KILL"), steps("redis-cli CLIENT LIST | grep 'name=feed' | cut -d' ' -f2 | xargs -r -n1 redis-cli CLIENT KILL")),
    Case("TOC205", steps("mongosh --eval 'db.adminCommand({killAllSessions: []})'"), steps("mongosh --eval 'db.adminCommand({killAllSessions: [{user: \"feed\", db: \"admin\"}]})'")),
    Case("TOC205", told("At the console of pgbouncer:", "SQL KILL;"), told("At the console of pgbouncer:", "SQL KILL fares;")),
    # secrets on a screen, in a trace, in a chat
    Case("TOC207", steps("echo $FARES_TOKEN"), steps("test -n \"$FARES_TOKEN\" && echo there")),
    Case("TOC207", steps("kubectl -n m exec deploy/feed -- printenv | grep PASSWORD"), steps("kubectl -n m exec deploy/feed -- printenv | grep -c PASSWORD")),
    Case("TOC207", steps("aws secretsmanager get-secret-value --secret-id fares --query SecretString --output text"), steps("aws secretsmanager get-secret-value --secret-id fares --query SecretString --output text > /run/fares.key")),
    Case("TOC207", steps("oc get secret fares -o jsonpath='{.data.pw}' | base64 -d"), steps("PW=$(oc get secret fares -o jsonpath='{.data.pw}' | base64 -d)")),
    Case("TOC207", steps("set -x\nfarectl login --key \"$FARES_API_KEY\""), steps("farectl login --key-file /run/fares.key")),
    Case("TOC207", told("Then send the new password to the team in the ops channel."), told("Never send the new password to the team in the ops channel.")),
    Case("TOC207", told("Post the API key into the ticket."), told("Post the id of the API key, not the key, into the ticket.")),
    # remarks that careful texts do not deserve
    Case("TOC207", steps("redis-cli -a Winter2031 PING"), steps("redis-cli --askpass PING")),
    Case("TOC303", told("SQL ALTER DATABASE fares SET statement_timeout = '5s';"), told("SQL ALTER DATABASE fares SET MULTI_USER;")),
    Case("TOC218", told("Logs fill the disk.", "$ rm /var/log/feed/*.log"), told("Logs fill the disk.", "$ cd /var/log/feed && tar czf /mnt/feed.tgz *.log && rm /var/log/feed/*.log")),
    Case("TOC220", steps("zcat /srv/fares.sql.gz | head -n 5"), steps("zcat /srv/fares.sql.gz | tail -n 1")),
)  # fmt: skip
