# ONC-01: Ana and Dee swap for the night; Dee has Ana's turn, and Ana has Dee's.
rotation: ana, dee; at 03:10; every 1 day

03:00 >> ana and dee swap until 08:00
03:01 >> alert "502 from api.cookcam.app" impact "Partial service outage"
03:01 << declare P1, § API Not Responding
03:01 << page dee (level 1)
03:01 << draft u2 for public: Investigating
03:01 << next public update by 03:06
03:01 << look: pm2 status cookcam-api
03:01 << look: sudo netstat -tlnp | grep 3000
03:01 << look: top -bn1 | head -20
03:01 << look: curl https://api.cookcam.app/health
03:01 << look: git log --oneline -5
03:01 << pass over IRP 2.5.1 htop: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:01 << pass over IRP 2.5.2 df -h: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:01 << pass over IRP 2.5.3 pm2 status: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:01 << look: pm2 logs cookcam-api --lines 100 --nostream
03:01 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:01 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:01 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
03:01:10 << ask: pm2 restart cookcam-api (disrupt)
03:01:10 << tell dee (level 1): decision needed: INC-1.a1
03:02 >> dee acknowledges
03:02 << dee is commander
03:02 << stop paging
03:04 << tell dee (level 1): still missing for 03:06 UTC: first update of the status page, the end of the first look
03:06 << warn: missing after the first minutes: first update of the status page, the end of the first look (INI-02)
03:06 << the public update of 03:06 is overdue, dee is reminded
03:06 << tell dee (level 1): the public update of 03:06 UTC is overdue
03:11 << the public update of 03:11 is overdue, dee is reminded
03:11 << tell dee (level 1): the public update is still overdue
03:11 << next public update by 03:31
03:11 << draft u6 for public: Investigating
03:11 << tell dee (level 1): cause wanted by 03:16 UTC: known, a best guess, or escalate
03:12 >> bo raises to P0
03:12 << page ana (level 1)
03:12 << tell chen (level 3): P0 declared
03:12 << draft u8 for public: Investigating
