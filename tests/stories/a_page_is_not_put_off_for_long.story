# PAG-09: no longer than silence is allowed.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Service completely down"
03:00 << declare P0, unlisted
03:00 << page ana (level 1)
03:00 << tell chen (level 3): P0 declared
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> ana snoozes until 03:40
03:01 << refused: P0 can be put off by at most 15 min.
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> bo snoozes until 03:10
03:03 << refused: ana has it; nothing is paging.
