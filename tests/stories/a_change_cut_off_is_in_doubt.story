# MIT-12: nobody saw the end, so nobody runs it again. A person looks; "it did not" allows a new ask.
runbook: examples/cookcam/runbook.md
bind: DATABASE_URL

03:00 >> alert "api-health: HTTP 502" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves
03:03 >> tocsin is killed and started again
03:10 >> dee wants step 1.5
03:11 >> ana resolves
03:12 >> ana says it did not take effect
03:13 >> dee approves
