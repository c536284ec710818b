# RES-08, ROL-02: who had it yesterday may sleep now.
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
03:03 >> bo takes scribe
03:03 << bo is scribe
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana resolves anyway because it is loud, that is all
03:05 << resolved: resolved by hand
03:05 << draft u7 for public: Resolved
03:05 << draft u9 for log: Resolved
03:05 << tick incident-log (tocsin)
03:05 << tell ana (level 1): resolved
03:05 << stop paging
03:05 << draft the post-mortem
05:00 >> alert "strange noise"
05:00 << reopen: strange noise again
05:00 << page ana (level 1)
05:00 << draft u11 for public: Investigating
05:00 << next public update by 05:05
05:00 << nothing more to offer
05:01 >> dee acknowledges
05:01 << dee is commander
05:01 << tell ana (level 1): dee acknowledged your page and commands now
05:01 << stop paging
