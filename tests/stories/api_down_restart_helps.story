# INI-01, INV-02, MIT-03, RES-04, PM-05: CookCam 1, as it should go: paged at once, looked at by itself, one yes, proven, watched, written up.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL
hosts: production-server
watch: 10 min

03:00 >> alert "api-health: HTTP 502 from https://api.cookcam.app/health" impact "Complete service outage"
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
03:00 << look: top -bn1
03:00 << look: df -h
03:00 << look: pm2 status
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
03:04:30 >> well again "api-health: HTTP 502 from https://api.cookcam.app/health"
03:04:30 << verify: curl https://api.cookcam.app/health ⏎ curl https://api.cookcam.app/api/v1/reconciliation/health
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:06 >> every look ends
03:06 << watch until 03:16
03:06 << draft u10 for public: Monitoring
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u12 for public: Monitoring
03:11 << tell ana (level 1): over at 03:16 UTC if it stays good; the last update is to be sent then
03:16 << resolved: good for 10 min
03:16 << draft u14 for public: Resolved
03:16 << draft u16 for log: Resolved
03:16 << tick incident-log (tocsin)
03:16 << tell ana (level 1): resolved
03:16 << tell chen (level 3): resolved
03:16 << stop paging
03:16 << draft the post-mortem
03:17 >> the write-up is done
03:17 << post-mortem due 2025-10-09 03:16
03:17 << ana owns the post-mortem
