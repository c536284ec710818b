"""The judge never makes light of a text: wrapping, quoting and joining never lower an effect."""

import base64
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.effects.effect import Effect
from tocsin.effects.judge import bound, judge
from tocsin.effects.results import adapt
from tocsin.effects.undo import undo_for, way_back

DATA = Path(__file__).parent.parent / "data"


def _labelled(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


ROWS = [row for name in ("judged_commands.jsonl", "judged_holdout.jsonl") for row in _labelled(name)]
SHELL = [row["text"] for row in ROWS if row.get("language", "shell") == "shell"]
DANGEROUS = [text for text in SHELL if judge(text).effect is not Effect.OBSERVE]
# What can stand behind `sudo`: a command, no loop and no bare redirection. A pipe or `<` would be fed to the
# wrapper and not to what it wraps, so such texts prove nothing there.
COMMANDS = [
    text
    for text in DANGEROUS
    if text[0].isalpha() and not text.startswith(("for ", "while ", "echo ")) and " < " not in text
]


def _double(text: str) -> str:
    return '"' + "".join("\\" + char if char in '\\"$`' else char for char in text) + '"'


def _head(text: str, change: Callable[[str], str]) -> str:
    name, blank, rest = text.partition(" ")
    return change(name) + blank + rest


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "ssh": lambda c: f"ssh host {shlex.quote(c)}",
    "ssh -t": lambda c: f"ssh -t u@host {_double(c)}",
    "ssh heredoc": lambda c: f"ssh host <<'EOF'\n{c}\nEOF\n",
    "echo to ssh": lambda c: f"echo {shlex.quote(c)} | ssh host bash",
    "echo to sh": lambda c: f"echo {shlex.quote(c)} | sudo sh",
    "bash heredoc": lambda c: (
        f"bash <<EOF\n{c}\nEOF\n" if "$" not in c and "`" not in c and "\\" not in c else c
    ),
    "here-string": lambda c: f"bash <<< {shlex.quote(c)}",
    "sudo": lambda c: f"sudo {c}",
    "sudo -u": lambda c: f"sudo -u postgres {c}",
    "doas": lambda c: f"doas {c}",
    "su": lambda c: f"su - app -c {shlex.quote(c)}",
    "env": lambda c: f"env A=b {c}",
    "assignment": lambda c: f"A=b {c}",
    "env -S": lambda c: f"env -S {shlex.quote(c)}",
    "command": lambda c: f"command {c}",
    "timeout": lambda c: f"timeout 5 {c}",
    "timeout -k": lambda c: f"timeout -k 5 30 {c}",
    "nice": lambda c: f"nice -n 5 {c}",
    "nohup": lambda c: f"nohup {c} &",
    "setsid": lambda c: f"setsid {c}",
    "sh -c": lambda c: f"sh -c {shlex.quote(c)}",
    "bash -lc": lambda c: f"bash -lc {_double(c)}",
    "eval": lambda c: f"eval {shlex.quote(c)}",
    "trap": lambda c: f"trap {shlex.quote(c)} EXIT",
    "kubectl exec": lambda c: f"kubectl exec p -- {c}",
    "kubectl exec sh": lambda c: f"kubectl exec p -- sh -c {shlex.quote(c)}",
    "docker exec": lambda c: f"docker exec c {c}",
    "compose exec": lambda c: f"docker compose exec -T s {c}",
    "xargs -I": lambda c: f"xargs -I{{}} {c} < list",
    "find -exec": lambda c: f"find . -exec {c} \\;",
    "xargs -n1": lambda c: f"printf 'x\\n' | xargs -n1 {c}",
    "parallel": lambda c: f"parallel {c} ::: a b",
    "substitution": lambda c: f"$({c})",
    "echo of substitution": lambda c: f'echo "$({c})"',
    "assigned substitution": lambda c: f"X=$({c})",
    "process substitution": lambda c: f": <({c})",
    "and": lambda c: f"true && {c}",
    "or": lambda c: f"false || {c}",
    "not": lambda c: f"! {c}",
    "if": lambda c: f"if true; then {c}; fi",
    "case": lambda c: f"case $x in a) {c};; esac",
    "for": lambda c: f"for i in 1 2; do {c}; done",
    "while": lambda c: f"while read l; do {c}; done < f",
    "function": lambda c: f"f() {{ {c}; }}; f",
    "braces": lambda c: f"{{ {c}; }} | cat",
    "subshell": lambda c: f"({c})",
    "quoted head": lambda c: _head(c, lambda name: f'"{name}"'),
    "split head": lambda c: _head(c, lambda name: f"{name[0]}''{name[1:]}"),
    "escaped head": lambda c: "\\" + c,
    "path": lambda c: f"/usr/bin/{c}",
    "empty variable": lambda c: "${EMPTY}" + c,
    "to /dev/null": lambda c: f"{c} > /dev/null 2>&1",
    "tee": lambda c: f"{c} | tee log",
    "then": lambda c: f"{c}; ls",
    "behind": lambda c: f"ls\n{c}\nls",
    "watch": lambda c: f"watch -n 5 {shlex.quote(c)}",
    "aws-vault": lambda c: f"aws-vault exec p -- {c}",
    "op": lambda c: f"op run -- {c}",
    "poetry": lambda c: f"poetry run {c}",
    "ssh --": lambda c: f"ssh host -- {shlex.quote(c)}",
    "ssh options behind": lambda c: f"ssh host -p 22 {shlex.quote(c)}",
    "sudo -iu": lambda c: f"sudo -iu app {c}",
    "base64": lambda c: f"echo {base64.b64encode(c.encode()).decode()} | base64 -d | sh",
    "printf to sh": lambda c: f"printf '%s\\n' {shlex.quote(c)} | sudo bash",
    "here-string to cat": lambda c: f"cat <<< {shlex.quote(c)} | bash",
    "tee into": lambda c: f"ls | tee >({c})",
    "until": lambda c: f"until {c}; do :; done",
    "condition": lambda c: f"if {c}; then :; fi",
    "test of substitution": lambda c: f"[[ -n $({c}) ]]",
    "sum of substitution": lambda c: f"echo $(( $({c}) + 1 ))",
    "default value": lambda c: f"echo ${{X:-$({c})}}",
    "array of substitution": lambda c: f"a=($({c}))",
    "list of for": lambda c: f"for i in $({c}); do :; done",
    "read": lambda c: f"read x < <({c})",
    "script": lambda c: f"script -qc {shlex.quote(c)} /dev/null",
    "runuser": lambda c: f"runuser -u app -- {c}",
    "systemd-run": lambda c: f"systemd-run --unit=x {c}",
    "nsenter": lambda c: f"nsenter -t 1 -m -- {c}",
    "flock -c": lambda c: f"flock -n /tmp/l -c {shlex.quote(c)}",
    "strace": lambda c: f"strace -f {c}",
    "coproc": lambda c: f"coproc {c}",
    "numactl": lambda c: f"numactl -N 0 {c}",
    "chpst": lambda c: f"chpst -u app {c}",
    "systemd-cat": lambda c: f"systemd-cat -t x {c}",
    "find sh": lambda c: f"find . -exec sh -c {shlex.quote(c)} \\;",
    "oc rsh": lambda c: f"oc rsh p {c}",
    "kubectl exec without --": lambda c: f"kubectl exec p {c}",
    "kubectl exec bash": lambda c: f"kubectl exec -n n -it p -c c -- bash -c {_double(c)}",
    "kubectl run": lambda c: f"kubectl run x --rm -i --image=y -- {c}",
    "docker run": lambda c: f"docker run --rm img {c}",
    "podman exec": lambda c: f"podman exec -it c {c}",
    "crictl exec": lambda c: f"crictl exec -it c {c}",
    "incus": lambda c: f"incus exec c -- {c}",
    "pct": lambda c: f"pct exec 101 -- {c}",
    "vagrant": lambda c: f"vagrant ssh -c {shlex.quote(c)}",
    "gcloud": lambda c: f"gcloud compute ssh h --zone z --command {shlex.quote(c)}",
    "ansible": lambda c: f"ansible all -b -m shell -a {shlex.quote(c)}",
    "salt": lambda c: f"salt '*' cmd.run {shlex.quote(c)}",
    "knife": lambda c: f"knife ssh role:x {shlex.quote(c)}",
    "tmux": lambda c: f"tmux new-session -d -s x {shlex.quote(c)}",
    "at": lambda c: f"echo {shlex.quote(c)} | at 03:00",
    "doppler": lambda c: f"doppler run -- {c}",
    "npm exec": lambda c: f"npm exec -- {c}",
    "logged": lambda c: f"{c} |& logger -t x",
    "continued line": lambda c: c.replace(" ", " \\\n  ", 1),
}
# Wrappings whose own text is syntax in command position; behind `sudo` and its kind they are no command.
_ONLY_FIRST = frozenset(
    {"function", "assignment", "substitution", "assigned substitution", "ssh heredoc", "bash heredoc", "here-string", "echo to ssh",
     "echo to sh", "subshell", "case", "not", "if", "for", "while", "braces", "behind", "then", "and", "or", "to /dev/null",
     "quoted head", "split head", "escaped head", "trap", "eval", "tee", "nohup", "base64", "printf to sh", "here-string to cat", "tee into", "until",
     "condition", "test of substitution", "array of substitution", "list of for", "read", "coproc", "logged", "at", "xargs -I", "xargs -n1", "parallel"}
)  # fmt: skip
_TAKES_WORDS = frozenset(
    {"sudo", "sudo -u", "doas", "env", "assignment", "command", "timeout", "timeout -k", "nice", "nohup", "setsid", "kubectl exec",
     "docker exec", "compose exec", "xargs -I", "find -exec", "xargs -n1", "parallel", "quoted head", "split head", "escaped head",
     "path", "empty variable", "aws-vault", "op", "poetry", "not", "sudo -iu", "runuser", "systemd-run",
     "nsenter", "strace", "coproc", "numactl", "chpst", "systemd-cat", "oc rsh", "kubectl exec without --", "kubectl run", "docker run",
     "podman exec", "crictl exec", "incus", "pct", "doppler", "npm exec", "continued line"}
)  # fmt: skip
MENTIONS: dict[str, Callable[[str], str]] = {
    "heredoc": lambda c: f"cat <<'EOF'\n{c}\nEOF\n",
    "echo": lambda c: f"echo {shlex.quote(c)}",
    "printf": lambda c: f"printf '%s\\n' {shlex.quote(c)}",
    "grep": lambda c: f"grep -rF {shlex.quote(c)} docs/",
    "comment": lambda c: f"ls # {c}",
    "man": lambda c: f"man {c.split()[0]}",
    "type": lambda c: f"type {c.split()[0]}",
    "git log": lambda c: f"git log --grep={shlex.quote(c)}",
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapped_command_is_never_judged_milder(name: str) -> None:
    wrap = WRAPPINGS[name]
    milder = [
        (wrap(text), judge(text).effect.word, judge(wrap(text)).effect.word)
        for text in (COMMANDS if name in _TAKES_WORDS else DANGEROUS)
        if "\n" not in text and judge(wrap(text)).effect.value < judge(text).effect.value
    ]
    assert milder == []


_PART = 47  # fewer than there are commands, so that every pair comes up


def test_a_twice_wrapped_command_is_never_judged_milder() -> None:
    milder = []
    for position, text in enumerate(text for text in COMMANDS if "\n" not in text and "|" not in text):
        for number, (inner_name, inner) in enumerate(WRAPPINGS.items()):
            # A part of all pairs for each command; together they cover every pair.
            for outer_name, outer in list(WRAPPINGS.items())[(position + number) % _PART :: _PART]:
                if inner_name in _ONLY_FIRST and outer_name in _TAKES_WORDS:
                    continue
                wrapped = outer(inner(text))
                effect = judge(wrapped).effect
                if effect.value < min(judge(text).effect.value, Effect.UNKNOWN.value):
                    milder.append((outer_name, inner_name, wrapped, effect.word))
    assert milder == []


@pytest.mark.parametrize("name", MENTIONS)
def test_a_text_that_only_mentions_a_command_observes(name: str) -> None:
    mention = MENTIONS[name]
    harsher = [
        (mention(text), judge(mention(text)).effect.word)
        for text in DANGEROUS
        if "\n" not in text and text[0].isalpha() and judge(mention(text)).effect is not Effect.OBSERVE
    ]
    assert harsher == []


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["shell", "sql", "redis", "http", "klingon"]))
def test_any_text_gets_an_answer(text: str, language: str) -> None:
    judgement = judge(text, language)
    assert judgement == judge(text, language)
    assert judgement.effect is Effect.join(part.effect for part in judgement.parts) or judgement.reasons


_PIECES = st.sampled_from(
    [*"|&;<>(){}[]$`'\"\\\n\t #!*?=-~", "<<EOF", "EOF\n", "$(", "))", "rm -rf /data", "kubectl delete ns x", "psql -c", "DROP TABLE t",
     "sudo", "xargs", "ssh h", "echo", "\ufffc", "\0", "é", "<x>", "${A:-", "if", "then", "fi", "do", "done", "case", "/*", "*/", "--", "$$"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(_PIECES, max_size=25).map("".join), st.sampled_from(["shell", "sql"]))
def test_broken_syntax_gets_an_answer(text: str, language: str) -> None:
    judge(text, language)
    bound(text)
    undo_for(text, language)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3000),
    st.sampled_from(["(", "$(", "{ ", "((", "if true; then ", "`", "'", "SELECT (", "/*"]),
)
def test_any_depth_gets_an_answer(depth: int, opener: str) -> None:
    judge(opener * depth + "rm x")
    judge(opener * depth + "rm x", "sql")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SHELL), st.sampled_from(SHELL), st.sampled_from(["; ", "\n", " && ", " || "]))
def test_joining_never_lowers(one: str, other: str, between: str) -> None:
    if "<<" in one or "#" in one:
        return
    together = judge(one + between + other).effect
    assert together.value >= judge(one).effect.value
    assert together.value >= judge(other).effect.value


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SHELL), st.data())
def test_quoting_a_word_never_lowers(text: str, data: st.DataObject) -> None:
    words = text.split(" ")
    plain = [place for place, word in enumerate(words) if word.replace("-", "").replace("/", "").isalnum()]
    if not plain or "<" in text:
        return
    place = data.draw(st.sampled_from(plain))
    quote = data.draw(st.sampled_from(['"{}"', "'{}'", "$'{}'"]))
    quoted = " ".join([*words[:place], quote.format(words[place]), *words[place + 1 :]])
    if any(char in " ".join(words[:place]) for char in "'\""):
        return
    assert judge(quoted).effect.value >= judge(text).effect.value


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SHELL))
def test_a_bounded_form_does_nothing_worse_and_ends(text: str) -> None:
    judgement = judge(text)
    if judgement.bounded is not None:
        again = judge(judgement.bounded)
        assert again.effect.value <= judgement.effect.value
        assert again.bounded is None


HOSTILE = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["maxmemory-policy\n$(rm -rf /)", "maxmemory-policy\n'; rm -rf /; '", "maxmemory-policy\nx\ny", "3; rm -rf /", "$(id)", "`id`",
         "setting\n", "A=$(id)\nB='x'", '{"a":"$(id)"}', '[{"name":"api","pm2_env":{"pm_exec_path":"/x; rm -rf /"}}]', "# branch.head $(id)",
         "ActiveState=active; rm", "-rf", "--flag"]
    ),
)  # fmt: skip
CHANGES = [
    "redis-cli -h r -p 6380 CONFIG SET maxmemory-policy allkeys-lru",
    "redis-cli SET greeting hello",
    "redis-cli EXPIRE k 10",
    "kubectl scale deployment/api --replicas=3 -n prod",
    "kubectl set env deployment/api A=1 B=2 -n prod",
    "kubectl set image deployment/api api=repo/api:2",
    "kubectl annotate deployment api a=b",
    "kubectl cordon node-1",
    'psql -c "ALTER SYSTEM SET work_mem = 8"',
    'psql -c "ALTER DATABASE shop SET work_mem = 8"',
    "psql -c 'ALTER DATABASE a RENAME TO b'",
    "pm2 delete api",
    "pm2 scale api +2",
    "sudo systemctl stop nginx",
    "git checkout v1",
    "sudo sysctl -w vm.swappiness=10",
    "docker stop web",
    "helm upgrade shop ./chart -n prod",
]


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(CHANGES), HOSTILE)
def test_captured_text_never_adds_a_command_to_the_way_back(change: str, captured: str) -> None:
    reverse = way_back(change, captured)
    if reverse is None:
        return
    judgement = judge(reverse)
    assert len(judgement.parts) == 1
    assert judgement.effect.value < Effect.UNKNOWN.value
    assert "\n" not in reverse


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [*CHANGES, "curl x", "grep x y", "pm2 status", "redis-cli INFO", "ls | head", "psql -c 'select 1'"]
    ),
    st.one_of(st.none(), st.integers(-1, 256)),
    st.lists(st.integers(0, 255), max_size=3).map(tuple),
    HOSTILE,
    HOSTILE,
    st.booleans(),
)
def test_any_result_gets_a_finding(
    text: str, status: int | None, statuses: tuple[int, ...], stdout: str, stderr: str, timed_out: bool
) -> None:
    finding = adapt(text, status, statuses, stdout, stderr, timed_out, stdout, stderr)
    assert finding.sentence
    assert finding.outcome.value
