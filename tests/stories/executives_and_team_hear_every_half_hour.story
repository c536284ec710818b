# COM-09: two templates, technical and for executives.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:20 >> ana notes looking
03:25 << tell ana (level 1): level 2 is called at 03:30 UTC unless it is over
03:25 << tell ana (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell ana (level 2): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, ana is reminded
03:30 << tell ana (level 2): the public update of 03:30 UTC is overdue
03:31 >> ana reads the draft for executives
03:31 << | INC-1 P1: strange noise
03:31 << | Impact: Major feature unavailable
03:31 << | Status: Investigating, since 03:00 UTC (30 min)
03:31 << | Commander: ana
03:31 << | Next update by 04:00 UTC
03:31 >> ana reads the draft for team
03:31 << | **Incident**: strange noise
03:31 << | **Severity**: P1
03:31 << | **Impact**: Major feature unavailable
03:31 << | **Status**: Investigating
03:31 << | **ETA**: next update by 03:35 UTC
03:31 << | **Incident Commander**: ana
03:31 << | **Updates**: https://status.prepchef.com
03:31 << |
03:31 << | **Condition**: strange noise
03:31 << | **Actions**: looking
03:31 << | **Needs**: nothing
03:32 >> ana sends executives
03:32 << send u8
03:32 >> ana sends team
03:32 << send u7
03:32 << tick team-channel (ana)
