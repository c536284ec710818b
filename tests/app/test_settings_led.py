"""Checks are led into a drill's room by the environment, files as well as addresses, and nowhere else without it."""

from pathlib import Path

from tocsin.app.settings import load

TEXT = """
[tocsin]
name = "shop"
runbook = "runbook.md"
data = "var"
[[checks]]
name = "limits"
kind = "log"
path = "/var/log/nginx/error.log"
matching = "limiting"
rate_down = 30
[[checks]]
name = "elsewhere"
kind = "log"
path = "/var/log/nginx-old/error.log"
matching = "limiting"
rate_down = 30
"""


def paths(folder: Path, variables: dict[str, str]) -> list[object]:
    file = folder / "tocsin.toml"
    file.write_text(TEXT)
    (folder / "runbook.md").write_text("# Shop\n")
    return [check.settings["path"] for check in load(file, variables).checks]


def test_a_file_below_a_led_folder_is_looked_for_in_the_room(tmp_path: Path) -> None:
    led = {"TOCSIN_PATHS_TO": "/etc/nginx:/room/nginx,/var/log/nginx:/room/nginx"}
    assert paths(tmp_path, led) == ["/room/nginx/error.log", "/var/log/nginx-old/error.log"]


def test_in_production_every_file_is_itself(tmp_path: Path) -> None:
    assert paths(tmp_path, {}) == ["/var/log/nginx/error.log", "/var/log/nginx-old/error.log"]
    assert paths(tmp_path, {"TOCSIN_PATHS_TO": ""})[0] == "/var/log/nginx/error.log"
