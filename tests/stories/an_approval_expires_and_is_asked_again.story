# MIT-05: a yes is for this text, on this target, for a quarter of an hour.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves-what-was-shown-before
03:04 >> vic approves
03:17 >> ana approves
03:17 >> ana approves
