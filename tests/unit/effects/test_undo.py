"""The way back is exact, and captured text can only ever be a value in it."""

import json

import pytest

from tocsin.effects.effect import Effect, Undoable
from tocsin.effects.judge import judge
from tocsin.effects.undo import undo_for, way_back

PM2 = json.dumps(
    [
        {"name": "api", "pm_id": 0, "pm2_env": {"status": "online", "exec_mode": "cluster_mode", "pm_exec_path": "/srv/api/my app.js", "pm_cwd": "/srv/api"}},
        {"name": "api", "pm_id": 1, "pm2_env": {"status": "online", "exec_mode": "cluster_mode", "pm_exec_path": "/srv/api/my app.js", "pm_cwd": "/srv/api"}},
        {"name": "mail", "pm_id": 2, "pm2_env": {"status": "stopped"}},
    ]
)  # fmt: skip

BACK = [
    ("redis-cli CONFIG SET maxmemory-policy allkeys-lru", "maxmemory-policy\nnoeviction", "redis-cli CONFIG SET maxmemory-policy noeviction"),
    ("redis-cli CONFIG SET maxmemory-policy allkeys-lru", "maxmemory-policy\nnoeviction\n", "redis-cli CONFIG SET maxmemory-policy noeviction"),
    ("redis-cli -h r1 -p 6380 -n 2 config set timeout 5", "timeout\n0\n", "redis-cli -h r1 -p 6380 -n 2 CONFIG SET timeout 0"),
    ("redis-cli CONFIG SET save ''", "save\n3600 1 300 100\n", "redis-cli CONFIG SET save '3600 1 300 100'"),
    ("redis-cli CONFIG SET save '60 1'", "save\n\n", "redis-cli CONFIG SET save ''"),
    ("redis-cli EXPIRE k 10", "-1\n", "redis-cli PERSIST k"),
    ("redis-cli EXPIRE k 10", "77\n", "redis-cli EXPIRE k 77"),
    ("redis-cli SET greeting hello", "good day\n", "redis-cli SET greeting 'good day'"),
    ("kubectl scale deployment api --replicas=0 -n prod", "3", "kubectl scale deployment api --replicas=3 -n prod"),
    ("kubectl --context eu scale sts/db --replicas 1", "2\n", "kubectl scale sts/db --replicas=2 --context eu"),
    ("kubectl set env deployment/pay ON=false NEW=1 -n p", "# Deployment pay, container a\nON=true\n", "kubectl set env deployment/pay ON=true NEW- -n p"),
    ("kubectl set image deploy/api api=r/api:2", "api=registry:5000/r/api:1\nsidecar=x:1\n", "kubectl set image deploy/api api=registry:5000/r/api:1"),
    ("kubectl annotate cert shop a=b", '{"a":"old value"}', "kubectl annotate cert shop --overwrite 'a=old value'"),
    ("kubectl cordon node-1", "", "kubectl uncordon node-1"),
    ("kubectl cordon node-1", "true", None),
    ('psql $DB -c "ALTER SYSTEM SET work_mem = 8"', "4MB\n", "psql $DB -c \"ALTER SYSTEM SET work_mem = '4MB'\""),
    ('psql $DB -c "ALTER SYSTEM SET work_mem = 8"', "", "psql $DB -c 'ALTER SYSTEM RESET work_mem'"),
    ('psql -c "ALTER DATABASE shop SET work_mem = 8"', "search_path=app\nwork_mem=16MB\n", "psql -c \"ALTER DATABASE shop SET work_mem = '16MB'\""),
    ('psql -c "ALTER DATABASE a RENAME TO b"', "a\n", "psql -c 'ALTER DATABASE b RENAME TO a'"),
    ('psql -c "ALTER DATABASE a RENAME TO b"', "a\nb\n", None),
    ("pm2 stop api", PM2, "pm2 start api"),
    ("pm2 stop mail", PM2, None),
    ("pm2 scale api +2", PM2, "pm2 scale api 2"),
    ("pm2 delete api", PM2, "pm2 start '/srv/api/my app.js' --name api --cwd /srv/api -i 2"),
    ("pm2 restart api", PM2, None),
    ("sudo systemctl stop nginx", "ActiveState=active\nUnitFileState=enabled\n", "sudo systemctl start nginx"),
    ("sudo systemctl stop nginx", "ActiveState=inactive\n", None),
    ("systemctl mask x", "ActiveState=active\nUnitFileState=enabled\n", "systemctl unmask x"),
    ("git checkout v2", "# branch.oid 0123abcd\n# branch.head main\n", "git checkout main"),
    ("git -C /srv -C app switch v2", "# branch.oid 0123abcd\n# branch.head main\n", "git -C /srv -C app checkout main"),
    ("git checkout v2", "# branch.oid 0123abcd\n# branch.head (detached)\n", "git checkout 0123abcd"),
    ("sudo sysctl -w vm.swappiness=1", "60\n", "sudo sysctl -w vm.swappiness=60"),
    ("docker stop web", "running\n", "docker start web"),
    ("helm upgrade shop ./c -n prod", '[{"revision":6},{"revision":7}]', "helm rollback shop 7 -n prod"),
    ("sudo ufw allow 443/tcp", "", "sudo ufw delete allow 443/tcp"),
    ("iptables -I INPUT 1 -s 10.0.0.1 -j DROP", "", "iptables -D INPUT -s 10.0.0.1 -j DROP"),
    ("sudo ln -sfn /srv/r2 /srv/current", "/srv/my r1\n", "sudo ln -sfn '/srv/my r1' /srv/current"),
    ("ln -sfn /srv/r2 /srv/current", "", None),
    ("chmod 600 /etc/shop.toml", "640\n", "chmod 640 /etc/shop.toml"),
    ("sudo chown app:app /etc/shop.toml", "root:root\n", "sudo chown root:root /etc/shop.toml"),
    ("chown app:app /etc/shop.toml", "UNKNOWN:UNKNOWN\n", None),
    ("sudo zfs set quota=2G tank/shop", "none\n", "sudo zfs set quota=none tank/shop"),
    ("hostnamectl set-hostname web9", "web1\n", "hostnamectl set-hostname web1"),
    ("timedatectl set-timezone UTC", "Europe/Madrid\n", "timedatectl set-timezone Europe/Madrid"),
    ("consul kv put shop/limit 50", "80\n", "consul kv put shop/limit 80"),
    ("consul kv put shop/limit 50", "", None),
    ("etcdctl put /shop/flag off", "on\n", "etcdctl put /shop/flag on"),
    ("terraform -chdir=infra workspace select eu", "default\n", "terraform -chdir=infra workspace select default"),
    ("kubectl config use-context staging", "prod-eu\n", "kubectl config use-context prod-eu"),
    ("sudo supervisorctl stop worker", "worker  RUNNING   pid 3, uptime 0:01\n", "sudo supervisorctl start worker"),
    ("supervisorctl stop worker", "worker  STOPPED   Nov 22\n", None),
    ("mysql -h db1 -e 'SET GLOBAL max_connections = 500'", "151\n", "mysql -h db1 -e 'SET GLOBAL max_connections = 151'"),
    ("sudo ip route add 10.9.0.0/16 via 10.0.0.9", "", "sudo ip route del 10.9.0.0/16 via 10.0.0.9"),
    ("ip link set eth1 down", "eth1  UP  00:11:22:33:44:55\n", "ip link set eth1 up"),
    ("docker service scale web=6", "4\n", "docker service scale web=4"),
    ("aws autoscaling set-desired-capacity --auto-scaling-group-name web --desired-capacity 9", "5\n",
     "aws autoscaling set-desired-capacity --auto-scaling-group-name web --desired-capacity 5"),
    ("aws --region eu-west-1 ecs update-service --cluster c --service s --desired-count 9", "3\n",
     "aws --region eu-west-1 ecs update-service --cluster c --service s --desired-count 3"),
    ("aws lambda put-function-concurrency --function-name f --reserved-concurrent-executions 5", "None\n", None),
    ("aws ec2 stop-instances --instance-ids i-1", "running\n", "aws ec2 start-instances --instance-ids i-1"),
    ("aws ec2 stop-instances --instance-ids i-1", "stopped\n", None),
    ("aws cloudwatch disable-alarm-actions --alarm-names 5xx", "True\n", "aws cloudwatch enable-alarm-actions --alarm-names 5xx"),
    ("az webapp stop -g shop -n web", "Running\n", "az webapp start -g shop -n web"),
    ("gcloud compute instances stop web3 --zone z", "RUNNING\n", "gcloud compute instances start web3 --zone z"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "captured", "reverse"), BACK)
def test_the_way_back_is_built_from_what_was_captured(
    change: str, captured: str, reverse: str | None
) -> None:
    assert way_back(change, captured) == reverse


@pytest.mark.parametrize("change", sorted({change for change, _, _ in BACK}))
def test_a_capture_only_looks(change: str) -> None:
    undo = undo_for(change)
    assert undo is not None
    assert undo.capture is not None
    assert judge(undo.capture).effect is Effect.OBSERVE, undo.capture


HOSTILE = [
    ("redis-cli CONFIG SET maxmemory-policy x", "maxmemory-policy\n$(rm -rf /)", "'$(rm -rf /)'"),
    ("redis-cli CONFIG SET maxmemory-policy x", "maxmemory-policy\n'; rm -rf /; '", None),
    ("redis-cli CONFIG SET maxmemory-policy x", "maxmemory-policy\nlru\nextra", None),
    ("redis-cli CONFIG SET maxmemory-policy x", "other\nvalue", None),
    ("kubectl scale deploy/api --replicas=1", "3; rm -rf /", None),
    ("kubectl set image deploy/api api=r/api:2", "api=$(id)", None),
    ("git checkout v2", "# branch.head --upload-pack=x\n", None),
    ("git checkout v2", "# branch.head $(id)\n", None),
    ("pm2 delete api", '[{"name":"api","pm2_env":{"pm_exec_path":"--evil"}}]', None),
    ('psql -c "ALTER SYSTEM SET a.b = 1"', "x'; DROP TABLE t; --", None),
    ("ln -sfn /srv/r2 /srv/current", "--help", None),
    ("ln -sfn /srv/r2 /srv/current", "$(id)", "'$(id)'"),
    ("consul kv put a b", "'; rm -rf /; '", None),
    ("mysql -e 'SET GLOBAL a = 1'", "1; DROP TABLE t", None),
    ("chmod 600 /etc/x", "777 /etc/shadow", None),
    ("aws ec2 stop-instances --instance-ids i-1", "running; rm -rf /", None),
]


@pytest.mark.parametrize(("change", "captured", "inside"), HOSTILE)
def test_hostile_captured_text_stays_one_value(change: str, captured: str, inside: str | None) -> None:
    reverse = way_back(change, captured)
    if reverse is None:
        return
    judgement = judge(reverse)
    assert len(judgement.parts) == 1
    assert judgement.effect in (Effect.CHANGE, Effect.DISRUPT)
    if inside is not None:
        assert inside in reverse


def test_a_database_that_refuses_writing_can_be_told_to_allow_it() -> None:
    change = 'psql $DB -c "ALTER DATABASE shop SET default_transaction_read_only = on"'
    assert way_back(change, "") == (
        "PGOPTIONS='-c default_transaction_read_only=off' "
        "psql $DB -c 'ALTER DATABASE shop RESET default_transaction_read_only'"
    )


def test_rows_are_captured_before_they_are_changed() -> None:
    undo = undo_for("UPDATE jobs SET state = 'new' WHERE state = 'stuck'", "sql")
    assert undo is not None
    assert undo.capture == "SELECT * FROM jobs WHERE state = 'stuck' LIMIT 1000"
    assert judge(undo.capture, "sql").effect is Effect.OBSERVE


def test_sessions_are_listed_before_they_are_ended() -> None:
    undo = undo_for("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle'", "sql")
    assert undo is not None
    assert undo.undoable is Undoable.NO
    assert undo.capture is not None
    assert "pg_terminate_backend" not in undo.capture


@pytest.mark.parametrize(
    "change",
    [
        "kubectl scale deploy/$NAME --replicas=0",
        "kubectl scale deploy/api --replicas=0 && kubectl scale deploy/web --replicas=0",
        "redis-cli CONFIG SET $KEY 1",
        "cat x | redis-cli CONFIG SET timeout 1",
        "rm -rf /srv",
        "ls",
        "aws ecs update-service --cluster c --service s --desired-count 9 --force-new-deployment",
        "aws ec2 stop-instances --instance-ids i-1 --force",
        "chmod -R 600 /etc",
        "ln -s /srv/r2 /srv/current",
        "mysql -e 'SET GLOBAL a = 1; DROP TABLE t'",
        "supervisorctl stop all",
    ],
)
def test_what_no_recipe_knows_exactly_has_no_exact_way_back(change: str) -> None:
    assert way_back(change, "3") is None


def test_several_changes_have_no_single_way_back_but_say_what_is_lost() -> None:
    undo = judge("pm2 restart api; redis-cli FLUSHALL").undo
    assert undo is not None
    assert undo.undoable is Undoable.NO
    assert undo.capture is None


@pytest.mark.parametrize(("scope", "view"), [("SPFILE", "v$spparameter"), ("memory", "v$parameter")])
def test_a_server_is_never_asked_for_views_it_does_not_have(scope: str, view: str) -> None:
    undo = undo_for(f"ALTER SYSTEM SET open_cursors = 500 SCOPE={scope}", "sql")
    assert undo is not None
    assert undo.capture is not None
    assert view in undo.capture
    assert "pg_" not in undo.capture
    assert judge(undo.capture, "sql").effect is Effect.OBSERVE
