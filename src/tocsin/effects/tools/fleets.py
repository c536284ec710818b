"""Tools that act on many hosts: Ansible, Salt, Chef.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable

from tocsin.effects import paths
from tocsin.effects.dataflow import opaque
from tocsin.effects.effect import Effect
from tocsin.effects.inside import REMOTE, WIDE, spoken
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import Call, Inside, Reading, unknown
from tocsin.effects.tools.bytable import by_table, says_destroy

_HOST = frozenset({"host"})
_GRAMMAR = Grammar(
    values=frozenset(
        "-i -m -a -e -u -l -f --become-user --inventory --module-name --args --extra-vars --limit --user --forks --tags "
        "-t --tree -M --module-path --playbook-dir --ssh-extra-args --ssh-common-args --sftp-extra-args --scp-extra-args --become-password-file "
        "--connection-password-file --become-pass-file --connection-pass-file --vault-pass-file --skip-tags --private-key --vault-password-file -x -P -C -G -E -L".split()
    )
)
_FLAGS = REMOTE | WIDE
_MODULES_LOOK = frozenset({"ping", "setup", "debug", "stat", "service_facts", "gather_facts"})
_MODULES_CHANGE = frozenset(
    {"copy", "template", "lineinfile", "user", "package", "apt", "yum", "get_url", "git"}
)
_PREVIEWS = ("--check", "-C", "--list-hosts", "--list-tasks", "--list-tags", "--syntax-check")
_NAMES_PROGRAM = re.compile(
    r"ansible_(?:\w*_(?:interpreter|executable|exe|args|plugin|path)|connection|become_method|shell_type|remote_tmp)\b(?!\s*[=:]\s*[\"']?(?:local|ssh|smart|sudo|auto(?:_silent)?|/usr/bin/python3?)\b)"
)
_LOOKS_UP = re.compile(
    r"\b(?:lookup|query|q)\s*\(\s*[\"']?(?:pipe|lines|ansible\.builtin\.pipe)|check_mode|^@/tmp/"
)
_SALT_LOOKS = frozenset(
    {
        "test.ping",
        "grains.items",
        "grains.get",
        "status.uptime",
        "test.version",
        "service.status",
        "pkg.version",
    }
)


def _on_hosts(name: str, text: str) -> Reading:
    """A text in shell on many hosts."""
    inside = (Inside(text=text, flags=_FLAGS, elsewhere=True),)
    return Reading(Effect.OBSERVE, name, flags=_FLAGS, needs=_HOST, silent=True, inside=inside)


_CODE = ("-M", "--module-path", "--playbook-dir")
_PASSWORDS = tuple(
    f"--{kind}-pass{word}-file" for kind in ("vault", "become", "connection") for word in ("word", "")
)
_SSH_ARGS = ("--ssh-extra-args", "--ssh-common-args", "--sftp-extra-args", "--scp-extra-args")


def _loads(args: Args) -> Reading | None:
    """What the options make Ansible start or load besides its modules; None if nothing."""
    odd = any(re.search(r"command|-o\s*match|-F\s*/tmp", word.text, re.I) for word in args.values(*_SSH_ARGS))
    scripts = any(
        paths.temporary(word) or word.text.endswith((".sh", ".py"))
        for word in args.values("-i", "--inventory", *_PASSWORDS, "--vault-id")
    )
    named = any(_NAMES_PROGRAM.search(word.text) for word in args.values("-e", "--extra-vars"))
    if args.has(*_CODE) or odd or scripts or named:
        return Reading(
            Effect.UNKNOWN, "ansible.code", "loads or starts code that is not read here", _FLAGS, needs=_HOST
        )
    return None


def read_ansible(call: Call) -> Reading:
    """`ansible -m module -a args`: the module decides; `command` and `shell` are looked into."""
    args = parse(call.words, _GRAMMAR)
    loads = _loads(args)
    if loads is not None:
        return loads
    if args.has("--list-hosts", "--version"):
        return Reading(Effect.OBSERVE, "ansible.list")
    module = args.value("-m", "--module-name") or "command"
    text = args.value("-a", "--args")
    if any(_LOOKS_UP.search(word.text) for word in args.values("-a", "--args", "-e", "--extra-vars")):
        return Reading(
            Effect.UNKNOWN, "ansible.lookup", "a template may start a program here", _FLAGS, needs=_HOST
        )
    if args.has("-C", "--check"):
        return Reading(Effect.OBSERVE, "ansible.check", flags=_FLAGS, needs=_HOST)
    short = module.rpartition(".")[2]
    if (
        (text is not None and "fact_path" in text)
        or args.has("--tree")
        or (args.has("-t") and short == "setup")
    ):
        return Reading(
            Effect.UNKNOWN,
            "ansible.setup",
            "runs facts or writes files that are not read here",
            _FLAGS,
            needs=_HOST,
        )
    if short in _MODULES_LOOK:
        return Reading(Effect.OBSERVE, f"ansible.{module}", flags=_FLAGS, needs=_HOST)
    if short in ("command", "shell", "raw") and text is not None and not opaque(text):
        return _on_hosts("ansible", text)
    if short in ("service", "systemd", "reboot"):
        return Reading(
            Effect.DISRUPT, f"ansible.{module}", "acts on services of many hosts", _FLAGS, needs=_HOST
        )
    if short == "file" and text is not None and not opaque(text):
        gone = "state=absent" in text.replace(" ", "").replace('"', "").replace("'", "").replace(":", "=")
        sentence = "deletes a file or folder on many hosts" if gone else "changes many hosts"
        return Reading(
            Effect.DESTROY if gone else Effect.DISRUPT, "ansible.file", sentence, _FLAGS, needs=_HOST
        )
    if short in _MODULES_CHANGE:
        return Reading(Effect.DISRUPT, f"ansible.{module}", "changes many hosts", _FLAGS, needs=_HOST)
    return Reading(Effect.UNKNOWN, "ansible.unknown", "runs a module nobody has read", _FLAGS, needs=_HOST)


def read_playbook(call: Call) -> Reading:
    """`ansible-playbook`: its previews look."""
    args = parse(call.words, _GRAMMAR)
    loads = _loads(args)
    if loads is not None:
        return loads
    honest = not any(_LOOKS_UP.search(word.text) for word in args.values("-e", "--extra-vars"))
    if args.has(*_PREVIEWS) and honest:
        return Reading(Effect.OBSERVE, "ansible-playbook.preview", needs=_HOST)
    sentence = "applies a playbook, which restarts services as a rule"
    return Reading(Effect.DISRUPT, "ansible-playbook", sentence, _FLAGS, needs=_HOST)


def read_salt(call: Call) -> Reading:
    """`salt 'hosts' function`: `cmd.run` is looked into."""
    args = parse(call.words, _GRAMMAR)
    if any(
        name.startswith(("--return", "--out-file", "--config-dir", "--module")) for name in args.options
    ) or args.has("-c"):
        return unknown("salt.option", "writes or returns what it sees elsewhere, or takes other settings")
    operands = args.operands
    function = operands[1].text if len(operands) > 1 else ""
    if function in _SALT_LOOKS:
        return Reading(Effect.OBSERVE, f"salt.{function}", flags=_FLAGS, needs=_HOST)
    if function == "cmd.run" and len(operands) > 2 and not opaque(operands[2].text):
        return _on_hosts("salt", operands[2].text)
    if function.startswith(("state.", "service.", "pkg.")):
        return Reading(Effect.DISRUPT, "salt.state", "changes many hosts", _FLAGS, needs=_HOST)
    sentence = "nobody can say what this `salt` does"
    return Reading(Effect.UNKNOWN, "salt.unknown", sentence, _FLAGS, needs=_HOST)


_KNIFE = Grammar(
    values=frozenset(
        "-a --attribute -C --concurrency -p --ssh-port -x --ssh-user -i --ssh-identity-file -G --ssh-gateway -c --config -E --environment "
        "-s --server-url -k --key -u --user -F --format -A --duplicated-fqdns -t --ssh-timeout --prefix-attribute".split()
    )
)


def read_knife(call: Call) -> Reading:
    """`knife ssh 'query' 'command'` is looked into; the rest goes by its table."""
    operands = parse(call.words, _KNIFE).operands
    if operands and operands[0].text == "ssh" and len(operands) > 2:
        return _on_hosts("knife", spoken(tuple(operands[2:])))
    return says_destroy(by_table("knife", call)[0], call)


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    "ansible": read_ansible,
    "ansible-playbook": read_playbook,
    "salt": read_salt,
    "knife": read_knife,
}
