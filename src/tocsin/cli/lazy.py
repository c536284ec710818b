"""Groups of commands whose modules are loaded when one of them is used, so that help is there at once."""

import difflib
import importlib
from typing import ClassVar

import click


class Lazy(click.Group):
    """A group whose commands are imported when they are used."""

    # name -> (module, attribute, one line for the help)
    commands_by_name: ClassVar[dict[str, tuple[str, str, str]]]

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
