"""Style, script, icons, fonts: each under a name with the hash of its content, so that a browser keeps it for a year."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent.parent / "static"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_FONTS = ("inter.woff2", "mono.woff2")


class Assets:
    """The files of `static/`, read once."""

    def __init__(self) -> None:
        self._content: dict[str, tuple[bytes, str]] = {}
        self._names: dict[str, str] = {}
        # Fonts first: the style sheet names them, and its own hash covers theirs.
        for path in sorted(_FOLDER.iterdir(), key=lambda each: (each.name not in _FONTS, each.name)):
            if path.suffix not in _KINDS:
                continue
            content = path.read_bytes()
            if path.suffix == ".css":
                for font in _FONTS:
                    content = content.replace(font.encode(), self._names[font].encode())
            name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:10]}{path.suffix}"
            self._names[path.name] = name
            self._content[name] = (content, _KINDS[path.suffix])

    def url(self, name: str) -> str:
        """Where a file is served."""
        return f"/static/{self._names[name]}"

    def route(self) -> Route:
        """Serves what is in the table; a path is only ever a name in it."""

        async def file(request: Request) -> Response:
            found = self._content.get(request.path_params["name"])
            if found is None:
                return Response("there is no such file", 404, media_type="text/plain")
            content, kind = found
            headers = {
                "cache-control": "public, max-age=31536000, immutable",
                "x-content-type-options": "nosniff",
                "cross-origin-resource-policy": "same-origin",
                "content-type": kind,
            }
            return Response(content, 200, headers)

        return Route("/static/{name}", file, methods=["GET"])
