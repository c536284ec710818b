# MIT-06: a viewer and a stranger are refused everything.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> vic acknowledges
03:01 << refused: "vic" is a viewer and may not act.
03:01 >> eve acknowledges
03:01 << refused: "eve" is not among the people of tocsin.toml.
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> vic takes deputy
03:03 << refused: "vic" is a viewer and may not act.
03:03 >> vic sends public
03:03 << refused: "vic" is a viewer and may not act.
03:03 >> eve drops it because nothing to see
03:03 << refused: "eve" is not among the people of tocsin.toml.
03:03 >> vic ticks status-page
03:03 << refused: "vic" is a viewer and may not act.
03:03 >> vic notes hello
03:03 << refused: "vic" is a viewer and may not act.
