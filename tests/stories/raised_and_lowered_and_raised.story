# SEV-06, ESC-03: every raise pages again and level 3 hears of every P0; lowering wakes nobody.
runbook: examples/cookcam/runbook.md

03:00 >> alert "checkout button has the wrong colour" impact "Cosmetic issues"
03:00 << declare P3, unlisted
03:00 << page ana (level 1)
03:00 << look: curl https://api.cookcam.app/health
03:00 << look: git log --oneline -5
03:00 << pass over IRP 2.5.1 htop: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << pass over IRP 2.5.2 df -h: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << pass over IRP 2.5.3 pm2 status: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << look: pm2 logs cookcam-api --lines 100 --nostream
03:00 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
03:00:10 << nothing more to offer
03:05 >> ana acknowledges
03:05 << ana is commander
03:05 << stop paging
03:06 >> dee raises to P1
03:06 << page ana (level 1)
03:07 >> dee lowers to P2 because only one browser
03:08 >> dee raises to P0
03:08 << page ana (level 1)
03:08 << tell chen (level 3): P0 declared
03:09 >> dee lowers to P3 because it was a cache
03:10 >> dee raises to P1
03:10 << page ana (level 1)
03:11 >> ana notes make up your mind
