# RES-09: section, changes, who, times.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Minor feature degraded"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 >> bo takes scribe
03:03 << bo is scribe
03:10 >> ana resolves anyway because we pulled the plug
03:10 << resolved: resolved by hand
03:10 << draft u4 for log: Resolved
03:10 << tick incident-log (tocsin)
03:10 << tell ana (level 1): resolved
03:10 << stop paging
03:10 << draft the post-mortem
03:11 >> ana reads the draft for log
03:11 << | 2025-10-07 INC-1 P2 strange noise
03:11 << | Section: unlisted
03:11 << | From 03:00 to 03:10 UTC (10 min); resolved by hand
03:11 << | Changes: none
03:11 << | Who:
03:11 << | - commander: ana from 03:02
03:11 << | - scribe: bo from 03:03
