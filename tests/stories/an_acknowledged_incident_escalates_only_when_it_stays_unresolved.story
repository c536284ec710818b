# PAG-06, ESC-02: a yes stops the paging; thirty minutes without an end call level 2 all the same.
runbook: examples/cookcam/runbook.md

03:00 >> alert "api-health: HTTP 502" impact "Partial service outage"
03:04 >> ana acknowledges
03:29 >> ana notes still looking
03:31 >> ana notes level 2 is here
