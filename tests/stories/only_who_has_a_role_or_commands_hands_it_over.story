# ROL-04: nobody gives away what is somebody else's.
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
03:03 >> bo hands commander to dee
03:03 << refused: ana is commander; only ana or the commander hands it over.
03:04 >> ana hands commander to ana
03:04 << refused: ana is commander already.
03:04 >> ana hands commander to vic
03:04 << refused: "vic" is a viewer and may not act.
03:04 >> ana hands cook to bo
03:04 << refused: "cook" is no role; they are commander, deputy, scribe, communications.
