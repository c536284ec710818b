"""The `tocsin` command. Loads only the noun that was asked for, so that help is there at once."""

import difflib
import importlib
import sys
from typing import ClassVar

import click

from tocsin import __version__
from tocsin.errors import TocsinError

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
    "serve": ("tocsin.cli.serve", "serve", "Watch, decide, page, run: the engine."),
    "incident": ("tocsin.cli.incident", "incident", "See incidents and act on them."),
    "postmortem": (
        "tocsin.cli.postmortem",
        "postmortem",
        "What was learned: draft, review, publish, and what was promised.",
    ),
    "insights": ("tocsin.cli.insights", "insights", "How well it went: times, missed clocks, who was woken."),
    "check": ("tocsin.cli.check", "check", "Take the samples of the checks now."),
    "audit": ("tocsin.cli.audit", "audit", "Prove that nobody edited the log."),
    "demo": ("tocsin.cli.demo", "demo", "Two real incidents on real services, from alert to post-mortem."),
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are used."""

    commands_by_name: ClassVar[dict[str, tuple[str, str, str]]] = _COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands_by_name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = self.commands_by_name.get(cmd_name)
        if found is None:
            return None
        command = getattr(importlib.import_module(found[0]), found[1])
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self.commands_by_name.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as problem:
            near = difflib.get_close_matches(args[0], self.commands_by_name, n=1) if args else []
            if not near:
                raise
            raise click.UsageError(f'{problem.message} Did you mean "{near[0]}"?', ctx) from problem


@click.group(
    cls=_Lazy,
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
