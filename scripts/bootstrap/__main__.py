"""Sets up this checkout: Python packages in .venv, everything else in .tools, nothing on the machine.

Started by scripts/setup. Standard library only, and no pip, venv or curl of the machine's is taken for
granted: a fresh Debian has none of them. Every step is skipped when its stamp says it is done, so a second
run starts no program but a few "--version", needs no network, and ends within a blink.
"""

import argparse
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import bytecode
import debian
import node
import packages
import sources
from place import ROOT, TOOLS
from say import Report, Stop


def main() -> int:
    """Set up; 0, or 2 with one sentence about what is wrong and what to do."""
    parser = argparse.ArgumentParser(
        prog="scripts/setup", description="Set up this checkout, inside this checkout."
    )
    parser.add_argument("--dev", action="store_true", help="also what tests, checks and benchmarks need")
    parser.add_argument("--quiet", action="store_true", help="say nothing when everything is in place")
    arguments = parser.parse_args()
    try:
        _set_up(dev=arguments.dev, quiet=arguments.quiet)
    except Stop as stop:
        print(f"setup: {stop.message}\n  {stop.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nsetup: interrupted; run it again and it goes on where it stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        print(
            f"setup: {error}.\n  Look at the disk (df -h .) and at who owns {TOOLS} and .venv.",
            file=sys.stderr,
        )
        return 2
    return 0


def _set_up(*, dev: bool, quiet: bool) -> None:
    if not sys.platform.startswith("linux"):
        raise Stop(
            f"set-up knows Linux, and this is {sys.platform}.", "Use a Debian 12 machine or virtual machine."
        )
    try:
        TOOLS.mkdir(exist_ok=True)
        (TOOLS / "lock").touch()
    except OSError as error:
        raise Stop(
            f"cannot write into {TOOLS} ({error.strerror}).",
            f"Clone the repository as the user who runs it, or give it to them: chown -R USER {ROOT}.",
        ) from error
    report = Report(quiet=quiet, log=TOOLS / "setup.log")
    with _alone(report):
        # The order matters: certificates before any https, Python packages before Node, which may come from one.
        debian.install_trust(report)
        where = sources.read()
        packages.install(report, where, dev=dev)
        bytecode.write(report)
        node.install(report, where)
        debian.install(report, dev=dev)
    report.finish()


@contextmanager
def _alone(report: Report) -> Iterator[None]:
    """Two set-ups of one checkout wait for each other. The lock goes away with its process, however that ends."""
    with (TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report.note("another set-up of this checkout is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
