"""PrepChef's "SSL Certificate Expiration", typed as it stands, against an nginx with a certificate that is over."""

import contextlib
import os
import pty
import subprocess

from tests.conftest import Deadline
from tests.sandbox.faults.seed import Shell, commands, fences

from tocsin.sandbox.fault import differences
from tocsin.sandbox.faults.ssl_certificate_expiration import EXPIRED
from tocsin.sandbox.oracles import tls
from tocsin.sandbox.prepchef import API, PrepChefRoom

DATES, CERT_MANAGER, MANUAL = range(3)
HEADING = EXPIRED.heading
CHECK = "openssl s_client -connect prepchef.com:443 -servername prepchef.com </dev/null 2>/dev/null | openssl x509 -noout -checkend 1209600"


def test_the_dates_of_a_certificate_that_is_over_are_printed_with_success(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    before = EXPIRED.oracles(prepchef)
    assert not EXPIRED.confirm(prepchef)
    handle = EXPIRED.inject(prepchef)
    assert EXPIRED.confirm(prepchef)
    assert prepchef.get(API, "/health").status is None
    assert shell.run("curl -sS https://api.prepchef.com/health").status == 60
    (dates,) = commands(fences(HEADING)[DATES])
    seen = shell.run(dates)
    assert (seen.status, seen.out.count("GMT")) == (0, 2)
    assert shell.run(CHECK).status == 1
    EXPIRED.restore(prepchef, handle)
    assert differences(before, EXPIRED.oracles(prepchef)) == {}
    assert prepchef.get(API, "/health").status == 200
    EXPIRED.restore(prepchef, handle)
    assert differences(before, EXPIRED.oracles(prepchef)) == {}


def test_renewal_without_a_terminal_goes_to_sleep_first(prepchef: PrepChefRoom, shell: Shell) -> None:
    EXPIRED.inject(prepchef)
    renew = commands(fences(HEADING)[MANUAL])[0]
    logs = prepchef.room.scratch.path / "acme/logs"

    def sleeps() -> bool:
        with contextlib.suppress(FileNotFoundError):  # it turns its logs over when it starts
            return any(
                "Non-interactive renewal: random delay of" in log.read_text() for log in logs.iterdir()
            )
        return False

    with subprocess.Popen(
        ["/bin/bash", "-c", f"exec {renew}"], env=shell.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as certbot:  # fmt: skip
        # It says so in its log only, and then sleeps for up to eight minutes.
        Deadline()(sleeps, what="it goes to sleep")
        certbot.kill()
    assert EXPIRED.confirm(prepchef)


def test_renewal_at_a_terminal_makes_a_new_certificate_that_nobody_serves(
    prepchef: PrepChefRoom, shell: Shell
) -> None:
    handle = EXPIRED.inject(prepchef)
    old = tls.written(prepchef.live / "fullchain.pem")
    ours, theirs = pty.openpty()
    renewed = shell.run(commands(fences(HEADING)[MANUAL])[0], stdin=theirs, limit=600)
    os.close(ours)
    os.close(theirs)
    assert renewed.status == 0, renewed
    new = tls.written(prepchef.live / "fullchain.pem")
    assert new is not None
    assert old is not None
    assert new.ends > old.ends
    assert tls.served("prepchef.com", port=prepchef.nginx.front.port) == old
    assert EXPIRED.confirm(prepchef)
    # What the section forgets.
    assert shell.run("nginx -t").status == 0
    assert shell.run("nginx -s reload").status == 0
    Deadline()(lambda: shell.run(CHECK).status == 0, what="the new certificate is served")
    health = "curl -fsS https://api.prepchef.com/health"
    Deadline()(lambda: shell.run(health).status == 0, what="clients trust it")
    EXPIRED.restore(prepchef, handle)
    assert not EXPIRED.confirm(prepchef)


def test_renewal_that_does_not_sleep_is_one_option_away(prepchef: PrepChefRoom, shell: Shell) -> None:
    EXPIRED.inject(prepchef)
    done = shell.run(
        "certbot renew --no-random-sleep-on-renew --force-renewal --cert-name prepchef.com --deploy-hook 'nginx -s reload'",
        limit=600,
    )
    assert done.status == 0, done

    def same() -> bool:
        seen = EXPIRED.oracles(prepchef)
        return seen["tls.prepchef.com.served"] == seen["tls.prepchef.com.file"]

    Deadline()(same, what="what is served is what lies on disk")
    assert EXPIRED.oracles(prepchef)["tls.prepchef.com.key"] == "mode 600"
