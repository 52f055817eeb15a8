"""How requests reach an MCP server: at checked addresses alone, with answers of a limited size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import httpx2

LARGEST_ANSWER = 2**20
"""Bytes. The `mcp` package has the same limit for the events of a stream."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the checked IP addresses of a host, of which there is one at least, for a port."""


class CheckedTransport(httpx2.AsyncBaseTransport):
    """Connects to the address that was checked, whatever DNS answers a moment later.

    It talks to the server of the profile alone, and takes no proxy from the environment.
    """

    def __init__(self, url: str, resolve: Resolve) -> None:
        self._origin = _origin(httpx2.URL(url))
        self._resolve = resolve
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the checked address, with the host's name in it and for TLS."""
        if _origin(request.url) != self._origin:
            raise httpx2.UnsupportedProtocol("The server sends us to another one, which it may not")
        response = await self._sent(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.DecodingError("The answer is packed, which nobody asked for")
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            response.stream = _Bounded(response.stream)
        return response

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        *others, last = await self._resolve(url.host, _port(url))
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        try:
            for address in others:
                request.url = url.copy_with(host=address)
                with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                    return await self._inner.handle_async_request(request)
            request.url = url.copy_with(host=last)
            return await self._inner.handle_async_request(request)
        finally:
            request.url = url

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """The body of an answer, which fails where it is too large."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise httpx2.StreamError(f"The answer has more than {LARGEST_ANSWER} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: httpx2.URL) -> int:
    return url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
