# PAG-07: nobody is woken for small things.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "No immediate user impact"
03:00 << declare P3, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
23:00 >> ana notes fixed by the way
