"""Claims that attacks on the judge taught: what looks like help, a preview, an opener or a tracer and is not."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge

NOT_HELP = [
    "redis-cli DEL k --help",
    "docker exec db sh -c 'rm -rf /data' --help",
    "supervisorctl stop all --help",
    "./deploy.sh prod --help",
    "deploy prod --help",
]
NOT_A_PREVIEW = [
    "kubectl delete pvc x --dry-run=client --dry-run=none",
    "kubectl delete pvc x --dry-run=none",
    "helm uninstall x --dry-run=false",
    "git commit -an",
    "pg_rewind -c -D /pg --source-server=x",
    "pg_resetwal -c 1,2 /pg",
]
RUNS_WHAT_IT_IS_GIVEN = [
    "strace -f rm -rf /srv/data",
    "perf stat -- rm -rf /srv/data",
    "ip vrf exec blue rm -rf /srv/data",
    "tmux new 'rm -rf /srv/data'",
    "tmux neww -d 'rm -rf /srv/data'",
    "screen -dmS x rm -rf /srv/data",
    "mapfile -C 'rm -rf /srv/data #' -c 1 < f",
    "vagrant ssh -c 'rm -rf /srv/data'",
    "az aks command invoke -g rg -n aks --command 'kubectl delete pvc data-0'",
    "echo flush_all | nc localhost 11211",
]
STEERED_FROM_A_PIPE = [
    "echo 'User.delete_all' | rails console",
    "python manage.py shell -c 'User.objects.all().delete()'",
    "php artisan tinker --execute='User::truncate()'",
    "gcloud sql connect db < dump.sql",
    "echo 'User.objects.all().delete()' | python manage.py shell",
    "psql -o '|sh' -c 'select 1'",
    "test -v 'a[$(date)]'",
    "curl --requ DELETE https://x/users/1",
    "wget --meth=DELETE https://x/users/1",
    "git difftool -x x HEAD",
]
ACTS_BEHIND_A_LOOK = [
    "ip xfrm state flush",
    "ipmitool sel clear",
    "arp -d 10.0.0.1",
    "resolvectl dns eth0 1.1.1.1",
    "git symbolic-ref -d HEAD",
    "envoy -c /etc/envoy.yaml",
    "gpg -d -o /etc/x f.gpg",
    "sops -d -i secrets.yaml",
    "tcpdump -w /etc/x.pcap -c 1",
    "docker rm -fv db",
    "kcat -P -b k -t orders",
    "etcdctl watch k -- rm -rf /srv/data",
    "redis-cli --rdb /etc/x",
    "certbot renew --dry-run --pre-hook 'systemctl stop nginx'",
    "curl http://consul:8500/v1/agent/leave",
    "curl -H 'X-HTTP-Method-Override: DELETE' http://x/users/1",
    "git grep -Ovim x",
]
LOOKS = [
    "kubectl delete --help",
    "helm --help",
    "kubectl auth can-i delete pods",
    "helm upgrade shop ./chart --dry-run=server",
    "echo 'GET / HTTP/1.0' | nc web1 80",
    "nc -zv db1 5432",
    "echo 'show stat' | socat stdio /run/haproxy.sock",
    "perf stat ls",
    "ethtool eth0",
    "chronyc tracking",
    "php artisan migrate:status",
    "psql x <<'E'\n\\timing on\nselect 1;\nE",
]
SHOWS_SECRETS = [
    "printenv",
    "env",
    "cat .env",
    "docker inspect api",
    "oc whoami -t",
    "kubectl exec p -- env",
    "curl http://169.254.169.254/latest/meta-data/iam/security-credentials/x",
]


@pytest.mark.parametrize("text", [*NOT_HELP, *NOT_A_PREVIEW, *RUNS_WHAT_IT_IS_GIVEN, *ACTS_BEHIND_A_LOOK])
def test_it_is_no_look(text: str) -> None:
    assert judge(text).effect is not Effect.OBSERVE


@pytest.mark.parametrize("text", RUNS_WHAT_IT_IS_GIVEN)
def test_what_is_carried_is_judged(text: str) -> None:
    assert judge(text).effect is Effect.DESTROY


@pytest.mark.parametrize("text", STEERED_FROM_A_PIPE)
def test_what_nobody_reads_needs_two(text: str) -> None:
    assert judge(text).effect.needs_two


@pytest.mark.parametrize("text", LOOKS)
def test_it_stays_a_look(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE, judge(text).reasons


@pytest.mark.parametrize("text", SHOWS_SECRETS)
def test_what_may_show_secrets_asks_first(text: str) -> None:
    assert Flag.SENSITIVE in judge(text).flags
