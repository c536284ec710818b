# PAG-01: what was level 2 stays level 2 of this incident; the next one goes by the new order
runbook: examples/cookcam/runbook.md
rotation: ana, dee; at 03:10; every 1 day

03:00 >> alert "502 from api.cookcam.app" impact "Complete service outage"
03:00 << declare P0, § API Not Responding
03:00 << page ana (level 1)
03:00 << tell chen (level 3): P0 declared
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << look: pm2 status cookcam-api
03:00 << look: sudo netstat -tlnp | grep 3000
03:00 << look: top -bn1 | head -20
03:00 << look: curl https://api.cookcam.app/health
03:00 << look: git log --oneline -5
03:00 << pass over IRP 2.5.1 htop: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << pass over IRP 2.5.2 df -h: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << pass over IRP 2.5.3 pm2 status: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << look: pm2 logs cookcam-api --lines 100 --nostream
03:00 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
03:00:10 << ask: pm2 restart cookcam-api (disrupt)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:03 >> tocsin is started again with levels: chen, bo
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page, the end of the first look (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:05 << escalate to level 2: nobody acknowledged in time
03:05 << page bo (level 2)
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:10 << escalate to level 3: nobody acknowledged in time
03:10 << page chen (level 3)
03:15 << escalate to level 3: nobody acknowledged in time
03:15 << page chen (level 3)
03:15:10 << the ask expires
03:15:10 << ask: pm2 restart cookcam-api (disrupt)
03:15:10 << tell chen (level 3): decision needed: INC-1.a2
03:20 << escalate to level 3: nobody acknowledged in time
03:20 << page chen (level 3)
03:20 >> every look ends
