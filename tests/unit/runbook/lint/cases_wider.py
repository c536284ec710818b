"""Small runbooks for the rules that came with the tenth round: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told

SPANISH = """# Depósito

| Prioridad | Descripción | Tiempo de respuesta |
|---|---|---|
| P1 | no responde | 10 minutos |
| P2 | falla a veces | 30 minutos |

Las incidencias P1 se atienden en {} minutos.
"""
FENCE = "```bash\n{}\n```\n"


def steps(*commands: str) -> str:
    return told(*(f"$ {command}" for command in commands))


CASES_WIDER = (
    # commands in sentences that hold several
    Case("TOC205", told("Find the job with `ps -ef` and `killall convert`."), told("Find the job with `ps -ef` and never `killall convert`.")),
    Case("TOC111", told("Look with `cat /etc/depot.xml`, then mend it with `vi /etc/depot.xml` by hand."), told("Look with `cat /etc/depot.xml`, then mend it in the repository.")),
    Case("TOC201", told("Mostly it helps to start anew: `docker compose down -v && docker compose up -d` and `uptime`."), told("`docker compose down -v` and `docker volume rm x` lose the data.")),
    Case("TOC207", told("Log in with `docker login -u ci -p Sommer2031 reg.example` and `docker pull reg.example/a`."), told("Log in with `docker login -u ci --password-stdin reg.example` and `docker pull reg.example/a`.")),
    Case("TOC216", told("Throw it away with `git push --force origin main` and `git fetch origin`."), told("Do not throw it away with `git push --force origin main` and `git fetch origin`.")),
    # more than is meant
    Case("TOC205", steps("killall -9 haproxy"), steps("systemctl restart haproxy")),
    Case("TOC205", steps("sudo pkill -f depot"), steps("sudo pkill -f /opt/depot/bin/importer")),
    Case("TOC205", steps("killall -9 nginx"), steps("killall -HUP haproxy")),
    Case("TOC205", steps("supervisorctl restart all"), steps("supervisorctl restart depot-mail")),
    Case("TOC205", steps("docker kill $(docker kill -q)"), steps("docker kill depot-1")),
    Case("TOC205", steps("amtool silence expire $(amtool silence query -q)"), steps("amtool silence expire $(amtool silence query -q alertname=DepotSlow team=depot x=y)")),
    Case("TOC205", told("SQL KILL QUERY WHERE elapsed > 60;"), told("SQL KILL QUERY WHERE query_id = '4f1c';")),
    Case("TOC206", steps("airflow tasks clear nightly -y"), steps("airflow tasks clear nightly -t load_orders -s 2031-01-01 -y")),
    Case("TOC206", steps("dbt run --full-refresh"), steps("dbt run --full-refresh --select orders")),
    Case("TOC206", steps("curl -X POST -g 'http://prom:9090/api/v1/admin/tsdb/delete_series?match[]={__name__=~\".+\"}'"), steps("curl -X POST -g 'http://prom:9090/api/v1/admin/tsdb/delete_series?match[]={job=\"depot\"}'")),
    # yes in advance
    Case("TOC216", steps("ceph osd purge 3 --yes-i-really-mean-it"), steps("ceph osd out 3")),
    Case("TOC216", steps("argocd app sync depot --force"), steps("argocd app sync depot")),
    Case("TOC216", steps("docker run --rm -v /data:/data postgres:16 pg_resetwal -f /data"), steps("docker run --rm -v /data:/data postgres:16 pg_controldata /data")),
    Case("TOC216", steps("gpg --batch --yes --delete-keys bank"), steps("gpg --list-keys bank")),
    Case("TOC216", steps("certbot renew --force-renewal --no-random-sleep-on-renew"), steps("certbot renew --no-random-sleep-on-renew")),
    Case("TOC216", steps("php artisan migrate:rollback --force"), steps("php artisan migrate:status")),
    # states that stay, and what comes too late
    Case("TOC208", steps("ceph osd set noout", "ssh node-4 reboot", "ceph -s"), steps("ceph osd set noout", "ssh node-4 reboot", "ceph osd unset noout")),
    Case("TOC208", steps("php artisan down", "php artisan migrate"), steps("php artisan down", "php artisan migrate", "php artisan up")),
    Case("TOC208", steps("docker compose up -d", "docker compose down"), steps("docker compose down", "docker compose up -d")),
    Case("TOC208", steps("ceph osd purge 3", "ceph osd out 3"), steps("ceph osd out 3", "ceph osd purge 3")),
    Case("TOC208", steps("systemctl restart haproxy", "haproxy -c -f /etc/haproxy/haproxy.cfg"), steps("haproxy -c -f /etc/haproxy/haproxy.cfg", "systemctl restart haproxy")),
    Case("TOC208", steps("argocd app rollback depot 41", "argocd app set depot --sync-policy none"), steps("argocd app set depot --sync-policy none", "argocd app rollback depot 41", "argocd app set depot --sync-policy automated")),
    # likes
    Case("TOC203", steps('echo "disable server web/web3" | socat stdio /run/h.sock', 'echo "enable server web/web2" | socat stdio /run/h.sock'), steps('echo "disable server web/web3" | socat stdio /run/h.sock', 'echo "enable server web/web3" | socat stdio /run/h.sock')),
    Case("TOC203", steps("redis-cli -h cache.eu1 SREM ready gs-07", "redis-cli -h cache.us1 SADD ready gs-07"), steps("redis-cli -h cache.eu1 SREM ready gs-07", "redis-cli -h cache.eu1 SADD ready gs-07")),
    Case("TOC203", steps("ssh web-1 'sudo systemctl restart php-fpm'\nssh web-2 'sudo systemctl restart php-fpm'\nssh web-3 'sudo systemctl restart nginx'"), steps("ssh web-1 'sudo systemctl restart php-fpm'\nssh web-2 'sudo systemctl restart php-fpm'\nssh web-3 'sudo systemctl restart php-fpm'")),
    Case("TOC210", told("$ ssh web-1 'sudo systemctl restart depot'\nssh web-2 'sudo systemctl restart depot'", head="Servers: `web-1`, `web-2`, `web-3`."), told("$ ssh web-1 'sudo systemctl restart depot'\nssh web-2 'sudo systemctl restart depot'\nssh web-3 'sudo systemctl restart depot'", head="Servers: `web-1`, `web-2`, `web-3`.")),
    Case("TOC210", told("Stop what writes:", "$ kubectl -n d scale deploy/day-writer --replicas=0", "All of day-writer, night-writer and tax-writer write."), told("Stop what writes:", "$ kubectl -n d scale deploy/day-writer deploy/night-writer deploy/tax-writer --replicas=0", "All of day-writer, night-writer and tax-writer write.")),
    Case("TOC210", told("Stop sending to both banks:", "$ systemctl stop send@bank-a", head="There are two banks, `bank-a` and `bank-b`."), told("Stop sending to both banks:", "$ systemctl stop send@bank-a send@bank-b", head="There are two banks, `bank-a` and `bank-b`.")),
    Case("TOC110", told(head="There are three hosts `a-1` and `a-2`."), told(head="Row 1 is `a-1` and `a-2`.")),
    Case("TOC309", steps("ssh a-1 'systemctl restart elasticsearch'\nssh a-2 'systemctl restart elasticsearch'"), steps("ssh a-1 'systemctl restart elasticsearch'", "curl -fsS -m 5 http://a-1:9200/_cluster/health?wait_for_status=green", "ssh a-2 'systemctl restart elasticsearch'")),
    # of one day
    Case("TOC409", steps("thanos tools bucket mark --id=01HV7Z4T0Q8Y3M2N1K0J9H8G7F --marker=no-compact-mark.json"), steps('thanos tools bucket mark --id="${BLOCK:?}" --marker=no-compact-mark.json')),
    Case("TOC409", steps("kubectl -n d cp depot.db depot-7d9f8b6c5-x2x9p:/var/lib/depot.db"), steps("kubectl -n d cp depot.db depot-0:/var/lib/depot.db")),
    Case("TOC409", steps("argocd app rollback depot 41"), steps('argocd app rollback depot "${REVISION:?}"')),
    Case("TOC409", steps("sftp depot@bank.example\nput /srv/out/pain-20310114.xml\nbye"), steps("sftp depot@bank.example\nput /srv/out/pain.xml\nbye")),
    Case("TOC111", steps("sftp depot@bank.example\nput /srv/out/pain.xml\nbye"), steps("sftp -b batch.txt depot@bank.example")),
    # secrets
    Case("TOC207", steps("grafana-cli admin reset-admin-password Sommer2031"), steps('grafana-cli admin reset-admin-password "$(cat /run/secrets/grafana)"')),
    Case("TOC207", steps("redis-cli -h c1 CONFIG SET requirepass Winter!77"), steps("redis-cli -h c1 CONFIG GET requirepass")),
    Case("TOC207", steps("echo npm_" + "a1B2c3D4e5" * 4), steps("echo npm_token")),
    # figures, clocks, promises
    Case("TOC204", told("Raise the limit to 97 %:", "$ ceph osd set-full-ratio 0.99"), told("Raise the limit to 97 %:", "$ ceph osd set-full-ratio 0.97")),
    Case("TOC312", told("## Verify", "SQL SELECT count() FROM orders;"), told("## Verify", "At least 1000 rows:", "SQL SELECT count() >= 1000 FROM orders;")),
    Case("TOC110", SPANISH.format(20), SPANISH.format(10)),
    Case("TOC303", told("$ cat a.pem b.pem > /etc/haproxy/certs/www.pem", "HAProxy now serves the new certificate."), told("$ cat a.pem b.pem > /etc/haproxy/certs/www.pem", "$ systemctl reload haproxy", "HAProxy now serves the new certificate.")),
    Case("TOC303", told("$ keytool -importkeystore -srckeystore lab.p12 -destkeystore keystore.jks", "Der Schlüssel wird sofort verwendet."), told("$ keytool -importkeystore -srckeystore lab.p12 -destkeystore keystore.jks", "Der Schlüssel wird nach dem Neustart verwendet.")),
    Case("TOC113", steps("systemctl status haproxy\n# http-request deny if { sc_http_req_rate(0) gt 100 }"), steps("systemctl status haproxy\n# requests above 100 are denied")),
    Case("TOC218", told("Restart it, then grab a thread dump for the developers:", "$ systemctl restart depot\ngdb -p 1 -batch -ex 'thread apply all bt'"), told("Grab a thread dump for the developers, then restart it:", "$ gdb -p 1 -batch -ex 'thread apply all bt'\nsystemctl restart depot")),
    # pipes that hide, and pages that are no answer
    Case("TOC302", steps("/opt/depot/import --all /srv/in.xml | tee /var/log/import.log"), steps("set -o pipefail; /opt/depot/import --all /srv/in.xml | tee /var/log/import.log")),
    Case("TOC301", steps("curl http://depot:7480/ | head"), steps("curl -fsS -m 5 http://depot:7480/ | head")),
    # the way back, and ways
    Case("TOC107", told("$ ceph osd set-full-ratio 0.97", "Set the ratio back."), told("$ ceph osd set-full-ratio 0.97", "Set the ratio back:", "$ ceph osd set-full-ratio 0.95")),
    Case("TOC107", told("$ systemctl stop depot", "Then start sending again."), told("$ systemctl stop depot", "Then start sending again: `systemctl start depot`.")),
    Case("TOC107", told("$ systemctl stop depot", "Zurückschalten: umgekehrte Reihenfolge."), told("$ systemctl stop depot", "Zurückschalten: `systemctl start depot`.")),
    Case("TOC106", told("Es gibt zwei Wege:", "a) Dienst neu starten", "$ systemctl restart depot", "b) Umschalten", "$ systemctl start depot-2"), told("Es gibt zwei Wege:", "a) Dienst neu starten", "$ systemctl restart depot", "b) Falls das nichts hilft, umschalten", "$ systemctl start depot-2")),
    Case("TOC413", told(head="Escalation after an hour: Maria (maria's mobile is in her profile)."), told(head="Escalation after an hour: the lead (the pager `leads`).")),
    Case("TOC402", "# R\n\n" + "".join(f"## Part {n}\n\n" + FENCE.format(f"systemctl restart part-{n}") for n in range(5)), "# R\n\nOwner: depot team\n\n" + "".join(f"## Part {n}\n\n" + FENCE.format(f"systemctl restart part-{n}") for n in range(5))),
    # what careful people write
    Case("TOC105", steps("airflow dags pause load", "dbt run --select orders"), steps("airflow dags pause load", "dbt run --select orders", "psql -X service=dwh -c 'SELECT count(*) = 31 FROM days'", "airflow dags unpause load")),
    Case("TOC105", steps("dbt run --select orders"), steps("dbt run --select orders\ndbt test --select orders")),
    Case("TOC101", steps("load --day YYYY-MM-DD"), steps('read -r -p "day (YYYY-MM-DD): " DAY\nload --day "${DAY:?}"')),
    Case("TOC201", steps("redis-cli -h c1 DEL ready"), steps("redis-cli -h c1 SREM ready gs-07")),
    # what public runbooks write and is no defect
    Case("TOC301", steps("curl http://depot:7480/ | head"), steps("curl -sI http://depot:7480/ | head -3")),
    Case("TOC117", steps("echo 'a\u200cb'"), steps("echo 'لپ\u200cتاپ'")),
    Case("TOC207", steps("AI_TOKEN=kj38fh2 ./start.sh"), steps("AI_TOKENIZER_CONFIG_PATH=models/tokenizer.json ./start.sh")),
    Case("TOC110", told(head="There are two hosts `a-1`, `a-2` and `a-3`."), told(head="Section 4.2 adds `a-1`, `a-2` and `a-3`.")),
    Case("TOC409", steps("etcdctl snapshot restore snap-1700000000"), steps("gpg --recv-keys 409B6B1796C275462A1703113804BB82D39DC0E3")),
    Case("TOC208", told("$ consul maint -enable -service=db"), told("The service is to be removed, so it goes into maintenance:", "$ consul maint -enable -service=db")),
    Case("TOC302", steps("/opt/depot/move --amount 5 | tee move.log"), steps("/opt/depot/move --amount 5 --dry-run | tee move.log")),
    Case("TOC201", told("Start anew: `docker compose down -v && docker compose up -d` and `uptime`."), told("- tool_or_endpoint: `docker compose down -v` and `uptime`")),
    # the eleventh round
    Case("TOC101", steps("git checkout v<previous>"), steps('git checkout "v${PREVIOUS:?}"')),
    Case("TOC101", steps("pg_restore -d depot backup_<date>.dump"), steps('pg_restore -d depot "backup_${DAY:?}.dump"')),
    Case("TOC201", "# D\n\n## Slow\n\n```\nsudo dd if=/images/gw.img of=/dev/mmcblk0 bs=4M\n```\n", "# D\n\n## Slow\n\n```\nlsblk /dev/mmcblk0\n```\n"),
    Case("TOC414", told(head="Response: Sev A within 15 minutes, Sev B within 4 hours, Sev C."), told(head="Response: Sev A within 15 minutes, Sev B within 4 hours, Sev C never.")),
    Case("TOC107", told("$ ssh db-2 'pg_ctl promote'", "Failback: do it the other way round."), told("$ ssh db-2 'pg_ctl promote'", "Failback: `ssh db-1 'pg_ctl promote'`.")),
    Case("TOC303", told("$ gsutil cp gs://m/old.bin gs://m/current.bin", "The service uses it at once."), told("$ gsutil cp gs://m/old.bin gs://m/current.bin", "The service uses it after its next start.")),
    Case("TOC204", told("Write it anew. This keeps the shop's data:", "$ sudo dd if=/images/gw.img of=/dev/mmcblk0 bs=4M"), told("Write it anew. This loses the shop's data:", "$ sudo dd if=/images/gw.img of=/dev/mmcblk0 bs=4M")),
    Case("TOC204", told("Send it to 5 % first:", "$ kubectl argo rollouts set weight depot --weight 50"), told("Send it to 5 % first:", "$ kubectl argo rollouts set weight depot --weight 5")),
    Case("TOC205", steps("swanctl --terminate --ike '*'"), steps("swanctl --terminate --ike shop-7")),
    Case("TOC205", told("SQL SELECT pg_terminate_backend(pid) FROM pg_stat_activity;"), told("$ psql -X service=depot -v pid=7 -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :'pid'::int AND usename = 'depot'\"")),
    Case("TOC210", told("Beide Server neu starten:", "$ ssh wms-1 'sudo systemctl restart tomcat'", head="Server: `wms-1`, `wms-2` (Tomcat)."), told("Beide Server neu starten:", "$ ssh wms-1 'sudo systemctl restart tomcat'\nssh wms-2 'sudo systemctl restart tomcat'", head="Server: `wms-1`, `wms-2` (Tomcat).")),
    Case("TOC210", told("Point the application to it:", '$ ssh app-1 "sudo sed -i s/db-1/db-2/ /etc/crm/env"', head="It runs on `app-1` and `app-2`."), told("Point the application to it:", '$ ssh app-1 "sudo sed -i s/db-1/db-2/ /etc/crm/env"\nssh app-2 "sudo sed -i s/db-1/db-2/ /etc/crm/env"', head="It runs on `app-1` and `app-2`.")),
    Case("TOC105", steps("for h in a-1 a-2; do\n  ssh $h 'systemctl restart depot'\ndone"), steps("for h in a-1 a-2; do\n  ssh $h 'systemctl restart depot' || break\n  curl -fsS -m 5 http://$h/healthz || break\ndone")),
)  # fmt: skip
