# RES-07: over is over. An answer that comes later starts no watch, ends nothing again, tells nobody twice.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL
watch: 10 min

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
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
03:00 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them
03:00 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them
03:00 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
03:00:10 << ask: pm2 restart cookcam-api (disrupt)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> every look ends
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> well again "api-health: HTTP 502"
03:03 << withdraw the ask: the trouble is gone
03:03 << verify: curl https://api.cookcam.app/health ⏎ curl https://api.cookcam.app/api/v1/reconciliation/health
03:04 >> ana resolves
03:04 << resolved: resolved by hand
03:04 << draft u7 for public: Resolved
03:04 << draft u9 for log: Resolved
03:04 << tick incident-log (tocsin)
03:04 << tell ana (level 1): resolved
03:04 << tell chen (level 3): resolved
03:04 << stop paging
03:04 << draft the post-mortem
03:05 >> every look ends
03:30 >> ana notes good night
