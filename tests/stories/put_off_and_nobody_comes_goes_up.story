# PAG-09, ESC-01: after the pause the levels go on.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> ana snoozes until 03:05
03:01 << stop paging
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:05 << page ana (level 1)
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:20 << escalate to level 2: nobody acknowledged in time
03:20 << page bo (level 2)
03:25 << escalate to level 3: nobody acknowledged in time
03:25 << page chen (level 3)
03:27 >> dee notes who has it?
