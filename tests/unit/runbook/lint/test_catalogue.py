"""Every rule finds the example of its own entry in the specification's catalogue, told in other words."""

from datetime import date

import pytest
from tests.unit.runbook.lint.cases import fix, incident

from tocsin.runbook.compile import compile
from tocsin.runbook.lint.run import lint

FOUND = (
    ("TOC101",incident("Resolution\ngit revert <bad-sha>")),
    ("TOC101",incident("Resolution\n./rollout.sh ...")),
    ("TOC102",incident("Resolution\nif systemctl is-active depot; then\nsystemctl reload depot")),
    ("TOC103",incident("Investigation\npsql -h db depot\nSELECT count(*) FROM lots;\nSELECT 1;\nsudo systemctl reload depot")),
    ("TOC104","# D\n\n## Full\n\n**Symptoms**: x\n\n```bash\nssh depot-3\n```\n\n```bash\nfree -m\n```\n"),
    ("TOC105",incident("Resolution\nkubectl scale deploy/depot --replicas=6 -n d")),
    ("TOC106","# D\n\n## Disk lost\n\n**Symptoms**: disk gone\n\n**Resolution**:\n\n1. Restore the data\n\n   ```bash\n   pg_restore -h db -d depot /srv/nightly.dump\n   ```\n\n   or\n\n   ```bash\n   pgbackrest --stanza=depot restore\n   ```\n"),
    ("TOC106","# D\n\n## Disk lost\n\n**Symptoms**: disk gone\n\n**Resolution**:\n\n- Restore: `pg_restore -h db -d depot /srv/nightly.dump` or `pgbackrest --stanza=depot restore`\n"),
    ("TOC106",incident("Resolution\npg_restore -h db -d depot /srv/nightly.dump\n# or\npgbackrest --stanza=depot restore")),
    ("TOC106","# D\n\n## Disk lost\n\n**Symptoms**: disk gone\n\n**Resolution**:\n\n1. Bring the data back:\n```bash\npg_restore -h db -d depot /srv/nightly.dump\n```\nor\n```bash\npgbackrest --stanza=depot restore\n```\n"),
    ("TOC106","# D\n\n## Disk lost\n\n**Symptoms**: disk gone\n\n**Resolution**:\n\n```bash\npg_restore -h db -d depot /srv/nightly.dump\n```\n\nAlternatively:\n\n```bash\npgbackrest --stanza=depot restore\n```\n"),
    ("TOC107",incident("Resolution\nkubectl apply -n d -f new.yaml")+"\n**Rollback**: put the previous manifests back\n"),
    ("TOC108","# D\n\n## Full\n\n**Symptoms**: x\n\n1. Investigate as necessary\n2. Take appropriate action\n"),
    ("TOC109","# D\n\n## Full\n\n**Symptoms**: x\n\n```bash\nSELECT id FROM lots WHERE state='open';\n```\n"),
    ("TOC111",incident("Resolution\nsudo vim /etc/haproxy/haproxy.cfg")),
    ("TOC112",incident("Investigation\nwatch -n 2 'ss -s'")),
    ("TOC113",incident("Resolution\nuptime\n# if necessary:\n# ALTER SYSTEM SET work_mem = '64MB';")),
    ("TOC114","# D\n\n## Unreachable\n\n**Symptoms**: 404\n\n**Resolution**:\n\n```yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: depot\nspec:\n  ports: [{port: 80}]\n```\n"),
    ("TOC115",incident("Resolution\npg_restore -d $RESTORE_URL depot.dump")),
    ("TOC116","# D\n\n## A\n\n### Undo\n\nx\n\n### Undo\n\ny\n"),
    ("TOC117",incident("Investigation\npsql –c “select 2”")),
    ("TOC118",incident("Investigation\ntf plan")),
    ("TOC119","# D\n\n## Full\n\n{{< include steps.md >}}\n"),
    ("TOC119","# D\n\n## Full\n\n:::include{file=restart.md}\n\n--8<-- \"restart.md\"\n"),
    ("TOC121","# D\n\n## Incidents\n\n### 2. Full\n\n**Symptoms**: disk full\n\nWe saw that twice in spring.\n"),
    ("TOC201",incident("Resolution\nmysql depot -e 'TRUNCATE TABLE lots'")),
    ("TOC202",fix("pm2 delete depot","pm2 start depot.config.js")),
    ("TOC202",fix("aws iam delete-access-key --user-name d --access-key-id A","aws iam create-access-key --user-name d")),
    ("TOC203",fix("kubectl -n depot rollout restart deploy/a","kubectl -n depot rollout restart deploy/b","kubectl create secret generic s --from-file=k=/run/k")),
    ("TOC204",fix("# Remove stale sessions","redis-cli FLUSHDB")),
    ("TOC205",incident("Resolution\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state='active';")),
    ("TOC205",fix("pkill -f java")),
    ("TOC205",fix("pm2 restart all")),
    ("TOC206",incident("Resolution\nUPDATE lots SET state = 'open';")),
    ("TOC206",fix('rm -rf "$CACHE"/')),
    ("TOC206",fix('find /srv -name x | xargs rm')),
    ("TOC207",fix("kubectl create secret generic s -n d --from-literal=KEY='sk_live_4eC39HqLyjWDarjtT1zdp7dc'")),
    ("TOC207",fix("redis-cli -a Tr0ub4dor INFO")),
    ("TOC207",fix("mysql -u root -pTr0ub4dor -e 'select 1'")),
    ("TOC208",fix("psql -h db -d depot -c \"ALTER DATABASE depot SET default_transaction_read_only = on\"","pg_restore -h db -d depot /srv/x.dump")),
    ("TOC209",fix("psql -h db -d postgres -c 'ALTER DATABASE depot RENAME TO depot_old'","psql -h db -d postgres -c 'ALTER DATABASE depot_new RENAME TO depot'")),
    ("TOC211",fix("createdb depot_copy")),
    ("TOC211",incident("Investigation\npsql -c 'select 1'")),
    ("TOC212",fix("wget -qO- https://example.org/f.sh | sh")),
    ("TOC212",fix("kubectl apply -f https://example.org/all.yaml")),
    ("TOC213",incident("Resolution\nCREATE INDEX lots_state ON lots (state);")),
    ("TOC213",incident("Resolution\nALTER TABLE lots ADD COLUMN x int NOT NULL DEFAULT 1;")),
    ("TOC214",fix("kubectl -n d create secret generic s --from-literal=A=1 --dry-run=client -o yaml | kubectl -n d apply -f -")),
    ("TOC215",fix("kubectl -n d scale deploy/api --replicas=0","kubectl -n d wait --for=delete pod -l a=b --timeout=60s","kubectl -n d scale deploy/api --replicas=2")),
    ("TOC216",fix("kubectl -n d delete pod x --grace-period=0 --force")),
    ("TOC216",fix("ssh -o StrictHostKeyChecking=no web uptime")),
    ("TOC216",fix("git commit --no-verify -m x")),
    ("TOC216",fix("curl -fk https://x.internal/")),
    ("TOC216",fix("kubectl --insecure-skip-tls-verify get pods")),
    ("TOC217",fix("# Empty the store","redis-cli FLUSHALL","# Or, gentler:","redis-cli UNLINK k:1")),
    ("TOC218",fix("systemctl restart depot","jstack 42 > /tmp/stacks")),
    ("TOC218",fix("truncate -s 0 /var/log/depot/app.log","systemctl restart depot")),
    ("TOC220",incident("Investigation\nSELECT * FROM customers LIMIT 5;")),
    ("TOC220",incident("Investigation\nzcat prod.sql.gz | head -50")),
    ("TOC301",incident("Verification\ncurl https://d.internal/ok")),
    ("TOC301",incident("Verification\npm2 status")),
    ("TOC301",fix("kubectl -n d delete pod -l app=x")),
    ("TOC302",fix("zcat /srv/x.sql.gz | psql -h db depot")),
    ("TOC303",incident("Resolution\nALTER SYSTEM SET max_connections = 300;\nSELECT pg_reload_conf();")),
    ("TOC303",fix("sed -i s/A=1/A=2/ .env","pm2 restart depot")),
    ("TOC304",fix("pm2 start depot.config.js -i max")),
    ("TOC304",incident("Investigation\npm2 status depot")),
    ("TOC305",fix("pm2 start depot.config.staging.js")),
    ("TOC306","# D\n\n## Flood\n\n**Symptoms**: flood\n\n**Resolution**:\n\n```nginx\nlimit_req zone=all burst=5 rate=5r/s;\n```\n"),
    ("TOC307",incident("Investigation\nkubectl -n d logs -l app=depot | grep -c ERROR")),
    ("TOC307",incident("Investigation\ngit log -5 --oneline | wc -l")),
    ("TOC308",incident("Investigation\ngrep limiting /var/log/nginx/error.log | awk '{print $NF}' | sort | uniq -c")),
    ("TOC309",fix("kubectl -n d scale deploy/api --replicas=0","psql -h db -d postgres -c 'ALTER DATABASE depot RENAME TO old'")),
    ("TOC310",fix("kubectl -n d set env deploy/api A=1","kubectl -n d rollout undo deploy/api")),
    ("TOC311",fix("kubectl -n d set env deploy/redis A=1")),
    ("TOC312",incident("Verification\npsql -h db -d depot -c 'SELECT count(*) FROM lots'")),
    ("TOC312",incident("Verification\necho | openssl s_client -connect d:443 | openssl x509 -noout -dates")),
    ("TOC312",incident("Verification\ngrep -c ERROR /var/log/depot.log")),
    ("TOC313",incident("Resolution\nUPDATE jobs SET state='queued' WHERE state='failed' AND created_at > now() - interval '1 hour';")),
    ("TOC314",incident("Investigation\npsql $DATABASE_URL -c 'SELECT count(*) FROM pg_stat_activity'",title="Connections exhausted",symptoms="too many clients already")),
    ("TOC315","# D\n\n## U\n\n**Symptoms**: 404\n\n**Resolution**:\n\n```yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n```\n\n```bash\nkubectl -n d apply -f d.yaml\n```\n"),
    ("TOC316",fix("kubectl -n d create secret tls t --cert=c --key=k")),
    ("TOC316",fix("createdb -h db copy")),
    ("TOC316",incident("Resolution\nCREATE INDEX CONCURRENTLY a ON lots (b);")),
    ("TOC317",fix("certbot renew --quiet")),
    ("TOC318","# D\n\n## SLO\n\n- p99 < 500 ms over 10 samples\n"),
    ("TOC319",incident("Investigation\ngrep 'limiting requests' /var/log/nginx/error.log",title="Rate limited",symptoms="clients get 429")),
    ("TOC401","# D\n\n**Next review**: 2025-01-01\n"),
    ("TOC402","# D\n\n## A\n\n**Symptoms**: x\n\n```bash\nuptime\n```\n\n## B\n\n**Symptoms**: y\n\n```bash\nuptime\n```\n"),
    ("TOC403","# D\n\n## Contacts\n\n| Role | Phone |\n|---|---|\n| CFO | [Phone] |\n"),
    ("TOC404","# D\n\nSee [x](#nope).\n"),
    ("TOC409",fix("gunzip < /srv/depot-2025-02-11.sql.gz | psql -h db depot")),
    ("TOC411",fix("docker-compose restart web")),
    ("TOC411","# D\n\n```yaml\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata:\n  name: d\nspec: {}\n```\n"),
    ("TOC412","# D\n\n## A\n\n**Symptoms**: x\n\n```bash\nuptime\n```\n\n## B\n\n**Symptoms**: y\n\n```bash\nuptime\n```\n"),
    ("TOC413","# D\n\n## A\n\nAsk Kim for the root password.\n"),
    ("TOC414","# D\n\n## Severity Levels\n\n- **P1**: down (respond within 15 minutes)\n- **P3**: low priority\n"),
    ("TOC210",incident("Investigation\nkubectl -n d logs deploy/importer","Resolution\nkubectl -n d scale deploy/api deploy/worker --replicas=0\npg_restore -h db -d depot /srv/x.dump")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "text"), FOUND, ids=[f"{rule}-{place}" for place, (rule, _) in enumerate(FOUND)]
)
def test_a_rule_finds_its_own_example_in_other_words(rule: str, text: str) -> None:
    found = {each.rule for each in lint(compile(text), today=date(2025, 11, 21), source=text)}
    assert rule in found, sorted(found)


@pytest.mark.parametrize(
    "between",
    [
        "Or, if the snapshot is older than a day:",
        "Then",
        "Otherwise, on a replica:",
        "or, when the repository is whole,",
    ],
)
def test_alternatives_that_say_when_are_quiet(between: str) -> None:
    text = (
        "# Depot\n\n## Disk lost\n\n**Symptoms**: disk gone\n\n**Resolution**:\n\n1. Restore the data\n\n   ```bash\n"
        f"   pg_restore -h db -d depot /srv/nightly.dump\n   ```\n\n   {between}\n\n   ```bash\n"
        "   pgbackrest --stanza=depot restore\n   ```\n"
    )
    assert "TOC106" not in {each.rule for each in lint(compile(text), today=date(2025, 11, 21), source=text)}
