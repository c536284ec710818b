# ROL-06: a task has a named person, words, and an end that is still to come.
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
03:03 >> ana gives somebody for: look at the disks
03:03 << refused: "somebody" is not among the people of tocsin.toml.
03:03 >> ana gives vic for: look at the disks
03:03 << refused: "vic" is a viewer and may not act.
03:03 >> bo does k7
03:03 << refused: There is no task INC-1.k7; there are: none.
