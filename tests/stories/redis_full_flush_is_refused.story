# PrepChef 5: "Flush expired keys" over FLUSHALL is passed over with the reason, and so is its "more conservative" twin.
runbook: examples/prepchef/runbook.md
watch: 10 min

03:00 >> alert "redis-writes: OOM command not allowed when used memory > 'maxmemory'." impact "Major feature unavailable"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves
03:04 >> CONFIG SET ends
03:05 >> well again "redis-writes: OOM command not allowed when used memory > 'maxmemory'."
03:16 >> the write-up is done
