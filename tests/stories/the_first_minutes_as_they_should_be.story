# INI-02, COM-01: acknowledged and told within five minutes; nothing is missing.
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
03:06 >> ana notes looking
