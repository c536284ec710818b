"""Names of things. Each kind has its own type, because the wrong id has deleted customers before (I4)."""

import hashlib
from typing import NewType

IncidentId = NewType("IncidentId", str)  # "INC-12"
StepId = NewType("StepId", str)  # 12 hex digits, stable while the rest of the runbook moves
RunId = NewType("RunId", str)  # "INC-12.r3": one run of one step
AskId = NewType("AskId", str)  # "INC-12.a2": one request for a yes
EvidenceId = NewType("EvidenceId", str)  # "INC-12.e7"
PersonId = NewType("PersonId", str)  # "ana"
CheckName = NewType("CheckName", str)  # "api-health"


def sha256(text: str) -> str:
    """The SHA-256 of a text (UTF-8; lone surrogates are kept, so any text has one), as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
