# ESC-05: no severity is too small to ask for help.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "No immediate user impact"
03:00 << declare P3, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:01 >> dee escalates because I do not know this machine
03:01 << escalate to level 2: dee escalates: I do not know this machine
03:01 << page bo (level 2)
03:02 >> dee escalates
03:02 << escalate to level 3: dee escalates: more people are needed
03:02 << page chen (level 3)
03:03 >> dee escalates because still nobody
03:03 << escalate to level 3: dee escalates: still nobody
03:03 << page chen (level 3)
03:04 >> vic escalates because me too
03:04 << refused: "vic" is a viewer and may not act.
