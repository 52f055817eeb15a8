"""Connections to checked addresses only, or offline to the stand-in that plays every service."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from ....format.addresses import Address, Reach, refusal
from ... import offline
from .failures import Failed
from .request import Request

SERVICES_VARIABLE = "AGENT_SERVICES_URL"
"""The variable that the stand-in sets: below its address it plays the services behind tools."""

Ask: TypeAlias = Callable[
    [str, URL, Mapping[str, str], bytes | None],
    AbstractAsyncContextManager[aiohttp.ClientResponse],
]
"""Send a method, a url, headers and a body, once, and give the answer."""


class CheckedResolver(AbstractResolver):
    """Finds the addresses of a name, and refuses all if one of them must not be reached.

    aiohttp connects to exactly what it returns, and asks it once for a request and its retries. So
    a name server that answers differently the next time changes nothing.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raise Failed if one of them must not be reached."""
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            if reason := refusal(each["host"], self._reach):
                raise Failed("address", reason=f"{host} leads to {each['host']}, which {reason}.")
        return found

    async def close(self) -> None:
        """Do nothing, as there is nothing open."""


class _Connector(aiohttp.TCPConnector):
    """Connects once for each request.

    aiohttp would send PUT and DELETE again when a server closes the connection without an answer.
    """

    may_connect = False

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        if not self.may_connect:
            raise aiohttp.ServerDisconnectedError
        self.may_connect = False
        return await super().connect(req, traces, timeout)


@asynccontextmanager
async def session(address: Address) -> AsyncIterator[Ask]:
    """Give what sends a request and its retries to an address.

    It follows no redirect and no proxy of the environment, and keeps no cookies.
    """
    connector = _Connector(
        resolver=CheckedResolver(address.reach),
        family=socket.AF_UNSPEC,
        ttl_dns_cache=None,
        # A kept connection that the server has closed meanwhile would fail what must not be sent
        # again.
        force_close=True,
    )
    made = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=False,
    )

    def ask(
        method: str, url: URL, headers: Mapping[str, str], body: bytes | None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        connector.may_connect = True
        return made.request(method, url, headers=headers, data=body, allow_redirects=False)

    async with made:
        yield ask


def destination(request: Request) -> tuple[URL, dict[str, str]]:
    """Return where a request really goes, and the headers that this takes.

    Offline, that is the stand-in; the Host is still the service's.
    """
    if not offline.is_offline():
        return URL(request.url, encoded=True), {}
    base = os.environ.get(SERVICES_VARIABLE)
    if not base:
        reason = f"This runs offline, and {SERVICES_VARIABLE} names nobody who plays the service."
        raise Failed("connection", reason=reason)
    address = request.address
    played = f"{base.rstrip('/')}/{request.tool}/{address.scheme}/{address.authority}"
    return URL(played + request.target, encoded=True), {"Host": address.authority}
