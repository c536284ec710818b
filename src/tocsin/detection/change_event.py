"""Something was changed on purpose: a deployment, a configuration, a flag. It opens nothing; it is shown beside incidents."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """One change as its author's tool told it ("check recent deployments", CookCam).

    Attributes:
        key: the same change told twice has the same key: "github:deployment:4711".
        title: one line: "deployed cookcam-api 9f3c2ab to production".
        source: the integration that told it: "github:prod".
        at: when it took effect (UTC), by the source's clock.
        state: "started", "succeeded", "failed" or "" where the source knows none.
        who: of whom, as the source names them, or "".
        links: text and address.
        labels: small facts: {"repository": "cookcam/api", "sha": "9f3c2ab", "environment": "production"}.
    """

    key: str
    title: str
    source: str
    at: datetime
    state: str = ""
    who: str = ""
    links: tuple[tuple[str, str], ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
