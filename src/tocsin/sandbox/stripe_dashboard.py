"""Stripe's pages for keys, as far as a script that stands for a person needs them: create a restricted key, delete a key.

Beside the API, at `/dashboard/apikeys`; what a browser shows there is not imitated. `STRIPE_DASHBOARD` says where it is.
"""

from tocsin.errors import NotFound
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, answer_json
from tocsin.sandbox.stripe import Stripe
from tocsin.sandbox.stripe_objects import stripe_error

_PAGE = "/dashboard/apikeys"
_OURS = (f"rk_live_{MARK}", f"sk_live_{MARK}")


class StripeWithDashboard(Stripe):
    """Stripe, and its pages for keys."""

    @property
    def dashboard(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}/dashboard"

    def answer(self, request: Request) -> Answer:
        """A page for keys, else the API.

        `POST /dashboard/apikeys` with `permissions` ("balance_read,payment_intent_write"; empty is everything) makes a key;
        `secret` names it, so that a scenario can write it down beforehand. `POST /dashboard/apikeys/delete` with `secret`
        ends one. Nobody has to log in: only the room reaches it.
        """
        if request.method != "POST" or request.path not in (_PAGE, f"{_PAGE}/delete"):
            return super().answer(request)
        form = request.form
        if request.path == _PAGE:
            wanted = frozenset(form.get("permissions", "").split(",")) - {""}
            named = form.get("secret", "")
            if named and not named.startswith(_OURS):
                return stripe_error(400, f"A key of a drill begins with {' or '.join(_OURS)}. ({MARK})")
            return answer_json(
                200, {"secret": self.issue("rk_live_", permissions=wanted or None, secret=named)}
            )
        try:
            self.revoke(form.get("secret", ""))
        except NotFound as problem:
            return stripe_error(404, problem.message)
        return answer_json(200, {"deleted": True})
