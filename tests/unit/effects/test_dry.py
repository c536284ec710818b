"""Dry runs: the text that says what a change would do; never one that does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.effects.dry import answered, dry_run
from tocsin.effects.dry_tools import RULES
from tocsin.effects.effect import Effect
from tocsin.effects.finding import Outcome
from tocsin.effects.judge import judge

FORMS = """
kubectl scale deployment/api --replicas=3                  => kubectl scale deployment/api --replicas=3 --dry-run=server
kubectl -n shop rollout undo deployment/api                => kubectl -n shop rollout undo deployment/api --dry-run=server
sudo -u ops kubectl delete pod api-0                       => sudo -u ops kubectl delete pod api-0 --dry-run=server
kubectl apply -f k8s/ -n shop                              => kubectl diff -f k8s/ -n shop
kubectl --context prod apply -k overlays/prod              => kubectl --context prod diff -k overlays/prod
kubectl apply -f k8s/ --wait                               => kubectl apply -f k8s/ --wait --dry-run=server
kubectl drain node-1 --ignore-daemonsets                   => kubectl drain node-1 --ignore-daemonsets --dry-run=server
kubectl set image deployment/api api=shop/api:1.4.1        => kubectl set image deployment/api api=shop/api:1.4.1 --dry-run=server
helm upgrade api ./chart -n shop                           => helm upgrade api ./chart -n shop --dry-run --hide-secret
helm rollback api 3                                        => helm rollback api 3 --dry-run
terraform apply -auto-approve -var size=3                  => terraform plan -lock=false -input=false -no-color -var size=3
terraform -chdir=infra destroy -target aws_instance.web    => terraform -chdir=infra plan -lock=false -input=false -no-color -destroy -target aws_instance.web
rsync -a --delete build/ web-1:/srv/www/                   => rsync --dry-run --itemize-changes -a --delete build/ web-1:/srv/www/
rsync -a -e "ssh -p 2222" build/ web-1:/srv/               => rsync --dry-run --itemize-changes -a -e "ssh -p 2222" build/ web-1:/srv/
sudo nginx -s reload                                       => sudo nginx -t
nginx -c /srv/nginx.conf -s reload                         => nginx -c /srv/nginx.conf -t
sudo systemctl reload nginx                                => sudo nginx -t
systemctl restart nginx.service                            => nginx -t
service nginx reload                                       => nginx -t
systemctl reload apache2                                   => apache2ctl configtest
apachectl graceful                                         => apachectl configtest
sudo apt-get install -y nginx=1.22.1-9                     => sudo apt-get -s install -y nginx=1.22.1-9
apt remove redis                                           => apt -s remove redis
git clean -fdx                                             => git clean -n -fdx
git -C /srv/app clean -fd                                  => git -C /srv/app clean -n -fd
rsync -ave ssh build/ web-1:/srv/                          => rsync --dry-run --itemize-changes -ave ssh build/ web-1:/srv/
aws s3 sync build s3://shop --delete                       => aws s3 sync build s3://shop --delete --dryrun
docker compose up -d                                       => docker compose up -d --dry-run
docker compose -f prod.yml restart api                     => docker compose -f prod.yml restart api --dry-run
find /var/tmp -name '*.log' -mtime +7 -delete              => find /var/tmp -name '*.log' -mtime +7 -print
logrotate -f /etc/logrotate.d/nginx                        => logrotate -d -f /etc/logrotate.d/nginx
"""

NONE = """
pm2 restart api                                 => PM2 has no dry run
redis-cli FLUSHALL                              => Redis has no dry run
psql -c "SELECT pg_terminate_backend(7)"        => SQL has no dry run that only looks
kubectl rollout restart deployment/api          => kubectl rollout restart has no dry run
kubectl exec api-0 -- rm -rf /tmp/x             => kubectl exec has no dry run
kubectl apply -f -                              => reads its input
kubectl patch secret x -p '{}' -o yaml          => may hold secrets
kubectl create secret generic x --from-literal=password=hunter2 => more than look
kubectl scale deployment/api --replicas=$N      => not all of it is known
helm upgrade api ./chart --post-renderer ./x.sh => another program
terraform apply saved.tfplan                    => a plan that was saved
rsync -a --log-file=/var/log/x a/ b/            => something else beside
rsync -a -e ./shell a/ web-1:/b/                => more than ssh
rsync -ae ./shell a/ web-1:/b/                  => more than ssh
rsync -a -e./shell a/ web-1:/b/                 => more than ssh
rsync -a -M--log-file=/x a/ web-1:/b/           => more than ssh
logrotate -l /etc/motd -f /etc/logrotate.conf   => writes a log beside
rclone sync a b:c --log-file /etc/motd          => writes a log beside
nginx -g "pid /etc/motd;" -s reload             => directives
kubectl scale deployment/api --replicas=3 --profile=cpu => writes a file beside
helm upgrade api ./chart --dependency-update    => another program
systemctl restart shop                          => no test of this service's configuration is known
nginx -s stop                                   => only a reload
apt-get install -o DPkg::Pre-Invoke::=/tmp/x y  => programs to run
git push --force origin main                    => git push has no dry run that only looks
git -c core.fsmonitor=./x clean -f              => has no dry run that only looks
git checkout v1.4.0                             => git checkout has no dry run that only looks
docker compose exec api rm -rf /data            => docker compose exec has no dry run
docker restart api                              => docker itself has no dry run
find / -name x -prune -o -delete                => only -delete
make deploy                                     => in earnest
ansible-playbook site.yml                       => in earnest
npm ci                                          => own code
./deploy.sh                                     => no dry run of deploy.sh is known
apt-get install -y nginx && nginx -s reload     => more than one plain command
echo x > /etc/motd                              => more than one plain command
sudo -i nginx -s reload                         => no dry run of this is known
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [
        (left.strip(), right.strip())
        for left, _, right in (line.partition(" => ") for line in table.splitlines())
        if left
    ]


@pytest.mark.parametrize(("change", "dry"), rows(FORMS))
def test_a_change_is_tried_by_its_tools_own_dry_run(change: str, dry: str) -> None:
    assert judge(change).effect is not Effect.OBSERVE
    assert dry_run(change).text == dry
    assert judge(dry).runs_by_itself


@pytest.mark.parametrize(("change", "because"), rows(NONE))
def test_where_there_is_no_dry_run_it_says_why(change: str, because: str) -> None:
    found = dry_run(change)
    assert found.text is None
    assert because in found.because


def test_a_statement_in_another_language_has_none() -> None:
    assert dry_run("UPDATE orders SET state = 'open'", "sql").because == "SQL has no dry run that only looks"
    assert dry_run("CONFIG SET maxmemory 0", "redis").text is None


WORDS = st.sampled_from([
    *sorted(RULES), "sudo", "-u", "root", "apply", "-f", "x", "delete", "upgrade", "reload", "-s", "install", "clean", "-fdx", "s3", "rm",
    "sync", "compose", "up", "down", "-v", "-delete", "-exec", ";", "--", "-", "-e", "$(reboot)", "`reboot`", "--dry-run=none",
    "--no-dry-run", "|", "&&", "-o", "'a b'", "rollout", "undo", "restart", "exec", "-prune", "--output=yaml", ">/etc/motd", "$X", "/", "a/",
    "b:/",
])  # fmt: skip


@given(st.lists(WORDS, min_size=1, max_size=9))
def test_no_text_becomes_a_dry_run_that_the_judge_would_not_let_run(words: list[str]) -> None:
    found = dry_run(" ".join(words))
    assert (found.text is None) == bool(found.because)
    if found.text is not None:
        assert judge(found.text).runs_by_itself


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    found = dry_run(text)
    assert (found.text is None) == bool(found.because)


def test_what_would_differ_is_an_answer_and_an_error_is_none() -> None:
    assert answered("kubectl diff -f x", 1, "").outcome is Outcome.DONE
    assert answered("kubectl diff -f x", 1, "error: no such file").outcome is Outcome.FAILED
    assert answered("nginx -t", 1, "nginx: [emerg] unknown directive\nfailed").sentence == (
        "It ended with status 1: nginx: [emerg] unknown directive."
    )
    assert answered("rsync --dry-run a/ b/", 0, "").sentence == "It answered; nothing was changed."
