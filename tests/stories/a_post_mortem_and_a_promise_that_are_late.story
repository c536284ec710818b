# PM-01, PM-10: reminded of before the day and told upwards after it, for the post-mortem and for an action item
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
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page, the end of the first look
03:04 >> every look ends
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana resolves anyway because the load balancer was being replaced
03:05 << resolved: resolved by hand
03:05 << draft u7 for public: Resolved
03:05 << draft u9 for log: Resolved
03:05 << tick incident-log (tocsin)
03:05 << tell ana (level 1): resolved
03:05 << withdraw the ask: resolved
03:05 << stop paging
03:05 << draft the post-mortem
03:06 >> the write-up is done
03:06 << post-mortem due 2025-10-09 03:05
03:06 << ana owns the post-mortem
09:00 >> dee promises "alert on restarts" by ana until 2025-10-16
09:00 << INC-1.t1 for ana until 2025-10-16: alert on restarts
27:05 << tell ana (level 1): the post-mortem is due at 2025-10-09 03:05 UTC
47:05 << tell ana (level 1): the post-mortem is due at 2025-10-09 03:05 UTC
51:05 << overdue: post-mortem
51:05 << tell ana (level 1): the post-mortem is overdue
51:05 << tell chen (level 1): the post-mortem is overdue
216:00 << tell ana (level 1): INC-1.t1 is due at 2025-10-17 00:00 UTC: alert on restarts
240:00 << overdue: action INC-1.t1
240:00 << tell ana (level 1): INC-1.t1 is overdue: alert on restarts
240:10 >> ana finishes INC-1.t1
240:10 << INC-1.t1 done
