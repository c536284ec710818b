# SEV-05, SEV-06: raised in one word, even when acknowledged; lowering wants a reason.
runbook: examples/cookcam/runbook.md

03:00 >> alert "checkout button has the wrong colour" impact "Cosmetic issues"
03:05 >> ana acknowledges
03:06 >> dee raises to P1
03:07 >> dee lowers to P3
03:08 >> dee lowers to P3 because it was the colour after all
