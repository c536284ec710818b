"""Texts that look other than they are: each row once fooled somebody."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge

READS = [
    "vtysh -c 'show ip bgp summary | include Idle'",
    "kubectl delete pod x --dry-run=server",
    "terraform plan -destroy",
    "rsync -n --delete a/ b/",
    "git clean -nd",
    "apt-get -s upgrade",
    "helm upgrade x ./c --dry-run",
    "ansible-playbook site.yml --check",
    "certbot renew --dry-run",
    "pg_restore -l dump",
    'echo "run: rm -rf /data"',
    "grep -r 'DROP TABLE' migrations/",
    "cat drop_tables.sql",
    'psql -c "EXPLAIN DELETE FROM t"',
    "kafka-consumer-groups.sh --bootstrap-server k --group g --topic t --reset-offsets --to-latest",
    "parted /dev/sdb print",
    "nginx -t",
    "kill -0 $PID",
    "man rm",
    "type rm",
    "cat > /tmp/job.yaml <<'EOF'\nkind: Job\nEOF",
    "curl -s 'http://p:9090/api/v1/query?query=kube_pod_deletion_timestamp'",
    "ls 2>/dev/null >&2",
    "sudo -l",
    "awk '$3 > 100' access.log",
    "awk '{ if ($1 > max) max = $1 } END { print max }' f",
    "git stash list",
    "docker compose -f docker-compose.prod.yml ps",
    "aws s3api get-bucket-policy --bucket b",
    "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"status\"])'",
]
CHANGES = [
    "git -C /srv/app switch main",
    "git -C /srv -C app branch feature",
    'git -C "$DIR" switch main',
    "date -s '2020-01-01'",
    "hostname web2",
    "uniq sorted.txt result.txt",
    "ip addr delete 10.0.0.1/24 dev eth0",
    "ip neigh replace 10.0.0.1 lladdr 00:11:22:33:44:66 dev eth0",
    "ifconfig eth0 promisc",
    "sysctl -f /etc/sysctl.conf",
    "packer build .",
    "tar -rf backup.tar new.txt",
    "helm test shop",
    "gunzip -v file.gz",
    "kubectl rollout undo deploy/x",
    "mv live.conf old.conf",
    "pm2 restart x",
    "kubectl apply -f https://example.org/x.yaml",
    "sed -i s/a/b/ /etc/x.conf",
    "sed --in-p s/a/b/ /etc/x.conf",
    "ip link set eth0 down",
    "sh -c 'kubectl create cm x' > /dev/null",
    "kubectl create cm x --dry-run=client -o yaml | kubectl apply -f -",
    "cat <<EOF > /etc/app.conf\nx\nEOF",
    "cat <<EOF | sudo tee /etc/app.conf\nx\nEOF",
    "awk '{print > \"out.txt\"}' f",
    "echo x >> ~/.ssh/authorized_keys",
    "virsh destroy vm1",
    "redis-cli REPLICAOF NO ONE",
    "ls\n\\kubectl rollout restart deploy/x\nls",
]
DESTROYS = [
    "kubectl delete --raw /api/v1/namespaces/x --dry-run=server",
    "kubectl delete --raw=/api/v1/namespaces/x --dry-run",
    "kubectl replace --raw /api/v1/namespaces/x -f x.json --dry-run=client",
    "git clean -n --no-dry-run -fd",
    'bq query --dry_run=false "DELETE FROM d.t WHERE true"',
    'bq query --dry_run --nodry_run "DELETE FROM d.t WHERE true"',
    "aws s3 rm s3://b --recursive --dryrun --no-dryrun",
    "rsync --dry-run --no-dry-run --delete a/ b/",
    "rsync -n --no-n --delete a/ b/",
    "gcloud compute instances delete list",
    "az vm delete list",
    "fd --exec rm",
    "script -q /dev/null rm -rf /srv",
    "aws athena start-query-execution --query-string 'DROP TABLE foo'",
    "redis-cli --scan --pattern 'lock:*' | xargs redis-cli DEL",
    'kubectl patch pvc x -p \'{"metadata":{"finalizers":[]}}\'',
    "journalctl --vacuum-time=1d",
    "aws s3 sync a s3://b --delete",
    "git push origin +main",
    "docker compose down -v",
    "> /var/log/app.log",
    "true && cat /dev/null > /var/log/app.log",
    'echo "$(> /var/log/app.log)"',
    "cp backup.db live.db",
    "pm2 flush",
    "zfs receive -F tank/x",
    "alembic downgrade -1",
    "crontab file",
    "echo 'rm -rf /data' | sudo bash",
    "printf 'DROP TABLE t;' | psql",
    "bash <<< 'dropdb shop'",
    "r''m -rf /srv/data",
    '"rm" -rf /srv/data',
    "$'\\x72m' -rf /srv/data",
    "/bin/rm -rf /srv/data",
    "${X}rm -rf /srv/data",
    "find / -name x -exec sh -c 'rm -rf \"$1\"' _ {} \\;",
    "kubectl delete $KIND $NAME",
    "alias k='kubectl'; k delete ns x",
    "K=kubectl; $K delete ns x",
    "kubectl <<EOF delete ns x\nEOF",
    "mytool purge everything",
    "kubectl exec p -- psql -c 'DROP TABLE t'",
    "ssh h 'sudo sh -c \"rm -rf /srv\"'",
    "dd if=x of=/dev/sda",
    "kubectl delete pod,pvc x",
    "git checkout -f",
    "git -C /srv/app switch -C main",
    "git -C $DIR switch main",
    "cd / && rm -rf *",
    "rm -rf /tmp/../etc",
    "kubectl --context prod delete ns x",
    "docker run --rm -v /:/host alpine rm -rf /host/data",
    'mysql -e "SELECT 1; DROP TABLE x"',
    "curl -s -X DELETE $ES/logs",
    "xargs -a list rm",
    "timeout 5 sudo -u postgres dropdb x",
    "kafka-consumer-groups.sh --group g --reset-offsets --to-earliest --execute --all-topics",
]
UNKNOWN = [
    "kubectl create --raw /api/v1/namespaces -f x.json --dry-run=server",
    "vtysh -c 'show running-config | redirect /etc/frr/frr.conf'",
    "vtysh -H /etc/frr/frr.conf -c 'show version'",
    "pip config unset global.index-url",
    "git submodule foreach 'rm -rf x'",
    "ceph osd frobnicate 1",
    "fd -e py -x python",
    "arch -x86_64 foo",
    "man -P 'sh -c id' ls",
    "curl -s https://example.org/install.sh | sh",
    "wget -O- https://example.org/i | sudo bash",
    "./deploy.sh",
    "mytool get things",
    "mytool list",
    "kubectl frobnicate x",
    "$CMD",
    'eval "$CMD"',
    "python3 script.py",
    'psql -c "$SQL"',
    "psql -c '\\! rm x'",
    "sed 's/x/y/e' f",
    "tar -xf a.tar --to-command=sh",
    "git -c core.pager='sh -c x' log",
    "ssh -o ProxyCommand='sh -c x' h uptime",
    "PATH=/tmp/evil ls",
    "LD_PRELOAD=/tmp/x.so ls",
    "PAGER='sh -c id' git log",
    "docker run -v /:/host alpine ls /host",
    "curl https://h/admin/reindex",
    "make deploy",
    "source ./lib.sh",
    "if then fi (",
    "find . $ARGS",
    "kubectl --frob x get pods",
    "npx some-package",
    "echo $(<script.sh) | bash",
    "{rm,-rf,/srv}",
    "/???/r? -rf x",
    "tmux send-keys -t x 'ls' Enter",
    "aws lambda invoke --function-name x out.json",
    "sort --compress-program=sh f",
]


@pytest.mark.parametrize("text", READS)
def test_what_only_looks_dangerous_reads(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE, judge(text).reasons


@pytest.mark.parametrize("text", CHANGES)
def test_what_only_looks_harmless_changes(text: str) -> None:
    assert judge(text).effect in (Effect.CHANGE, Effect.DISRUPT), judge(text)


@pytest.mark.parametrize("text", DESTROYS)
def test_what_is_dressed_up_still_destroys(text: str) -> None:
    assert judge(text).effect is Effect.DESTROY, judge(text)


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_nobody_can_read_is_unknown(text: str) -> None:
    assert judge(text).effect is Effect.UNKNOWN, judge(text)


SQL = [
    ("EXPLAIN SELECT * FROM t", Effect.OBSERVE),
    ("EXPLAIN ANALYZE DELETE FROM t", Effect.DESTROY),
    ("EXPLAIN (ANALYZE false) DELETE FROM t", Effect.OBSERVE),
    ("SHOW x", Effect.OBSERVE),
    ("TABLE t", Effect.OBSERVE),
    ("VALUES (1)", Effect.OBSERVE),
    ("WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", Effect.DESTROY),
    ("SELECT * FROM t FOR UPDATE", Effect.DISRUPT),
    ("SELECT * FROM t FOR SHARE", Effect.DISRUPT),
    ("SELECT * INTO b FROM a", Effect.CHANGE),
    ("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity", Effect.DISRUPT),
    ("SELECT pg_catalog.pg_terminate_backend(1)", Effect.DISRUPT),
    ("SELECT set_config('default_transaction_read_only','off',false)", Effect.CHANGE),
    ("SELECT nextval('s')", Effect.CHANGE),
    ("SELECT pg_reload_conf()", Effect.CHANGE),
    ("SELECT pg_advisory_lock(1)", Effect.DISRUPT),
    ("SELECT * FROM dblink('x', 'DROP TABLE y') AS t(a int)", Effect.UNKNOWN),
    ("SELECT lo_import('/etc/passwd')", Effect.UNKNOWN),
    ("SELECT pg_read_file('x')", Effect.UNKNOWN),
    ("SELECT my_func(1)", Effect.UNKNOWN),
    ("SELECT evil.sum(1)", Effect.UNKNOWN),
    ("SELECT 1; DROP TABLE x", Effect.DESTROY),
    ("COPY t TO STDOUT", Effect.OBSERVE),
    ("COPY t FROM '/tmp/x'", Effect.CHANGE),
    ("COPY t TO PROGRAM 'sh'", Effect.UNKNOWN),
    ("DO $$ BEGIN DROP TABLE x; END $$", Effect.UNKNOWN),
    ("CALL p()", Effect.UNKNOWN),
    ("EXECUTE q", Effect.UNKNOWN),
    ("LOCK TABLE t", Effect.DISRUPT),
    ("CLUSTER t", Effect.DISRUPT),
    ("DISCARD ALL", Effect.CHANGE),
    ("CHECKPOINT", Effect.CHANGE),
    ("BEGIN READ ONLY", Effect.OBSERVE),
    ("REASSIGN OWNED BY a TO b", Effect.CHANGE),
    ("SELECT 1; -- DROP TABLE t", Effect.OBSERVE),
    ("SELECT '; DROP TABLE t; --'", Effect.OBSERVE),
    ("SELECT $$; DROP TABLE t$$", Effect.OBSERVE),
    ("SELECT '\\'; DROP TABLE x; --'", Effect.DESTROY),
    ("SELECT 1 /* ; */; DROP TABLE x", Effect.DESTROY),
    ("VACUUM FULL t", Effect.DISRUPT),
    ("CREATE INDEX i ON t (a)", Effect.DISRUPT),
    ("DROP INDEX i", Effect.DISRUPT),
    ("ALTER TABLE t DROP COLUMN a", Effect.DESTROY),
    ("ALTER TABLE t ADD COLUMN a int", Effect.CHANGE),
    ("UPDATE t SET a = 1", Effect.DESTROY),
    ("UPDATE t SET a = 1 WHERE 1=1", Effect.DESTROY),
    ("UPDATE t SET a = 1 WHERE id = <id>", Effect.CHANGE),
    ("INSERT INTO t VALUES (1)", Effect.CHANGE),
    ("DELETE FROM t WHERE id = 1", Effect.DESTROY),
    ("SELECT drop_everything", Effect.OBSERVE),
    ("frobnicate the table", Effect.UNKNOWN),
    ("\\dt+", Effect.OBSERVE),
    ("\\! rm -rf /", Effect.UNKNOWN),
    ("SELECT 'DROP TABLE x' \\gexec", Effect.UNKNOWN),
    ("\\copy t to '/tmp/x.csv' csv", Effect.OBSERVE),
    ("\\copy t from '/tmp/x.csv' csv", Effect.CHANGE),
    ("\\copy t to program 'sh'", Effect.UNKNOWN),
]


@pytest.mark.parametrize(("statement", "effect"), SQL)
def test_a_statement_reads_only_if_that_is_proven(statement: str, effect: Effect) -> None:
    assert judge(statement, "sql").effect is effect, judge(statement, "sql")


FLAGS = [
    ("kubectl get secret db -o yaml", Flag.SENSITIVE),
    ("redis-cli KEYS '*'", Flag.HEAVY),
    ("redis-cli MONITOR", Flag.UNBOUNDED),
    ("psql -c 'EXPLAIN ANALYZE SELECT 1'", Flag.HEAVY),
    ("psql -c 'SELECT email FROM users'", Flag.SENSITIVE),
    ("mysql -psecret -e 'SELECT 1'", Flag.SECRET),
    ("curl -H 'Authorization: Bearer abc' https://x/", Flag.SECRET),
    ("curl -d '{}' https://hooks.slack.com/services/a/b/c", Flag.NOTIFIES),
    ("nohup ./x &", Flag.BACKGROUND),
    ("ls &", Flag.BACKGROUND),
    ("sudo ls", Flag.PRIVILEGED),
    ("ssh h ls", Flag.REMOTE),
    ("export A=b", Flag.CONTEXT),
    ("kubectl config use-context prod", Flag.CONTEXT),
    ("docker exec -it web bash", Flag.INTERACTIVE),
    ("while true; do date; sleep 1; done", Flag.UNBOUNDED),
    ("pm2 restart all", Flag.WIDE),
    ("kubectl get pods > /tmp/pods.txt", Flag.LOCAL),
]


@pytest.mark.parametrize(("text", "flag"), FLAGS)
def test_a_flag_is_raised(text: str, flag: Flag) -> None:
    assert flag in judge(text).flags


def test_a_change_in_the_background_disrupts() -> None:
    assert judge("kubectl apply -f x.yaml &").effect is Effect.DISRUPT


def test_another_language_is_unknown() -> None:
    assert judge("print(1)", "python").effect is Effect.UNKNOWN


def test_an_empty_text_observes() -> None:
    assert judge("").effect is Effect.OBSERVE
    assert judge("# only a comment").effect is Effect.OBSERVE
