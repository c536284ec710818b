# PAG-06, ESC-02: a yes stops the paging; thirty minutes without an end call level 2 all the same.
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
03:04 >> ana acknowledges
03:04 << ana is commander
03:04 << stop paging
03:05 << warn: missing after the first minutes: first update of the status page, the end of the first look (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:15:10 << the ask expires
03:15:10 << ask: pm2 restart cookcam-api (disrupt)
03:15:10 << tell ana (level 1): decision needed: INC-1.a2
03:25 << tell ana (level 1): level 2 is called at 03:30 UTC unless it is over
03:25 << tell ana (level 1): the public update is due at 03:30 UTC; its draft is ready
03:29 << tell ana (level 1): are you still there? paged again at 03:34 UTC; any word will do
03:29 >> ana notes still looking
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell ana (level 2): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, ana is reminded
03:30 << tell ana (level 2): the public update of 03:30 UTC is overdue
03:30:10 << the ask expires
03:30:10 << ask: pm2 restart cookcam-api (disrupt)
03:30:10 << tell ana (level 2): decision needed: INC-1.a3
03:31 >> ana notes level 2 is here
