"""Where scenarios and programs are looked for."""

from pathlib import Path

import click

from tocsin.errors import InputError

FOLDER = "drills"

drills_option = click.option(
    "--drills",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A folder of scenarios; may be given again. Default: `drills` beside the nearest tocsin.toml, else the examples'.",
)
tools_option = click.option(
    "--tools", "tools_dir", type=click.Path(path_type=Path), envvar="TOCSIN_TOOLS", default=Path(".tools"), show_default=True,
    help="Where scripts/setup put the programs.",
)  # fmt: skip
plane_option = click.option(
    "--control-plane", "plane", type=click.Path(path_type=Path), envvar="TOCSIN_CONTROL_PLANE",
    help="Where etcd, kube-apiserver and kube-controller-manager are, for rooms with a cluster. Default: the simulator.",
)  # fmt: skip


def places(given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders of scenarios. Raises InputError if there are none."""
    if given:
        return given
    found = any_scenario_folder(given)
    if not found:
        raise InputError(
            "There are no scenarios here.",
            hint="Name their folder with --drills; docs/how-to/add-a-drill.md shows how to write one.",
        )
    return found


def any_scenario_folder(given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The same; empty if there are none."""
    if given:
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "tocsin.toml").is_file() and (folder / FOLDER).is_dir():
            return (folder / FOLDER,)
    return tuple(sorted(path for path in (here / "examples").glob(f"*/{FOLDER}") if path.is_dir()))
