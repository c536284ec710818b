"""What axe finds wrong with a page, in light and in dark."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
_SCRIPT = Axe().axe_script


def violations(page: Page, address: str) -> list[str]:
    """All rules in light; in the dark only the colours are others."""
    found = []
    page.evaluate(_SCRIPT)
    for scheme, options in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        for each in page.evaluate("options => axe.run(options)", options)["violations"]:
            where = [node["target"] for node in each["nodes"]][:3]
            found.append(
                f"{address} ({scheme}): {each['id']} at {where}: {each['nodes'][0]['failureSummary']}"
            )
    page.emulate_media(color_scheme="light")
    return found
