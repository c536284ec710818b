# SEV-02, ESC-01, DEC-04: a cosmetic matter has four hours, and then the next level is asked all the same.
runbook: examples/cookcam/runbook.md

00:30 >> alert "checkout button has the wrong colour" impact "Cosmetic issues"
00:30 << declare P3, unlisted
00:30 << page ana (level 1)
00:30 << look: curl https://api.cookcam.app/health
00:30 << look: git log --oneline -5
00:30 << pass over IRP 2.5.1 htop: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
00:30 << pass over IRP 2.5.2 df -h: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
00:30 << pass over IRP 2.5.3 pm2 status: it runs on "production-server", and tocsin.toml does not bind that host (targets.hosts)
00:30 << look: pm2 logs cookcam-api --lines 100 --nostream
00:30 << pass over IRP 3.3.1 SELECT COUNT(*) FROM pg_stat_activity;: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
00:30 << pass over IRP 3.3.2 SELECT * FROM pg_stat_activity WHERE state = 'active';: TOC103 shell lines follow the lines of a session in the same fence; the session was ended before them; $DATABASE_URL is still open (url); the database $DATABASE_URL is not bound (targets.environment)
00:30 << look: sudo tail -n 200 /var/log/nginx/error.log ⏎ sudo tail -n 200 /var/log/nginx/access.log
00:30:10 << pass over IRP 4.1a.2 git checkout <previous-stable-commit> ⏎ npm ci ⏎ npm run build ⏎ pm2 reload ecosystem.config.production.js: TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0; <previous-stable-commit> is still open (ref); it may do anything (puts other files in place; `npm ci` changes something; service goes on; runs `npm run build`, which was not read; replaces the processes one after the other), so tocsin never proposes it
00:30:10 << pass over IRP 4.1b.1 git checkout -b hotfix/incident-20251007: step IRP 4.1b.2: TOC208 Nothing was staged before this commit: it fails, and what follows goes on without the change; step IRP 4.1b.2: <description> is still open (text); step IRP 4.1b.2: YYYYMMDD is still open (date)
00:30:10 << pass over IRP 4.1b.2 git commit -m "Hotfix: <description>" ⏎ git push origin hotfix/incident-YYYYMMDD: TOC208 Nothing was staged before this commit: it fails, and what follows goes on without the change; <description> is still open (text); YYYYMMDD is still open (date)
00:30:10 << pass over IRP 4.1b.3 npm run build ⏎ pm2 reload ecosystem.config.production.js: TOC305 PM2 takes only *.config.js, .json and .yml for a configuration; it runs ecosystem.config.production.js as a program, status 0; it may do anything (runs `npm run build`, which was not read; replaces the processes one after the other), so tocsin never proposes it
00:30:10 << ask: pm2 scale cookcam-api +2 (change)
00:30:10 << tell ana (level 1): decision needed: INC-1.a1
00:45:10 << the ask expires
00:45:10 << ask: pm2 scale cookcam-api +2 (change)
00:45:10 << tell ana (level 1): decision needed: INC-1.a2
01:00:10 << the ask expires
01:00:10 << ask: pm2 scale cookcam-api +2 (change)
01:00:10 << tell ana (level 1): decision needed: INC-1.a3
01:15:10 << the ask expires
01:15:10 << ask: pm2 scale cookcam-api +2 (change)
01:15:10 << tell ana (level 1): decision needed: INC-1.a4
01:30:10 << the ask expires
01:30:10 << ask: pm2 scale cookcam-api +2 (change)
01:30:10 << tell ana (level 1): decision needed: INC-1.a5
01:45:10 << the ask expires
01:45:10 << ask: pm2 scale cookcam-api +2 (change)
01:45:10 << tell ana (level 1): decision needed: INC-1.a6
02:00:10 << the ask expires
02:00:10 << ask: pm2 scale cookcam-api +2 (change)
02:00:10 << tell ana (level 1): decision needed: INC-1.a7
02:15:10 << the ask expires
02:15:10 << ask: pm2 scale cookcam-api +2 (change)
02:15:10 << tell ana (level 1): decision needed: INC-1.a8
02:30:10 << the ask expires
02:30:10 << ask: pm2 scale cookcam-api +2 (change)
02:30:10 << tell ana (level 1): decision needed: INC-1.a9
02:45:10 << the ask expires
02:45:10 << ask: pm2 scale cookcam-api +2 (change)
02:45:10 << tell ana (level 1): decision needed: INC-1.a10
03:00:10 << the ask expires
03:00:10 << ask: pm2 scale cookcam-api +2 (change)
03:00:10 << tell ana (level 1): decision needed: INC-1.a11
03:15:10 << the ask expires
03:15:10 << ask: pm2 scale cookcam-api +2 (change)
03:15:10 << tell ana (level 1): decision needed: INC-1.a12
03:30:10 << the ask expires
03:30:10 << ask: pm2 scale cookcam-api +2 (change)
03:30:10 << tell ana (level 1): decision needed: INC-1.a13
03:45:10 << the ask expires
03:45:10 << ask: pm2 scale cookcam-api +2 (change)
03:45:10 << tell ana (level 1): decision needed: INC-1.a14
04:00:10 << the ask expires
04:00:10 << ask: pm2 scale cookcam-api +2 (change)
04:00:10 << tell ana (level 1): decision needed: INC-1.a15
04:15:10 << the ask expires
04:15:10 << ask: pm2 scale cookcam-api +2 (change)
04:15:10 << tell ana (level 1): decision needed: INC-1.a16
04:30 << escalate to level 2: nobody acknowledged in time
04:30 << page bo (level 2)
04:30:10 << the ask expires
04:30:10 << ask: pm2 scale cookcam-api +2 (change)
04:30:10 << tell bo (level 2): decision needed: INC-1.a17
04:45:10 << the ask expires
04:45:10 << ask: pm2 scale cookcam-api +2 (change)
04:45:10 << tell bo (level 2): decision needed: INC-1.a18
05:00:10 << the ask expires
05:00:10 << ask: pm2 scale cookcam-api +2 (change)
05:00:10 << tell bo (level 2): decision needed: INC-1.a19
05:15:10 << the ask expires
05:15:10 << ask: pm2 scale cookcam-api +2 (change)
05:15:10 << tell bo (level 2): decision needed: INC-1.a20
05:30:10 << the ask expires
05:30:10 << ask: pm2 scale cookcam-api +2 (change)
05:30:10 << tell bo (level 2): decision needed: INC-1.a21
05:45:10 << the ask expires
05:45:10 << ask: pm2 scale cookcam-api +2 (change)
05:45:10 << tell bo (level 2): decision needed: INC-1.a22
06:00:10 << the ask expires
06:00:10 << ask: pm2 scale cookcam-api +2 (change)
06:00:10 << tell bo (level 2): decision needed: INC-1.a23
06:15:10 << the ask expires
06:15:10 << ask: pm2 scale cookcam-api +2 (change)
06:15:10 << tell bo (level 2): decision needed: INC-1.a24
06:30:10 << the ask expires
06:30:10 << ask: pm2 scale cookcam-api +2 (change)
06:30:10 << tell bo (level 2): decision needed: INC-1.a25
06:45:10 << the ask expires
06:45:10 << ask: pm2 scale cookcam-api +2 (change)
06:45:10 << tell bo (level 2): decision needed: INC-1.a26
07:00:10 << the ask expires
07:00:10 << ask: pm2 scale cookcam-api +2 (change)
07:00:10 << tell bo (level 2): decision needed: INC-1.a27
07:15:10 << the ask expires
07:15:10 << ask: pm2 scale cookcam-api +2 (change)
07:15:10 << tell bo (level 2): decision needed: INC-1.a28
07:30:10 << the ask expires
07:30:10 << ask: pm2 scale cookcam-api +2 (change)
07:30:10 << tell bo (level 2): decision needed: INC-1.a29
07:45:10 << the ask expires
07:45:10 << ask: pm2 scale cookcam-api +2 (change)
07:45:10 << tell bo (level 2): decision needed: INC-1.a30
08:00:10 << the ask expires
08:00:10 << ask: pm2 scale cookcam-api +2 (change)
08:00:10 << tell bo (level 2): decision needed: INC-1.a31
08:15:10 << the ask expires
08:15:10 << ask: pm2 scale cookcam-api +2 (change)
08:15:10 << tell bo (level 2): decision needed: INC-1.a32
08:30 << escalate to level 3: nobody acknowledged in time
08:30 << page chen (level 3)
08:30:10 << the ask expires
08:30:10 << ask: pm2 scale cookcam-api +2 (change)
08:30:10 << tell chen (level 3): decision needed: INC-1.a33
08:45:10 << the ask expires
08:45:10 << ask: pm2 scale cookcam-api +2 (change)
08:45:10 << tell chen (level 3): decision needed: INC-1.a34
09:00 >> dee notes it is still the wrong colour
