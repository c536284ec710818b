# SEV-02, ESC-01, DEC-04: a cosmetic matter has four hours, and then the next level is asked all the same.
runbook: examples/cookcam/runbook.md

00:30 >> alert "checkout button has the wrong colour" impact "Cosmetic issues"
00:30 << declare P3, unlisted
00:30 << page ana (level 1)
00:30 << look: curl https://api.cookcam.app/health
00:30 << look: git log --oneline -5
00:30 << pass over IRP 2.5.1 htop: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
00:30 << pass over IRP 2.5.2 df -h: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
00:30 << pass over IRP 2.5.3 pm2 status: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
00:30 << look: pm2 logs cookcam-api --lines 100 --nostream
00:30 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
00:30 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
00:30 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
00:30:10 << nothing more to offer
04:30 << escalate to level 2: nobody acknowledged in time
04:30 << page bo (level 2)
08:30 << escalate to level 3: nobody acknowledged in time
08:30 << page chen (level 3)
09:00 >> dee notes it is still the wrong colour
