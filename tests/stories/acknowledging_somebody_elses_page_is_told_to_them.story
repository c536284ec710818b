# PAG-10: two people do not get up for the same thing.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> dee acknowledges
03:02 << dee is commander
03:02 << tell ana (level 1): dee acknowledged your page and commands now
03:02 << stop paging
