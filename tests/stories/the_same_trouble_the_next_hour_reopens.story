# RES-08: within a day it is the same incident, with its history.
runbook: examples/cookcam/runbook.md
watch: 5 min

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> well again "api-health: HTTP 502"
03:04 >> every look ends
03:30 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:31 >> bo notes again?
