# DEC-02, SEV-04: severity, service and section are not asked for; in doubt the higher.
runbook: examples/prepchef/runbook.md

03:00 >> alert "something is odd"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
