"""A stand-in for Cloudflare: the security level of one zone, which is "I'm Under Attack" mode and back."""

import secrets

import msgspec

from tocsin.kit.clock import Clock
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, StandIn, answer_json

LEVELS = ("off", "essentially_off", "low", "medium", "high", "under_attack")


class _Value(msgspec.Struct):
    value: str


class Cloudflare(StandIn):
    """One zone and one token that may change it."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        """Listen at once; the level is "medium", as for a new zone."""
        self.zone = secrets.token_hex(16)
        self.token = f"{MARK}_{secrets.token_hex(16)}"
        self._levels = ["medium"]
        super().__init__(port=port, clock=clock)

    @property
    def api(self) -> str:
        """Base of the API."""
        return f"{self.url}/client/v4"

    @property
    def level(self) -> str:
        """The security level now."""
        return self.levels[-1]

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level it has had, the first one included."""
        with self.changed:
            return tuple(self._levels)

    def failure(self, status: int) -> Answer:
        """An error as Cloudflare writes it."""
        return _no(status, 10000 + status, f"{MARK}: told to answer {status}")

    def answer(self, request: Request) -> Answer:
        """GET and PATCH of the zone's security level."""
        if request.bearer != self.token:
            return _no(403, 9109, "Invalid access token")
        if request.path != f"/client/v4/zones/{self.zone}/settings/security_level":
            return _no(404, 7003, "Could not route to that path, perhaps your object identifier is invalid?")
        if request.method == "PATCH":
            try:
                wanted = msgspec.json.decode(request.body, type=_Value).value
            except msgspec.MsgspecError:
                return _no(400, 6007, "Malformed JSON in request body")
            if wanted not in LEVELS:
                return _no(400, 1007, f"Invalid value for zone setting security_level: {wanted}")
            with self.changed:
                self._levels.append(wanted)
        elif request.method != "GET":
            return _no(405, 10405, "Method not allowed for this endpoint")
        result = {"id": "security_level", "value": self.level, "editable": True, "modified_on": request.at}
        return answer_json(200, {"success": True, "errors": [], "messages": [MARK], "result": result})


def _no(status: int, code: int, message: str) -> Answer:
    return answer_json(
        status,
        {
            "success": False,
            "errors": [{"code": code, "message": message}],
            "messages": [],
            "result": None,
        },
    )
