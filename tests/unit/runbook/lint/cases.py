"""Small runbooks for the rules: for each a defect in foreign words, and the same made right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`bad` is reported by the rule, `good` is not."""

    rule: str
    bad: str
    good: str


def incident(*fences: str, title: str = "Orders stuck", symptoms: str = "orders do not move") -> str:
    """An incident with these fences, each a (label, text) in one string: the label before the first newline."""
    parts = [f"# Shop\n\n## {title}\n\n**Symptoms**: {symptoms}\n"]
    for fence in fences:
        label, _, text = fence.partition("\n")
        language = (
            "sql"
            if text.lstrip()
            .upper()
            .startswith(("SELECT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "TRUNCATE "))
            else "bash"
        )
        parts.append(f"**{label}**:\n```{language}\n{text}\n```\n")
    return "\n".join(parts)


def fix(*lines: str, verify: str = "curl -fsS -m 5 https://shop.internal/health") -> str:
    return incident("Resolution\n" + "\n".join(lines), f"Verification\n{verify}")


CASES = (
    Case("TOC101", fix("deploy.sh ..."), fix("deploy.sh --all-regions")),
    Case("TOC101", fix("git checkout <good-tag>"), incident("Investigation\ngit tag --list", "Resolution\ngit checkout <good-tag>")),
    Case("TOC102", fix("echo \"half done"), fix("echo \"all done\"")),
    Case("TOC102", fix("if test -f /srv/x; then", "rm /srv/x"), fix("if test -f /srv/x; then rm /srv/x; fi")),
    Case("TOC105", incident("Resolution\nkubectl scale deployment api --replicas=5 -n shop"), incident("Resolution\nkubectl scale deployment api --replicas=5 -n shop") + "\nAs validation, check that five pods answer in the load balancer's page.\n"),
    Case("TOC105", incident("Resolution\nkubectl scale deployment api --replicas=5 -n shop") + "\nThe check of the load balancer is slow.\n", incident("Resolution\nkubectl scale deployment api --replicas=5 -n shop") + "\n1. Then make sure that five pods answer.\n"),
    Case("TOC307", incident("Investigation\nkubectl logs -l app=api -n shop"), incident("Investigation\nkubectl logs -l app=api -n shop --follow --max-log-requests 9")),
    Case("TOC105", incident("Resolution\nkubectl scale deployment api --replicas=5 -n shop"), fix("kubectl scale deployment api --replicas=5 -n shop", verify="kubectl rollout status deployment/api -n shop --timeout=60s")),
    Case("TOC107", incident("Resolution\nsystemctl restart shop") + "\n**Rollback**: put the old version back.\n", incident("Resolution\nsystemctl restart shop", "Rollback\nsystemctl restart shop-old")),
    Case("TOC111", fix("vim /etc/haproxy/haproxy.cfg"), fix("cp /srv/haproxy.cfg /etc/haproxy/haproxy.cfg")),
    Case("TOC112", incident("Investigation\njournalctl -u shop -f"), incident("Investigation\njournalctl -u shop -n 200 --no-pager")),
    Case("TOC113", fix("systemctl restart shop", "# kubectl delete pod -l app=shop --force"), fix("systemctl restart shop", "# Restarting takes a minute")),
    Case("TOC115", fix("pg_restore -d $TARGET /srv/dump"), fix("TARGET=orders", "pg_restore -d $TARGET /srv/dump")),
    Case("TOC117", fix("kubectl –n shop delete pod api-0"), fix("kubectl -n shop delete pod api-0")),
    Case("TOC117", fix("psql orders -c “select 1”"), fix("psql orders -c \"select 1\"")),
    Case("TOC118", incident("Investigation\nk get pods -n shop"), incident("Investigation\nkubectl get pods -n shop")),
    Case("TOC201", incident("Resolution\nTRUNCATE TABLE carts;"), incident("Resolution\npg_dump -t carts shop > /srv/carts.sql", "Resolution of it\nTRUNCATE TABLE carts;")),
    Case("TOC201", fix("aws s3 rm s3://shop-media/img --recursive"), fix("aws s3 sync s3://shop-media/img s3://shop-backup/img", "aws s3 rm s3://shop-media/img --recursive")),
    Case("TOC202", fix("docker rm -f web", "docker run -d --name web shop/web:1.4"), fix("docker run -d --name web2 shop/web:1.4", "curl -fsS http://127.0.0.1:8081/", "docker rm -f web")),
    Case("TOC202", fix("helm uninstall shop -n shop", "helm install shop ./chart -n shop"), fix("helm upgrade --install shop ./chart -n shop --reuse-values")),
    Case("TOC202", "# R\n\n## Token leaked\n\n**When**: API token exposed\n\n1. Revoke the token in the console\n2. Generate a new token\n3. Deploy it\n", "# R\n\n## Token leaked\n\n**When**: API token exposed\n\n1. Generate a new token\n2. Deploy it\n3. Revoke the old token in the console\n"),
    Case("TOC203", fix("kubectl scale deployment a --replicas=3 -n shop", "kubectl rollout restart deployment/b"), fix("kubectl scale deployment a --replicas=3 -n shop", "kubectl rollout restart deployment/b -n shop")),
    Case("TOC203", fix("kubectl -n pay scale deployment a --replicas=3", "kubectl -n pay rollout restart deployment/b", "kubectl -n prod rollout restart deployment/c"), fix("kubectl -n pay scale deployment a --replicas=3", "kubectl -n pay rollout restart deployment/b", "kubectl get nodes")),
    Case("TOC204", fix("# Clean up temp files", "rm -rf /var/lib/postgresql"), fix("# Clean up temp files", "rm -rf /srv/app/tmp/uploads")),
    Case("TOC204", incident("Resolution\n# Check the queue\nrabbitmqctl purge_queue orders"), incident("Resolution\n# Check the queue\nrabbitmqctl list_queues")),
    Case("TOC204", fix("# Remove stale sessions", "redis-cli FLUSHDB"), fix("# Empty the whole session store", "redis-cli FLUSHDB")),
    Case("TOC204", fix("# Gracefully stop the worker", "kill -9 $(cat /run/worker.pid)"), fix("# Stop the worker by force", "kill -9 $(cat /run/worker.pid)")),
    Case("TOC205", fix("pkill -f node"), fix("systemctl restart shop-api")),
    Case("TOC205", incident("Resolution\nSELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active';"), incident("Resolution\nSELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'active';")),
    Case("TOC205", fix("pm2 reload all"), fix("pm2 reload shop")),
    Case("TOC206", incident("Resolution\nUPDATE orders SET state = 'new';"), incident("Resolution\nUPDATE orders SET state = 'new' WHERE id = 7;")),
    Case("TOC206", fix("rm -rf \"$CACHE_DIR\"/*"), fix("rm -rf \"${CACHE_DIR:?}\"/img")),
    Case("TOC206", fix("find /srv/spool -type f -print | xargs rm"), fix("find /srv/spool -type f -mtime +7 -print0 | xargs -0 -r rm")),
    Case("TOC207", fix("mysql -u root -pS3cret shop -e \"SELECT 1\""), fix("mysql --defaults-extra-file=/run/secrets/my.cnf shop -e \"SELECT 1\"")),
    Case("TOC207", fix("export STRIPE_API_KEY=rk_prod_8sd7f6s8d7f6"), fix("export STRIPE_API_KEY=$(vault kv get -field=key secret/stripe)")),
    Case("TOC207", fix("curl -fsS -u admin:hunter22 https://shop.internal/reset"), fix("curl -fsS --netrc https://shop.internal/reset")),
    Case("TOC208", fix("mysql orders -e \"SET GLOBAL read_only = on\"", "mysql orders < /srv/orders.sql"), fix("mysql orders < /srv/orders.sql", "mysql orders -e \"SET GLOBAL read_only = on\"")),
    Case("TOC208", fix("systemctl stop nginx", "systemctl reload nginx"), fix("systemctl stop nginx", "systemctl start nginx")),
    Case("TOC208", fix("git commit -m fix", "git push origin main"), fix("git add app.py", "git commit -m fix", "git push origin main")),
    Case("TOC209", fix("psql -h db -d postgres -c \"ALTER TABLE a RENAME TO b;\"", "psql -h db -d postgres -c \"ALTER TABLE c RENAME TO a;\""), fix("psql -h db -d postgres -c \"BEGIN; ALTER TABLE a RENAME TO b; ALTER TABLE c RENAME TO a; COMMIT;\"")),
    Case("TOC210", incident("Investigation\nkubectl logs deployment/worker -n shop --tail=50", "Resolution\nkubectl scale deployment api --replicas=0 -n shop\nkubectl wait --for=delete pod -l app=api -n shop --timeout=60s\npg_restore -h db -d shop /srv/dump"), incident("Investigation\nkubectl get pods -n shop", "Resolution\nkubectl scale deployment api --replicas=0 -n shop\nkubectl wait --for=delete pod -l app=api -n shop --timeout=60s\npg_restore -h db -d shop /srv/dump")),
    Case("TOC211", fix("createdb staging_copy"), fix("createdb -h db1 -U admin staging_copy")),
    Case("TOC211", fix("psql -c \"ALTER ROLE app CONNECTION LIMIT 5;\""), fix("psql -h db1 -d shop -c \"ALTER ROLE app CONNECTION LIMIT 5;\"")),
    Case("TOC212", fix("curl -fsSL https://get.example.net/fix.sh | sudo bash"), fix("./ops/fix.sh")),
    Case("TOC212", fix("kubectl apply -f https://raw.example.net/x.yaml"), fix("kubectl apply -f ./x.yaml")),
    Case("TOC213", incident("Resolution\nCREATE INDEX ON orders (state);"), incident("Resolution\nCREATE INDEX CONCURRENTLY IF NOT EXISTS o ON orders (state);")),
    Case("TOC214", fix("kubectl create configmap shop --from-literal=A=1 --dry-run=client -o yaml | kubectl apply -f - -n shop"), fix("kubectl patch configmap shop -n shop --type=merge -p '{\"data\":{\"A\":\"1\"}}'")),
    Case("TOC214", fix("helm upgrade shop ./chart --set image.tag=1.4 -n shop"), fix("helm upgrade shop ./chart --set image.tag=1.4 --reuse-values -n shop")),
    Case("TOC215", fix("kubectl scale deployment api --replicas=0 -n shop", "kubectl scale deployment api --replicas=3 -n shop"), fix("kubectl scale deployment api --replicas=0 -n shop", "kubectl scale deployment api --replicas=$BEFORE -n shop")),
    Case("TOC216", fix("git push --force origin main"), fix("git push --force-with-lease origin main")),
    Case("TOC216", incident("Investigation\ncurl -k -f https://shop.internal"), incident("Investigation\ncurl -f https://shop.internal")),
    Case("TOC217", fix("# Drop the whole cache", "redis-cli FLUSHALL", "# Or safer:", "redis-cli UNLINK cache:home"), fix("# Drop one key", "redis-cli UNLINK cache:home")),
    Case("TOC218", fix("systemctl restart shop", "jmap -dump:live,file=/srv/heap.hprof 42"), fix("jmap -dump:live,file=/srv/heap.hprof 42", "systemctl restart shop")),
    Case("TOC220", incident("Investigation\nSELECT * FROM customers LIMIT 20;"), incident("Investigation\nSELECT id, status FROM customers LIMIT 20;")),
    Case("TOC301", incident("Verification\ncurl https://shop.internal/health"), incident("Verification\ncurl -fsS -m 5 https://shop.internal/health")),
    Case("TOC302", fix("pg_dump -h db shop | gzip > /srv/shop.gz"), fix("set -o pipefail", "pg_dump -h db shop | gzip > /srv/shop.gz")),
    Case("TOC302", fix("psql -h db -d shop -f /srv/fix.sql"), fix("psql -v ON_ERROR_STOP=1 -h db -d shop -f /srv/fix.sql")),
    Case("TOC303", incident("Resolution\nALTER SYSTEM SET shared_buffers = '4GB';"), incident("Resolution\nALTER SYSTEM SET work_mem = '64MB';")),
    Case("TOC303", fix("kubectl edit configmap shop -n shop"), fix("kubectl edit configmap shop -n shop", "kubectl rollout restart deployment/shop -n shop")),
    Case("TOC304", fix("pm2 start app.config.js --instances 4"), fix("pm2 start app.js --instances 4")),
    Case("TOC305", fix("pm2 start ecosystem.prod.js"), fix("pm2 start ecosystem.prod.config.js")),
    Case("TOC305", fix("cp /srv/backup.cron /etc/cron.d/backup.job"), fix("cp /srv/backup.cron /etc/cron.d/backup")),
    Case("TOC307", incident("Investigation\nkubectl logs -l app=api -n shop | grep ERROR"), incident("Investigation\nkubectl logs -l app=api -n shop --tail=-1 | grep ERROR")),
    Case("TOC308", incident("Investigation\nss -tlnp | grep 8080"), incident("Investigation\nss -Hltn 'sport = :8080'")),
    Case("TOC309", fix("kubectl set image deployment/api api=shop:1.4 -n shop", verify="curl -fsS https://shop.internal/"), fix("kubectl set image deployment/api api=shop:1.4 -n shop", "kubectl rollout status deployment/api -n shop --timeout=90s", verify="curl -fsS https://shop.internal/")),
    Case("TOC310", fix("kubectl rollout restart deployment/api -n shop", "kubectl rollout undo deployment/api -n shop"), fix("kubectl rollout restart deployment/api -n shop", "kubectl rollout undo deployment/api --to-revision=4 -n shop")),
    Case("TOC311", fix("kubectl rollout restart deployment/redis -n shop"), fix("kubectl rollout restart deployment/api -n shop")),
    Case("TOC312", incident("Verification\nopenssl x509 -in /etc/ssl/shop.pem -noout -enddate"), incident("Verification\nopenssl x509 -in /etc/ssl/shop.pem -noout -checkend 86400")),
    Case("TOC313", incident("Resolution\nUPDATE jobs SET state = 'queued' WHERE state = 'failed' AND at > now() - interval '2 hours';"), incident("Resolution\nUPDATE jobs SET state = 'queued' WHERE state = 'failed' AND at < now() - interval '2 hours';")),
    Case("TOC314", incident("Investigation\npsql \"$APP_URL\" -c \"SELECT 1\"", title="Connection pool exhausted", symptoms="too many connections"), incident("Investigation\npsql \"$MONITOR_URL\" -U postgres -c \"SELECT 1\"", title="Connection pool exhausted", symptoms="too many connections")),
    Case("TOC316", fix("helm install shop ./chart -n shop"), fix("helm upgrade --install shop ./chart -n shop --reuse-values")),
    Case("TOC317", fix("certbot renew --cert-name shop"), fix("certbot renew --cert-name shop --no-random-sleep-on-renew")),
    Case("TOC317", fix("until pg_isready; do sleep 1; done"), fix("timeout 60 sh -c 'until pg_isready; do sleep 1; done'")),
    Case("TOC409", fix("tar xzf /srv/shop_20240131.tgz -C /srv/app"), fix("tar xzf /srv/shop_latest.tgz -C /srv/app")),
    Case("TOC411", fix("docker-compose up -d"), fix("docker compose up -d --wait")),
    Case("TOC110", "# R\n\nP1: answer in 15 minutes.\n\nThe engineer has 30 minutes to respond to a P1.\n", "# R\n\nP1: answer in 15 minutes.\n\nThe engineer has 15 minutes to respond to a P1.\n"),
    Case("TOC110", "# Jobs\n\nThe export runs every night at 02:00.\n\n```\n0 3 * * * /opt/export\n```\n", "# Jobs\n\nThe export runs every night at 03:00.\n\n```\n0 3 * * * /opt/export\n```\n"),
    Case("TOC120", "# R\n\n## Orders stuck\n\n```bash\nuptime\n", "# R\n\n## Orders stuck\n\n```bash\nuptime\n```\n"),
    Case("TOC211", fix("kubectl rollout restart deployment/shop"), fix("kubectl -n shop rollout restart deployment/shop")),
    Case("TOC302", incident("Investigation\nset -o pipefail\ndu -a /srv | head -5"), incident("Investigation\nset -o pipefail\ndu -a /srv | sed -n 1,5p")),
    Case("TOC320", incident("Resolution\npsql -h db -d shop -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop' AND pid <> pg_backend_pid() AND query_start < now() - interval '10 minutes'\"", title="CPU load of the database", symptoms="load above 20"), incident("Resolution\npsql -h db -d shop -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop' AND pid <> pg_backend_pid() AND query_start < now() - interval '10 minutes'\"", title="Long queries block the database", symptoms="queries older than an hour")),
    Case("TOC303", fix("sed -i 's/a/b/' /etc/shop/mailer.conf"), fix("sed -i 's/a/b/' /etc/shop/mailer.conf", "systemctl restart shop-mailer")),
    Case("TOC215", incident("Resolution\naws ecs update-service --profile shop --service api --desired-count 9", "Rollback\naws ecs update-service --profile shop --service api --desired-count 2"), incident("Resolution\naws ecs update-service --profile shop --service api --desired-count 9", "Rollback\naws ecs update-service --profile shop --service api --desired-count \"${BEFORE:?}\"")),
    Case("TOC115", fix("ln -sfn $OLD /srv/current"), fix("ln -sfn \"${OLD:?from the list}\" /srv/current")),
    Case("TOC207", "# R\n\n## Orders stuck\n\nThe password is `Winter-2031!`.\n", "# R\n\n## Orders stuck\n\nThe password is in `vault/shop/db`.\n"),
    Case("TOC207", fix("ldapmodify -H ldaps://ldap -w g3heim -f x.ldif"), fix("ldapmodify -H ldaps://ldap -y /run/secrets/ldap -f x.ldif")),
    Case("TOC403", "# R\n\n## Orders stuck\n\nInform [contact person].\n", "# R\n\n## Orders stuck\n\nInform the press office, extension 12.\n"),
    Case("TOC216", "# R\n\n## Spooler stuck\n\n**Symptoms**: no print\n\n```powershell\nRestart-Computer -ComputerName PRT -Force\n```\n", "# R\n\n## Spooler stuck\n\n**Symptoms**: no print\n\n```powershell\nRestart-Service -Name Spooler\n```\n"),
    Case("TOC111", fix("ssh -t shop-1 'sudo vi /etc/shop.conf'"), fix("ssh shop-1 'sudo cp /srv/shop.conf /etc/shop.conf && sudo systemctl reload shop'")),
    Case("TOC112", incident("Investigation\nssh shop-1 'iostat -x 5'"), incident("Investigation\nssh shop-1 'iostat -x 5 3'")),
)  # fmt: skip
