# MIT-01, NOI-11: it went green, and red again while the runbook's own question was still being asked; the next way is offered.
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
03:04 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:04 << ask: pm2 restart cookcam-api (disrupt)
03:04 << tell ana (level 1): decision needed: INC-1.a2
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> every look ends
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:12 << tell ana (level 1): are you still there? paged again at 03:17 UTC; any word will do
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:17 << page again: no word from ana for 15 min
03:17 << page ana (level 1)
03:19 << the ask expires
03:19 << ask: pm2 restart cookcam-api (disrupt)
03:19 << tell ana (level 1): decision needed: INC-1.a3
03:20 >> ana notes still 502
