"""Debian's small tools that runbooks use, fetched with apt and unpacked in .tools: nothing is installed, nobody is root.

Only what is missing on this machine. apt keeps its lists and packages in .tools/apt, checks signatures
with the machine's own keys as always, and reads (never writes) what dpkg has installed.
"""

import os
import pwd
import shutil
from pathlib import Path

from place import BIN, DEBIAN, TOOLS, is_done, key, mark_done, program, write_program
from say import Report, Stop
from sources import OWN_BUNDLE, read

# Program -> package. What the example runbooks and the demo start, and a fresh Debian may lack.
PACKAGES = {
    "curl": "curl",
    "free": "procps",
    "netstat": "net-tools",
    "openssl": "openssl",
    "ps": "procps",
    "top": "procps",
}
# What only the tests and the drills start: real servers and clients to prove our own against.
FOR_TESTS = {
    "amtool": "prometheus-alertmanager",
    "chromium": "chromium",
    "fail2ban-client": "fail2ban",
    "fail2ban-server": "fail2ban",
    "jq": "jq",
    "kubectl": "kubernetes-client",
    "pebble": "pebble",
    "pebble-challtestsrv": "pebble",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "promtool": "prometheus",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
}
_ALL = {**PACKAGES, **FOR_TESTS}
TRUST = "ca-certificates"
ALERTMANAGER = "prometheus-alertmanager"
SHARE = "usr/share/prometheus/alertmanager"  # its templates: the path is compiled in
FOLDERS = ("usr/bin", "bin", "usr/sbin", "sbin")
# Programs whose start script knows only the place where they would be installed: the program itself, unpacked.
THEMSELVES = {"chromium": "usr/lib/chromium/chromium"}


def install(report: Report, *, dev: bool) -> None:
    """Put a wrapper into .tools/bin for every program of PACKAGES, and with `dev` of FOR_TESTS, that is missing here.

    Raises:
        Stop: something is missing and this is not Debian, or apt could not fetch it.
    """
    missing = sorted(name for name in (_ALL if dev else PACKAGES) if program(name) is None)
    _forget(set(_ALL if dev else PACKAGES) - set(missing))
    stamp = DEBIAN / ".tocsin-setup"
    done = key(" ".join(missing))
    if not missing or (is_done(stamp, done) and all((BIN / name).is_file() for name in missing)):
        return
    with report.step(f"Debian's {', '.join(missing)}, unpacked for this checkout only"):
        _unpack(report, sorted({_ALL[name] for name in missing}))
        for name in missing:
            _wrap(name)
        if "sshd" in missing and os.geteuid() == 0:
            _ssh_user(report)
        if ALERTMANAGER in missing and os.geteuid() == 0:
            _templates()
        mark_done(stamp, done)


def install_trust(report: Report) -> None:
    """Without any trusted certificates no https works: unpack Debian's, whose packages apt trusts by signature.

    Raises:
        Stop: they are missing and this is not Debian, or apt could not fetch them.
    """
    if read().certificates:
        return
    with report.step("trusted certificates, which this machine lacks"):
        _unpack(report, [TRUST])
        certificates = sorted((DEBIAN / "usr/share/ca-certificates").rglob("*.crt"))
        if not certificates:
            raise Stop(
                "Debian's certificates were unpacked and are not there.",
                "Set SSL_CERT_FILE to a bundle you trust.",
            )
        OWN_BUNDLE.write_text("".join(file.read_text() for file in certificates))


def _unpack(report: Report, packages: list[str]) -> None:
    names = " ".join(packages)
    by_hand = f"Install it yourself and run this again (Debian: apt-get install {names})."
    if program("apt-get") is None or program("dpkg") is None:
        raise Stop(f"this machine lacks {names} and has no apt-get to fetch it with.", by_hand)
    apt = TOOLS / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    for old in (apt / "cache/archives").glob("*.deb"):
        old.unlink()
    options = [
        f"Dir::State={apt / 'state'}",
        "Dir::State::status=/var/lib/dpkg/status",
        f"Dir::Cache={apt / 'cache'}",
        "Debug::NoLocking=1",
        f"APT::Sandbox::User={_user()}",
        "Acquire::Languages=none",
        "APT::Install-Recommends=0",
        "Acquire::Retries=2",
        "Quiet=1",
    ]
    start = ["apt-get", *(word for option in options for word in ("-o", option))]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    hint = f"Check the network and /etc/apt, or do it yourself: apt-get install {names}."
    lists = "apt could not read the package lists"
    try:
        report.run([*start, "-o", "APT::Update::Error-Mode=any", "update"], failure=lists, hint=hint, env=env)
        unread = None
    except Stop as stop:
        # One source of several may be out of reach and not needed; if it was needed, this is the reason to tell.
        unread = stop
    try:
        report.run(
            [*start, "install", "--download-only", "--yes", *packages],
            failure=f"apt could not fetch {names}",
            hint=hint,
            env=env,
        )
    except Stop as stop:
        raise unread or stop from stop
    DEBIAN.mkdir(parents=True, exist_ok=True)
    for package in sorted((apt / "cache/archives").glob("*.deb")):
        report.run(
            ["dpkg", "-x", package, DEBIAN],
            failure=f"{package.name} could not be unpacked", hint="Look at the disk (df -h .).", env=env,
        )  # fmt: skip
    # 70 MB of lists for a few small programs: the next machine state needs fresh ones anyway.
    shutil.rmtree(apt, ignore_errors=True)


def _user() -> str:
    """Whom apt downloads as. As root it would change to _apt, who may not be able to enter this folder."""
    return "root" if os.geteuid() == 0 else ""


def _ssh_user(report: Report) -> None:
    """As root, and only then, sshd wants the user that its package makes when it is installed."""
    try:
        pwd.getpwnam("sshd")
    except KeyError:
        report.run(
            ["useradd", "--system", "--no-create-home", "--home-dir", "/run/sshd", "--shell", "/usr/sbin/nologin", "sshd"],
            failure="the user sshd could not be made", hint="apt-get install openssh-server", env=dict(os.environ),
        )  # fmt: skip


def _templates() -> None:
    """As root: where Debian's Alertmanager reads its templates. Nobody else can put them there; see `_start`."""
    place = Path("/", SHARE)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)  # a link to a folder that has gone
        place.symlink_to(DEBIAN / SHARE)


def _start(name: str, file: Path) -> str:
    """How a program is started. Alertmanager sees its own templates in a namespace of its own, where it lacks them."""
    if name in THEMSELVES:
        return f'{_own_fonts()}\nexec "{file}" "$@"'
    if name != ALERTMANAGER:
        return f'exec "{file}" "$@"'
    mount = f"mount -t overlay overlay -o lowerdir={DEBIAN / 'usr/share'}:/usr/share /usr/share"
    return (
        f'if [ -e "/{SHARE}" ]; then exec "{file}" "$@"; fi\n'
        f'exec unshare --map-root-user --mount sh -c \'{mount} && exec "$0" "$@"\' "{file}" "$@"'
    )


def _own_fonts() -> str:
    """A browser without any font draws nothing: where the machine has none, those that were unpacked with it."""
    settings = DEBIAN / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>'
        f"<dir>{DEBIAN}/usr/share/fonts</dir><cachedir>{DEBIAN}/var/cache/fontconfig</cachedir></fontconfig>\n"
    )
    return f'[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="{settings}"'


def _wrap(name: str) -> None:
    places = [*(f"{folder}/{name}" for folder in FOLDERS)]
    if name in THEMSELVES:
        places.insert(0, THEMSELVES[name])
    file = next((DEBIAN / place for place in places if (DEBIAN / place).exists()), None)
    if file is None:
        raise Stop(f"Debian's package {_ALL[name]} has no program {name}.", f"Install {name} yourself.")
    libraries = ":".join(str(DEBIAN / folder / _triplet()) for folder in ("usr/lib", "lib"))
    libraries += f":{DEBIAN / 'usr/lib' / _triplet() / 'pulseaudio'}"  # where one of a browser's hides
    write_program(
        name,
        f"#!/bin/sh\n# Debian's {name}, unpacked by scripts/setup because this machine had none.\n"
        f'export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\n{_start(name, file)}\n',
    )


def _triplet() -> str:
    """The folder of libraries of this architecture, as in x86_64-linux-gnu."""
    found = sorted(path.name for path in (DEBIAN / "usr/lib").glob("*-linux-gnu*"))
    return found[0] if found else f"{os.uname().machine}-linux-gnu"


def _forget(present: set[str]) -> None:
    """A program that the machine has got since is not wrapped any more."""
    for name in present:
        (BIN / name).unlink(missing_ok=True)
