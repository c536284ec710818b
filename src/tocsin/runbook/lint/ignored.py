"""TOC304: options and arguments that a tool accepts and does not use."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View


def ignored_options(view: View) -> Iterator[Diagnostic]:
    """TOC304: options and arguments that a tool accepts and does not use."""
    for _, line, action, command in view.commands():
        words = command.plain
        if (
            command.name == "pm2"
            and words[:1]
            and words[0] in ("start", "reload", "startOrReload", "restart")
        ):
            file = next(
                (w for w in words[1:] if re.search(r"ecosystem|\.config\.|\.json$|\.ya?ml$", w)), None
            )
            ignored = next(
                (
                    w
                    for w in command.args
                    if w
                    in (
                        "-i",
                        "--instances",
                        "--max-memory-restart",
                        "--name",
                        "-n",
                        "--node-args",
                        "--interpreter",
                        "--cron",
                    )
                ),
                None,
            )
            if file and ignored:
                yield view.at(
                    "TOC304",
                    line,
                    action,
                    command.start,
                    f"Beside a configuration file `{ignored}` does nothing.",
                )
        elif command.name == "pm2" and words[:1] and words[0] in ("status", "list", "ls") and len(words) > 1:
            yield view.at(
                "TOC304",
                line,
                action,
                command.start,
                f"`pm2 {words[0]}` ignores the name and lists everything.",
            )


RULES = (ignored_options,)
