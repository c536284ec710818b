"""The `tocsin` command. Loads only the noun that was asked for, so that help is there at once."""

import sys

import click

from tocsin import __version__
from tocsin.cli.lazy import Lazy
from tocsin.errors import TocsinError
from tocsin.kit.garbage import collect_seldom

# noun -> (module, attribute, one line for the help)
_COMMANDS: dict[str, tuple[str, str, str]] = {
    "plan": (
        "tocsin.cli.runbook",
        "plan",
        "What would run where, with effects, holes and undo. Runs nothing.",
    ),
    "lint": ("tocsin.cli.lint", "lint", "Find the defects of runbooks, and mend what is certain."),
    "lsp": ("tocsin.cli.lsp.command", "lsp", "The same in an editor: a language server over stdio."),
    "judge": ("tocsin.cli.runbook", "judge", "What one command would do to the world, and why."),
    "init": ("tocsin.cli.init", "init", "Propose a tocsin.toml from a runbook: checks, people, targets."),
    "serve": ("tocsin.cli.serve", "serve", "Watch, decide, page, run: the engine."),
    "watch": ("tocsin.cli.watch", "watch", "Only measure, beside `tocsin serve`, in a small process."),
    "reload": (
        "tocsin.cli.reload",
        "reload",
        "Take up a changed tocsin.toml and runbook, without a restart.",
    ),
    "worker": ("tocsin.cli.worker", "worker", "The same, driven by Temporal, on several machines."),
    "incident": ("tocsin.cli.incident", "incident", "See incidents and act on them."),
    "postmortem": (
        "tocsin.cli.postmortem",
        "postmortem",
        "What was learned: draft, review, publish, and what was promised.",
    ),
    "insights": ("tocsin.cli.insights", "insights", "How well it went: times, missed clocks, who was woken."),
    "oncall": ("tocsin.cli.oncall", "oncall", "Who is on call, why, and who takes over when."),
    "target": ("tocsin.cli.target", "target", "Where steps run, who is there, and who has to be."),
    "page": ("tocsin.cli.page", "page", "Prove that pages reach people, and see what became of them."),
    "check": ("tocsin.cli.check", "check", "Take the samples of the checks now."),
    "heartbeat": (
        "tocsin.cli.heartbeat",
        "heartbeat",
        "Jobs that have to report: how they stand, their pings, their keys.",
    ),
    "beat": ("tocsin.cli.beat", "beat", "Run a command, and report how it went."),
    "synthetics": (
        "tocsin.cli.synthetics",
        "synthetics",
        "Time the endpoints the runbook promises, and judge them.",
    ),
    "reconcile": (
        "tocsin.cli.reconcile",
        "reconcile",
        "Compare two sides of money, nightly, and by a deadline.",
    ),
    "status": ("tocsin.cli.status", "status", "The public status page, and who hears of it."),
    "intake": ("tocsin.cli.intake", "intake", "What other tools handed in, and what became of it."),
    "silence": ("tocsin.cli.silence", "silence", "Alerts that open no incident for a while."),
    "account": ("tocsin.cli.account", "account", "Who may log in to the pages."),
    "token": ("tocsin.cli.token", "token", "Who may call the HTTP API."),
    "audit": ("tocsin.cli.audit", "audit", "Prove that nobody edited the log."),
    "drill": (
        "tocsin.cli.drill",
        "drill",
        "Break a copy of your services on purpose, and see whether the runbook mends them.",
    ),
    "demo": ("tocsin.cli.demo", "demo", "Two real incidents on real services, from alert to post-mortem."),
}


class _Nouns(Lazy):
    """The nouns of the command line."""

    commands_by_name = _COMMANDS


@click.group(
    cls=_Nouns,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 a finding, 2 usage or settings, 3 not found, 4 not allowed, 5 conflict, "
    "6 needs approval.",
)
@click.version_option(__version__, prog_name="tocsin")
def cli() -> None:
    """An alarm bell that runs your team's Markdown runbook.

    \b
    tocsin plan examples/cookcam/runbook.md#api-not-responding
    tocsin lint examples/prepchef/runbook.md
    tocsin serve --config examples/cookcam/tocsin.toml
    tocsin incident show INC-1
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line; every error of ours is one clear sentence and its exit code."""
    collect_seldom()
    try:
        cli.main(args=argv, standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except click.exceptions.Exit as problem:
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("tocsin: interrupted.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader has gone (head, a pager that was quit); that is its right.
        sys.stderr.close()
        sys.exit(0)
    except TocsinError as problem:
        click.echo(f"tocsin: {problem.message}", err=True)
        if problem.hint:
            click.echo(f"  {problem.hint}", err=True)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
