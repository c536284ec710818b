"""The scenes of the demo, one for each seed runbook. What is broken is in `faults`, where it happens in the rooms."""

from datetime import timedelta
from pathlib import Path

from tocsin.errors import TocsinError
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.faults import api_not_responding, redis_memory_full
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.scene import Room, Scene
from tocsin.sandbox.tools import Tools


def _cookcam(room: Room) -> CookCamRoom:
    if not isinstance(room, CookCamRoom):
        raise TocsinError("This scene is played in CookCam's room.")
    return room


def _prepchef(room: Room) -> PrepChefRoom:
    if not isinstance(room, PrepChefRoom):
        raise TocsinError("This scene is played in PrepChef's room.")
    return room


def _start_cookcam(rooms: Path, tools: Tools, grace: timedelta) -> Room:
    return CookCamRoom.start(rooms, tools, grace=grace)


def _start_prepchef(rooms: Path, tools: Tools, grace: timedelta) -> Room:
    return PrepChefRoom.start(rooms, tools, grace=grace)


def _stop_api(room: Room) -> None:
    api_not_responding.stop(_cookcam(room))


def _fill_redis(room: Room) -> None:
    redis_memory_full.inject(_prepchef(room))


SCENES: dict[str, Scene] = {
    "cookcam": Scene(
        name="cookcam",
        heading="API Not Responding",
        services="nginx, Node under PM2 and Postgres",
        check="api-health",
        fault="pm2 stop cookcam-api, behind nginx",
        again="pm2 stop cookcam-api",
        start=_start_cookcam,
        inject=_stop_api,
        confirm=lambda room: api_not_responding.confirm(_cookcam(room)),
        workdir="app",
    ),
    "prepchef": Scene(
        name="prepchef",
        heading="Redis Memory Full",
        services="nginx, Node, Postgres, S3 and Redis with 8 MB",
        check="redis-writes",
        fault="Redis filled to maxmemory; its policy is noeviction",
        again="redis-cli CONFIG SET maxmemory-policy noeviction; redis-cli CONFIG SET maxmemory 7mb",
        start=_start_prepchef,
        inject=_fill_redis,
        confirm=lambda room: redis_memory_full.confirm(_prepchef(room)),
        settings="demo.toml",
    ),
}
"""By name, in the order they are played."""
