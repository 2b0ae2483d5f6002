"""Requests that another site's page makes a browser send are refused.

A JobManager trusts whoever reaches its port; the pages that a user of this machine looks at are not who is meant.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sqlstream.web.answers import errors

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ACTING = ("/yarn-cancel", "/yarn-stop")
"""Paths that a GET does something at."""


class SameSite:
    """ASGI middleware: 403 for a request that does something, when a browser says that it comes from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _acts(scope) and _is_foreign(Headers(scope=scope)):
            refused = errors(403, "Requests from the pages of other sites are refused.")
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _acts(scope: Scope) -> bool:
    return scope["method"] not in _READING or str(scope["path"]).endswith(_ACTING)


def _is_foreign(headers: Headers) -> bool:
    """Browsers say where a request comes from; other programs do not. Old ones say only which site that is, which
    behind a proxy may have another name here."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("none", "same-origin")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")
