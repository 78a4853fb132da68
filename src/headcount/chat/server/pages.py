"""The page: whatever lies in `headcount/web`, and a plain one where nothing does."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from headcount.chat.server.answers import not_found

# What the system believes of such files may be wrong, and browsers run no module of another type.
mimetypes.add_type("text/javascript", ".js")

WEB: Final = Path(__file__).parents[2] / "web"
"""Where the page lies."""
_PLAIN: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Headcount</title>
<h1>Headcount</h1>
<p>The server is running. Chat clients connect to <code>/ws</code>.</p>
<p>Le serveur fonctionne. Les clients du chat se connectent à <code>/ws</code>.</p>
</html>
"""


class Pages:
    """Serves files, and says what there is not as the endpoints say it.

    Args:
        directory: where they lie.
    """

    def __init__(self, directory: Path = WEB) -> None:
        self._files = StaticFiles(directory=directory, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        path = request.url.path
        if request.method in ("GET", "HEAD") and not _is_hidden(path):
            try:
                relative = self._files.get_path(request.scope)
                response = await self._files.get_response(relative, request.scope)
            except HTTPException:
                pass
            else:
                if response.status_code < 400:
                    response.headers.setdefault("Cache-Control", "no-cache")
                    return response
            if path == "/":
                return HTMLResponse(_PLAIN)
        return not_found(request)


def _is_hidden(path: str) -> bool:
    """Tell whether something is no part of the page: what is hidden, and Python."""
    parts = path.split("/")
    return path.endswith((".py", ".pyc")) or any(p.startswith((".", "__")) for p in parts)
