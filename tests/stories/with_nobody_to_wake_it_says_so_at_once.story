# ESC-06, PAG-19: silence is the one thing that may not happen.
runbook: examples/prepchef/runbook.md
levels: -

03:00 >> alert "strange noise" impact "Service completely down"
03:00 << declare P0, unlisted
03:00 << nobody answered
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> dee acknowledges
03:01 << dee is commander
03:01 << stop paging
