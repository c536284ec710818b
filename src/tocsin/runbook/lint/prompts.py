"""TOC111 for programs that ask before they act, or for a password, unless an option answers; TOC206 for a look at a whole table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a program asks for.

    Attributes:
        verbs: of which one stands among its first words; none means always. answers: options of which one answers.
        says: what to write instead.
    """

    verbs: frozenset[str]
    answers: tuple[str, ...]
    says: str


def _table(*rows: tuple[str, str, str, str]) -> dict[str, tuple[_Asks, ...]]:
    found: dict[str, tuple[_Asks, ...]] = {}
    for programs, verbs, answers, says in rows:
        asks = _Asks(frozenset(verbs.split()), tuple(answers.split()), says)
        for program in programs.split():
            found[program] = (*found.get(program, ()), asks)
    return found


_YES = "-y --yes --assume-yes --assumeyes -q -qq --quiet"
_ASKING = _table(
    ("apt apt-get aptitude", "install upgrade dist-upgrade full-upgrade remove purge autoremove", _YES + " -s --dry-run --simulate -d --download-only", "-y"),
    ("yum dnf microdnf", "install update upgrade remove erase downgrade reinstall autoremove", "-y --assumeyes --assumeno --downloadonly -C", "-y"),
    ("zypper", "install in update up patch dup dist-upgrade remove rm", "-n --non-interactive -y --no-confirm -D --dry-run", "--non-interactive"),
    ("pacman", "-S -Syu -Sy -R -Rs -Rns -U", "--noconfirm", "--noconfirm"),
    ("terraform tofu terragrunt", "destroy", "-auto-approve --auto-approve --terragrunt-non-interactive", "a saved plan, or -auto-approve"),
    ("pulumi", "up update destroy refresh", "-y --yes --preview-only", "--yes"),
    ("cdk", "destroy", "-f --force", "--force"),
    ("gcloud", "delete reset-windows-password failover", "-q --quiet", "--quiet"),
    ("az", "delete", "-y --yes", "--yes"),
    ("gh", "delete archive", "-y --yes --confirm", "--yes"),
    ("fly flyctl", "destroy", "-y --yes -f --force", "--yes"),
    ("heroku", "pg:reset pg:restore pg:backups:restore apps:destroy addons:destroy maintenance:destroy pg:promote-force", "-c --confirm", "--confirm APP"),
    ("doctl", "delete", "-f --force", "--force"),
    ("docker podman", "prune", "-f --force", "--force"),
    ("argocd", "delete", "-y --yes", "--yes"),
    ("flux", "delete uninstall", "-s --silent", "--silent"),
    ("kubeadm", "reset", "-f --force", "--force"),
    ("lvremove vgremove", "", "-f -ff -y --yes --force", "--yes"),
    ("pvremove", "", "-f -ff -y --yes --force", "--yes"),
    ("fsck fsck.ext4 fsck.ext3 e2fsck", "", "-y -n -p -a", "-y"),
    ("ssh-keygen", "", "-N -R -l -F -y -p -e -i -A -K -Y -L -k -B -H", "-N '' and -f"),
    ("passwd", "", "--stdin -l -u -d -e -S --status --lock --unlock --delete --expire -x -n", "chpasswd with the value from the secret store"),
    ("mysql_secure_installation dpkg-reconfigure fdisk parted cfdisk gdisk", "", "-f -frontend -s --script -l --list -p", "its form for scripts"),
    ("ansible ansible-playbook", "", "!-K !--ask-become-pass !-k !--ask-pass !--ask-vault-pass !--step", "a become or vault password file"),
    ("psql pg_dump pg_restore createdb dropdb", "", "!-W !--password", "a password file (~/.pgpass)"),
    ("dropdb dropuser", "", "!-i !--interactive", "no -i"),
    ("npm yarn pnpm", "init login adduser", "-y --yes", "--yes"),
    ("certbot", "certonly run", "-n --non-interactive", "--non-interactive"),
    ("unzip", "", "-o -n -l -p -t -q -qo -v -Z -c", "-o or -n"),
    ("vault", "login", "-method -no-print - -token-only token", "a token from the secret store"),
    ("cryptsetup", "luksFormat luksOpen", "-q --batch-mode --key-file -d", "--key-file"),
)  # fmt: skip
_FIRST = 4  # words of a command in which its verb stands


def asks_first(view: View) -> Iterator[Diagnostic]:
    """TOC111: a program that stops and asks, with nothing that answers it."""
    for name, kinds in _ASKING.items():
        for _, line, action, command in view.commands(name):
            asks = next((asks for asks in kinds if _asks(asks, command)), None)
            if asks is None or _answered(action.text, line.fed_by(action, command)):
                continue
            message = (
                f"`{' '.join(command.words[:4])[:60]}` stops and asks, and nobody may be at the keyboard."
            )
            yield view.at(
                "TOC111", line, action, command.start, message, hint=f"Answer it in advance: {asks.says}."
            )


def _answered(text: str, fed: list[Command]) -> bool:
    """Whether something is piped into it, or the whole fence runs without a terminal."""
    return (
        bool(fed)
        or ("DEBIAN_FRONTEND=noninteractive" in text and " -y" in text)
        or "CLOUDSDK_CORE_DISABLE_PROMPTS" in text
    )


def _asks(asks: _Asks, command: Command) -> bool:
    if asks.answers[:1] and asks.answers[0].startswith("!"):
        return command.has(*(option.removeprefix("!") for option in asks.answers))
    if asks.verbs and not asks.verbs & set(
        command.args[:_FIRST] if command.name == "pacman" else command.plain[:_FIRST]
    ):
        return False
    given = set(command.args)
    return not (given & set(asks.answers) or command.has(*(a for a in asks.answers if a.startswith("-"))))


def terraform_applies(view: View) -> Iterator[Diagnostic]:
    """TOC111: `terraform apply` without a saved plan asks for a yes, and what it will do is seen only then."""
    for _, line, action, command in view.commands("terraform", "tofu"):
        if command.plain[:1] != ("apply",) and "apply" not in command.plain[:2]:
            continue
        at = command.plain.index("apply")
        if (
            command.has("-auto-approve", "--auto-approve")
            or command.plain[at + 1 :]
            or line.fed_by(action, command)
        ):
            continue
        message = "`terraform apply` without a saved plan stops and asks, and nobody may be at the keyboard."
        yield view.at(
            "TOC111",
            line,
            action,
            command.start,
            message,
            hint="terraform plan -out=x.plan, look, then apply x.plan.",
        )


_MYSQL = (
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
    "mysqlimport",
    "mysqlbinlog",
)


def asks_for_a_password(view: View) -> Iterator[Diagnostic]:
    """TOC111: `mysql -p` and their like ask for a password on the terminal."""
    for name in _MYSQL:
        for _, line, action, command in view.commands(name):
            if {"-p", "--password"} & set(command.args):
                message = f"`{name} -p` asks for a password at the keyboard."
                hint = "Take it from an option file: --defaults-extra-file."
                yield view.at("TOC111", line, action, command.start, message, hint=hint)


_WHOLE = re.compile(
    r"\s*SELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*\s+FROM\s+(?P<table>[\w.\"`\[\]]+)\s*(?:(?:AS\s+)?\w+\s*)?(?P<rest>ORDER\s+BY\s[^;]*)?;?\s*$",
    re.IGNORECASE,
)
# Views of the server about itself, and tables that are small by their name.
_SMALL = re.compile(
    r"^[\"`\[]?(?:pg_\w+|information_schema|sys|mysql|performance_schema|v\$\w*|gv\$\w*|dba_\w+|user_\w+|all_\w+|stv_\w+|svv_\w+|system|crdb_internal|cron|replication\w*|bdr)\b|"
    r"(?:stat|status|state|settings?|config\w*|flags?|versions?|migrations?|schema\w*|locks?|leases?|servers?|nodes?|clusters?|replicas?|slots?|shards?|subscriptions?|publications?|jobs?|workers?|regions?|tenants?|"
    r"stats\w*|activity|lag|progress|view|summary|health|alive|heartbeats?|leader|runtime\w*|pools?|lists|databases|clients|features?|toggles?|limits?|quotas?)[\"`\]]?$",
    re.IGNORECASE,
)


def whole_tables(view: View) -> Iterator[Diagnostic]:
    """TOC206: every row and column of a table of the team's own, on a day on which the database is in trouble."""
    for _, line, statement in view.statements():
        found = _WHOLE.match(statement.text) if "*" in statement.text else None
        if (
            found is None
            or _SMALL.search(found["table"])
            or (found["rest"] and re.search(r"\b(?:limit|fetch|offset)\b", found["rest"], re.IGNORECASE))
        ):
            continue
        message = f"This reads every row of {found['table']}: no WHERE and no LIMIT."
        hint = "Say which rows are meant, and how many at most."
        yield view.at(
            "TOC206", line, statement.action, statement.offset, message, level=Level.WARNING, hint=hint
        )


RULES = (asks_first, terraform_applies, asks_for_a_password, whole_tables)
