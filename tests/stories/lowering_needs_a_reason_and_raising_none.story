# SEV-05: nobody argues about raising.
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
03:03 >> ana lowers to P2
03:03 << refused: Lowering P1 to P2 needs a reason.
03:03 >> ana lowers to P2 because one user only
03:03 << draft u7 for public: Investigating
03:04 >> bo raises to P0
03:04 << page ana (level 1)
03:04 << tell chen (level 3): P0 declared
03:04 << draft u10 for public: Investigating
03:04 << next public update by 03:09
03:04 >> bo raises to P0
03:04 << refused: INC-1 is P0 already.
