# RES-01: exit status 0 is no proof. What the check says decides, and then the next way is looked at.
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
03:03 >> ana approves
03:03 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:03 << run: pm2 restart cookcam-api
03:03 << draft u7 for public: Mitigating
03:04 >> pm2 restart ends
03:04 << look: pm2 logs cookcam-api --lines 50 --nostream
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 << did not help: still there: api-health: HTTP 502
03:05 << pass over 1.4b pm2 delete cookcam-api ⏎ pm2 start ecosystem.config.production.js: TOC202 process is removed here, and what replaces it only comes in line 166, unproven; TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0
03:05 << pass over IRP 4.1a.2 git checkout <previous-stable-commit> ⏎ npm ci ⏎ npm run build ⏎ pm2 reload ecosystem.config.production.js: TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0; <previous-stable-commit> is still open (ref); it may do anything (puts other files in place; `npm ci` changes something; service goes on; runs `npm run build`, which was not read; replaces the processes one after the other), so tocsin never proposes it
03:05 << pass over IRP 4.1b.1 git checkout -b hotfix/incident-20251007: step IRP 4.1b.2: TOC208 Nothing was staged before this commit: it fails, and what follows goes on without the change; step IRP 4.1b.2: <description> is still open (text); step IRP 4.1b.2: YYYYMMDD is still open (date)
03:05 << pass over IRP 4.1b.2 git commit -m "Hotfix: <description>" ⏎ git push origin hotfix/incident-YYYYMMDD: TOC208 Nothing was staged before this commit: it fails, and what follows goes on without the change; <description> is still open (text); YYYYMMDD is still open (date)
03:05 << pass over IRP 4.1b.3 npm run build ⏎ pm2 reload ecosystem.config.production.js: TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0; it may do anything (runs `npm run build`, which was not read; replaces the processes one after the other), so tocsin never proposes it
03:05 << ask: pm2 scale cookcam-api +2 (change)
03:05 << tell ana (level 1): decision needed: INC-1.a2
03:06 >> ana notes still 502
