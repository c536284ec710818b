"""Which first words are programs: to tell a command line from other text.

Only for reading documents. What a program *does* is decided by `tocsin.effects`; an unknown program in a
fence labelled as shell is still a command.
"""

import re

KNOWN = frozenset(
    ["alembic", "ansible", "ansible-playbook", "apachectl", "apt", "apt-get", "argocd", "at", "awk", "aws", "aws-vault", "az", "b2", "basename", "bash", "bat", "bc", "blkid", "brctl", "brew", "bun", "bundle", "bunzip2", "bzip2", "caddy", "cargo", "cassandra", "cat", "cd", "ceph", "certbot", "cfssl", "chattr", "chgrp", "chmod", "chown", "chroot", "chronyc", "cilium", "clear", "clickhouse-client", "cmp", "cockroach", "composer", "conda", "conntrack", "consul", "cp", "cqlsh", "createdb", "createuser", "crictl", "crontab", "csf", "ctr", "curl", "cut", "date", "dc", "dd", "deno", "df", "dig", "dirname", "dmesg", "dnf", "do", "docker", "docker-compose", "doctl", "doppler", "dotnet", "dpkg", "drush", "dropdb", "dropuser", "drwtsn", "du", "dumpe2fs", "e2fsck", "echo", "egrep", "elixir", "env", "envsubst", "etcdctl", "eval", "ethtool", "exec", "exim", "exit", "expect", "export", "fail2ban-client", "fallocate", "faketty", "false", "fc-list", "fdisk", "fd", "ffmpeg", "fgrep", "find", "firewall-cmd", "flock", "flux", "fly", "flyctl", "free", "fsck", "fuser", "gcloud", "gdb", "gem", "getent", "gh", "git", "gitlab-ctl", "gitlab-rake", "go", "gpg", "gradle", "grep", "groups", "gsutil", "gunzip", "gzip", "halt", "haproxy", "head", "helm", "heroku", "history", "hostname", "hostnamectl", "htop", "http", "httpd", "iconv", "id", "ifconfig", "ifdown", "iftop", "ifup", "influx", "initctl", "ionice", "iostat", "iotop", "ip", "ip6tables", "iperf", "iperf3", "ipmitool", "ipset", "iptables", "iscsiadm", "istioctl", "java", "jcmd", "jmap", "jobs", "join", "journalctl", "jps", "jq", "jstack", "jstat", "k", "k3s", "k6", "k9s", "kadmin", "kafkacat", "kafka-consumer-groups", "kafka-topics", "kcat", "keytool", "kill", "killall", "kind", "kinit", "klist", "kubeadm", "kubectl", "kubectx", "kubens", "kustomize", "last", "launchctl", "ldapsearch", "ldd", "less", "linkerd", "ln", "local", "locate", "logger", "login", "logrotate", "ls", "lsattr", "lsblk", "lscpu", "lsmod", "lsof", "lspci", "lsusb", "ltrace", "lvs", "lxc", "lz4", "mail", "make", "mc", "md5sum", "mdadm", "memcached-tool", "minikube", "mix", "mkdir", "mkfifo", "mkfs", "mktemp", "modprobe", "mongo", "mongodump", "mongoexport", "mongorestore", "mongosh", "mongostat", "mongotop", "monit", "more", "mount", "mpstat", "mtr", "mv", "mvn", "mycli", "mysql", "mysqladmin", "mysqlbinlog", "mysqlcheck", "mysqldump", "mysqlshow", "nano", "nc", "ncat", "ndctl", "needrestart", "netcat", "netplan", "netstat", "newrelic", "nft", "nginx", "ngrok", "nice", "nmap", "nmcli", "node", "nodetool", "nohup", "nomad", "npm", "npx", "nslookup", "nsenter", "ntpdate", "ntpq", "nvidia-smi", "nvm", "oc", "op", "openssl", "opscode", "optool", "os", "packer", "parted", "passwd", "patch", "pct", "perl", "pg_basebackup", "pg_ctl", "pg_ctlcluster", "pg_dump", "pg_dumpall", "pg_isready", "pg_lsclusters", "pg_repack", "pg_restore", "pgbench", "pgbouncer", "pgcli", "pgrep", "php", "php-fpm", "pidof", "pidstat", "ping", "ping6", "pip", "pip3", "pipenv", "pkill", "pm2", "pnpm", "podman", "poetry", "popd", "postconf", "postfix", "postqueue", "postsuper", "poweroff", "printenv", "printf", "prlimit", "promtool", "ps", "psql", "pstree", "pulumi", "puma", "pushd", "pv", "pvs", "pwd", "pwgen", "python", "python2", "python3", "qm", "rabbitmq-diagnostics", "rabbitmq-plugins", "rabbitmqadmin", "rabbitmqctl", "rails", "rake", "rclone", "read", "readlink", "realpath", "reboot", "redis-benchmark", "redis-cli", "redis-server", "renice", "repmgr", "resize2fs", "restic", "rg", "rm", "rmdir", "route", "rpm", "rsync", "ruby", "rvm", "s3cmd", "sar", "scp", "screen", "sed", "select", "semanage", "sendmail", "sentinel", "sentry-cli", "seq", "service", "sestatus", "set", "setfacl", "sftp", "sh", "sha256sum", "shellcheck", "shift", "shopt", "showmount", "shred", "shutdown", "sidekiqctl", "skaffold", "sleep", "slcli", "smartctl", "snap", "sops", "sort", "source", "splunk", "sqlcmd", "sqlite3", "ss", "ssh", "ssh-add", "ssh-copy-id", "ssh-keygen", "ssh-keyscan", "stat", "stern", "strace", "strings", "stress", "stripe", "su", "sudo", "supabase", "supervisorctl", "svn", "swapoff", "swapon", "symfony", "sync", "sysctl", "systemctl", "systemd-analyze", "systemd-cgtop", "systemd-resolve", "resolvectl", "tail", "talosctl", "tar", "tc", "tcpdump", "tee", "telnet", "temporal", "terraform", "terragrunt", "test", "tf", "time", "timedatectl", "timeout", "tkn", "tmux", "top", "touch", "tr", "traceroute", "trap", "trivy", "true", "truncate", "ts", "tshark", "turbo", "type", "ufw", "ulimit", "umask", "umount", "uname", "uniq", "unlink", "unset", "unxz", "unzip", "update-ca-certificates", "update-rc.d", "uptime", "useradd", "userdel", "usermod", "uv", "vacuumdb", "vagrant", "varnishadm", "varnishlog", "varnishstat", "vault", "velero", "vercel", "vgs", "vi", "vim", "virsh", "visudo", "vmstat", "vtysh", "w", "wait", "watch", "wc", "wget", "wg", "which", "while", "who", "whoami", "wrangler", "wrk", "xargs", "xz", "yarn", "yq", "yum", "zcat", "zfs", "zgrep", "zip", "zpool", "zstd", "zypper", ".", "[", "[[", ":", "if", "for", "until", "case", "function", "{", "(", "!", "alias", "bg", "fg", "builtin", "command", "doas", "declare", "readonly", "typeset", "mapfile", "dotenv", "direnv", "nats", "nsq_stat", "minio", "patronictl", "pgbackrest", "barman", "wal-g", "proxysql", "maxscale", "mariadb", "mariadb-dump", "bcp", "isql", "rpk", "kaf", "kn", "eksctl", "kops", "aws-iam-authenticator", "cmctl", "kubeseal", "hey", "ab", "siege", "vegeta", "artillery", "locust", "gatling", "php8", "celery", "gunicorn", "uvicorn", "flask", "django-admin", "airflow", "dbt", "superset", "dagster", "prefect", "spark-submit", "hdfs", "yarnctl", "hbase", "hive", "beeline", "nfsstat", "exportfs", "xfs_repair", "btrfs", "lvextend", "lvresize", "pvresize", "vgextend", "tune2fs", "growpart", "partprobe"]
)

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")
_PATH = re.compile(r"(?:\.{1,2}|~|\$\{?\w+\}?)?/[\w.@%+-][\w./@%+-]*$")
_FIRST = re.compile(r"\s*(?:\(\s*|!\s+|\{\s+)?(\S+)")


def first_word(text: str) -> str:
    """The first word of a line, quotes and a leading backslash removed."""
    found = _FIRST.match(text)
    return found[1].strip("\"'\\;") if found else ""


def starts_command(text: str) -> bool:
    """Whether a line begins with a known program, builtin, path or assignment."""
    word = first_word(text)
    if word in KNOWN or _ASSIGNMENT.match(word) is not None:
        return True
    return _PATH.match(word) is not None


_SENTENCE = re.compile(
    r"[.!?]\s*$|[a-z]{2}[.,!?]\s+[A-Za-z]|\b(?:the|and|or|to|for|if|is|are|was|your|this|that|any|all the)\b"
)
_ARGUMENT = re.compile(r"(?:^|\s)-{1,2}[A-Za-z]|[|><$=/\"'`]|\d")
# Words that begin sentences as often as commands.
_VERBS = frozenset(
    ["select", "make", "find", "watch", "test", "time", "sort", "read", "wait", "set", "type", "split", "top", "head", "tail", "kill", "service", "mount", "which", "who", "history", "screen", "cut", "date", "expect", "more", "less", "patch", "stat", "strings", "at", "do", "go", "join", "last", "locate", "login", "mail", "history", "if", "for", "while", "until", "case", "function", "history", "select", "sync", "id", "host", "use", "update", "insert", "show", "clear", "stress", "hey", "node", "local", "command", "consul", "vault", "sentinel", "monit", "flask", "celery", "temporal", "select", "stripe", "fly", "node", "history", "bat", "op", "ts", "w", "k", "d"]
)


def reads_like_command(text: str) -> bool:
    """Whether text in a comment is a command rather than a sentence; doubt is no.

    >>> reads_like_command("systemctl status kubelet.service")
    True
    >>> reads_like_command("Check logs for root cause")
    False
    """
    stripped = text.strip()
    word = first_word(stripped)
    rest = stripped[len(word) :].strip()
    if not rest or (word not in KNOWN and _PATH.match(word) is None) or word[:1].isupper():
        return False
    if word in _VERBS and not _ARGUMENT.search(rest):
        return False
    return _SENTENCE.search(rest) is None
