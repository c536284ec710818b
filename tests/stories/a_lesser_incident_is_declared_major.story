# SEV-07: then it has a public pulse like the big ones.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Minor feature degraded"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 >> bo declares it major because a minister is affected
03:03 << refused: ana commands and declares it major.
03:03 >> ana declares it major because 
03:03 << refused: Say what makes it major.
03:03 >> ana declares it major because a minister is affected
03:03 << draft u4 for public: Investigating
03:03 << next public update by 03:08
03:03 >> ana declares it major because twice
03:03 << refused: INC-1 is major already.
03:08 << the public update of 03:08 is overdue, ana is reminded
03:08 << draft u6 for public: Investigating
03:08 << tell ana (level 1): the public update of 03:08 UTC is overdue
03:09 >> ana sends public
03:09 << send u6
03:09 << tick status-page (ana)
03:09 << next public update by 03:13
