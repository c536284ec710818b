# ESC-01, ESC-06: level after level, the last one again, and then it is said that nobody answered.
runbook: examples/cookcam/runbook.md

03:00 >> alert "api-health: HTTP 502" impact "Partial service outage"
03:59 >> dee notes still dark
