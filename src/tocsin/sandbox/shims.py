"""Programs of the same name, first in a room's PATH, for what an open room cannot do as it stands.

Each logs its call. A verdict names the shims that ran under "not exercised".
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Would reach other machines, or processes and settings of this one: an open room refuses them by name.
# `kill` is missing on purpose: it is a builtin of the shell and cannot be replaced.
NOT_SIMULATED = (
    "ssh", "scp", "sftp", "rsync", "kubectl", "helm", "docker", "docker-compose", "podman",
    "aws", "gcloud", "az", "gh", "terraform", "ansible", "certbot", "fail2ban-client",
    "npm", "npx", "yarn", "pip", "apt", "apt-get", "crontab", "mail", "sendmail",
    "pkill", "killall", "reboot", "shutdown", "poweroff", "halt",
    "iptables", "nft", "ufw", "service", "wget", "nc", "telnet",
)  # fmt: skip
INTERACTIVE = ("nano", "vim", "vi", "emacs", "htop", "visudo")
SQL_PROGRAMS = ("psql", "pg_dump", "pg_restore", "pg_dumpall", "pg_isready", "createdb", "dropdb")

_HEAD = """\
#!/bin/sh
# A shim of tocsin's sandbox: {what}
printf '%s %s\\n' {name} "$*" >>{log}
"""

_SUDO = """\
while [ $# -gt 0 ]; do
  case "$1" in
    -u|-g|-h|-p|-C|-r|-t|-U) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *=*) export "$1"; shift ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || exit 0
{led}exec "$@"
"""
# Paths of the machine that mean a folder of the room; only whole arguments, never text inside one.
_LED = """\
n=$#
while [ "$n" -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  case "$word" in
{cases}  esac
  set -- "$@" "$word"
done
"""
# `npm ci` of the real one would empty node_modules, which every room shares, and ask the registry.
_NPM = """\
case "$1" in
  ci|install)
    [ -f package.json ] || {{ echo "npm: there is no package.json here" >&2; exit 1; }}
    for name in $({node} -p "Object.keys(require('./package.json').dependencies || {{}}).join(' ')"); do
      [ -d {modules}/"$name" ] || {{ echo "npm: $name is not in this sandbox" >&2; exit 1; }}
    done
    ln -sfn {modules} node_modules && echo "up to date (linked, in this sandbox)"; exit $? ;;
  run)
    script=$({node} -p "(require('./package.json').scripts || {{}})[process.argv[1]] || ''" "$2") || exit 1
    [ -n "$script" ] || {{ echo "npm error Missing script: \\"$2\\"" >&2; exit 1; }}
    exec sh -c "$script" ;;
esac
echo "npm $*: not simulated in this sandbox" >&2
exit 1
"""
_SYSTEMCTL = """\
verb=; unit=
for word in "$@"; do
  case "$word" in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else unit=${{word%.service}}; fi ;;
  esac
done
case "$verb $unit" in
  "reload nginx"|"reload-or-restart nginx"|"restart nginx") exec {nginx} -s reload ;;
  "is-active nginx") if kill -0 "$(cat {nginx_pid} 2>/dev/null)" 2>/dev/null
    then echo active; exit 0; else echo inactive; exit 3; fi ;;
esac
echo "systemctl $*: not simulated in this sandbox" >&2
exit 3
"""
_REFUSE = """\
echo "{name}: {why}" >&2
exit {status}
"""
# Options of redis-cli that take a value are skipped with it; the first other word is the command,
# after which nothing is ours to read.
_REDIS_CLI = """\
host=127.0.0.1; port=6379; n=$#; reading=yes
while [ "$n" -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  if [ $reading = yes ]; then
    case "$word" in
      -h) host=$1; shift; n=$((n - 1)); continue ;;
      -p) port=$1; shift; n=$((n - 1)); continue ;;
      -u|-s) echo "redis-cli: $word is not simulated in this sandbox" >&2; exit 1 ;;
      -a|-n|-r|-i|-d|-D|--pass|--user|--pattern|--cluster|--eval|--memkeys-samples|--lru-test|--rdb)
        set -- "$@" "$word" "$1"; shift; n=$((n - 1)); continue ;;
      -*) ;;
      *) reading=no ;;
    esac
  fi
  set -- "$@" "$word"
done
case "$host:$port" in
  {known}) exec {program} -h 127.0.0.1 -p {port} "$@" ;;
esac
echo "redis-cli: $host:$port is not in this sandbox" >&2
exit 1
"""
# A host name implies SNI; an address of the room would not.
_OPENSSL = """\
n=$#; connect=no; named=no; host=
while [ "$n" -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  if [ $connect = yes ]; then
    connect=no; host=${{word%:*}}
    case "$word" in
{known}
      *) echo "openssl: $word is not in this sandbox" >&2; exit 1 ;;
    esac
  fi
  case "$word" in
    -connect) connect=yes ;;
    -servername) named=yes ;;
  esac
  set -- "$@" "$word"
done
if [ -n "$host" ] && [ $named = no ]; then set -- "$@" -servername "$host"; fi
exec {program} "$@"
"""
_SQL = """\
next=
for word in "--host=$PGHOST" "$@"; do
  host=
  case "$next" in
    host) host=$word; next= ;;
    text) next=; continue ;;
  esac
  case "$word" in
    -c|--command|-f|--file|-o|--output|-v|--set) next=text ;;
    -h|--host) next=host ;;
    --host=*) host=${{word#--host=}} ;;
    -h?*) host=${{word#-h}} ;;
    *host=*|*hostaddr=*) host=unknown ;;
    *://*) host=${{word#*://}}; host=${{host%%[/?]*}}; host=${{host##*@}}; host=${{host%%:*}} ;;
  esac
  case "$host" in
    ""|127.0.0.1|localhost) ;;
    *) echo "{name}: $host is not in this sandbox" >&2; exit 2 ;;
  esac
done
exec {program} "$@"
"""


@dataclass(slots=True)
class Shims:
    """The directory of a room's shims.

    Attributes:
        directory: stands first in PATH.
        log: one line per call of a shim: its name and arguments.
        written: name of every shim and why it is one, for the verdict.
    """

    directory: Path
    log: Path
    written: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, scratch: Path) -> "Shims":
        """The directory with what every room has: sudo, and refusals for what would reach out."""
        shims = cls(directory=scratch / "bin", log=scratch / "shims.log")
        shims.directory.mkdir()
        shims.sudo({})
        for name in NOT_SIMULATED:
            shims.refuse(name, "not simulated in this sandbox", 1)
        for name in INTERACTIVE:
            shims.refuse(name, "interactive; nobody sits in front of this sandbox", 1)
        shims.refuse("systemctl", "not simulated in this sandbox", 3)
        return shims

    def write(self, name: str, what: str, body: str) -> None:
        """A shim of our own, in POSIX shell; replaces one of the same name."""
        head = _HEAD.format(what=what, name=shlex.quote(name), log=shlex.quote(str(self.log)))
        path = self.directory / name
        path.unlink(missing_ok=True)
        path.write_text(head + body, encoding="utf-8")
        path.chmod(0o755)
        self.written[name] = what

    def refuse(self, name: str, why: str, status: int) -> None:
        """A shim that does nothing but say so."""
        self.write(name, why, _REFUSE.format(name=name, why=why, status=status))

    def link(self, name: str, program: Path) -> None:
        """The real program under its name; not a shim in the sense of the verdict."""
        path = self.directory / name
        path.unlink(missing_ok=True)
        path.symlink_to(program)
        self.written.pop(name, None)

    def sudo(self, folders: Mapping[str, Path]) -> None:
        """`sudo`, which runs its arguments; those that lie in one of these folders of the machine are led away.

        Args:
            folders: "/var/log/nginx" → the room's folder that stands for it.
        """
        cases = "".join(
            f"    {shlex.quote(there)}/*) word={shlex.quote(str(here))}/${{word#{shlex.quote(there)}/}} ;;\n"
            for there, here in folders.items()
        )
        what = "runs its arguments as they are" + (", leads paths into the room" if folders else "")
        self.write("sudo", what, _SUDO.format(led=_LED.format(cases=cases) if folders else ""))

    def npm(self, node: Path, modules: Path) -> None:
        """`npm ci` from one folder of packages, and `npm run`; nothing else."""
        body = _NPM.format(node=shlex.quote(str(node)), modules=shlex.quote(str(modules)))
        self.write("npm", "ci links one folder of packages, run is real", body)

    def redis_cli(self, program: Path, port: int, known: tuple[tuple[str, int], ...]) -> None:
        """`redis-cli`, which reaches the room's server under each of the known addresses and no other."""
        pattern = "|".join(f"{host}:{number}" for host, number in known)
        body = _REDIS_CLI.format(known=pattern, program=shlex.quote(str(program)), port=port)
        self.write("redis-cli", "adds -h and -p", body)

    def openssl(self, program: Path, addresses: Mapping[tuple[str, int], tuple[str, int]]) -> None:
        """`openssl s_client -connect`, which is led to the room's place for a known address and refused any other."""
        known = "\n".join(
            f"      {host}:{port}) word={there}:{number} ;;"
            for (host, port), (there, number) in addresses.items()
        )
        body = _OPENSSL.format(known=known, program=shlex.quote(str(program)))
        self.write("openssl", "leads -connect into the room", body)

    def sql(self, bin_dir: Path) -> None:
        """The programs of Postgres, which refuse every host but loopback; PGHOST and its kin do the rest."""
        for name in SQL_PROGRAMS:
            body = _SQL.format(name=name, program=shlex.quote(str(bin_dir / name)))
            self.write(name, "refuses hosts outside the room", body)

    def nginx(self, command: tuple[str, ...], pidfile: Path) -> None:
        """`nginx -t`, `nginx -s reload` and `systemctl reload nginx` for the room's nginx."""
        called = shlex.join(command)
        self.write("nginx", "names the room's configuration", f'exec {called} "$@"\n')
        body = _SYSTEMCTL.format(nginx=called, nginx_pid=shlex.quote(str(pidfile)))
        self.write("systemctl", "knows nginx only", body)


def curlrc(addresses: Mapping[tuple[str, int], tuple[str, int]], ca: Path) -> str:
    """A `.curlrc` that sends known addresses into the room, trusts its authority and can reach nothing else.

    Everything that is not known goes to a proxy that does not exist.
    """
    lines = [
        f'connect-to = "{host}:{port}:{to}:{to_port}"' for (host, port), (to, to_port) in addresses.items()
    ]
    return "\n".join(
        [*lines, f'cacert = "{ca}"', f'proxy = "{DEAD_PROXY}"', f'noproxy = "{no_proxy(addresses)}"', ""]
    )


# Port 9 is `discard`, on which nothing has listened for decades.
DEAD_PROXY = "http://127.0.0.1:9"


def no_proxy(addresses: Mapping[tuple[str, int], tuple[str, int]]) -> str:
    """The hosts that are reached directly: loopback and the room's own names."""
    names = dict.fromkeys(["127.0.0.1", "localhost", *(host for host, _ in addresses)])
    return ",".join(names)
