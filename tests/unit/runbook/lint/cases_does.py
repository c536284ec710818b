"""Small runbooks for what a command does beside what is said of it: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told
from tests.unit.runbook.lint.cases_wider import steps

HEAD = "Database instance `shop-main`, hosts `app-1` and `app-2`."
WEIGHTS = """$ kubectl -n d patch virtualservice d --type merge -p '{{"spec":{{"http":[{{"route":[{{"destination":{{"host":"d","subset":"canary"}},"weight":{}}},{{"destination":{{"host":"d","subset":"stable"}},"weight":{}}}]}}]}}}}'"""
UPSERT = """$ aws route53 change-resource-record-sets --hosted-zone-id Z1 --change-batch '{{"Changes":[{{"Action":"{}","ResourceRecordSet":{{"Name":"www.x.example","Type":"A","TTL":{}}}}}]}}'"""
PAIR = """# Depot

## Queue grows

```bash
ssh worker-1 'sudo systemctl restart sidekiq'
ssh worker-2 'sudo systemctl restart sidekiq'
```

## Store moved

{1}

```bash
{0}
```
"""
STACK = """# Depot

## New mail password

```bash
docker compose up -d web jobs
```

## Restore the dump

```bash
{}
```

Load it:

```bash
set -o pipefail; zcat /backup/d.sql.gz | docker compose exec -T db psql -v ON_ERROR_STOP=1 -U d d
```
"""
CASES_DOES = (
    # on and off, to write and not to write
    Case("TOC204", told("Turn the sales banner on:", "$ az webapp config appsettings set -g shop -n web --settings SALES_BANNER=off"), told("Turn the sales banner on:", "$ az webapp config appsettings set -g shop -n web --settings SALES_BANNER=on")),
    Case("TOC204", told("Disable the nightly import:", "$ heroku config:set NIGHTLY_IMPORT=true -a depot"), told("Disable the nightly import:", "$ heroku config:set NIGHTLY_IMPORT=false -a depot")),
    Case("TOC204", told("Allow writes again:", "$ mysql -h db1 -e 'SET GLOBAL super_read_only = ON'"), told("Allow writes again:", "$ mysql -h db1 -e 'SET GLOBAL super_read_only = OFF'")),
    Case("TOC204", told("Das Replikat zum Primär machen:", "$ mysql -h db2 -e 'STOP REPLICA; SET GLOBAL read_only = ON'"), told("Das Replikat zum Primär machen:", "$ mysql -h db2 -e 'STOP REPLICA; SET GLOBAL read_only = OFF'")),
    Case("TOC204", told("Turn caching off:", "$ kubectl -n d set env deploy/web WEB_CACHING=enabled"), told("Turn caching off:", "$ kubectl -n d set env deploy/web CACHING_DISABLED=true")),
    # the previous one, the newest one
    Case("TOC204", told("Go back to the previous version:", "$ docker service update --image reg.example/depot:latest depot"), told("Take the newest version:", "$ docker service update --image reg.example/depot:latest depot")),
    Case("TOC204", told("Deploy the last good release:", "$ git checkout origin/main"), told("Deploy the last good release:", "$ git checkout v4.1")),
    # to the copy and from it
    Case("TOC204", told("Copy the uploads to the backup disk:", "$ rsync -a /mnt/backup/uploads/ /srv/uploads/"), told("Copy the uploads to the backup disk:", "$ rsync -a /srv/uploads/ /mnt/backup/uploads/")),
    Case("TOC204", told("Restore the uploads:", "$ aws s3 sync s3://depot-live s3://depot-backup"), told("Restore the uploads:", "$ aws s3 sync s3://depot-backup s3://depot-live")),
    # beside and over
    Case("TOC204", told("Restore it into a clone, so that nobody is disturbed:", "$ gcloud sql backups restore 17 --restore-instance=shop-main", head=HEAD), told("Restore it into a clone, so that nobody is disturbed:", "$ gcloud sql backups restore 17 --restore-instance=shop-clone", head=HEAD)),
    Case("TOC204", told("Bring the files to a place of their own, never over the live ones:", "$ restic -r /srv/r restore 4f1c --target /"), told("Bring the files to a place of their own, never over the live ones:", "$ restic -r /srv/r restore 4f1c --target /srv/aside")),
    # the right number, the wrong unit
    Case("TOC110", told("Keep the topic for three days:", "$ kafka-configs.sh --bootstrap-server k1:9092 --alter --add-config retention.ms=259200"), told("Keep the topic for three days:", "$ kafka-configs.sh --bootstrap-server k1:9092 --alter --add-config retention.ms=259200000")),
    Case("TOC110", told("Statements may take five minutes:", "$ psql -X -h db1 -d depot -c \"ALTER ROLE web SET statement_timeout = 300\""), told("Statements may take five minutes:", "$ psql -X -h db1 -d depot -c \"ALTER ROLE web SET statement_timeout = 300000\"")),
    Case("TOC110", told("Allow 4 GB:", "$ redis-cli -h r1 CONFIG SET maxmemory 4096"), told("Allow 4 GB:", "$ redis-cli -h r1 CONFIG SET maxmemory 4294967296")),
    Case("TOC110", told("Hide messages for 2 minutes:", "$ aws sqs set-queue-attributes --queue-url q --attributes VisibilityTimeout=2"), told("Hide messages for 2 minutes:", "$ aws sqs set-queue-attributes --queue-url q --attributes VisibilityTimeout=120")),
    Case("TOC110", told("Raise the watermark to 60 %:", "$ rabbitmqctl set_vm_memory_high_watermark 6.0"), told("Raise the watermark to 60 %:", "$ rabbitmqctl set_vm_memory_high_watermark 0.6")),
    Case("TOC110", told("Keep a year of monthly snapshots:", "$ restic -r /srv/r forget --keep-monthly 1 --prune"), told("Keep a year of monthly snapshots:", "$ restic -r /srv/r forget --keep-monthly 12 --prune")),
    # what is taken back is what was done
    Case("TOC310", told("$ ufw allow 8443/tcp", "Afterwards close it again:", "$ ufw delete allow 8444/tcp"), told("$ ufw allow 8443/tcp", "Afterwards close it again:", "$ ufw delete allow 8443/tcp")),
    Case("TOC310", told("$ iptables -I INPUT -s 203.0.113.7 -j DROP", "To undo:", "$ iptables -D INPUT -s 203.0.113.8 -j DROP"), told("$ iptables -I INPUT 1 -s 203.0.113.7 -j DROP", "To undo:", "$ iptables -D INPUT -s 203.0.113.7 -j DROP")),
    Case("TOC310", told("$ gcloud projects add-iam-policy-binding depot --member=user:a-1@x.example --role=roles/viewer", "Later take it back:", "$ gcloud projects remove-iam-policy-binding depot --member=user:a-2@x.example --role=roles/viewer"), told("$ gcloud projects add-iam-policy-binding depot --member=user:a-1@x.example --role=roles/viewer", "Later take it back:", "$ gcloud projects remove-iam-policy-binding depot --member=user:a-1@x.example --role=roles/viewer")),
    Case("TOC310", told("$ consul kv get depot/limit", "$ consul kv put depot/limit 50", "To undo:", "$ consul kv delete depot/limit"), told("$ consul kv get depot/limit", "$ consul kv put depot/limit 50", "To undo:", "$ consul kv put depot/limit 20")),
    # what is changed and nobody reads
    Case("TOC303", told("Set `host = db-2` in `/etc/depot/db.conf` on both hosts.", "$ psql -h db-2 -d depot -c 'SELECT 1'"), told("Set `host = db-2` in `/etc/depot/db.conf` on both hosts and restart `depot`.", "$ psql -h db-2 -d depot -c 'SELECT 1'")),
    Case("TOC303", told("1. Das neue Kennwort in `/etc/depot/db.conf` eintragen.\n2. Eine Testbuchung anlegen."), told("1. Das neue Kennwort in `/etc/depot/db.conf` eintragen.\n2. Den Dienst neu starten.")),
    Case("TOC303", told("$ aws iam list-access-keys --user-name a", "Store the new key in Secrets Manager. The tasks read it when they start."), told("$ aws iam list-access-keys --user-name a", "Store the new key in Secrets Manager. The tasks read it when they start, so redeploy them.")),
    Case("TOC303", steps("scp app.conf log-1:/etc/logstash/conf.d/app.conf", "ssh log-1 'tail -n 20 /var/log/logstash.log'"), steps("scp app.conf log-1:/etc/logstash/conf.d/app.conf", "ssh log-1 'sudo systemctl reload logstash'")),
    # names that are nearly another one
    Case("TOC203", told("$ dig +short www.bakery.example @ns-1", "$ curl -fsS -m 5 https://www.bakery.example/", "$ dig +short www.bakerys.example @ns-2"), told("$ dig +short www.bakery.example @ns-1", "$ curl -fsS -m 5 https://www.bakery.example/", "$ dig +short www.bakery.example @ns-2")),
    Case("TOC203", steps("consul kv get depot/db_host", "consul kv put depot/db_host db-2", "consul kv get depot/db-host"), steps("consul kv get depot/db_host", "consul kv put depot/db_host db-2", "consul kv get depot/db_host")),
    Case("TOC203", steps("kubectl -n d get deploy/checkout-worker", "kubectl -n d scale deploy/checkout-worker --replicas=3", "kubectl -n d rollout status deploy/checkout-wroker"), steps("kubectl -n d get deploy/checkout-worker", "kubectl -n d scale deploy/checkout-worker --replicas=3", "kubectl -n d rollout status deploy/checkout-worker")),
    # looked at here, acted on there
    Case("TOC203", steps("gsutil ls gs://depot-tmp/jan/", "gsutil rm -r gs://depot-live/jan/"), steps("gsutil ls gs://depot-tmp/jan/", "gsutil rm -r gs://depot-tmp/jan/")),
    Case("TOC203", steps("ssh app-2 'sudo systemctl restart depot'", "ssh app-1 'systemctl is-active depot'"), steps("ssh app-2 'sudo systemctl restart depot'", "ssh app-2 'systemctl is-active depot'")),
    # another environment
    Case("TOC203", steps("helm -n shop history web", "kubectl -n shop-staging rollout status deploy/web"), steps("helm -n shop history web", "kubectl -n shop rollout status deploy/web")),
    Case("TOC203", steps("az webapp restart -g rg-shop -n web", "az webapp show -g rg-shop-test -n web --query state"), told("$ az webapp restart -g rg-shop -n web", "Compare with the test environment:", "$ az webapp show -g rg-shop-test -n web --query state")),
    Case("TOC203", steps("ssh pg-1 'sudo -u postgres dropdb crm && sudo -u postgres createdb crm'", "ssh pg-1 'sudo -u postgres pg_restore -d crm_test /backup/crm.dump'"), steps("ssh pg-1 'sudo -u postgres createdb crm_test'", "ssh pg-1 'sudo -u postgres pg_restore -d crm_test /backup/crm.dump'", "ssh pg-1 'sudo -u postgres psql -d crm -c \"SELECT 1\"'")),
    Case("TOC203", steps("terraform workspace select prod", "terraform plan", "terraform workspace select staging", "terraform apply"), told("$ terraform workspace select staging", "$ terraform apply", "Then production:", "$ terraform workspace select prod", "$ terraform apply")),
    # open to everybody, closed to everybody, without a limit
    Case("TOC206", steps("aws ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 5432 --cidr 0.0.0.0/0"), steps("aws ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 443 --cidr 0.0.0.0/0")),
    Case("TOC206", steps("gcloud sql instances patch depot --authorized-networks=0.0.0.0/0"), steps("gcloud sql instances patch depot --authorized-networks=203.0.113.7/32")),
    Case("TOC206", told("Block the address that attacks:", "$ iptables -I INPUT -p tcp --dport 443 -j DROP"), told("Block the address that attacks:", "$ iptables -I INPUT -s 203.0.113.7 -p tcp --dport 443 -j DROP")),
    Case("TOC206", told("Keep that client out:", "$ ufw deny 443/tcp"), told("Cut everybody off:", "$ ufw deny 443/tcp")),
    Case("TOC206", told("Allow more memory:", "$ redis-cli -h r1 CONFIG SET maxmemory 0"), told("Allow more memory:", "$ redis-cli -h r1 CONFIG SET maxmemory 4gb")),
    Case("TOC206", told("Raise the retention:", "$ kafka-configs.sh --bootstrap-server k1:9092 --alter --add-config retention.ms=-1"), told("Keep it without a limit:", "$ kafka-configs.sh --bootstrap-server k1:9092 --alter --add-config retention.ms=-1")),
    Case("TOC206", steps("ssh app-1 'sudo rm -rf $LOGDIR/archive/*'"), steps("ssh app-1 'LOGDIR=/var/log/depot; sudo rm -rf $LOGDIR/archive/*'")),
    # nobody checks who answers
    Case("TOC216", steps("export VAULT_SKIP_VERIFY=1", "vault status"), steps("export VAULT_CACERT=/etc/ca.pem", "vault status")),
    Case("TOC216", steps("NODE_TLS_REJECT_UNAUTHORIZED=0 node bin/sync.js"), steps("NODE_EXTRA_CA_CERTS=/etc/ca.pem node bin/sync.js")),
    Case("TOC216", steps("argocd login argo.example --skip-test-tls=false --insecure"), steps("argocd login argo.example --sso")),
    Case("TOC216", steps("influx backup --skip-verify-tls /backup"), steps("influx backup /backup")),
    # secrets that are shown and passed on
    Case("TOC207", told("`vault read database/creds/web` prints the new password; paste it into the ticket."), told("`vault read database/creds/web` prints the new password; never paste it into the ticket.")),
    Case("TOC207", told("Das neue Passwort in den Kanal #depot schreiben. Post the API key to the channel."), told("Das neue Passwort im Tresor ablegen. Post the status to the channel.")),
    Case("TOC207", steps("aws iam create-access-key --user-name web"), steps("aws iam create-access-key --user-name web --query AccessKey.AccessKeyId")),
    # what was checked and not heeded
    Case("TOC302", steps("ssh ns-1 'sudo named-checkzone x.example /etc/bind/db.x; sudo rndc reload x.example'"), steps("ssh ns-1 'sudo named-checkzone x.example /etc/bind/db.x && sudo rndc reload x.example'")),
    Case("TOC302", steps("promtool check config /etc/p.yml; systemctl reload prometheus"), steps("promtool check config /etc/p.yml && systemctl reload prometheus")),
    Case("TOC302", steps("ssh web-1 'sudo nginx -t || true'"), steps("ssh web-1 'sudo nginx -t'")),
    Case("TOC302", steps("ssh f-1 'sudo restic -r /srv/r backup /srv/files; echo done'"), steps("ssh f-1 'sudo restic -r /srv/r backup /srv/files && echo done'")),
    Case("TOC302", steps("pg_dump -Fc -h db1 depot -f /backup/d.dump 2>/dev/null"), steps("pg_dump -Fc -h db1 depot -f /backup/d.dump 2>/backup/d.log")),
    Case("TOC309", steps("for n in es-1 es-2 es-3; do ssh $n 'sudo systemctl restart elasticsearch'; done"), steps("for n in es-1 es-2 es-3; do ssh $n 'sudo systemctl restart elasticsearch'; curl -fsS \"http://$n:9200/_cluster/health?wait_for_status=green&timeout=120s\"; done")),
    # kept and looked at too late
    Case("TOC208", steps("zfs rollback tank/home@morning", "zfs snapshot tank/home@before-rollback"), steps("zfs snapshot tank/home@before-rollback", "zfs rollback tank/home@morning")),
    Case("TOC208", told("$ ssh consul-1 'sudo systemctl restart consul'", "Take a snapshot before you touch anything: `consul snapshot save /backup/c.snap`"), told("Take a snapshot before you touch anything: `consul snapshot save /backup/c.snap`", "$ ssh consul-1 'sudo systemctl restart consul'")),
    Case("TOC208", told("$ curl -fsS -m 5 -XDELETE 'http://es-1:9200/orders'", "Check that a snapshot exists:", "$ curl -fsS -m 5 'http://es-1:9200/_snapshot/s3/_all'"), told("Check that a snapshot exists:", "$ curl -fsS -m 5 'http://es-1:9200/_snapshot/s3/_all'", "$ curl -fsS -m 5 -XDELETE 'http://es-1:9200/orders'")),
    Case("TOC208", steps("zfs rollback tank/home@morning\nzfs snapshot tank/home@before-rollback"), steps("zfs snapshot tank/home@before-rollback\nzfs rollback tank/home@morning")),
    # what belongs together
    Case("TOC210", PAIR.format("ssh worker-1 'sudo systemctl restart sidekiq'", "Point the workers to the new store and restart them:"), PAIR.format("ssh worker-1 'sudo systemctl restart sidekiq'", "Only worker-1 hangs:")),
    Case("TOC210", STACK.format("docker compose stop web"), STACK.format("docker compose stop web jobs")),
    Case("TOC210", told("Take app-2 out on both load balancers:", "$ ssh lb-1 'echo \"set server shop/app-2 state maint\" | socat stdio /run/h.sock'", head="Load balancers `lb-1` and `lb-2`."), told("Take app-2 out on both load balancers:", "$ ssh lb-1 'echo \"set server shop/app-2 state maint\" | socat stdio /run/h.sock'\nssh lb-2 'echo \"set server shop/app-2 state maint\" | socat stdio /run/h.sock'", head="Load balancers `lb-1` and `lb-2`.")),
    # sizes that are put back, passwords in a connection
    Case("TOC215", told("$ gcloud run services update web --min-instances 10", "Afterwards put it back:", "$ gcloud run services update web --min-instances 0"), told("Normally there are 3.", "$ gcloud run services update web --min-instances 10", "Afterwards put it back:", "$ gcloud run services update web --min-instances 3")),
    Case("TOC207", steps("psql 'host=db1 dbname=shop user=ops password=Klick!Klack9' -c 'SELECT 1'"), steps("psql 'host=db1 dbname=shop user=ops passfile=/run/pgpass' -c 'SELECT 1'")),
    # the old one goes first, in words and in payloads
    Case("TOC202", told("Revoke the leaked key in the provider's console first.\nThen make a new one there and store it."), told("Make a new key in the provider's console first.\nThen revoke the leaked key there.")),
    Case("TOC202", told("Den Schlüssel sofort sperren.", "Dann einen neuen erzeugen."), told("Einen neuen Schlüssel erzeugen.", "Dann den Schlüssel sperren.")),
    Case("TOC202", steps("printf 'update delete www.x.example A\\nsend\\n' | nsupdate -l", "printf 'update add www.x.example 300 A 192.0.2.7\\nsend\\n' | nsupdate -l"), steps("printf 'update delete www.x.example A\\nupdate add www.x.example 300 A 192.0.2.7\\nsend\\n' | nsupdate -l")),
    # only one is told, all are meant
    Case("TOC204", told("Restart the web process only:", "$ docker compose down && docker compose up -d"), told("Restart the web process only:", "$ docker compose restart web")),
    Case("TOC204", told("This only affects the given path:", "$ curl -X POST https://cdn.example/purge_cache -d '{\"purge_everything\":true}'"), told("This affects every picture:", "$ curl -X POST https://cdn.example/purge_cache -d '{\"purge_everything\":true}'")),
    Case("TOC208", steps("pg_restore -h db1 -d shop /b/shop.dump", "systemctl stop shop-api"), steps("createdb -h db1 shop_fresh", "pg_restore -h db1 -d shop_fresh /b/shop.dump", "systemctl stop shop-api")),
    Case("TOC310", told("$ redis-cli -h r1 CONFIG SET maxmemory-policy noeviction", "To undo:", "$ redis-cli -h r1 CONFIG SET maxmemory-policy noeviction"), told("$ redis-cli -h r1 CONFIG SET maxmemory-policy noeviction", "$ redis-cli -h r1 CONFIG REWRITE", "To undo:", "$ redis-cli -h r1 CONFIG SET maxmemory-policy allkeys-lru", "$ redis-cli -h r1 CONFIG REWRITE")),
    Case("TOC204", told("Empty only the stale carts:", "$ redis-cli -h r1 FLUSHDB"), told("Only if the store is full, empty it:", "$ redis-cli -h r1 FLUSHDB")),
    Case("TOC204", told("Switch the maintenance page on while you work:", "$ ssh a-1 'cd /srv/a && ./manage.py maintenance_mode off'"), told("Switch the maintenance page on while you work:", "$ ssh a-1 'cd /srv/a && ./manage.py maintenance_mode on'")),
    Case("TOC204", told("Install the old version again:", "$ ssh git-1 'sudo apt-get install -y gitlab-ce'"), told("Install the old version again:", "$ ssh git-1 'sudo apt-get install -y gitlab-ce=17.3.1-ce.0'")),
    Case("TOC110", told("Give the canary ten percent:", WEIGHTS.format(90, 10)), told("Give the canary ten percent:", WEIGHTS.format(10, 90))),
    Case("TOC110", told("Let objects live 30 days from now on:", "$ mc ilm rule add farm/cache --expire-days 3"), told("Let objects live 30 days from now on:", "$ mc ilm rule add farm/cache --expire-days 30")),
    Case("TOC206", told("SQL DELETE FROM bookings WHERE campaign_id = campaign_id;"), told("SQL DELETE FROM bookings WHERE campaign_id = 17;")),
    Case("TOC206", steps("mysql -h db1 -e 'PURGE BINARY LOGS BEFORE NOW()'"), steps("mysql -h db1 -e \"PURGE BINARY LOGS TO 'bin.000417'\"")),
    Case("TOC207", told("SQL ALTER USER web IDENTIFIED BY 'Fontaine2026!';"), told("SQL ALTER USER web IDENTIFIED BY '<password>';")),
    Case("TOC207", told("Envoyer le nouveau mot de passe à l'équipe par e-mail."), told("Ne jamais envoyer le mot de passe par e-mail, pas même à l'équipe.")),
    Case("TOC208", steps("ssh web-1 'sudo touch /var/www/maintenance'", "uptime"), steps("ssh web-1 'sudo touch /var/www/maintenance'", "uptime", "ssh web-1 'sudo rm /var/www/maintenance'")),
    Case("TOC208", steps("ssh git-1 'sudo gitlab-backup restore'", "ssh git-1 'sudo gitlab-ctl stop puma'"), steps("ssh git-1 'sudo gitlab-ctl stop puma'", "ssh git-1 'sudo gitlab-backup restore'")),
    Case("TOC210", told("All four runners get it:", "$ for h in run-1 run-2 run-3; do ssh $h uptime; ssh $h 'sudo systemctl restart runner'; sleep 60; done", head="Runners `run-1` to `run-4`."), told("All four runners get it:", "$ for h in run-1 run-2 run-3 run-4; do ssh $h uptime; ssh $h 'sudo systemctl restart runner'; sleep 60; done", head="Runners `run-1` to `run-4`.")),
    Case("TOC310", told("$ ufw deny from 198.51.100.23", "To undo:", "$ ufw delete deny from 198.51.100.32"), told("$ ufw deny from 198.51.100.23", "To undo:", "$ ufw delete deny from 198.51.100.23")),
    Case("TOC105", told("Die Adresse umziehen:", "$ ssh m-1 'sudo ip address del 10.2.0.5/24 dev eth0'", "Auf einer Station nachsehen lassen."), told("Die Adresse umziehen:", "$ ssh m-1 'sudo ip address del 10.2.0.5/24 dev eth0'", "Er muss jünger als fünf Minuten sein.", "Zurück: die Namen tauschen.", "$ ssh m-1 'sudo ip address add 10.2.0.5/24 dev eth0'")),
    Case("TOC110", told("Lower the TTL to 60 seconds, and point it to the fallback:", "$ dnsctl record set www --data '{\"TTL\":6000}'"), told("Lower the TTL to 60 seconds, and point it to the fallback:", "$ dnsctl record set www --data '{\"TTL\":60}'")),
    Case("TOC204", told("Invalidate only this page:", "$ aws cloudfront create-invalidation --distribution-id E2 --paths '/*'"), told("Invalidate only this page:", "$ aws cloudfront create-invalidation --distribution-id E2 --paths '/prices.html'")),
    Case("TOC310", told(UPSERT.format("UPSERT", 60), "To go back, delete the record:", UPSERT.format("DELETE", 60)), told(UPSERT.format("UPSERT", 60), "To go back, put the old value there:", UPSERT.format("UPSERT", 300))),
    Case("TOC302", steps("ssh db-1 'mysqldump shop orders > /backup/o.sql || true'"), steps("ssh db-1 'mysqldump shop orders > /backup/o.sql'")),
)  # fmt: skip
