# COM-02: a long incident has a longer pulse.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> ana sends public
03:02 << send u2
03:02 << tick status-page (ana)
03:02 << next public update by 03:07
03:07 << the public update of 03:07 is overdue, ana is reminded
03:07 << draft u6 for public: Investigating
03:07 << tell ana (level 1): the public update of 03:07 UTC is overdue
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:12 << the public update of 03:12 is overdue, ana is reminded
03:12 << tell ana (level 1): the public update is still overdue
03:12 << next public update by 03:32
03:12 << draft u7 for public: Investigating
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:20 >> ana sends public
03:20 << send u7
03:20 << tick status-page (ana)
03:20 << next public update by 03:40
03:25 << tell ana (level 1): level 2 is called at 03:30 UTC unless it is over
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell ana (level 2): the drafts for the team and the executives are ready
03:35 << draft u10 for public: Investigating
03:35 << tell ana (level 2): the public update is due at 03:40 UTC; its draft is ready
03:40 << the public update of 03:40 is overdue, ana is reminded
03:40 << tell ana (level 2): the public update of 03:40 UTC is overdue
03:45 << the public update of 03:45 is overdue, ana is reminded
03:45 << tell ana (level 2): the public update is still overdue
03:45 << next public update by 04:05
03:45 << draft u11 for public: Investigating
03:45 << tell ana (level 2): are you still there? paged again at 03:50 UTC; any word will do
03:50 << page again: no word from ana for 30 min
03:50 << page ana (level 2)
04:05 << the public update of 04:05 is overdue, nobody is reminded
04:05 << escalate to level 3: nobody acknowledged in time
04:05 << page chen (level 3)
04:10 << the public update of 04:10 is overdue, nobody is reminded
04:10 << next public update by 04:30
04:10 << draft u14 for public: Investigating
04:10 << escalate to level 3: nobody acknowledged in time
04:10 << page chen (level 3)
04:15 << escalate to level 3: nobody acknowledged in time
04:15 << page chen (level 3)
04:20 << nobody answered
04:30 << the public update of 04:30 is overdue, nobody is reminded
04:35 << the public update of 04:35 is overdue, nobody is reminded
04:35 << next public update by 04:55
04:35 << draft u17 for public: Investigating
04:55 << the public update of 04:55 is overdue, nobody is reminded
05:00 << the public update of 05:00 is overdue, nobody is reminded
05:00 << next public update by 05:20
05:00 << draft u18 for public: Investigating
05:05 >> ana drafts for public: Still being repaired. Next update by 06:05 UTC.
05:05 >> ana sends public
05:05 << send u21
05:05 << tick status-page (ana)
05:05 << next public update by 06:05
