"""Every command of both seed runbooks is judged as careful people judge it."""

import pytest

from tocsin.effects.effect import Effect, Flag, Undoable
from tocsin.effects.judge import judge

LOOK, C, D, X = Effect.OBSERVE, Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY
READ_ONLY = "ALTER DATABASE cookcam SET default_transaction_read_only"
LONG_QUERIES = """
SELECT pid, now() - pg_stat_activity.query_start AS duration, query
FROM pg_stat_activity
WHERE state = 'active'
ORDER BY duration DESC;
"""
NEW_SECRET = """kubectl create secret generic prepchef-secrets \\
  --from-literal=STRIPE_SECRET_KEY='sk_live_NEW_KEY' \\
  --dry-run=client -o yaml | kubectl apply -f -"""

COOKCAM = [
    ("curl https://api.cookcam.app/health", LOOK, ""),
    ("git log --oneline -5", LOOK, ""),
    ("ssh production-server", LOOK, "context interactive remote"),
    ("htop", LOOK, "interactive"),
    ("df -h", LOOK, ""),
    ("pm2 status", LOOK, ""),
    ("pm2 logs cookcam-api --lines 100", LOOK, "unbounded"),
    ("psql $DATABASE_URL", LOOK, "context interactive"),
    ("sudo tail -f /var/log/nginx/error.log", LOOK, "unbounded privileged"),
    ("sudo tail -f /var/log/nginx/access.log", LOOK, "unbounded privileged"),
    ("cd /path/to/cookcam", LOOK, ""),
    ("git log --oneline -10", LOOK, ""),
    ("git checkout <previous-stable-commit>", C, ""),
    ("npm ci", C, ""),
    ("npm run build", C, ""),
    ("pm2 reload ecosystem.config.production.js", C, ""),
    ("git checkout -b hotfix/incident-YYYYMMDD", C, ""),
    ('git commit -m "Hotfix: <description>"', C, ""),
    ("git push origin hotfix/incident-YYYYMMDD", C, ""),
    ("pm2 scale cookcam-api +2", C, ""),
    ("pm2 delete cookcam-api", D, ""),
    ("pm2 start ecosystem.config.production.js -i max", C, ""),
    (f'psql $DATABASE_URL -c "{READ_ONLY} = on;"', D, ""),
    ("pg_restore --clean --if-exists -d $DATABASE_URL backup_YYYYMMDD.dump", X, ""),
    (f'psql $DATABASE_URL -c "{READ_ONLY} = off;"', C, ""),
    ("pm2 status cookcam-api", LOOK, ""),
    ("sudo netstat -tlnp | grep 3000", LOOK, "privileged"),
    ("top -bn1 | head -20", LOOK, ""),
    ("pm2 restart cookcam-api", D, ""),
    ("pm2 start ecosystem.config.production.js", C, ""),
    ("pm2 logs cookcam-api --lines 50", LOOK, "unbounded"),
    ('psql $DATABASE_URL -c "SELECT COUNT(*) FROM pg_stat_activity;"', LOOK, ""),
    (f'psql $DATABASE_URL -c "{LONG_QUERIES}"', LOOK, ""),
    (
        'psql $DATABASE_URL -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity '
        "WHERE state = 'active' AND now() - pg_stat_activity.query_start > interval '5 minutes';\"",
        D,
        "",
    ),
    (
        'psql $DATABASE_URL -c "SELECT status, COUNT(*) FROM stripe_webhook_events '
        "WHERE created_at > NOW() - INTERVAL '1 hour' GROUP BY status;\"",
        LOOK,
        "",
    ),
    (
        'psql $DATABASE_URL -c "SELECT event_type, error_message, created_at FROM stripe_webhook_events '
        "WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10;\"",
        LOOK,
        "",
    ),
    (
        "psql $DATABASE_URL -c \"UPDATE stripe_webhook_events SET status = 'received' "
        "WHERE status = 'failed' AND created_at > NOW() - INTERVAL '1 hour';\"",
        C,
        "",
    ),
    ("watch -n 5 'pm2 list'", LOOK, "unbounded"),
    ("pm2 trigger cookcam-api heapdump", D, ""),
    ("pm2 start ecosystem.config.production.js --max-memory-restart 1G", C, ""),
    ('sudo grep "limiting requests" /var/log/nginx/error.log | tail -20', LOOK, "privileged"),
    (
        "sudo awk '/limiting requests/ {print $NF}' /var/log/nginx/error.log "
        "| sort | uniq -c | sort -rn | head -10",
        LOOK,
        "privileged",
    ),
    ("sudo nano /etc/nginx/nginx.conf", C, "interactive privileged"),
    ("sudo nginx -t", LOOK, "privileged"),
    ("sudo systemctl reload nginx", C, "privileged"),
    ("curl https://api.cookcam.app/api/v1/reconciliation/health", LOOK, ""),
    ("curl -I https://api.cookcam.app/health", LOOK, ""),
    ('psql $DATABASE_URL -c "SELECT version();"', LOOK, ""),
    ("free -h", LOOK, ""),
    ("netstat -an | grep ESTABLISHED | wc -l", LOOK, ""),
    ("pm2 restart all", D, "wide"),
]

PREPCHEF = [
    ("aws s3 ls s3://prepchef-backups/postgres/", LOOK, ""),
    (
        "aws s3 cp s3://prepchef-backups/postgres/backup-2025-01-20.sql.gz - | gunzip | head -20",
        LOOK,
        "sensitive heavy",
    ),
    ("kubectl scale deployment node-api --replicas=0 -n prepchef", D, ""),
    ("kubectl scale deployment python-compliance --replicas=0 -n prepchef", D, ""),
    (
        "aws s3 cp s3://prepchef-backups/postgres/backup-2025-01-20.sql.gz /tmp/",
        LOOK,
        "sensitive heavy local",
    ),
    ("createdb prepchef_restore", C, ""),
    ("gunzip < /tmp/backup-2025-01-20.sql.gz | psql prepchef_restore", X, ""),
    ('psql prepchef_restore -c "SELECT COUNT(*) FROM bookings;"', LOOK, ""),
    ('psql -c "ALTER DATABASE prepchef RENAME TO prepchef_old;"', D, ""),
    ('psql -c "ALTER DATABASE prepchef_restore RENAME TO prepchef;"', D, ""),
    ("kubectl scale deployment node-api --replicas=2 -n prepchef", C, ""),
    ("curl https://api.prepchef.com/health", LOOK, ""),
    ("curl https://prepchef.com", LOOK, ""),
    (NEW_SECRET, C, "secret"),
    ("kubectl rollout restart deployment/node-api -n prepchef", D, ""),
    ("kubectl set env deployment/payments-svc PAYMENTS_ENABLED=false -n prepchef", D, ""),
    (
        'kubectl set env deployment/frontend MAINTENANCE_MESSAGE="Payments temporarily unavailable" -n prepchef',
        C,
        "",
    ),
    ("kubectl logs -l app=payments-svc --since=1h", LOOK, "wide"),
    ("kubectl set env deployment/payments-svc PAYMENTS_ENABLED=true -n prepchef", C, ""),
    ("kubectl delete ingress payments-maintenance -n prepchef", D, ""),
    ('psql -c "ALTER SYSTEM SET max_connections = 50;"', C, ""),
    ('psql -c "SELECT pg_reload_conf();"', C, ""),
    ("kubectl scale deployment postgres-read --replicas=3 -n prepchef", C, ""),
    ("redis-cli INFO memory", LOOK, ""),
    ("redis-cli FLUSHALL ASYNC  # Caution: clears all data", X, ""),
    ('redis-cli --scan --pattern "booking:lock:*" | xargs redis-cli DEL', X, "wide"),
    ("kubectl set env deployment/redis REDIS_MAXMEMORY=2gb -n prepchef", D, ""),
    ("redis-cli CONFIG SET maxmemory-policy allkeys-lru", C, ""),
    (
        "echo | openssl s_client -connect prepchef.com:443 2>/dev/null | openssl x509 -noout -dates",
        LOOK,
        "",
    ),
    ("kubectl delete certificaterequest -l app=prepchef -n prepchef", D, "wide"),
    (
        "kubectl annotate certificate prepchef-tls "
        'cert-manager.io/issue-temporary-certificate="true" -n prepchef',
        C,
        "",
    ),
    ("certbot renew --force-renewal --cert-name prepchef.com", C, ""),
    (
        "kubectl create secret tls prepchef-tls --cert=/etc/letsencrypt/live/prepchef.com/fullchain.pem "
        "--key=/etc/letsencrypt/live/prepchef.com/privkey.pem -n prepchef",
        C,
        "",
    ),
    ("kubectl logs -l app=node-api --since=1h -n prepchef | grep ERROR", LOOK, "wide"),
    ("kubectl scale deployment node-api --replicas=5 -n prepchef", C, ""),
    ("kubectl rollout undo deployment/node-api -n prepchef", D, ""),
    ("kubectl top pods -n prepchef", LOOK, ""),
    ("kubectl top nodes", LOOK, ""),
]

SQL = [
    (LONG_QUERIES, LOOK, ""),
    ("SELECT COUNT(*) FROM pg_stat_activity;", LOOK, ""),
    ("SELECT * FROM pg_stat_activity WHERE state = 'active';", LOOK, ""),
    (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity\n"
        "WHERE state = 'active' AND now() - query_start > interval '10 minutes';",
        D,
        "",
    ),
    (
        "-- Example: bookings table\nCREATE INDEX CONCURRENTLY idx_bookings_kitchen_time\n"
        "ON bookings (kitchen_id, start_time, end_time);",
        C,
        "heavy",
    ),
    ("ALTER SYSTEM SET max_connections = 200;", C, ""),
]


@pytest.mark.parametrize(("text", "effect", "flags"), COOKCAM + PREPCHEF)
def test_a_shell_command_of_the_seeds_has_its_effect_and_flags(text: str, effect: Effect, flags: str) -> None:
    judgement = judge(text)
    assert judgement.effect is effect, judgement.reasons
    assert judgement.flags - {Flag.CONTEXT} == {Flag(name) for name in flags.split()} - {Flag.CONTEXT}
    assert ("context" in flags or text.startswith("cd ")) or Flag.CONTEXT not in judgement.flags


@pytest.mark.parametrize(("text", "effect", "flags"), SQL)
def test_a_statement_of_the_seeds_has_its_effect_and_flags(text: str, effect: Effect, flags: str) -> None:
    judgement = judge(text, "sql")
    assert judgement.effect is effect, judgement.reasons
    assert judgement.flags == {Flag(name) for name in flags.split()}


@pytest.mark.parametrize(("text", "effect", "flags"), COOKCAM + PREPCHEF)
def test_everything_above_observe_says_why_and_whether_it_comes_back(
    text: str, effect: Effect, flags: str
) -> None:
    judgement = judge(text)
    if effect is not LOOK:
        assert judgement.reasons
        assert all(reason.sentence and reason.rule for reason in judgement.reasons)
        assert judgement.undo is not None


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        ("htop", "top -bn1"),
        ("pm2 logs cookcam-api --lines 50", "pm2 logs cookcam-api --lines 50 --nostream"),
        ("sudo tail -f /var/log/nginx/error.log", "sudo tail -n 200 /var/log/nginx/error.log"),
        ("watch -n 5 'pm2 list'", "pm2 list"),
        (
            "kubectl logs -l app=payments-svc --since=1h",
            "kubectl logs -l app=payments-svc --since=1h --tail=500 --prefix",
        ),
    ],
)
def test_an_endless_look_of_the_seeds_has_a_bounded_form_that_ends(text: str, bounded: str) -> None:
    assert judge(text).bounded == bounded
    assert not judge(bounded).flags & {Flag.INTERACTIVE, Flag.UNBOUNDED}


@pytest.mark.parametrize(
    "text", ["ssh production-server", "psql $DATABASE_URL", "sudo nano /etc/nginx/nginx.conf"]
)
def test_what_only_a_person_can_do_has_no_bounded_form(text: str) -> None:
    assert judge(text).bounded is None


def test_a_load_into_a_database_this_procedure_made_is_a_change() -> None:
    text = "gunzip < /tmp/backup-2025-01-20.sql.gz | psql prepchef_restore"
    assert judge(text).effect is X
    assert judge(text, facts=frozenset({"created:prepchef_restore"})).effect is C
    assert judge(text, facts=frozenset({"created:prepchef"})).effect is X


def test_scaling_below_what_runs_disrupts() -> None:
    text = "kubectl scale deployment node-api --replicas=2 -n prepchef"
    assert judge(text, facts=frozenset({"replicas:5"})).effect is D
    assert judge(text, facts=frozenset({"replicas:1"})).effect is C


@pytest.mark.parametrize(
    ("text", "targets", "needs"),
    [
        ("psql $DATABASE_URL -c 'SELECT 1'", ("database:$DATABASE_URL",), set()),
        ("ssh deploy@production-server uptime", ("host:production-server",), {"host"}),
        ("redis-cli INFO memory", ("redis:127.0.0.1:6379",), set()),
        ("redis-cli -h cache1 -p 6380 -n 2 DBSIZE", ("redis:cache1:6380/2",), set()),
        (
            "kubectl set env deployment/redis REDIS_MAXMEMORY=2gb -n prepchef",
            ("kubernetes:deployment/redis -n prepchef",),
            {"kubernetes"},
        ),
        (
            "kubectl scale deployment node-api --replicas=0 -n prepchef",
            ("kubernetes:deployment/node-api -n prepchef",),
            {"kubernetes"},
        ),
        ("helm list", (), {"kubernetes"}),
        ("gcloud compute instances list", ("gcp:compute instances list",), {"gcp"}),
        ("az vm list", ("azure:vm list",), {"azure"}),
        ("aws s3 ls s3://prepchef-backups/postgres/", ("aws:s3://prepchef-backups/postgres/",), {"aws"}),
        ("df -h", (), set()),
    ],
)
def test_the_text_says_what_it_acts_on(text: str, targets: tuple[str, ...], needs: set[str]) -> None:
    judgement = judge(text)
    if targets:
        assert judgement.targets == targets
    assert judgement.needs == needs


def test_the_seeds_are_undone_as_far_as_they_can_be() -> None:
    scaled = judge("kubectl scale deployment node-api --replicas=0 -n prepchef").undo
    assert scaled is not None
    assert scaled.undoable is Undoable.YES
    ended = judge("psql -c 'SELECT pg_terminate_backend(42)'").undo
    assert ended is not None
    assert ended.undoable is not Undoable.YES
    flushed = judge("redis-cli FLUSHALL").undo
    assert flushed is not None
    assert flushed.undoable is Undoable.NO
