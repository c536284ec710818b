# MIT-05, MIT-09: a step asked for by its number takes the place of the open question, and runs out after 15 minutes like any other.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL

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
03:03 >> dee wants step 4.3
03:03 << withdraw the ask: dee asked for 4.3 instead
03:03 << ask: pm2 trigger cookcam-api heapdump (disrupt)
03:03 << tell ana (level 1): decision needed: INC-1.a2
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:18 << the ask expires
03:18 << ask: pm2 restart cookcam-api (disrupt)
03:18 << tell ana (level 1): decision needed: INC-1.a3
03:18 << page again: no word from ana for 15 min
03:18 << page ana (level 1)
03:23 << escalate to level 2: nobody acknowledged in time
03:23 << page bo (level 2)
03:25 << tell ana (level 2): level 3 is called at 03:30 UTC unless it is over
03:25 >> ana notes nobody answered dee
