"""Commands without an option or a path, of programs whose names are words of everyday language: "vault status".

"Vault is sealed" begins so, too; what tells them apart is that the judge knows such a command.
"""

import re
from functools import lru_cache

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge

_TOOLS = re.compile(
    r"(?:sudo\s+)?(?:vault|consul|celery|flask|temporal|stripe|fly|op|monit|service|sentinel|patch|node|nomad|go|redis|bat)\s+(?=[a-z])[\w./:@=-]+(?:\s+[\w./:@=<>-]+){0,4}\s*$"
)


@lru_cache(maxsize=2048)
def is_subcommand(text: str) -> bool:
    """Whether a text is a command of such a program, by what the judge knows.

    >>> is_subcommand("vault status"), is_subcommand("service is down")
    (True, False)
    """
    bare = text.strip()
    return _TOOLS.match(bare) is not None and judge(bare, "shell").effect is not Effect.UNKNOWN
