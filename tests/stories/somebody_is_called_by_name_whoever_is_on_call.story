# ROL-08: whoever is needed is paged with the reason.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Minor feature degraded"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 >> ana calls dee because you wrote this
03:03 << page dee (level 1)
03:04 >> ana calls vic because you are near
03:04 << refused: "vic" is a viewer and may not act.
