# CookCam 1, as it should go: paged at once, looked at by itself, one yes, proven, watched, written up.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL
hosts: production-server
watch: 10 min

03:00 >> alert "api-health: HTTP 502 from https://api.cookcam.app/health" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves
03:04 >> pm2 restart ends
03:05 >> well again "api-health: HTTP 502 from https://api.cookcam.app/health"
03:06 >> every look ends
03:17 >> the write-up is done
