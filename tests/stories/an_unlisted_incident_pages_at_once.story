# DEC-04, INI-01: PrepChef's last line: "For unlisted incidents, escalate to on-call engineer immediately."
runbook: examples/prepchef/runbook.md
watch: 10 min

03:00 >> alert "the coffee machine of the third floor reports low beans"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> ana resolves anyway because beans were bought
03:02 << resolved: resolved by hand
03:02 << draft u7 for public: Resolved
03:02 << draft u9 for log: Resolved
03:02 << tick incident-log (tocsin)
03:02 << tell ana (level 1): resolved
03:02 << stop paging
03:02 << draft the post-mortem
