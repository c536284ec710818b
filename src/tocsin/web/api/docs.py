"""The API in words as a page: everything on it is ours, so it keeps to the policy of the other pages."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tocsin.web.api.operation import Operation
from tocsin.web.api.reference import markdown
from tocsin.web.pages.render import ASSETS
from tocsin.web.pages.serve import HEADERS

PATH = "/api/v1/docs"
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_HEADING = re.compile(r"<h([23])>(?:<code>)?([^<]{1,200})(?:</code>)?</h[23]>")
_LINK = re.compile(r'<a href="(?:http\.md|\.\./how-to/[a-z-]+\.md)">([^<]{1,200})</a>')


def routes(operations: Sequence[Operation]) -> list[Route]:
    """The page; it tells nothing that the source does not, so nobody has to be logged in."""
    made: list[str] = []

    async def page(request: Request) -> Response:
        if not made:
            made.append(_page(operations))
        return HTMLResponse(made[0], 200, HEADERS)

    return [Route(PATH, page, methods=["GET"])]


def _page(operations: Sequence[Operation]) -> str:
    body = _LINK.sub(r"\1", _MARKDOWN.render(markdown(operations)))
    headings: list[tuple[str, str, str]] = []

    def named(found: re.Match[str]) -> str:
        level, text = found[1], found[2]
        anchor = (
            text.lower()
            if level == "3" and "/" not in text
            else re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        )
        if level == "2":
            headings.append((level, text, anchor))
        return f'<h{level} id="{anchor}">{"<code>" + text + "</code>" if level == "3" else text}</h{level}>'

    body = _HEADING.sub(named, body)
    links = "".join(f'<li><a href="#{anchor}">{text}</a></li>' for _, text, anchor in headings)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>API · tocsin</title>'
        f'<link rel="icon" href="{ASSETS.url("mark.svg")}" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{ASSETS.url("app.css")}"></head><body>'
        '<a class="skip" href="#main">To the content</a>'
        f'<main id="main" class="prose-page api" tabindex="-1"><nav aria-label="Parts"><ul>{links}</ul></nav>{body}'
        '<p><a href="/api/v1/openapi.json">OpenAPI 3.1</a></p></main></body></html>'
    )
