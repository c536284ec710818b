# A question that lost its point is withdrawn; a good watch window ends the incident, an alert that clears does not (RES-06).
runbook: examples/cookcam/runbook.md
watch: 10 min

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:03 >> ana acknowledges
03:04 >> well again "api-health: HTTP 502"
03:05 >> every look ends
03:20 >> ana notes slept through it
