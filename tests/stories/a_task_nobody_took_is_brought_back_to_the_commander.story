# ROL-06: whoever gave it hears that it was never taken.
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
03:03 >> ana gives bo 5 min for: call the data centre
03:03 << tell bo (level 1): INC-1.k1 is yours: call the data centre
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:08 << tell bo (level 1): the time for INC-1.k1 is over: call the data centre
03:08 << tell ana (level 1): the time bo had for INC-1.k1 is over, and they never said that they have it: call the data centre
03:09 >> bo gave up k1: nobody answers there
03:09 << tell ana (level 1): bo gave up INC-1.k1: nobody answers there
