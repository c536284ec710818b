# ROL-04: what is not taken in two minutes is not handed over.
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
03:05 >> ana hands IC to bo
03:05 << tell bo (level 1): ana hands you the role of commander: take it within 2 min
03:07 << bo did not take commander; it stays
03:07 << tell ana (level 1): bo did not take the role of commander in time; it stays where it was
03:08 >> bo takes commander
03:08 << tell ana (level 1): bo wants to take the role of commander: hand it over, or keep it
03:09 >> ana notes still mine
