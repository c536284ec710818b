# COM-06, RES-09: status page, team channel, customers, incident log, with who and when.
runbook: examples/cookcam/runbook.md
watch: 10 min

03:00 >> alert "strange noise" impact "Partial service outage"
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
03:03 >> ana sends public
03:03 << send u2
03:03 << tick status-page (ana)
03:03 << next public update by 03:08
03:04 >> ana sends team
03:04 << send u4
03:04 << tick team-channel (ana)
03:05 << warn: missing after the first minutes: the end of the first look (INI-02)
03:08 << the public update of 03:08 is overdue, ana is reminded
03:08 << draft u6 for public: Investigating
03:08 << tell ana (level 1): the public update of 03:08 UTC is overdue
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:10 >> well again "strange noise"
03:10 << withdraw the ask: the trouble is gone
03:10 << verify: curl https://api.cookcam.app/health ⏎ curl https://api.cookcam.app/api/v1/reconciliation/health
03:13 << the public update of 03:13 is overdue, ana is reminded
03:13 << tell ana (level 1): the public update is still overdue
03:13 << next public update by 03:33
03:13 << draft u7 for public: Investigating
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:21 >> ana ticks customers: mail to 14 customers
03:21 << tick customers (ana)
03:21 >> ana ticks the-moon
03:21 << refused: "the-moon" is not on the list: status-page, team-channel, customers, incident-log.
