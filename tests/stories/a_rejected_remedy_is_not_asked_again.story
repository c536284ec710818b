# MIT-09: a no is a no. The fallback is for when the first way failed, and it did not fail: it did not run.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana rejects not during the backup
03:20 >> ana notes waiting for the backup
