# ROL-08: released people sleep, and can be called back.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:15 << escalate to level 2: nobody acknowledged in time
03:15 << page bo (level 2)
03:20 << escalate to level 3: nobody acknowledged in time
03:20 << page chen (level 3)
03:20 >> bo acknowledges
03:20 << bo is commander
03:20 << take back the page to chen
03:20 << stop paging
03:25 << tell bo (level 3): the public update is due at 03:30 UTC; its draft is ready
03:25 >> bo releases ana
03:26 >> bo releases ana
03:26 << refused: ana is released already.
03:30 << tell bo (level 3): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, bo is reminded
03:30 << tell bo (level 3): the public update of 03:30 UTC is overdue
03:30 >> bo calls ana because only you know this machine
03:30 << page ana (level 3)
03:31 >> ana notes on my way
