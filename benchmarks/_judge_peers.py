"""Judges of commands made by others, each in a process of its own, in an environment of its own.

nah and cc-safety-net were made for coding agents, not for operations. HolmesGPT's check is one module of a large package:
it is loaded alone, with its extended list, over an empty base class for its settings. What cannot be installed (no network,
no Node) gets no number, and `Peer.missing` says why.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".tools" / "peers-judge"
_PYTHON = HOME / "venv" / "bin" / "python"
_PINS = ("nah==0.11.0", "tree-sitter==0.25.2", "tree-sitter-bash==0.25.1", "pydantic==2.12.5")
_HOLMES = "holmesgpt==0.45.0"
_NODE = "cc-safety-net@2.4.5"
_LIMIT_SECONDS = 300

# Each program reads a list of texts and prints [microseconds of each, whether each would run unasked, failures].
_NAH = """
import json, sys, time
from nah import bash
texts = json.load(open(sys.argv[1]))
def allowed(text): return bash.classify_command(text).final_decision == "allow"
"""
_HOLMES_ALONE = """
import json, sys, time, types, logging
from pathlib import Path
import pydantic
logging.disable(logging.CRITICAL)
home = Path(sys.argv[2]) / "holmes"
for name in ("", ".plugins", ".plugins.toolsets", ".plugins.toolsets.bash", ".plugins.toolsets.bash.common", ".common", ".utils"):
    alone = types.ModuleType("holmes" + name)
    alone.__path__ = [str(home.joinpath(*name.split(".")[1:]))]
    sys.modules["holmes" + name] = alone
settings = types.ModuleType("holmes.utils.pydantic_utils")
settings.ToolsetConfig = pydantic.BaseModel
sys.modules["holmes.utils.pydantic_utils"] = settings
from holmes.plugins.toolsets.bash.common.default_lists import CORE_ALLOW_LIST, DEFAULT_DENY_LIST, EXTENDED_ALLOW_LIST
from holmes.plugins.toolsets.bash.validation import validate_command
texts = json.load(open(sys.argv[1]))
allow = [*CORE_ALLOW_LIST, *EXTENDED_ALLOW_LIST]
def allowed(text): return validate_command(text, [], allow, DEFAULT_DENY_LIST).status.value == "allowed"
"""
_LOOP = """
took, yes, failed = [], [], 0
for turn in range(2):
    took, yes, failed = [], [], 0
    for text in texts:
        began = time.perf_counter()
        try:
            answer = allowed(text)
        except Exception:
            answer = False
            failed += 1
        took.append((time.perf_counter() - began) * 1e6)
        yes.append(bool(answer))
print(json.dumps([took, yes, failed]))
"""
_CC = """
import { readFileSync } from "node:fs";
import { checkCommand } from "cc-safety-net/api";
const texts = JSON.parse(readFileSync(process.argv[2]));
let took, yes, failed;
for (let turn = 0; turn < 2; turn++) {
  took = []; yes = []; failed = 0;
  for (const command of texts) {
    const began = process.hrtime.bigint();
    let answer = false;
    try { answer = checkCommand({ command, cwd: "/tmp" }).kind === "allow"; } catch { failed += 1; }
    took.push(Number(process.hrtime.bigint() - began) / 1e3);
    yes.push(answer);
  }
}
console.log(JSON.stringify([took, yes, failed]));
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a judge said about a list of texts.

    Attributes:
        took: microseconds of each text, the second time it was asked, its own cost only.
        allowed: whether it would let each text run unasked.
        failed: for how many it raised; those count as not allowed.
    """

    took: list[float]
    allowed: list[bool]
    failed: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A judge made by others.

    Attributes:
        command: how it is started; the file of texts follows.
        missing: why it cannot run here, or None.
    """

    name: str
    command: tuple[str, ...]
    missing: str | None

    def ask(self, listed: Path) -> Answers:
        """Ask about the texts in a JSON file. Raises subprocess.CalledProcessError."""
        kept = ("PATH", "HOME", "TMPDIR")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        at = [part.replace("{}", str(listed)) for part in self.command]
        ended = subprocess.run(
            at,
            cwd=HOME,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_LIMIT_SECONDS,
        )
        took, allowed, failed = json.loads(ended.stdout.splitlines()[-1])
        return Answers(took, allowed, failed)


def peers() -> list[Peer]:
    """Every peer, installed where that is possible."""
    HOME.mkdir(parents=True, exist_ok=True)
    python = _made("python", "\n".join(_PINS), _python_commands())
    target = HOME / "holmes"
    holmes = python or _made("holmes", _HOLMES, [_install("--no-deps", "--target", str(target), _HOLMES)])
    node = "npm is not here" if shutil.which("npm") is None else None
    cc = node or _made("node", _NODE, [["npm", "install", "--no-audit", "--no-fund", "--silent", _NODE]])
    (HOME / "cc.mjs").write_text(_CC)
    return [
        Peer("nah 0.11", (str(_PYTHON), "-c", _NAH + _LOOP, "{}"), python),
        Peer("HolmesGPT 0.45", (str(_PYTHON), "-c", _HOLMES_ALONE + _LOOP, "{}", str(target)), holmes),
        Peer("cc-safety-net 2.4.5", ("node", str(HOME / "cc.mjs"), "{}"), cc),
    ]


def _uv() -> str | None:
    here = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    return here if Path(here).exists() else None


def _install(*what: str) -> list[str]:
    uv = _uv()
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", str(_PYTHON), *what]
    return [str(_PYTHON), "-m", "pip", "install", "--quiet", *what]


def _python_commands() -> list[list[str]]:
    uv, at = _uv(), str(HOME / "venv")
    if uv is not None:
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, at]
    elif importlib.util.find_spec("ensurepip") is not None:
        make = [sys.executable, "-m", "venv", "--clear", at]
    else:
        return []
    return [make, _install(*_PINS)]


def _made(name: str, wanted: str, commands: Sequence[Sequence[str]]) -> str | None:
    """Run the commands unless they ran before for the same pins; why not, or None."""
    stamp = HOME / f"{name}.pins"
    if stamp.exists() and stamp.read_text() == wanted:
        return None
    if not commands:
        return "neither uv nor ensurepip is here"
    for command in commands:
        try:
            subprocess.run(
                command, cwd=HOME, check=True, capture_output=True, text=True, timeout=_LIMIT_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as problem:
            said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
            return f"not installed (is there a network?): {said[-1] if said else problem}"
    stamp.write_text(wanted)
    return None
