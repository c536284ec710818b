"""One small service of a shop, for pods: what it does is decided by its environment, read once when it starts.

    SERVICE            its name: "payments-svc", "frontend", or any other
    HOST, PORT         where it listens
    PAYMENTS_ENABLED   "false" makes /api/payments answer 503
    STRIPE_API_BASE    where payments are charged with STRIPE_SECRET_KEY; without it they are only counted
    MAINTENANCE_MESSAGE  shown on every page
    HEALTHY            "false" makes /health answer 500: a release that does not work
    CRASH_AFTER        seconds after which it ends with status 1

Started as a program of its own, with nothing but the standard library.
"""

import http.client
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

SERVICE = os.environ.get("SERVICE", "service")
_STRIPE_SECONDS = 5.0


def charge(amount: str) -> tuple[int, dict[str, object]]:
    """Take a payment: by Stripe if there is one, with the key of the environment; status and answer."""
    base = urlsplit(os.environ.get("STRIPE_API_BASE", ""))
    if not base.hostname:
        return 200, {"charged": amount, "by": "nobody: no STRIPE_API_BASE"}
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=_STRIPE_SECONDS)
    try:
        form = urlencode({"amount": amount, "currency": "usd", "description": "DRILL booking"})
        headers = {
            "Authorization": f"Bearer {os.environ.get('STRIPE_SECRET_KEY', '')}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request("POST", "/v1/payment_intents", body=form, headers=headers)
        response = connection.getresponse()
        found = json.loads(response.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as wrong:
        print(f"ERROR payment failed: {wrong}", flush=True)
        return 502, {"error": "the payment provider does not answer"}
    finally:
        connection.close()
    if response.status >= http.client.BAD_REQUEST:
        print(f"ERROR payment declined: Stripe answered {response.status}", flush=True)
        return 502, {"error": "payment declined", "provider_status": response.status}
    return 200, {"charged": amount, "by": "stripe", "intent": found.get("id")}


class Page(BaseHTTPRequestHandler):
    """Answers requests; one line in the log for each."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        path = urlsplit(self.path).path
        status, found = self._found(path)
        found = {"service": SERVICE, "pod": os.environ.get("HOSTNAME", ""), **found}
        if os.environ.get("MAINTENANCE_MESSAGE"):
            found["maintenance"] = os.environ["MAINTENANCE_MESSAGE"]
        body = json.dumps(found).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        level = "ERROR" if status >= http.client.INTERNAL_SERVER_ERROR else "INFO"
        if not path.startswith("/health"):
            print(f"{level} {self.command} {path} {status}", flush=True)

    do_GET = do_POST = _answer  # noqa: N815 - the names that BaseHTTPRequestHandler wants

    def _found(self, path: str) -> tuple[int, dict[str, object]]:
        if path == "/health":
            healthy = os.environ.get("HEALTHY", "true") != "false"
            return (200, {"status": "ok"}) if healthy else (500, {"status": "broken"})
        if path.startswith("/api/payments"):
            if os.environ.get("PAYMENTS_ENABLED", "true") != "true":
                return 503, {"error": "payments are disabled"}
            return charge("999999") if self.command == "POST" else (200, {"payments": "enabled"})
        return 200, {}

    def log_message(self, *_: object) -> None:
        """What is worth a line is printed above."""


def main() -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    place = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080")))
    seconds = os.environ.get("CRASH_AFTER")
    if seconds:
        threading.Timer(float(seconds), lambda: os._exit(1)).start()
    with ThreadingHTTPServer(place, Page) as server:
        print(f"INFO {SERVICE} listens on {place[0]}:{place[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
