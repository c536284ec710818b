# DEC-06: it ends here without a post-mortem of its own and goes on there.
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
03:03 >> ana merges it into INC-1
03:03 << refused: An incident cannot be merged with itself.
03:03 >> ana merges it into INC-2 because the same fan
03:03 << goes on as INC-2
03:03 << resolved: the same as INC-2
03:03 << draft u6 for log: Resolved
03:03 << tick incident-log (tocsin)
03:03 << tell ana (level 1): resolved
03:03 << stop paging
