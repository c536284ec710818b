"""Small runbooks with commands that are alike: for each one that is left out, meant for another or too early, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told
from tests.unit.runbook.lint.cases_wider import steps

_PORTERS = "$ ssh gate-1 sudo systemctl stop porter\nssh gate-2 sudo systemctl stop porter"

CASES_ROWS = (
    # half_back: what is taken out together comes back together
    Case("TOC210", steps("mailq-admin hold --lane bulk\nmailq-admin hold --lane news", "mailq-admin release --lane bulk"), steps("mailq-admin hold --lane bulk\nmailq-admin hold --lane news", "mailq-admin release --lane bulk\nmailq-admin release --lane news")),
    Case("TOC210", told(_PORTERS, "Afterwards:", "$ ssh gate-1 sudo systemctl start porter"), told(_PORTERS, "Afterwards gate-1 first; gate-2 stays down until the disk is replaced:", "$ ssh gate-1 sudo systemctl start porter")),
    Case("TOC210", steps("docker compose stop ingest mapper", "docker compose start ingest"), steps("docker compose stop ingest mapper", "docker compose start")),
    Case("TOC210", told("PS Disable-ScheduledTask -TaskName NightLoad\nDisable-ScheduledTask -TaskName NightSend", "Later:", "PS Enable-ScheduledTask -TaskName NightLoad"), told("PS Disable-ScheduledTask -TaskName NightLoad\nDisable-ScheduledTask -TaskName NightSend", "Later:", "PS Enable-ScheduledTask -TaskName NightLoad, NightSend")),
    # fewer than announced
    Case("TOC210", told("Flush the three relays:", "$ ssh mta-1 postqueue -f\nssh mta-2 postqueue -f"), told("Flush the three relays:", "$ ssh mta-1 postqueue -f\nssh mta-2 postqueue -f\nssh mta-3 postqueue -f")),
    Case("TOC210", told("Reindex both, `titles` and `covers`:", "$ searchadm reindex titles"), told("Reindex both, `titles` and `covers`:", "$ searchadm reindex titles covers")),
    Case("TOC210", told("Beide neu starten:", "$ kubectl -n lab rollout restart deployment/reader", "Danach `kubectl -n lab logs deployment/printer --tail=20`."), told("Beide neu starten:", "$ kubectl -n lab rollout restart deployment/reader deployment/printer")),
    # the same twice, and its sibling never
    Case("TOC210", told("Nodes are tile@4, tile@5 and tile@6.", "$ systemctl restart tile@4\nsystemctl restart tile@5\nsystemctl restart tile@5"), told("Nodes are tile@4, tile@5 and tile@6.", "$ systemctl restart tile@4\nsystemctl restart tile@5\nsystemctl restart tile@6")),
    Case("TOC210", told("| Lane | Do |\n|---|---|\n| lane 1 | `curl -fsS -XPOST http://wms/lanes/1/reset` |\n| lane 2 | `curl -fsS -XPOST http://wms/lanes/1/reset` |\n| lane 3 | `curl -fsS -XPOST http://wms/lanes/3/reset` |"), told("| Lane | Do |\n|---|---|\n| lane 1 | `curl -fsS -XPOST http://wms/lanes/1/reset` |\n| lane 2 | `curl -fsS -XPOST http://wms/lanes/2/reset` |\n| lane 3 | `curl -fsS -XPOST http://wms/lanes/3/reset` |")),
    Case("TOC210", told("The same on dns-a and dns-b:", "$ scp hosts.zone dns-a:/tmp/hosts.zone\nscp hosts.zone dns-b:/tmp/hosts.zone\nssh dns-a sudo install /tmp/hosts.zone /etc/bind/\nssh dns-b sudo install /tmp/hosts.zone /etc/bind/\nssh dns-a sudo rndc reload"), told("The same on dns-a and dns-b:", "$ scp hosts.zone dns-a:/tmp/hosts.zone\nscp hosts.zone dns-b:/tmp/hosts.zone\nssh dns-a sudo install /tmp/hosts.zone /etc/bind/\nssh dns-b sudo install /tmp/hosts.zone /etc/bind/\nssh dns-a sudo rndc reload\nssh dns-b sudo rndc reload")),
    Case("TOC210", told("$ pg_dump -Fc -f grades.dump grades\npg_dump -Fc -f pupils.dump pupils", "To go back:", "$ pg_restore -d grades_old grades.dump"), told("$ pg_dump -Fc -f grades.dump grades\npg_dump -Fc -f pupils.dump pupils", "To go back:", "$ pg_restore -d grades_old grades.dump\npg_restore -d pupils_old pupils.dump")),
    # order: needed before it is made, used after it is gone
    Case("TOC208", steps("gunzip -t /srv/dumps/lms.sql.gz", "mysqldump lms | gzip > /srv/dumps/lms.sql.gz"), steps("mysqldump lms | gzip > /srv/dumps/lms.sql.gz", "gunzip -t /srv/dumps/lms.sql.gz")),
    Case("TOC208", steps("kubectl -n lab apply -f quota.yaml", "kubectl -n lab get quota main -o yaml > quota.yaml"), steps("kubectl -n lab get quota main -o yaml > quota.yaml", "kubectl -n lab apply -f quota.yaml")),
    Case("TOC208", told("SQL DROP TABLE readings_old;\nINSERT INTO readings SELECT * FROM readings_old;"), told("SQL INSERT INTO readings SELECT * FROM readings_old;\nDROP TABLE readings_old;")),
    Case("TOC208", steps("dropdb -h pg-lab trial", "pg_dump -h pg-lab -Fc -f trial.dump trial"), steps("pg_dump -h pg-lab -Fc -f trial.dump trial", "dropdb -h pg-lab trial")),
    Case("TOC208", steps("podman rm -f scanner", "podman logs scanner"), steps("podman logs scanner", "podman rm -f scanner")),
    Case("TOC208", steps("gcloud compute snapshots delete snap-lab", "gcloud compute disks create lab-2 --source-snapshot snap-lab"), steps("gcloud compute disks create lab-2 --source-snapshot snap-lab", "gcloud compute snapshots delete snap-lab")),
    Case("TOC208", steps("ssh my-4 sudo systemctl stop mysql", "mysqldump -h my-4 lms > lms.sql"), steps("mysqldump -h my-4 lms > lms.sql", "ssh my-4 sudo systemctl stop mysql")),
    Case("TOC208", steps("ssh mail-2\nsudo systemctl stop postfix\nexit\nsudo systemctl start postfix"), steps("ssh mail-2\nsudo systemctl stop postfix\nsudo systemctl start postfix\nexit")),
    Case("TOC208", steps("ssh mail-2\nls /srv/queue/hold\nexit\nsudo rm -r /srv/queue/hold"), steps("ssh mail-2\nls /srv/queue/hold\nexit\nscp mail-2:/srv/queue/hold/1 .")),
    # where: places that an option chooses
    Case("TOC203", steps("psql -d lms -c 'SELECT count(*) FROM quiz'", "psql -d lms_copy -c 'DELETE FROM quiz WHERE id = 4'", "psql -d lms -c 'SELECT count(*) FROM quiz'"), steps("psql -d lms -c 'SELECT count(*) FROM quiz'", "psql -d lms -c 'DELETE FROM quiz WHERE id = 4'", "psql -d lms -c 'SELECT count(*) FROM quiz'")),
    Case("TOC203", steps("docker compose -f lab.yml ps reader", "docker compose -f try.yml restart reader", "docker compose -f lab.yml logs --tail 20 reader"), steps("docker compose -f lab.yml ps reader", "docker compose -f lab.yml restart reader", "docker compose -f lab.yml logs --tail 20 reader")),
    Case("TOC203", told("On scan-1 the spool is full.", "$ ssh scan-1 df -h", "Clear the drafts:", "$ ssh scan-2 rm -r /srv/spool/drafts", "Look:", "$ ssh scan-1 df -h\nssh scan-1 ls /srv/spool"), told("On scan-1 the spool is full.", "$ ssh scan-1 df -h", "Clear the drafts of the other one:", "$ ssh scan-2 rm -r /srv/spool/drafts", "Look:", "$ ssh scan-1 df -h\nssh scan-1 ls /srv/spool")),
)  # fmt: skip

CASES_CONTRADICTED = (
    Case("TOC204", told("Die Adresse sperren:", "$ ufw allow from 203.0.113.9"), told("Die Adresse freigeben:", "$ ufw allow from 203.0.113.9")),
    Case("TOC204", told("| What | How |\n|---|---|\n| Pause the bulk lane | `mailq-admin resume bulk` |\n| Look | `mailq-admin list` |"), told("| What | How |\n|---|---|\n| Pause the bulk lane | `mailq-admin pause bulk` |\n| Look | `mailq-admin list` |")),
    Case("TOC204", told("Remove scans that are older than 60 days. The archive has them.", "$ find /srv/scans -name '*.tif' -mtime -60 -print"), told("Remove scans that are older than 60 days. The archive has them.", "$ find /srv/scans -name '*.tif' -mtime +60 -print")),
    Case("TOC204", told("Borrar los registros más antiguos que 60 días:", "SQL DELETE FROM audit WHERE created_at > now() - interval '60 days';"), told("Borrar los registros más antiguos que 60 días:", "SQL DELETE FROM audit WHERE created_at < now() - interval '60 days';")),
    Case("TOC204", told("Give the auditor read-only access:", "$ kubectl create rolebinding audit --clusterrole=admin --user=audit -n lab"), told("Give the auditor read-only access:", "$ kubectl create rolebinding audit --clusterrole=view --user=audit -n lab")),
    Case("TOC204", told("Das Volume um 40 GB vergrößern:", "$ lvextend -r -L +400G /dev/vg0/lab"), told("Das Volume um 40 GB vergrößern:", "$ lvextend -r -L +40G /dev/vg0/lab")),
    Case("TOC203", told("Try it on staging:", "$ helm --kube-context lab-prod -n lab upgrade lab ./lab"), told("Try it on staging:", "$ helm --kube-context lab-staging -n lab upgrade lab ./lab")),
    Case("TOC203", told("Look at the reader:", "$ systemctl restart reader", "Start the printer again:", "$ systemctl start scanner", "$ systemctl stop printer"), told("Look at the reader:", "$ systemctl restart reader", "Start the printer again:", "$ systemctl start printer", "$ systemctl stop scanner")),
    Case("TOC204", told("1. Look: `kubectl get nodes -o wide`\n2. All sessions have been drained in step 1: `ssh web-9 sudo systemctl restart web`"), told("1. Drain: `kubectl drain web-9 --ignore-daemonsets`\n2. All sessions have been drained in step 1: `ssh web-9 sudo systemctl restart web`")),
    Case("TOC110", told("Raise the limit to 10 minutes:", "SQL ALTER ROLE bi SET idle_session_timeout = '10s';"), told("Raise the limit to 10 minutes:", "SQL ALTER ROLE bi SET idle_session_timeout = '10min';")),
)  # fmt: skip
