# COM-06: every field, and what nobody knows is unknown.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana reads the draft for team
03:03 << | **Incident**: strange noise
03:03 << | **Severity**: P1
03:03 << | **Impact**: unknown
03:03 << | **Status**: Investigating
03:03 << | **ETA**: next update by 03:10 UTC
03:03 << | **Incident Commander**: ana
03:03 << | **Updates**: https://status.prepchef.com
03:03 << |
03:03 << | **Condition**: strange noise
03:03 << | **Actions**: looking
03:03 << | **Needs**: nothing
