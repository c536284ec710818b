# PrepChef's last line: "For unlisted incidents, escalate to on-call engineer immediately."
runbook: examples/prepchef/runbook.md
watch: 10 min

03:00 >> alert "the coffee machine of the third floor reports low beans"
03:01 >> ana acknowledges
03:02 >> ana resolves anyway because beans were bought
