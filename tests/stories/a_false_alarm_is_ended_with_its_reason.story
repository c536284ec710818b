# DEC-07, RES-07: ended by a person although the check is not good: only with a reason, everybody is told, and it is written up.
runbook: examples/cookcam/runbook.md

03:00 >> alert "api-health: HTTP 502" impact "Partial service outage"
03:00 << declare P1, § API Not Responding
03:00 << page ana (level 1)
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
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page, the end of the first look (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:15 << escalate to level 2: nobody acknowledged in time
03:15 << page bo (level 2)
03:15:10 << the ask expires
03:15:10 << ask: pm2 restart cookcam-api (disrupt)
03:15:10 << tell bo (level 2): decision needed: INC-1.a2
03:15:30 >> bo acknowledges
03:15:30 << bo is commander
03:15:30 << stop paging
03:16 >> bo resolves
03:16 << refused: Not proven well: api-health: HTTP 502. To resolve all the same, give a reason.
03:17 >> bo resolves anyway because the load balancer was being replaced
03:17 << resolved: resolved by hand
03:17 << draft u8 for public: Resolved
03:17 << draft u10 for log: Resolved
03:17 << tick incident-log (tocsin)
03:17 << tell ana (level 1): resolved
03:17 << tell bo (level 2): resolved
03:17 << withdraw the ask: resolved
03:17 << stop paging
03:17 << draft the post-mortem
03:18 >> the write-up is done
03:18 << post-mortem due 2025-10-09 03:17
03:18 << bo owns the post-mortem
03:40 >> vic notes so it was nothing
03:40 << refused: "vic" is a viewer and may not act.
