# SEV-06, PAG-01: raising the severity calls level 1 again, which is Dee by then; Ana, who has it, keeps it.
rotation: ana, dee; at 03:10; every 1 day

03:00 >> alert "Slow search" impact "Moderate performance issues"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << look: curl https://api.cookcam.app/health
03:00 << look: git log --oneline -5
03:00 << pass over IRP 2.5.1 htop: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << pass over IRP 2.5.2 df -h: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << pass over IRP 2.5.3 pm2 status: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
03:00 << look: pm2 logs cookcam-api --lines 100 --nostream
03:00 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
03:00 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
03:00:10 << pass over IRP 4.1a.2 git checkout <previous-stable-commit> ⏎ npm ci ⏎ npm run build ⏎ pm2 reload ecosystem.config.production.js: TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0; <previous-stable-commit> is still open (ref); it may do anything (puts other files in place; `npm ci` changes something; service goes on; runs `npm run build`, which was not read; replaces the processes one after the other), so tocsin never proposes it
03:00:10 << pass over IRP 4.1b.1 git checkout -b hotfix/incident-20251007: step IRP 4.1b.2: TOC208 Nothing was staged before this commit: it fails, and what follows goes on without the change; step IRP 4.1b.2: <description> is still open (text); step IRP 4.1b.2: YYYYMMDD is still open (date)
03:00:10 << pass over IRP 4.1b.2 git commit -m "Hotfix: <description>" ⏎ git push origin hotfix/incident-YYYYMMDD: TOC208 Nothing was staged before this commit: it fails, and what follows goes on without the change; <description> is still open (text); YYYYMMDD is still open (date)
03:00:10 << pass over IRP 4.1b.3 npm run build ⏎ pm2 reload ecosystem.config.production.js: TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0; it may do anything (runs `npm run build`, which was not read; replaces the processes one after the other), so tocsin never proposes it
03:00:10 << ask: pm2 scale cookcam-api +2 (change)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:15 >> bo raises to P0
03:15 << page dee (level 1)
03:15 << tell chen (level 3): P0 declared
03:15 << draft u4 for public: Investigating
03:15 << next public update by 03:20
