# COM-02: not in the first hour, and by the commander.
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
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:10 >> ana tells the public every 45 min
03:10 << refused: In the first hour the public hears every 20 min; a longer interval can be chosen after it.
03:11 >> ana tells the public every 10 min
03:11 << next public update by 03:21
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:16 << draft u7 for public: Investigating
03:16 << tell ana (level 1): the public update is due at 03:21 UTC; its draft is ready
03:21 << the public update of 03:21 is overdue, ana is reminded
03:21 << tell ana (level 1): the public update of 03:21 UTC is overdue
03:25 << tell ana (level 1): level 2 is called at 03:30 UTC unless it is over
03:26 << the public update of 03:26 is overdue, ana is reminded
03:26 << tell ana (level 1): the public update is still overdue
03:26 << next public update by 03:36
03:26 << draft u8 for public: Investigating
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell ana (level 2): the drafts for the team and the executives are ready
03:31 << tell ana (level 2): the public update is due at 03:36 UTC; its draft is ready
03:36 << the public update of 03:36 is overdue, ana is reminded
03:36 << tell ana (level 2): the public update of 03:36 UTC is overdue
03:36 << tell ana (level 2): are you still there? paged again at 03:41 UTC; any word will do
03:41 << the public update of 03:41 is overdue, ana is reminded
03:41 << tell ana (level 2): the public update is still overdue
03:41 << next public update by 03:51
03:41 << draft u11 for public: Investigating
03:41 << page again: no word from ana for 30 min
03:41 << page ana (level 2)
03:51 << the public update of 03:51 is overdue, nobody is reminded
03:56 << the public update of 03:56 is overdue, nobody is reminded
03:56 << next public update by 04:06
03:56 << draft u12 for public: Investigating
03:56 << escalate to level 3: nobody acknowledged in time
03:56 << page chen (level 3)
04:01 << escalate to level 3: nobody acknowledged in time
04:01 << page chen (level 3)
04:06 << the public update of 04:06 is overdue, nobody is reminded
04:06 << escalate to level 3: nobody acknowledged in time
04:06 << page chen (level 3)
04:11 << the public update of 04:11 is overdue, nobody is reminded
04:11 << next public update by 04:21
04:11 << draft u15 for public: Investigating
04:11 << nobody answered
04:21 << the public update of 04:21 is overdue, nobody is reminded
04:26 << the public update of 04:26 is overdue, nobody is reminded
04:26 << next public update by 04:36
04:26 << draft u16 for public: Investigating
04:30 >> ana tells the public every 45 min
04:30 << refused: In the first two hours the public hears every 20 min; choose a longer interval after them.
04:36 << the public update of 04:36 is overdue, nobody is reminded
04:41 << the public update of 04:41 is overdue, nobody is reminded
04:41 << next public update by 04:51
04:41 << draft u19 for public: Investigating
04:51 << the public update of 04:51 is overdue, nobody is reminded
04:56 << the public update of 04:56 is overdue, nobody is reminded
04:56 << next public update by 05:06
04:56 << draft u20 for public: Investigating
05:06 << the public update of 05:06 is overdue, nobody is reminded
05:10 >> bo tells the public every 45 min
05:10 << refused: The commander chooses the interval; that is ana.
05:10 >> ana tells the public every 45 min
