# ROL-06: done without a word is not done.
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
03:03 >> ana gives bo for: look at the disks
03:03 << tell bo (level 1): INC-1.k1 is yours: look at the disks
03:04 >> dee does k1
03:04 << refused: INC-1.k1 is bo's; a task moves by being given anew.
03:04 >> bo did k1
03:04 << refused: Say what was seen: that is what INC-1.k1 was for.
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> bo did k1: two of three are full
03:05 << tell ana (level 1): bo did INC-1.k1: two of three are full
