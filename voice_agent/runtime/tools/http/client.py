"""Sends the request of a tool: within its time, and again only where that is safe."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from yarl import URL

from ...secrets import hidden
from .body import Body, read, understood
from .connection import Ask, destination, session
from .exchange import Exchange, beginning, shown
from .failures import Failed
from .request import Request

_REDIRECTS = (301, 302, 303, 307, 308)
# Answers of a server that may soon be able to do what it was asked.
_PASSING = (429, 502, 503, 504)
_FIRST_PAUSE = 0.25  # seconds, doubled for each attempt after it
_NOTHING = Body(b"", whole=True)
# What is said beside an error is for people who look for its cause, and nobody waits for it.
_SECONDS_FOR_BODY_OF_ERROR = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered: the data that its JSON says, or a text; None for no body.

    `size` is in bytes, and `whole` is False for a text of which no more than that was read.
    `exchanges` are all attempts, without secrets.
    """

    status: int
    data: Any
    size: int
    whole: bool
    exchanges: tuple[Exchange, ...]


class _Passing(Failed):
    """A failure that may be over at the next attempt.

    `after` is in how many seconds, if the server says so.
    """

    after: float | None = None


async def send(request: Request) -> Answer:
    """Send a request and return its answer; raise Failed for every way in which there is none.

    Cancelling it closes the connection.
    """
    attempts: list[_Attempt] = []
    try:
        data = await asyncio.wait_for(_repeated(request, attempts), request.timeout)
    except asyncio.TimeoutError:
        reason = f"There was no whole answer within {request.timeout:g} seconds."
        raise Failed("timeout", reason=reason, exchanges=_exchanges(attempts)) from None
    except Failed as failed:
        exchanges = _exchanges(attempts)
        raise Failed(failed.kind, failed.status, hidden(failed.reason), exchanges) from None
    last = attempts[-1]
    return Answer(last.status or 0, data, len(last.body.raw), last.body.whole, _exchanges(attempts))


async def _repeated(request: Request, attempts: list[_Attempt]) -> Any:
    url, headers = destination(request)
    ends = time.monotonic() + request.timeout
    left, pause = request.retries, _FIRST_PAUSE
    async with session(request.address) as ask:
        while True:
            attempts.append(_Attempt(request, url, {**request.headers, **headers}))
            try:
                return await attempts[-1].make(ask)
            except _Passing as failed:
                wait = pause if failed.after is None else failed.after
                if left == 0 or time.monotonic() + wait >= ends:
                    raise
            left, pause = left - 1, pause * 2
            await asyncio.sleep(wait)


@dataclass(slots=True)
class _Attempt:
    """One attempt, and what came back of it."""

    request: Request
    url: URL
    headers: dict[str, str]
    status: int | None = None
    body: Body = _NOTHING
    seconds: float = 0.0

    async def make(self, ask: Ask) -> Any:
        """Send the request once, and return the data of its answer."""
        begun = time.monotonic()
        try:
            return await self._make(ask)
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise _Passing("connection", reason=_sentence(error)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Failed("connection", reason=_sentence(error)) from None
        finally:
            self.seconds = time.monotonic() - begun

    async def _make(self, ask: Ask) -> Any:
        request = self.request
        async with ask(request.method, self.url, self.headers, request.body) as response:
            self.status = response.status
            if response.ok and response.status < 300:
                self.body = await read(response, request.limit)
                content_type = response.content_type if "Content-Type" in response.headers else ""
                return understood(self.body, content_type, response.charset)
            with suppress(asyncio.TimeoutError, aiohttp.ClientError, Failed):
                reading = read(response, request.limit)
                self.body = await asyncio.wait_for(reading, _SECONDS_FOR_BODY_OF_ERROR)
            raise _of_status(response)

    def exchange(self) -> Exchange:
        """Return what went over the wire, without secrets."""
        request, raw = self.request, self.body.raw
        return Exchange(
            **shown(request.method, request.url, request.headers, request.body),
            status=self.status,
            answer=beginning(raw),
            size=len(raw),
            seconds=self.seconds,
        )


def _exchanges(attempts: list[_Attempt]) -> tuple[Exchange, ...]:
    return tuple(each.exchange() for each in attempts)


def _of_status(response: aiohttp.ClientResponse) -> Failed:
    status = response.status
    if status in _REDIRECTS:
        reason = f"The service answers {status}, that it is somewhere else, which is not followed."
        return Failed("redirect", status, reason)
    reason = f"The service answers {status} {response.reason or ''}".rstrip() + "."
    if status not in _PASSING:
        return Failed("status", status, reason)
    passing = _Passing("status", status, reason)
    passing.after = _after(response.headers.get("Retry-After", ""))
    return passing


def _after(written: str) -> float | None:
    """Return the seconds of a Retry-After, which has a number of them or a date."""
    if written.strip().isdecimal():
        return float(written)
    try:
        date = parsedate_to_datetime(written)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return max(0.0, (date - datetime.now(timezone.utc)).total_seconds())


def _sentence(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f'There is no host "{error.host}".'
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f'The certificate of "{error.host}" is not to be trusted.'
    if isinstance(error, aiohttp.ClientConnectorError):
        return f'There is no connection to "{error.host}" (port {error.port}).'
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return "The service closed the connection before its answer was whole."
    return "What the service answered is not HTTP."
