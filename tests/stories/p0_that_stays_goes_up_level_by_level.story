# ESC-02, ESC-03: a P0 that is not over calls level 2 after 30 minutes and level 3 after 30 more, acknowledged or not.
runbook: examples/cookcam/runbook.md

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
03:00 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
03:00:10 << ask: pm2 restart cookcam-api (disrupt)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> every look ends
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:12 << tell ana (level 1): are you still there? paged again at 03:17 UTC; any word will do
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:15:10 << the ask expires
03:15:10 << ask: pm2 restart cookcam-api (disrupt)
03:15:10 << tell ana (level 1): decision needed: INC-1.a2
03:17 << page again: no word from ana for 15 min
03:17 << page ana (level 1)
03:22 << escalate to level 2: nobody acknowledged in time
03:22 << page bo (level 2)
03:25 << tell ana (level 2): level 3 is called at 03:30 UTC unless it is over
03:27 << escalate to level 3: nobody acknowledged in time
03:27 << page chen (level 3)
03:30 << the public update of 03:30 is overdue, nobody is reminded
03:30:10 << the ask expires
03:30:10 << ask: pm2 restart cookcam-api (disrupt)
03:30:10 << tell ana (level 3): decision needed: INC-1.a3
03:32 << escalate to level 3: nobody acknowledged in time
03:32 << page chen (level 3)
03:35 << the public update of 03:35 is overdue, nobody is reminded
03:35 << next public update by 03:55
03:35 << draft u9 for public: Investigating
03:37 << escalate to level 3: nobody acknowledged in time
03:37 << page chen (level 3)
03:42 << nobody answered
03:45:10 << the ask expires
03:45:10 << ask: pm2 restart cookcam-api (disrupt)
03:45:10 << tell ana (level 3): decision needed: INC-1.a4
03:55 << the public update of 03:55 is overdue, nobody is reminded
04:00 << the public update of 04:00 is overdue, nobody is reminded
04:00 << next public update by 04:20
04:00 << draft u10 for public: Investigating
04:00:10 << the ask expires
04:00:10 << ask: pm2 restart cookcam-api (disrupt)
04:00:10 << tell ana (level 3): decision needed: INC-1.a5
04:15:10 << the ask expires
04:15:10 << ask: pm2 restart cookcam-api (disrupt)
04:15:10 << tell ana (level 3): decision needed: INC-1.a6
04:20 << the public update of 04:20 is overdue, nobody is reminded
04:25 << the public update of 04:25 is overdue, nobody is reminded
04:25 << next public update by 04:45
04:25 << draft u13 for public: Investigating
04:30:10 << the ask expires
04:30:10 << ask: pm2 restart cookcam-api (disrupt)
04:30:10 << tell ana (level 3): decision needed: INC-1.a7
04:45 << the public update of 04:45 is overdue, nobody is reminded
04:45:10 << the ask expires
04:45:10 << ask: pm2 restart cookcam-api (disrupt)
04:45:10 << tell ana (level 3): decision needed: INC-1.a8
04:50 << the public update of 04:50 is overdue, nobody is reminded
04:50 << next public update by 05:10
04:50 << draft u16 for public: Investigating
05:00 >> ana notes still at it
