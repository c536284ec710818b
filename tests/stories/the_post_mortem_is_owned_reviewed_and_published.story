# PM-03, PM-10, PM-12: one owner, a review by a commander, action items with a day, and the clock that stops at publication.
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
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page, the end of the first look (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:10 >> bo acknowledges
03:10 << bo is commander
03:10 << tell ana (level 1): bo acknowledged your page and commands now
03:10 << stop paging
03:15 << tell bo (level 1): what is the cause: known, a best guess, or escalate?
03:15:10 << the ask expires
03:15:10 << ask: pm2 restart cookcam-api (disrupt)
03:15:10 << tell bo (level 1): decision needed: INC-1.a2
03:20 >> every look ends
03:25 << tell bo (level 1): level 2 is called at 03:30 UTC unless it is over
03:25 << tell bo (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell bo (level 2): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, bo is reminded
03:30 << tell bo (level 2): the public update of 03:30 UTC is overdue
03:30 >> bo resolves anyway because the load balancer was being replaced
03:30 << resolved: resolved by hand
03:30 << draft u10 for public: Resolved
03:30 << draft u12 for log: Resolved
03:30 << tick incident-log (tocsin)
03:30 << tell ana (level 1): resolved
03:30 << tell bo (level 1): resolved
03:30 << withdraw the ask: resolved
03:30 << take back the page to bo
03:30 << stop paging
03:30 << draft the post-mortem
03:31 >> the write-up is done
03:31 << post-mortem due 2025-10-09 03:30
03:31 << bo owns the post-mortem
09:00 >> vic owns the post-mortem
09:00 << refused: "vic" is a viewer and may not act.
09:01 >> dee owns the post-mortem
09:01 << dee owns the post-mortem
09:10 >> dee moves the post-mortem to reviewed
09:10 << refused: The post-mortem of INC-1 is draft; what comes next is in review.
09:11 >> dee moves the post-mortem to in review
09:11 << post-mortem in review
09:12 >> dee moves the post-mortem to reviewed
09:12 << refused: A post-mortem is approved by a commander or an admin; dee is a responder.
09:13 >> chen moves the post-mortem to reviewed
09:13 << post-mortem reviewed
09:20 >> dee promises "alert on restarts" by ana until 2025-10-10 high
09:20 << INC-1.t1 for ana until 2025-10-10: alert on restarts
09:21 >> dee promises "alert on restarts" by zoe until 2025-10-10
09:21 << refused: "zoe" is not among the people of tocsin.toml.
09:22 >> dee promises "put it on the dashboard" by bo until 2025-10-20
09:22 << INC-1.t2 for bo until 2025-10-20: put it on the dashboard
09:30 >> dee drops INC-1.t2
09:30 << refused: Dropping INC-1.t2 needs a reason.
09:31 >> bo drops INC-1.t2 because the dashboard goes away
09:31 << INC-1.t2 dropped
09:40 >> dee moves the post-mortem to published
09:40 << post-mortem published
09:41 >> dee moves the post-mortem to draft
09:41 << refused: The post-mortem of INC-1 is published; what comes next is nothing: it stays published.
