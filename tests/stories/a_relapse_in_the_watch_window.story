# RES-04, R13: good is only good if it stays so. The same incident goes on.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL
watch: 10 min

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves
03:04 >> pm2 restart ends
03:05 >> well again "api-health: HTTP 502"
03:05 >> every look ends
03:09 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:20 >> ana notes it did not stay
