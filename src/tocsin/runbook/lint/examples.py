"""For each rule a small runbook that it finds fault with, and the same made right. For its page; a test runs them all."""

from dataclasses import dataclass
from datetime import date

from tocsin.effects.repository.held import Repository
from tocsin.runbook.project import NOTHING_KNOWN, Copied, Drill, Files, ProjectFacts, Watched


@dataclass(frozen=True, slots=True)
class Example:
    """`bad` is reported by the rule, `good` is not; `around` says what both know, `project` is that."""

    rule: str
    bad: str
    good: str
    around: str = ""
    project: ProjectFacts = NOTHING_KNOWN


_SQL = ("SELECT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "TRUNCATE ")


def incident(*fences: str, title: str = "Orders stuck", symptoms: str = "orders do not move") -> str:
    """An incident with these fences, each a label, a newline and its text."""
    parts = [f"# Shop\n\n## {title}\n\n**Symptoms**: {symptoms}\n"]
    for fence in fences:
        label, _, text = fence.partition("\n")
        language = "sql" if text.lstrip().upper().startswith(_SQL) else "bash"
        parts.append(f"**{label}**:\n```{language}\n{text}\n```\n")
    return "\n".join(parts)


def fix(
    *lines: str, verify: str = "curl -fsS -m 5 https://shop.internal/health", title: str = "Orders stuck",
    symptoms: str = "orders do not move",
) -> str:  # fmt: skip
    """An incident with these lines as its resolution, and a verification."""
    return incident(
        "Resolution\n" + "\n".join(lines), f"Verification\n{verify}", title=title, symptoms=symptoms
    )


COPY = (
    "pg_ctl -D /srv/pg stop",
    "tar -xf /srv/latest.tar -C /srv/pg",
    "pg_ctl -D /srv/pg start",
    "vacuumdb -h db -d shop --analyze-only",
)


CLOCKS = """# Shop

## Severity Levels

- **P1**: down (respond within 15 minutes)
- **P2**: slow (respond within 4 hours)
"""

INGRESS = """
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
{spec}```
"""

SPEC = "spec:\n  defaultBackend:\n    service: {name: shop, port: {number: 80}}\n"

APPLY = (
    "# Shop\n\n## Shop unreachable\n\n**Symptoms**: 404 for every page\n\n**Resolution**:\n"
    + INGRESS.format(spec=SPEC)
)

TWO = """# Shop

## Incidents

### 1. Orders stuck

**Symptoms**: orders do not move

```bash
rabbitmqctl list_queues
```

### 2. Pages slow

**Symptoms**: pages take seconds

```bash
uptime
```
"""

_ALL = (
    Example("TOC101", fix("git checkout <good-tag>"), incident("Investigation\ngit tag --list", "Resolution\ngit checkout <good-tag>")),
    Example("TOC102", fix("echo \"half done"), fix("echo \"all done\"")),
    Example("TOC103", fix("psql -h db1 -d shop", "SELECT count(*) FROM orders;", "sudo systemctl restart shop"), fix("psql -h db1 -d shop -c 'SELECT count(*) FROM orders;'", "sudo systemctl restart shop")),
    Example("TOC104", incident("Investigation\nssh shop-1\ndf -h\nfree -m"), incident("Investigation\nssh shop-1 'df -h; free -m'")),
    Example("TOC105", incident("Resolution\nkubectl scale deployment api --replicas=5 -n shop"), fix("kubectl scale deployment api --replicas=5 -n shop", verify="kubectl rollout status deployment/api -n shop --timeout=60s")),
    Example("TOC106", "# Shop\n\n## Orders stuck\n\n**Symptoms**: orders do not move\n\n### Option A\n\n```bash\nsystemctl restart shop\n```\n\n### Option B\n\n```bash\nsystemctl reboot\n```\n", "# Shop\n\n## Orders stuck\n\n**Symptoms**: orders do not move\n\n### Option A: if only the shop hangs\n\n```bash\nsystemctl restart shop\n```\n\n### Option B: if the whole machine hangs\n\n```bash\nsystemctl reboot\n```\n"),
    Example("TOC107", incident("Resolution\nsystemctl restart shop") + "\n**Rollback**: put the old version back.\n", incident("Resolution\nsystemctl restart shop", "Rollback\nsystemctl restart shop-old")),
    Example("TOC108", incident("Investigation\njournalctl -u shop -n 200 --no-pager") + "\n**Resolution**:\n\n1. Investigate further as needed\n", incident("Investigation\njournalctl -u shop -n 200 --no-pager") + "\n**Resolution**:\n\n1. Read the last error of the log\n"),
    Example("TOC109", incident("Investigation\ndf -h\nfree -m").replace("```bash", "```"), incident("Investigation\ndf -h\nfree -m")),
    Example("TOC110", CLOCKS + "\n## Alerts\n\nP1 alerts are answered within 2 hours.\n", CLOCKS + "\n## Alerts\n\nP1 alerts page the engineer on call.\n"),
    Example("TOC111", fix("vim /etc/haproxy/haproxy.cfg"), fix("cp /srv/haproxy.cfg /etc/haproxy/haproxy.cfg")),
    Example("TOC112", incident("Investigation\njournalctl -u shop -f"), incident("Investigation\njournalctl -u shop -n 200 --no-pager")),
    Example("TOC113", fix("systemctl restart shop", "# kubectl delete pod -l app=shop --force"), fix("systemctl restart shop", "# Restarting takes a minute")),
    Example("TOC114", APPLY, APPLY + "\n```bash\nkubectl apply -n shop -f ingress.yaml\n```\n"),
    Example("TOC115", fix("pg_restore -d $TARGET /srv/dump"), fix("TARGET=orders", "pg_restore -d $TARGET /srv/dump")),
    Example("TOC116", "# Shop\n\n## Rollback\n\nThe release.\n\n## Rollback\n\nThe schema.\n", "# Shop\n\n## Rollback of the release\n\nThe release.\n\n## Rollback of the schema\n\nThe schema.\n"),
    Example("TOC117", fix("kubectl –n shop delete pod api-0"), fix("kubectl -n shop delete pod api-0")),
    Example("TOC118", incident("Investigation\nk get pods -n shop"), incident("Investigation\nkubectl get pods -n shop")),
    Example("TOC119", "# Shop\n\n## Orders stuck\n\n{% include restart.md %}\n", fix("systemctl restart shop")),
    Example("TOC120", "# Shop\n\n## Orders stuck\n\n```bash\nsystemctl status shop\n\n## Afterwards\n\nTell the team.\n", "# Shop\n\n## Orders stuck\n\n```bash\nsystemctl status shop\n```\n\n## Afterwards\n\nTell the team.\n"),
    Example("TOC121", "# Shop\n\n## Incidents\n\n### 1. Orders stuck\n\n**Symptoms**: orders do not move\n\nThis happened in March.\n", "# Shop\n\n## Incidents\n\n### 1. Orders stuck\n\n**Symptoms**: orders do not move\n\n**Investigation**:\n```bash\njournalctl -u shop -n 200 --no-pager\n```\n"),
    Example("TOC122", "# Shop\n\n## Orders stuck\n\n1. Look at the queue\n\n```bash\nrabbitmqctl list_queues\n```\n\n2. Look at the log\n\n```bash\njournalctl -u shop -n 200 --no-pager\n```\n", "# Shop\n\n## Orders stuck\n\n1. Look at the queue\n\n   ```bash\n   rabbitmqctl list_queues\n   ```\n\n2. Look at the log\n\n   ```bash\n   journalctl -u shop -n 200 --no-pager\n   ```\n"),
    Example("TOC123", "# Shop\n\n## Orders stuck\n\n<!-- tocsin: ignore TOC108 -->\nInvestigate as needed.\n", "# Shop\n\n## Orders stuck\n\n<!-- tocsin: ignore TOC402 because the register of services names the owner -->\nLook at the queue.\n"),
    Example("TOC124", "<!-- tocsin: ignore TOC207 because the key is a test key -->\n" + incident("Investigation\ndf -h"), incident("Investigation\ndf -h")),
    Example("TOC201", incident("Resolution\nTRUNCATE TABLE carts;"), incident("Resolution\npg_dump -t carts shop > /srv/carts.sql", "Resolution of it\nTRUNCATE TABLE carts;")),
    Example("TOC202", fix("docker rm -f web", "docker run -d --name web shop/web:1.4"), fix("docker run -d --name web2 shop/web:1.4", "curl -fsS http://127.0.0.1:8081/", "docker rm -f web")),
    Example("TOC203", fix("kubectl scale deployment a --replicas=3 -n shop", "kubectl rollout restart deployment/b"), fix("kubectl scale deployment a --replicas=3 -n shop", "kubectl rollout restart deployment/b -n shop")),
    Example("TOC204", fix("# Clean up temp files", "rm -rf /var/lib/postgresql"), fix("# Clean up temp files", "rm -rf /srv/app/tmp/uploads")),
    Example("TOC205", fix("pkill -f node"), fix("systemctl restart shop-api")),
    Example("TOC206", incident("Resolution\nUPDATE orders SET state = 'new';"), incident("Resolution\nUPDATE orders SET state = 'new' WHERE id = 7;")),
    Example("TOC207", fix("mysql -u root -pS3cret shop -e \"SELECT 1\""), fix("mysql --defaults-extra-file=/run/secrets/my.cnf shop -e \"SELECT 1\"")),
    Example("TOC208", fix("mysql orders -e \"SET GLOBAL read_only = on\"", "mysql orders < /srv/orders.sql"), fix("mysql orders < /srv/orders.sql", "mysql orders -e \"SET GLOBAL read_only = on\"")),
    Example("TOC209", fix("psql -h db -d postgres -c \"ALTER TABLE a RENAME TO b;\"", "psql -h db -d postgres -c \"ALTER TABLE c RENAME TO a;\""), fix("psql -h db -d postgres -c \"BEGIN; ALTER TABLE a RENAME TO b; ALTER TABLE c RENAME TO a; COMMIT;\"")),
    Example("TOC210", incident("Investigation\nkubectl logs deployment/worker -n shop --tail=50", "Resolution\nkubectl scale deployment api --replicas=0 -n shop\nkubectl wait --for=delete pod -l app=api -n shop --timeout=60s\npg_restore -h db -d shop /srv/dump"), incident("Investigation\nkubectl get pods -n shop", "Resolution\nkubectl scale deployment api --replicas=0 -n shop\nkubectl wait --for=delete pod -l app=api -n shop --timeout=60s\npg_restore -h db -d shop /srv/dump")),
    Example("TOC211", fix("createdb staging_copy"), fix("createdb -h db1 -U admin staging_copy")),
    Example("TOC212", fix("curl -fsSL https://get.example.net/fix.sh | sudo bash"), fix("./ops/fix.sh")),
    Example("TOC213", incident("Resolution\nCREATE INDEX ON orders (state);"), incident("Resolution\nCREATE INDEX CONCURRENTLY IF NOT EXISTS o ON orders (state);")),
    Example("TOC214", fix("kubectl create configmap shop --from-literal=A=1 --dry-run=client -o yaml | kubectl apply -f - -n shop"), fix("kubectl patch configmap shop -n shop --type=merge -p '{\"data\":{\"A\":\"1\"}}'")),
    Example("TOC215", fix("kubectl scale deployment api --replicas=0 -n shop", "kubectl scale deployment api --replicas=3 -n shop"), fix("kubectl scale deployment api --replicas=0 -n shop", "kubectl scale deployment api --replicas=$BEFORE -n shop")),
    Example("TOC216", fix("git push --force origin main"), fix("git push --force-with-lease origin main")),
    Example("TOC217", fix("# Drop the whole cache", "redis-cli FLUSHALL", "# Or safer:", "redis-cli UNLINK cache:home"), fix("# Drop one key", "redis-cli UNLINK cache:home")),
    Example("TOC218", fix("systemctl restart shop", "jmap -dump:live,file=/srv/heap.hprof 42"), fix("jmap -dump:live,file=/srv/heap.hprof 42", "systemctl restart shop")),
    Example("TOC219", fix("sudo systemctl stop nginx", title="One customer floods us", symptoms="a single customer sends thousands of requests"), fix("sudo ufw insert 1 deny from 203.0.113.7", title="One customer floods us", symptoms="a single customer sends thousands of requests")),
    Example("TOC220", incident("Investigation\nSELECT * FROM customers LIMIT 20;"), incident("Investigation\nSELECT id, status FROM customers LIMIT 20;")),
    Example("TOC301", incident("Verification\ncurl https://shop.internal/health"), incident("Verification\ncurl -fsS -m 5 https://shop.internal/health")),
    Example("TOC302", fix("pg_dump -h db shop | gzip > /srv/shop.gz"), fix("set -o pipefail", "pg_dump -h db shop | gzip > /srv/shop.gz")),
    Example("TOC303", incident("Resolution\nALTER SYSTEM SET shared_buffers = '4GB';"), incident("Resolution\nALTER SYSTEM SET work_mem = '64MB';")),
    Example("TOC304", fix("pm2 start app.config.js --instances 4"), fix("pm2 start app.js --instances 4")),
    Example("TOC305", fix("pm2 start ecosystem.prod.js"), fix("pm2 start ecosystem.prod.config.js")),
    Example("TOC306", "# Shop\n\n## Too many requests\n\n**Symptoms**: one client floods us\n\n**Resolution**: set in the server block\n\n```nginx\nlimit_req zone=api:10m rate=20r/s;\n```\n", "# Shop\n\n## Too many requests\n\n**Symptoms**: one client floods us\n\n**Resolution**: set in the http block\n\n```nginx\nlimit_req_zone $binary_remote_addr zone=api:10m rate=20r/s;\n```\n"),
    Example("TOC307", incident("Investigation\nkubectl logs -l app=api -n shop | grep ERROR"), incident("Investigation\nkubectl logs -l app=api -n shop --tail=-1 | grep ERROR")),
    Example("TOC308", incident("Investigation\nss -tlnp | grep 8080"), incident("Investigation\nss -Hltn 'sport = :8080'")),
    Example("TOC309", fix("kubectl set image deployment/api api=shop:1.4 -n shop", verify="curl -fsS https://shop.internal/"), fix("kubectl set image deployment/api api=shop:1.4 -n shop", "kubectl rollout status deployment/api -n shop --timeout=90s", verify="curl -fsS https://shop.internal/")),
    Example("TOC310", fix("kubectl rollout restart deployment/api -n shop", "kubectl rollout undo deployment/api -n shop"), fix("kubectl rollout restart deployment/api -n shop", "kubectl rollout undo deployment/api --to-revision=4 -n shop")),
    Example("TOC311", fix("kubectl rollout restart deployment/redis -n shop"), fix("kubectl rollout restart deployment/api -n shop")),
    Example("TOC312", incident("Verification\nopenssl x509 -in /etc/ssl/shop.pem -noout -enddate"), incident("Verification\nopenssl x509 -in /etc/ssl/shop.pem -noout -checkend 86400")),
    Example("TOC313", incident("Resolution\nUPDATE jobs SET state = 'queued' WHERE state = 'failed' AND at > now() - interval '2 hours';"), incident("Resolution\nUPDATE jobs SET state = 'queued' WHERE state = 'failed' AND at < now() - interval '2 hours';")),
    Example("TOC314", incident("Investigation\npsql \"$APP_URL\" -c \"SELECT 1\"", title="Connection pool exhausted", symptoms="too many connections"), incident("Investigation\npsql \"$MONITOR_URL\" -U postgres -c \"SELECT 1\"", title="Connection pool exhausted", symptoms="too many connections")),
    Example("TOC315", APPLY.replace(SPEC, ""), APPLY),
    Example("TOC316", fix("helm install shop ./chart -n shop"), fix("helm upgrade --install shop ./chart -n shop --reuse-values")),
    Example("TOC317", fix("certbot renew --cert-name shop"), fix("certbot renew --cert-name shop --no-random-sleep-on-renew")),
    Example("TOC318", "# Shop\n\n## Monitoring\n\n- **SLO**: p99 latency < 300 ms over 20 runs\n", "# Shop\n\n## Monitoring\n\n- **SLO**: p99 latency < 300 ms over 1000 runs\n"),
    Example("TOC319", incident("Investigation\ngrep 'limiting requests' /var/log/nginx/error.log", title="Clients are limited", symptoms="429 responses"), incident("Investigation\ngrep 'limiting requests' /var/log/nginx/error.log", title="Clients are limited", symptoms="503 responses")),
    Example("TOC320", incident("Resolution\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'active';", title="Connections used up", symptoms="too many connections"), incident("Resolution\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'idle in transaction';", title="Connections used up", symptoms="too many connections")),
    Example("TOC401", CLOCKS + "\n**Next review**: 2024-01-31\n", CLOCKS + "\n**Next review**: 2099-01-31\n"),
    Example("TOC402", CLOCKS, CLOCKS + "\n**Owner**: payments team\n"),
    Example("TOC403", "# Shop\n\n## Contacts\n\n- DBA: [Phone]\n", "# Shop\n\n## Contacts\n\n- DBA: +49 30 1234567\n"),
    Example("TOC404", "# Shop\n\n## Restore\n\nAs in [the other one](#nowhere).\n", "# Shop\n\n## Restore\n\nAs in [the other one](#rebuild).\n\n## Rebuild\n\nFrom the backup.\n"),
    Example("TOC405", fix("./ops/restore.sh"), fix("./ops/restore-shop.sh"), "The repository holds `ops/restore-shop.sh`.", ProjectFacts(files=Files(
        Repository({"ops/restore-shop.sh": "uptime\n"}), asked=frozenset({"ops", "ops/restore.sh", "ops/restore-shop.sh"}), found=frozenset({"ops", "ops/restore-shop.sh"})))),
    Example("TOC406", incident("Investigation\nhtop"), incident("Investigation\ntop -b -n 1"), "`tocsin lint --facts` on a machine without `htop`.", ProjectFacts(programs={"htop": False, "top": True})),
    Example("TOC407", fix("systemctl restart shop"), fix("systemctl restart shop", title="Orders late"), "The record of drills has a passed drill of Orders late.", ProjectFacts(drills=(Drill("orders-late", date(2025, 11, 1), True),))),
    Example("TOC408", fix("systemctl restart shop"), fix("systemctl restart shop", title="Queue full"), "A check in tocsin.toml says `section = \"queue-full\"`.", ProjectFacts(watched=(Watched("queue", {"check": "queue"}, section="queue-full"),))),
    Example("TOC409", fix("tar xzf /srv/shop_20240131.tgz -C /srv/app"), fix("tar xzf /srv/shop_latest.tgz -C /srv/app")),
    Example("TOC410", fix(*COPY), fix(*COPY, "pg_isready -h db"), "Another document of the same run has the procedure with `pg_isready -h db` at its end.", ProjectFacts(copies=(Copied("runbooks/database.md", "Orders stuck", 12, tuple(enumerate((*COPY, "pg_isready -h db", "curl -fsS -m 5 https://shop.internal/health"), 14))),))),
    Example("TOC411", fix("docker-compose up -d"), fix("docker compose up -d --wait")),
    Example("TOC412", TWO, TWO + "\n## Unlisted incidents\n\nFor any incident not listed here, escalate to the on-call engineer at once.\n"),
    Example("TOC413", "# Shop\n\n## Restore\n\nAsk Jo for the key.\n", "# Shop\n\n## Restore\n\nThe key is in the vault of the team.\n"),
    Example("TOC414", CLOCKS.replace(" (respond within 4 hours)", ""), CLOCKS),
    Example("TOC415", "# Shop\n\n## Restore\n\nTested with PostgreSQL 12.\n", "# Shop\n\n## Restore\n\nTested with PostgreSQL 16.\n", "The compose file of the repository starts `postgres:16`.", ProjectFacts(versions={"postgres": "16"})),
)  # fmt: skip

EXAMPLES = {example.rule: example for example in _ALL}
