"""The connection to one MCP server: LiveKit's client, and its failures as sentences."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from livekit.agents.llm.mcp import MCPServer
from mcp import ClientSession, MCPError, stdio_client
from mcp.client import Transport
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, PaginatedRequestParams

from ....format.mcp_snapshot import ServerTool, Tools
from ....format.tools import McpServer
from ...livekit_internals import mcp_client
from ...readable import readable
from ..http.failures import Failed as NotReached
from .transport import CheckedTransport, Resolve

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_MOST_PAGES = 100
_LONGEST_LINE = 300  # characters
_IDLE = 300.0  # seconds between the events of a stream, as in LiveKit's MCPServerHTTP


class Failed(Exception):
    """A server did not do what it was asked for; the text says why, after "because"."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind
        """"timeout", "connection" or "error"."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server whose values are filled in, and how it is reached.

    A program runs in `folder`, and `resolve` gives the checked addresses of a host.
    """

    server: McpServer
    folder: Path
    resolve: Resolve


class Connection(MCPServer):
    """A server, for one call. Where it is lost, the next use connects again.

    `find` is asked for the server whenever it is connected to, and raises ValueError or LookupError
    where a value cannot be filled in. `timeout` is in seconds.
    """

    def __init__(self, find: Callable[[], Target], timeout: float) -> None:
        super().__init__(client_session_timeout_seconds=timeout)
        self._find = find
        self._timeout = timeout
        self._program = ""
        self._connecting = asyncio.Lock()
        self._lost = False
        self._status = 0
        self._last_words = ""

    async def connect(self) -> None:
        """Connect, unless this is done; raise Failed."""
        async with self._connecting:
            if self.initialized and not self._lost:
                return
            await self.aclose()
            self._lost, self._status, self._last_words = False, 0, ""
            try:
                await self._in_time(self.initialize())
            except Failed:
                await self.aclose()
                raise

    async def tools(self) -> Tools:
        """Return all tools that the server has, by their names; raise Failed."""
        await self.connect()
        return await self._in_time(self._listed())

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Have the server run a tool, once; raise Failed."""
        await self.connect()
        return await self._in_time(self._called(name, arguments))

    async def aclose(self) -> None:
        """End the connection, and the program that was started for it."""
        try:
            await super().aclose()
        except Exception as error:
            # It was lost before, which whoever used it was told.
            logger.debug("a connection to an MCP server has ended with an error: %s", error)

    def client_streams(self) -> Transport:
        """Return what LiveKit's client reads from and writes to."""
        target = self._find()
        self._program = target.server.command or ""
        return self._run(target) if target.server.command else self._reach(target)

    async def _listed(self) -> Tools:
        tools: dict[str, ServerTool] = {}
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await self._session().list_tools(params=PaginatedRequestParams(cursor=cursor))
            for each in page.tools:
                described = each.description or ""
                tools[each.name] = ServerTool(
                    each.name, described, each.input_schema, each.output_schema
                )
            cursor = page.next_cursor
            if cursor is None:
                return tools
        raise Failed("error", f"it lists its tools on more than {_MOST_PAGES} pages")

    async def _called(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        return await self._session().call_tool(name, dict(arguments))

    def _session(self) -> ClientSession:
        session: ClientSession | None = mcp_client(self)
        if session is None:
            raise Failed("connection", "the connection to it was lost")
        return session

    async def _in_time(self, work: Awaitable[_T]) -> _T:
        try:
            return await asyncio.wait_for(work, self._timeout)
        except Failed:
            raise
        except Exception as error:
            failed = self._failure(error)
            self._lost = self._lost or failed.kind == "connection"
            raise failed from None

    def _failure(self, error: Exception) -> Failed:
        cause = _first(error)
        code = cause.code if isinstance(cause, MCPError) else None
        if isinstance(cause, asyncio.TimeoutError) or code == REQUEST_TIMEOUT:
            return Failed("timeout", f"it does not answer within {self._timeout:g} seconds")
        if self._status:
            return Failed("connection", f"it answers with HTTP status {self._status}")
        if isinstance(cause, NotReached):
            return Failed("connection", cause.reason.rstrip("."))
        if isinstance(cause, httpx2.ConnectError):
            return Failed("connection", "there is no connection to it")
        if isinstance(cause, FileNotFoundError):
            return Failed("connection", f'there is no program "{self._program}"')
        if code == CONNECTION_CLOSED and self._program:
            said = f": {self._last_words}" if self._last_words else ""
            return Failed("connection", f"its program has ended{said}")
        is_lost = code == CONNECTION_CLOSED or isinstance(cause, OSError | httpx2.TransportError)
        return Failed(
            "connection" if is_lost else "error", _line(str(cause)) or type(cause).__name__
        )

    @asynccontextmanager
    async def _run(self, target: Target) -> AsyncIterator[Any]:
        server = target.server
        parameters = StdioServerParameters(
            command=str(server.command),
            args=list(server.args),
            env=dict(server.env),
            cwd=target.folder / (server.cwd or ""),
        )
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            try:
                async with stdio_client(parameters, errlog=log) as streams:
                    yield streams
            finally:
                self._last_words = _last_line(log)

    @asynccontextmanager
    async def _reach(self, target: Target) -> AsyncIterator[Any]:
        url = str(target.server.url)

        def make_client(*_: object, **__: object) -> httpx2.AsyncClient:
            return self._http_client(url, target)

        if _is_streamable(url, target.server):
            async with (
                make_client() as client,
                streamable_http_client(url, http_client=client) as streams,
            ):
                yield streams
        else:
            async with sse_client(url, httpx_client_factory=make_client) as streams:
                yield streams

    def _http_client(self, url: str, target: Target) -> httpx2.AsyncClient:
        async def note_status(response: httpx2.Response) -> None:
            self._status = response.status_code if response.status_code >= 400 else 0

        return httpx2.AsyncClient(
            transport=CheckedTransport(url, target.resolve),
            headers={"Accept-Encoding": "identity", **target.server.headers},
            timeout=httpx2.Timeout(self._timeout, read=_IDLE),
            event_hooks={"response": [note_status]},
        )


def _is_streamable(url: str, server: McpServer) -> bool:
    if server.transport_type is not None:
        return server.transport_type == "streamable_http"
    return urlsplit(url).path.rstrip("/").lower().endswith("/mcp")  # as LiveKit has it


def _first(error: BaseException) -> BaseException:
    """Return the first error in a group of them, however deep."""
    while inner := getattr(error, "exceptions", None):
        error = inner[0]
    return error


def _last_line(log: IO[str]) -> str:
    log.seek(0)
    last = ""
    for line in log:
        last = line.strip() or last
    return _line(last)


def _line(text: str) -> str:
    return readable(" ".join(text.split())[:_LONGEST_LINE])
