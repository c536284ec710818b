# PAG-07, ESC-01, RES-04: whoever had it may sleep again. A relapse wants an answer, and goes up until somebody gives one.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL
watch: 1 h

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:00 << declare P0, § API Not Responding
03:00 << page ana (level 1)
03:00 << tell chen (level 3): P0 declared
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
03:03 >> ana approves
03:03 << run: pm2 restart cookcam-api
03:04 >> pm2 restart ends
03:04 << look: pm2 logs cookcam-api --lines 50 --nostream
03:04:30 >> well again "api-health: HTTP 502"
03:04:30 << verify: curl https://api.cookcam.app/health ⏎ curl https://api.cookcam.app/api/v1/reconciliation/health
03:05 >> every look ends
03:05 << watch until 04:05
03:50 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:50 << relapsed: api-health: HTTP 502
03:50 << page ana (level 1)
03:50 << pass over 1.4b pm2 delete cookcam-api ⏎ pm2 start ecosystem.config.production.js: TOC202 process is removed here, and what replaces it only comes in line 166, unproven; TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0
03:50 << nothing more to offer
03:50 << escalate to level 2: the runbook section has nothing more to offer
03:50 << page bo (level 2)
03:55 << escalate to level 3: nobody acknowledged in time
03:55 << page chen (level 3)
03:59 >> chen acknowledges
03:59 << chen is commander
03:59 << stop paging
04:10 >> dee wants step 4.3
04:10 << ask: pm2 trigger cookcam-api heapdump (disrupt)
04:10 << tell chen (level 3): decision needed: INC-1.a2
