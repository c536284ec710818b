# ESC-06: the last level is paged three rounds.
runbook: examples/prepchef/runbook.md
levels: ana

03:00 >> alert "strange noise" impact "Service completely down"
03:00 << declare P0, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:05 << escalate to level 1: nobody acknowledged in time
03:05 << page ana (level 1)
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:10 << escalate to level 1: nobody acknowledged in time
03:10 << page ana (level 1)
03:15 << nobody answered
03:20 >> ana acknowledges
03:20 << ana is commander
03:20 << stop paging
