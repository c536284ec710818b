"""Exit statuses lie in both directions; each row is one that did."""

import json

import pytest

from tocsin.effects.results import Outcome, adapt

UP = {"status": "online", "restart_time": 1, "pm_uptime": 1}


def _pm2(pid: int, **env: object) -> str:
    return json.dumps([{"name": "api", "pm_id": 0, "pid": pid, "pm2_env": {**UP, **env}}])


ROWS = [
    # text, status, statuses, stdout, stderr, outcome
    ("curl https://x/health", 0, (), "<html><head><title>502 Bad Gateway</title>", "", "failed"),
    ("curl -I https://x/health", 0, (), "HTTP/1.1 501 Not Implemented\r\n", "", "failed"),
    ("curl -s -o /dev/null -w '%{http_code}' https://x", 0, (), "503", "", "failed"),
    ("curl -i https://x", 0, (), "HTTP/2 200 \r\n\r\nok", "", "done"),
    ("curl -fsS https://x", 22, (), "", "curl: (22) The requested URL returned error: 502", "failed"),
    ("curl https://x/health", 7, (), "", "", "failed"),
    ("curl https://x/health", 0, (), '{"status":"ok"}', "", "done"),
    ("curl https://x/health", 0, (), '{"status":"unhealthy"}', "", "failed"),
    ("redis-cli SET a b", 0, (), "OOM command not allowed when used memory > 'maxmemory'.\n", "", "failed"),
    ("redis-cli GET a", 0, (), "NOAUTH Authentication required.\n", "", "failed"),
    ("redis-cli LPUSH a b", 0, (), "(error) WRONGTYPE Operation against a key\n", "", "failed"),
    ("redis-cli DEL nothing", 0, (), "0\n", "", "no effect"),
    ("redis-cli DEL a", 0, (), "(integer) 1\n", "", "done"),
    ("redis-cli PING", 1, (), "Could not connect to Redis at 127.0.0.1:6379: Connection refused\n", "", "failed"),
    ("psql -c 'UPDATE t SET a = 1 WHERE b'", 0, (), "UPDATE 0\n", "", "no effect"),
    ("psql -c 'UPDATE t SET a = 1 WHERE b'", 0, (), "UPDATE 7\n", "", "done"),
    ("psql", 0, (), "", "ERROR:  relation \"x\" does not exist", "failed"),
    ("psql -c 'ALTER SYSTEM SET max_connections = 50'", 0, (), "ALTER SYSTEM\n", "", "takes effect later"),
    ("psql -c 'ALTER DATABASE a SET x = 1'", 0, (), "ALTER DATABASE\n", "", "takes effect later"),
    ("psql -c 'SELECT pg_terminate_backend(1)'", 0, (), " pg_terminate_backend \n----\n f\n(1 row)\n", "", "no effect"),
    ("psql -c 'SELECT pg_terminate_backend(1)'", 0, (), " pg_terminate_backend \n----\n t\n t\n(2 rows)\n", "", "done"),
    ("pg_restore -d x f", 1, (), "", "pg_restore: warning: errors ignored on restore: 3", "failed"),
    ("pg_isready", 2, (), "", "", "done"),
    ("sudo netstat -tlnp | grep 3000", 1, (0, 1), "", "", "done"),
    ("grep x missing", 2, (), "", "grep: missing: No such file", "failed"),
    ("aws s3 cp s3://b/k - | gunzip | head -20", 0, (1, 1, 0), "", "", "failed"),
    ("top -bn1 | head -20", 0, (141, 0), "x", "", "done"),
    ("diff a b", 1, (), "< x", "", "done"),
    ("cmp a b", 2, (), "", "cmp: a: No such file", "failed"),
    ("systemctl is-active nginx", 3, (), "inactive\n", "", "done"),
    ("kubectl logs -l app=x", 0, (), "", "No resources found in default namespace.", "no effect"),
    ("kubectl get pods -n typo", 0, (), "", "No resources found in typo namespace.", "no effect"),
    ("kubectl top pods", 1, (), "", "error: Metrics API not available", "in doubt"),
    ("kubectl diff -f x", 1, (), "+a", "", "done"),
    ("kubectl scale deploy/x --replicas=3", 0, (), "deployment.apps/x scaled", "", "takes effect later"),
    ("kubectl set env deploy/x A=1", 0, (), "", "", "no effect"),
    ("kubectl delete pod x", 1, (), "", 'Error from server (NotFound): pods "x" not found', "no effect"),
    ("kubectl apply -f x", 0, (), "configmap/x unchanged\n", "", "no effect"),
    ("kubectl auth can-i get pods", 1, (), "no\n", "", "done"),
    ("git commit -m x", 1, (), "nothing to commit, working tree clean", "", "no effect"),
    ("certbot renew", 0, (), "Certificate not yet due for renewal", "", "no effect"),
    ("openssl x509 -checkend 100 -noout", 1, (), "Certificate will expire", "", "done"),
    ("aws s3 ls s3://b/empty/", 1, (), "", "", "done"),
    ("aws s3 ls s3://missing", 255, (), "", "An error occurred (NoSuchBucket)", "failed"),
    ("pm2 trigger api x", 1, (), "", "", "no effect"),
    ("pm2 restart nobody", 1, (), "", "[PM2][ERROR] Process or Namespace nobody not found", "failed"),
    ("gzip -t x.gz", 1, (), "", "unexpected end of file", "done"),
    ("timeout 5 kubectl drain n", 124, (), "", "", "in doubt"),
    ("ls | xargs rm", 123, (0, 123), "", "", "in doubt"),
    ("kill 42", 1, (), "", "bash: kill: (42) - No such process", "no effect"),
    ("psql -c 'BAD' -c 'SELECT 1'", 0, (), "1\n", "ERROR:  syntax error at or near \"BAD\"", "failed"),
    ("gunzip -c a.gz | psql shop", 0, (1, 0), "", "gzip: unexpected end of file", "failed"),
    ("psql -c 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)'", 0, (), "CREATE INDEX\n", 'NOTICE:  relation "i" already exists, skipping', "no effect"),
    ("psql -c 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'", 0, (), " t\n f\n(2 rows)\n", "", "in doubt"),
    ("psql -c 'SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity'", 0, (), " pid | pg_terminate_backend \n---+---\n 303 | t\n 7 | t\n(2 rows)\n", "", "done"),
    ("psql -c 'SELECT pg_terminate_backend(pid), state FROM pg_stat_activity'", 0, (), " pg_terminate_backend | state \n---+---\n t | idle\n f | idle\n(2 rows)\n", "", "in doubt"),
    ("psql -At -c 'SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity'", 0, (), "303|t\n", "", "done"),
    ("psql -c 'SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity'", 0, (), " pid | pg_terminate_backend \n---+---\n(0 rows)\n", "", "no effect"),
    ("nginx -s reload", 0, (), "", "", "takes effect later"),
    ("systemctl reload nginx", 0, (), "", "", "takes effect later"),
    ("kill -HUP 42", 0, (), "", "", "takes effect later"),
    ("redis-cli CONFIG SET a b", 0, (), "(error) ERR Unknown option", "", "failed"),
    ("redis-cli FOO", 0, (), "ERR unknown command 'FOO'", "", "failed"),
    ("redis-cli --scan | xargs redis-cli DEL", 0, (0, 0), "ERR wrong number of arguments for 'del' command", "", "failed"),
    ("redis-cli --scan | xargs -0 -r redis-cli UNLINK", 0, (0, 0), "0\n", "", "no effect"),
    ("redis-cli --scan | xargs redis-cli DEL", 0, (0, 0), "(integer) 14\n", "", "done"),
    ("redis-cli --scan | xargs redis-cli DEL", 1, (0, 1), "", "xargs: unmatched single quote", "in doubt"),
    ("kubectl delete pod -l app=x", 0, (), "No resources found", "", "no effect"),
    ("kubectl rollout restart deploy -l app=x", 0, (), "", "No resources found in default namespace.", "no effect"),
    ("kubectl apply --dry-run=client -f x", 0, (), "deployment.apps/x configured (dry run)", "", "no effect"),
    ("kubectl set image deploy/x a=b", 0, (), "deployment.apps/x image updated", "", "takes effect later"),
    ("kubectl rollout undo deploy/x", 0, (), "deployment.apps/x rolled back", "", "takes effect later"),
    ("kubectl rollout undo deploy/x", 1, (), "", "error: no rollout history found for deployment", "no effect"),
    ("kubectl annotate pod x a=b", 1, (), "", "error: 'a' already has a value (c)", "no effect"),
    ("kubectl delete pod x --ignore-not-found", 0, (), "", "", "no effect"),
    ("kubectl wait --for=delete pod/x", 1, (), "", "error: no matching resources found", "done"),
    ("git push", 0, (), "", "Everything up-to-date", "no effect"),
    ("test -f x", 1, (), "", "", "done"),
    ("[ -f x ]", 1, (), "", "", "done"),
    ("pm2 restart all", 1, (), "", "[PM2][WARN] No process found", "no effect"),
    ("psql -c 'ALTER DATABASE a RENAME TO b'", 1, (), "", 'ERROR:  database "b" already exists', "failed"),
    ("nosuch", 127, (), "", "nosuch: command not found", "failed"),
    ("somewhat", 0, (), "", "", "done"),
    ("somewhat", 3, (), "", "", "failed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status", "statuses", "stdout", "stderr", "outcome"), ROWS)
def test_the_output_is_believed_before_the_status(
    text: str, status: int, statuses: tuple[int, ...], stdout: str, stderr: str, outcome: str
) -> None:
    finding = adapt(text, status, statuses, stdout, stderr, False, None, None)
    assert finding.outcome.value == outcome, finding
    assert finding.sentence.endswith(".")


@pytest.mark.parametrize("status", [0, 1, 42])
def test_a_command_without_an_adapter_says_that_only_its_status_speaks(status: int) -> None:
    assert "by exit status only" in adapt("somewhat", status, (), "", "", False, None, None).sentence


def test_a_run_that_hit_our_limit_is_in_doubt() -> None:
    assert adapt("pm2 restart api", None, (), "", "", True, None, None).outcome is Outcome.IN_DOUBT
    assert adapt("pm2 restart api", None, (), "", "", False, None, None).outcome is Outcome.FAILED


def test_memory_facts_are_read_from_redis() -> None:
    info = "# Memory\r\nused_memory:104857600\r\nmaxmemory:104857600\r\nmaxmemory_policy:noeviction\r\n"
    facts = dict(adapt("redis-cli INFO memory", 0, (), info, "", False, None, None).facts)
    assert facts["used_memory"] == "104857600"
    assert facts["maxmemory_policy"] == "noeviction"
    assert facts["memory_ratio"] == "1.00"


POLICY = "redis-cli CONFIG SET maxmemory-policy allkeys-lru"


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("maxmemory-policy\nnoeviction\n", "maxmemory-policy\nallkeys-lru\n", Outcome.DONE),
        ("maxmemory-policy\nnoeviction\n", "maxmemory-policy\nnoeviction\n", Outcome.NO_EFFECT),
        ("maxmemory-policy\nallkeys-lru\n", "maxmemory-policy\nallkeys-lru\n", Outcome.NO_EFFECT),
        ("maxmemory-policy\nnoeviction\n", "", Outcome.IN_DOUBT),
        (None, None, Outcome.DONE),
    ],
)
def test_a_setting_counts_when_it_is_read_back(
    before: str | None, after: str | None, outcome: Outcome
) -> None:
    assert adapt(POLICY, 0, (), "OK\n", "", False, before, after).outcome is outcome


def test_a_size_is_the_same_in_other_units() -> None:
    finding = adapt(
        "redis-cli CONFIG SET maxmemory 100mb",
        0,
        (),
        "OK\n",
        "",
        False,
        "maxmemory\n0\n",
        "maxmemory\n104857600\n",
    )
    assert finding.outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (_pm2(1), _pm2(2, restart_time=2), Outcome.DONE),
        (_pm2(1), _pm2(1), Outcome.NO_EFFECT),
        (_pm2(1), _pm2(2, restart_time=16, status="errored"), Outcome.FAILED),
        (_pm2(1), "[]", Outcome.FAILED),
        (_pm2(1), "not a list", Outcome.DONE),
    ],
)
def test_a_restart_counts_when_the_process_is_another_and_online(
    before: str, after: str, outcome: Outcome
) -> None:
    assert adapt("pm2 restart api", 0, (), "", "", False, before, after).outcome is outcome


def test_the_status_table_of_pm2_becomes_facts() -> None:
    table = """
┌────┬──────┬─────────┬─────────┬───────────┐
│ id │ name │ mode    │ ↺       │ status    │
├────┼──────┼─────────┼─────────┼───────────┤
│ 0  │ api  │ cluster │ 15      │ errored   │
│ 1  │ mail │ fork    │ 0       │ online    │
└────┴──────┴─────────┴─────────┴───────────┘
"""
    finding = adapt("pm2 status", 0, (), table, "", False, None, None)
    assert ("api", "errored") in finding.facts
    assert "api" in finding.sentence
    absent = adapt("pm2 status web", 0, (), table, "", False, None, None)
    assert ("web", "absent") in absent.facts


def test_counts_become_facts() -> None:
    finding = adapt(
        "psql -c 'SELECT COUNT(*) FROM t'",
        0,
        (),
        " count \n-------\n    42\n(1 row)\n",
        "",
        False,
        None,
        None,
    )
    assert ("count", "42") in finding.facts


ABSENT = [
    ("kubectl get pod x -o jsonpath='{.status.x}'", "", ("value", "absent")),
    ("kubectl logs -l app=x", "a\n" * 10, ("lines", "truncated")),
    ("pm2 pid nobody", "", ("pids", "none")),
    ("pm2 pid api", "412\n413\n", ("pids", "412, 413")),
    ("openssl x509 -dates -noout", "notBefore=a\nnotAfter=Jan  1 00:00:00 2021 GMT\n", ("notAfter", "Jan  1 00:00:00 2021 GMT")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "stdout", "fact"), ABSENT, ids=lambda value: str(value)[:24])
def test_what_a_look_does_not_show_is_said_too(text: str, stdout: str, fact: tuple[str, str]) -> None:
    found = adapt(text, 0, (), stdout, "", False, None, None)
    assert found.outcome is Outcome.DONE
    assert fact in found.facts
