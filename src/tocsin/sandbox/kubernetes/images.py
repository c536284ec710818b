"""The image table: which program of this machine an image of the cluster stands for.

Only what the table names is ever started. A `command` in a pod's spec would be a program of the machine that
runs the drill, chosen by whoever writes manifests; it is taken only where the table says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from tocsin.errors import InputError

ANYTHING = ("*",)
"""Every program of the room may be executed in a container."""


@dataclass(frozen=True, slots=True)
class Image:
    """What an image stands for.

    Attributes:
        pattern: of image names, with `*` and `?`: "registry.local/payments-svc:*". The first that fits counts.
        argv: the program with its full path, and its arguments. `{ip}` and `{port}` in it are the pod's.
        args: further arguments, which a container's `args` replace.
        port: where it listens; None if it does not. A pod without a probe is ready once it is open.
        directory: its working directory; None for one of the pod's own.
        environment: variables that the image brings along; the container's own win.
        commands: whether a container's `command` may replace `argv`.
        exec: names of the programs that `kubectl exec` may start, with `*` and `?`; they are this machine's.
    """

    pattern: str
    argv: tuple[str, ...]
    args: tuple[str, ...] = ()
    port: int | None = None
    directory: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    commands: bool = False
    exec: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageTable:
    """All images there are; anything else cannot be pulled."""

    images: tuple[Image, ...]

    def find(self, name: str) -> Image | None:
        """The image of this name, or None."""
        return next((one for one in self.images if fnmatchcase(name, one.pattern)), None)

    def save(self, path: Path) -> None:
        """Write it where the simulator reads it."""
        rows = [
            {
                "image": one.pattern,
                "argv": list(one.argv),
                "args": list(one.args),
                "port": one.port,
                "directory": str(one.directory) if one.directory is not None else None,
                "environment": dict(one.environment),
                "commands": one.commands,
                "exec": list(one.exec),
            }
            for one in self.images
        ]
        path.write_text(json.dumps({"images": rows}, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "ImageTable":
        """Read a table. Raises InputError naming the file and the entry that is wrong."""
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))["images"]
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise InputError(
                f"{path}: this is no table of images: {wrong}.", hint='It is {"images": [...]}.'
            ) from wrong
        images = []
        for number, row in enumerate(rows, start=1):
            try:
                images.append(
                    Image(
                        pattern=str(row["image"]),
                        argv=tuple(map(str, row["argv"])),
                        args=tuple(map(str, row.get("args") or ())),
                        port=int(row["port"]) if row.get("port") is not None else None,
                        directory=Path(row["directory"]) if row.get("directory") else None,
                        environment={
                            str(key): str(value) for key, value in (row.get("environment") or {}).items()
                        },
                        commands=row.get("commands") is True,
                        exec=tuple(map(str, row.get("exec") or ())),
                    )
                )
            except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                raise InputError(f"{path}: image {number} of the table is wrong: {wrong}.") from wrong
        return cls(tuple(images))
