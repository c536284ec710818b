# ROL-04: the other person says no, and why.
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
03:05 >> ana hands commander to bo
03:05 << tell bo (level 1): ana hands you the role of commander: take it within 2 min
03:06 >> bo declines commander because I am on a train
03:06 << tell ana (level 1): bo does not take the role of commander
03:06 >> dee declines commander because nobody asked me
03:06 << refused: Nobody offered dee the role of commander.
