"""A real HTTP service on the loopback interface, which answers and fails as a test tells it."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

Reply: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire: `target` is its path and query, undecoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Service:
    """Replies in turn, the last again and again, and keeps what it received."""

    replies: list[Reply]
    received: list[Received] = field(default_factory=list)
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a client has closed the connection while a reply was on its way."""
    port: int = 0

    @property
    def methods(self) -> list[str]:
        """The methods of all requests."""
        return [each.method for each in self.received]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer the next request."""
        reply = self.replies[min(len(self.received), len(self.replies) - 1)]
        body = await request.read()
        self.received.append(
            Received(request.method, request.raw_path, dict(request.headers), body)
        )
        try:
            return await reply(request)
        except (asyncio.CancelledError, ConnectionError):
            self.cut.set()
            raise


@asynccontextmanager
async def serving(
    *replies: Reply, certificate: ssl.SSLContext | None = None
) -> AsyncIterator[Service]:
    """Serve on a free port."""
    service = Service(list(replies) or [says({"ok": True})])
    server = web.Server(service.answer, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate)
    await site.start()
    service.port = runner.addresses[0][1]
    try:
        yield service
    finally:
        await runner.cleanup()


def says(data: Any, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON."""
    return sends(json.dumps(data).encode(), "application/json", status, **headers)


def sends(
    body: bytes, content_type: str | None = "application/json", status: int = 200, **headers: str
) -> Reply:
    """Answer with a body; the _ in the names of headers stand for hyphens."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type:
        more["Content-Type"] = content_type

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=more)

    return reply


def zipped(body: bytes, packing: str = "gzip") -> Reply:
    """Answer with a body of JSON that is packed."""
    packed = gzip.compress(body) if packing == "gzip" else zlib.compress(body)
    return sends(packed, Content_Encoding=packing)


def raw(sent: bytes) -> Reply:
    """Send these bytes in place of an answer, and close the connection."""

    async def reply(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.write(sent)  # type: ignore[attr-defined]
        request.transport.close()
        return web.Response()

    return reply


async def hangs(_: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def drips(request: web.Request) -> web.StreamResponse:
    """Answer without end, a byte at a time."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)


async def ends_early(request: web.Request) -> web.StreamResponse:
    """Promise more than is sent."""
    return await raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    )(request)


drops = raw(b"")
"""Close the connection without an answer."""
