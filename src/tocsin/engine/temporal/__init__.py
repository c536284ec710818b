"""The same core driven by Temporal, when one machine is not enough (extra `temporal`): one workflow per incident."""
