"""Scripts of a package.json: what `npm run`, `pnpm` and `yarn` run."""

import json
import re
import shlex
from functools import lru_cache

from tocsin.effects.reading import Call
from tocsin.effects.repository.held import Held, Repository, sha256
from tocsin.effects.words import HOLE, Word

NAMES = frozenset({"npm", "pnpm", "yarn"})
_LIFECYCLE = frozenset({"test", "start", "stop", "restart"})
_QUIET = frozenset({"-s", "--silent", "--if-present"})
# Subcommands of their own, which a script of that name does not replace unless it is `run`.
_OWN = frozenset(
    (
        "install i add remove rm uninstall un up update upgrade link unlink exec dlx create init publish pack audit list ls ll why "
        "outdated config cache ci prune rebuild dedupe import fetch patch store root bin env set version info view search login logout "
        "whoami owner dist-tag node workspace workspaces global help npm tag team policies self-update deploy setup server licenses "
        "approve-builds doctor dlx plugin rebuild unplug constraints explain stage"
    ).split()
)


# Subcommands that are no script in any version of the tool. What is a script in some version is not among them.
_SURE = {
    "npm": _OWN
    | frozenset(
        "ls ll la list view info show v s se find search ping root bin prefix fund doctor docs home repo bugs issues help "
        "help-search query diff pkg token access profile sbom completion c get set logout whoami login adduser star stars unstar "
        "deprecate undeprecate unpublish find-dupes hook org".split()
    ),
    "pnpm": frozenset(
        "add audit bin config create dedupe dlx doctor exec fetch help i import init install licenses link list ln ll la ls "
        "outdated pack patch prune publish rb rebuild remove rm root self-update store un uninstall unlink up update upgrade "
        "why".split()
    ),
    "yarn": frozenset(
        "add audit bin cache config constraints create dedupe dlx exec explain help import info init install licenses link list "
        "login logout node npm outdated owner pack patch plugin policies publish remove search set tag team unlink unplug up "
        "upgrade version versions why workspace workspaces".split()
    ),
}
_GLOBAL = frozenset(
    "-s --silent --production -g --global --force -r --recursive --workspaces -ws --no-audit --no-fund --if-present".split()
)
_VALUED = frozenset(
    "--prefix -C --dir -w --workspace --filter -F --registry --loglevel --cwd --depth --otp --tag".split()
)


def may_run(call: Call) -> bool:
    """Whether an npm, pnpm or yarn command may run a script of a package.json, wherever that lies."""
    rest = [word.text for word in call.words]
    if rest in (["--help"], ["--version"], ["-v"]):
        return False
    while rest and rest[0].startswith("-"):
        option = rest[0].partition("=")[0]
        if option not in _GLOBAL | _VALUED:
            return True  # nobody knows whether it takes the next word
        rest = rest[2:] if option in _VALUED and "=" not in rest[0] else rest[1:]
    return bool(rest) and rest[0] not in _SURE[call.name]


@lru_cache(maxsize=64)
def scripts(text: str) -> dict[str, str] | None:
    """The scripts of a package.json by name; None if it cannot be read."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    named = found.get("scripts", {}) if isinstance(found, dict) else None
    if not isinstance(named, dict):
        return None
    return {name: script for name, script in named.items() if isinstance(script, str)}


def named(name: str, words: tuple[Word, ...]) -> tuple[str, tuple[Word, ...]] | None:
    """The script a command line runs and what is handed to it, or None if it runs none or an option leads elsewhere."""
    rest = [word for word in words if word.text not in _QUIET] if words else []
    if not rest or any(HOLE in word.text for word in rest):
        return None
    first, *behind = (word.text for word in rest)
    if first in ("run", "run-script"):
        if not behind or behind[0].startswith("-"):
            return None
        script, given = behind[0], tuple(rest[2:])
    elif first in _LIFECYCLE or (name == "npm" and first == "t"):
        script, given = ("test" if first == "t" else first), tuple(rest[1:])
    elif name != "npm" and not first.startswith("-") and first not in _OWN:
        script, given = first, tuple(rest[1:])
    else:
        return None
    if given and given[0].text == "--":
        given = given[1:]
    elif name == "npm" and any(word.text.startswith("-") for word in given):
        return None  # an option of npm itself, such as --prefix
    return script, given


def read(name: str, words: tuple[Word, ...], repository: Repository) -> Held | None:
    """What an npm, pnpm or yarn command runs, its pre- and post-scripts with it."""
    wanted = named(name, words)
    file = repository.find("package.json")
    known = scripts(file[1]) if file is not None else None
    if wanted is None or file is None or not known or wanted[0] not in known:
        return None
    script, given = wanted
    parts = [(key, known[key]) for key in (f"pre{script}", script, f"post{script}") if key in known]
    handed = "".join(f" {shlex.quote(word.text)}" for word in given)
    texts = [text + handed if key == script else text for key, text in parts]
    lines = [at for (key, _), text in zip(parts, texts, strict=True) for at in [_line(file[1], key)] * (text.count("\n") + 1)]  # fmt: skip
    return Held(f"{name} run {script}", file[0], sha256(file[1]), "\n".join(texts), tuple(lines))


def _line(text: str, key: str) -> int:
    start = max(text.find('"scripts"'), 0)
    found = re.compile(rf"{re.escape(json.dumps(key))}\s*:").search(text, start)
    return text.count("\n", 0, found.start() if found else start) + 1
