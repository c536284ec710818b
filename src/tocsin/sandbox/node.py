"""A Node application that the room runs by itself, without a process manager."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch
from tocsin.sandbox.tools import Tools


class NodeApp(Daemon):
    """One application on 127.0.0.1.

    Args:
        name: of the service. source: its program, copied into the room so that a drill may damage it.
        port: where it listens, given to it as PORT.
        environment: what it is given besides the room's own.
    """

    def __init__(
        self,
        scratch: Scratch,
        tools: Tools,
        *,
        name: str,
        source: Path,
        port: int,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scratch, name)
        self.port = port
        self.home = scratch.path / name
        self._tools = tools
        self._source = source
        self._environment = {**environment, "PORT": str(port), "NODE_ENV": "production"}

    def launch(self) -> Launch:
        """Copy the program in, the first time."""
        if not self.home.exists():
            self.home.mkdir()
            shutil.copyfile(self._source, self.home / self._source.name)
            (self.home / "node_modules").symlink_to(self._tools.node_modules)
        return Launch(
            argv=(str(self._tools.node), self._source.name),
            directory=self.home,
            environment={**self.scratch.base_environment(), **self._environment},
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it takes connections."""
        return answers_tcp(self.port)
