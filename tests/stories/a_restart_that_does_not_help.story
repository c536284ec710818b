# RES-01: exit status 0 is no proof. What the check says decides, and then the next way is looked at.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves
03:04 >> pm2 restart ends
03:06 >> ana notes still 502
