"""Which first words are programs: to tell a command line from other text.

Only for reading documents. What a program *does* is decided by `tocsin.effects`; an unknown program in a
fence labelled as shell is still a command.
"""

import re
from functools import lru_cache

KNOWN = frozenset(
    """
    ! ( . : [ [[ ab acme.sh airflow alembic alias aliyun amtool ansible ansible-playbook apachectl apk apt apt-get apt-
    mark argocd arping artillery artisan at awk aws aws-iam-authenticator aws-vault az azcopy b2 bao barman basename bash
    bat bc bcp beeline bg birdc blkid borg bpftrace bq brctl brew btrfs builtin bun bundle bunzip2 bzip2 caddy cargo case
    cassandra cassandra-stress cat cbq cd celery ceph cephadm certbot cfssl chattr chef- chef-server-ctl chef-solo chgrp
    chmod chown chronyc chroot cilium circusctl clear cli clickhouse-client client clusterdb cmctl cmp cockroach command
    composer conda conntrack consul consumer-groups coredumpctl cortextool cosign couchbase- cp cqlsh createdb createuser
    crictl crm_mon crontab csf ctr curl cut dagster datadog-ci date dbt dc dd declare dehydrated deno df dig direnv
    dirname django-admin dmesg dnf do doas docker docker-compose doctl doppler dotenv dotnet dotnet-counters dotnet-dump
    dotnet-trace doveadm dovecot dpkg dracut drbdadm drbdsetup dropdb dropuser drush drwtsn du dumpe2fs duplicity e2fsck
    echo egrep eksctl elixir env envsubst esxcli etcdctl etcdutl ethtool eval exec exim exit expect export exportfs
    fail2ban-client faketty fallocate false fc-list fd fdisk ffmpeg fg fgrep find firewall-cmd flask flatpak flock flux
    fly flyctl for fping free fsck fstrim function fuser gatling gcloud gdb gem getent gh git gitlab-backup gitlab-ctl
    gitlab-rails gitlab-rake gitlab-runner glab go govc gpg gradle grafana-cli grep groups growpart grub2-mkconfig grype
    gsutil gunicorn gunzip gzip halt haproxy hbase hcloud hdfs head helm helmfile heroku hey history hive hostname
    hostnamectl htop http httpd hubble ibmcloud iconv id iex if ifconfig ifdown iftop ifup influx influxd initctl ionice
    iostat iotop ip ip6tables iperf iperf3 ipmitool ipsec ipset iptables iscsiadm isql istioctl java jcmd jmap jobs join
    journalctl jps jq jstack jstat k k3d k3s k6 k9s kadmin kaf kafka- kafka-broker-api-versions.sh kafka-configs kafka-
    configs.sh kafka-console-consumer.sh kafka-consumer-groups.sh kafka-leader-election.sh kafka-log-dirs.sh kafka-
    reassign-partitions.sh kafka-topics kafka-topics.sh kafkacat kcat keepalived keytool kill killall kind kinit klist kn
    knife kops kubeadm kubectl kubectx kubens kubeseal kustomize last launchctl ldapsearch ldd lego less linkerd linode-
    cli ln local locate locust logcli logger login loginctl logrotate ls lsattr lsblk lscpu lsmod lsof lspci lsusb ltrace
    lvcreate lvextend lvreduce lvremove lvresize lvs lxc lz4 mail mailq make manage.py mapfile mariabackup mariadb
    mariadb-dump maxctrl maxscale mc md5sum mdadm megacli memcached-tool mimirtool minikube minio mix mkdir mkfifo mkfs
    mkinitramfs mktemp modprobe mongo mongodump mongoexport mongoimport mongorestore mongosh mongostat mongotop monit more
    mount mpstat mtr multipath multipathd mv mvn mycli mysql mysqladmin mysqlbinlog mysqlcheck mysqldump mysqlshow nano
    nats nc ncat ndctl needrestart needs-restarting nerdctl netcat netlify netplan netstat networkctl newman newrelic
    nfsstat nft nginx ngrok nice nmap nmcli node nodetool nohup nomad npm npx nsenter nslookup nsq_stat ntpdate ntpq
    nvidia-smi nvm oc oci op openssl openstack openvpn opscode optool os ovn-nbctl ovn-sbctl ovs- ovs-ofctl packer pacman
    parted partprobe passwd patch patronictl pcs pct pd-ctl perccli perf perl pg_basebackup pg_ctl pg_ctlcluster pg_dump
    pg_dumpall pg_isready pg_lsclusters pg_repack pg_restore pg_rewind pg_upgrade pg_verifybackup pgbackrest pgbench
    pgbouncer pgcli pgrep php php-fpm php8 pidof pidstat ping ping6 pip pip3 pipenv pkill pm2 pnpm podman poetry popd
    postcat postconf postfix postqueue postsuper poweroff prefect printenv printf prisma prlimit promtool proxysql
    proxysql-admin ps psql pstree pulsar-admin pulumi puma puppet pushd pv pvcreate pvecm pvesm pvresize pvs pwd pwgen py-
    spy python python2 python3 qm rabbitmq-diagnostics rabbitmq-plugins rabbitmq-queues rabbitmqadmin rabbitmqctl racadm
    rados radosgw-admin rails rake rbd rbspy rclone read readlink readonly realpath reboot redis-benchmark redis-cli
    redis-server reindexdb renice repmgr resize2fs resolvectl restic rg rke2 rm rmdir rmmod route rpk rpm rsync ruby rvm
    s3cmd s5cmd salt salt-call salt-key salt-ssh sar scp screen scw sed select semanage sendmail sentinel sentry-cli seq
    service sestatus set setfacl sftp sh sha256sum shellcheck shift shopt showmount shred shutdown sidekiqctl siege
    skaffold slcli sleep smartctl snap snyk socat solr sops sort source spark-submit splunk sqlcmd sqlite3 squid ss ssh
    ssh-add ssh-copy-id ssh-keygen ssh-keyscan sstableutil stat stern storcli strace stress strings stripe strongswan su
    sudo supabase superset supervisorctl svn swanctl swapoff swapon syft symfony sync sysctl systemctl systemd-analyze
    systemd-cgls systemd-cgtop systemd-resolve tail talosctl tar tc tcpdump tctl tee telegraf teleport telnet temporal
    terraform terragrunt test tf time timedatectl timeout tiup tkn tmux tofu top touch tr tracepath traceroute trap trivy
    true truncate ts tsh tshark tune2fs turbo type typeset ufw ulimit umask umount uname unattended-upgrade uniq unlink
    unset until unxz unzip update-ca-certificates update-grub update-rc.d uptime useradd userdel usermod uv uvicorn uwsgi
    vacuumdb vagrant varnishadm varnishlog varnishstat vault vegeta velero vercel vgextend vgs vi vim virsh visudo vmstat
    vsctl vtctlclient vtctldclient vtysh w wait wal-e wal-g watch wc wg wg-quick wget which while who whoami whois
    wrangler wrk xargs xfs_growfs xfs_repair xtrabackup xz yarn yarnctl yq yum zcat zfs zgrep zip zkCli.sh zkServer.sh
    zpool zstd zypper {
    """.split()
)

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")
_PATH = re.compile(r"(?:\.{1,2}|~|\$\{?\w+\}?)?/[\w.@%+-][\w./@%+-]*$")
_FIRST = re.compile(r"\s*(?:\(\s*|!\s+|\{\s+)?(\S+)")


@lru_cache(maxsize=4096)  # one line after the other is asked for by every reader of a fence
def first_word(text: str) -> str:
    """The first word of a line, quotes and a leading backslash removed."""
    found = _FIRST.match(text)
    return found[1].strip("\"'\\;") if found else ""


@lru_cache(maxsize=4096)
def starts_command(text: str) -> bool:
    """Whether a line begins with a known program, builtin, path or assignment."""
    word = first_word(text)
    if word in KNOWN or _ASSIGNMENT.match(word) is not None:
        return True
    return _PATH.match(word) is not None


_SENTENCE = re.compile(
    r"[.!?]\s*$|[a-z]{2}[.,!?]\s+[A-Za-z]|(?<![\w-])(?:the|and|or|to|for|if|is|are|was|your|this|that|any|all the)(?![\w=-])"
)
_ARGUMENT = re.compile(r"(?:^|\s)-{1,2}[A-Za-z]|[|><$=/\"'`]|\d")
# Words that begin sentences as often as commands.
_VERBS = frozenset(
    [
        "select",
        "make",
        "find",
        "watch",
        "test",
        "time",
        "sort",
        "read",
        "wait",
        "set",
        "type",
        "split",
        "top",
        "head",
        "tail",
        "kill",
        "service",
        "mount",
        "which",
        "who",
        "history",
        "screen",
        "cut",
        "date",
        "expect",
        "more",
        "less",
        "patch",
        "stat",
        "strings",
        "at",
        "do",
        "go",
        "join",
        "last",
        "locate",
        "login",
        "mail",
        "history",
        "if",
        "for",
        "while",
        "until",
        "case",
        "function",
        "history",
        "select",
        "sync",
        "id",
        "host",
        "use",
        "update",
        "insert",
        "show",
        "clear",
        "stress",
        "hey",
        "node",
        "local",
        "command",
        "consul",
        "vault",
        "sentinel",
        "monit",
        "flask",
        "celery",
        "temporal",
        "select",
        "stripe",
        "fly",
        "node",
        "history",
        "bat",
        "op",
        "ts",
        "w",
        "k",
        "d",
    ]
)


# A whole word in quotes, as a shell takes one.
_QUOTED = re.compile(r"(?<=[\s=])(?:'[^'\n]*'|\"(?:[^\"\\\n]|\\.)*\")(?=[\s;|&)]|$)")
_HOLE = re.compile(r"<[A-Za-z_][^<>\n]{0,80}>")


def reads_like_command(text: str) -> bool:
    """Whether text in a comment is a command rather than a sentence; doubt is no.

    >>> reads_like_command("systemctl status kubelet.service")
    True
    >>> reads_like_command("Check logs for root cause")
    False
    >>> reads_like_command("curl -d '{\\"to\\": \\"eu, then us\\"}' https://x.example/switch")
    True
    """
    stripped = text.strip()
    word = first_word(stripped)
    rest = stripped[len(word) :].strip()
    if "<" in rest:
        rest = _HOLE.sub("<x>", rest)  # "ssh <the affected node>" is no sentence
    if not rest or (word not in KNOWN and _PATH.match(word) is None) or word[:1].isupper():
        return False
    if word in _VERBS:
        return _ARGUMENT.search(rest) is not None and _SENTENCE.search(rest) is None
    if "'" in rest or '"' in rest:
        rest = _QUOTED.sub(
            "x", rest
        )  # a query or a body of words makes no sentence of the command that sends it
    return _SENTENCE.search(rest) is None
