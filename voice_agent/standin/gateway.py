"""A gateway over loopback that LiveKit's own inference clients can talk to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from types import TracebackType

from aiohttp import web

from . import llm, stt, tts
from .exchange import Exchange
from .fault import Fault, Faults
from .listener import Listeners
from .passthrough import Upstream
from .record import Connection, Recorder
from .replies import LONGEST_LINE, part
from .speech import Voice

_SERVICES = {
    ("POST", "/v1/chat/completions"): "llm",
    ("GET", "/v1/models"): "models",
    ("GET", "/v1/stt"): "stt",
    ("GET", "/v1/tts"): "tts",
}
_LARGEST_BODY = 64 * 2**20  # bytes; a conversation may carry pictures


class Gateway:
    """The LiveKit Inference gateway's stand-in, in the running event loop, on a free port.

    `record` keeps what clients send; `misbehave` is what shall go wrong; `llm_url` and `llm_model`
    pass LLM requests on to another server, but for replies an address brings (see `replies`);
    `warm` loads the models at once instead of when they are first asked for.
    """

    def __init__(
        self,
        *,
        record: Recorder | None = None,
        misbehave: Sequence[Fault] = (),
        llm_url: str | None = None,
        llm_model: str | None = None,
        warm: bool = False,
    ) -> None:
        self._recorder = record
        self._faults = Faults(misbehave)
        self._upstream = Upstream(llm_url, llm_model) if llm_url else None
        self._completions = llm.Completions(self._upstream)
        self._warm = warm
        self._voice = Voice()
        self._listeners = Listeners()
        self._numbers = itertools.count(1)
        self._port = 0

    @property
    def url(self) -> str:
        """What LIVEKIT_INFERENCE_URL has to be for LiveKit's clients to come here."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Gateway:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # Work for a client that has gone is cancelled.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=0.2,
            max_line_size=LONGEST_LINE,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        if self._warm:
            self._voice.warm()
            await self._listeners.warm()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()
        await self._listeners.close()
        self._voice.close()
        if self._upstream is not None:
            await self._upstream.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            path, replies = part(request.path)
        except ValueError as error:
            return llm.failure(404, str(error))
        service = _SERVICES.get((request.method, path), "other")
        number = next(self._numbers)
        record = Connection(
            self._recorder, number, service, request.method, _shown(request, path), request.headers
        )
        if service != "llm":
            record.add(None)
        if service == "other":
            return llm.failure(404, "The offline stand-in has no such service.")
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return llm.failure(401, "The request has no bearer token.")
        if (status := self._faults.status(service)) is not None:
            return llm.failure(status, "Told to misbehave.")
        exchange = Exchange(service, number, record, self._faults)
        match service:
            case "llm":
                return await self._completions.serve(request, exchange, replies)
            case "stt":
                return await stt.serve(request, exchange, self._listeners)
            case "tts":
                return await tts.serve(request, exchange, self._voice)
            case _:
                return llm.models()


def _shown(request: web.Request, path: str) -> str:
    query = request.query_string
    return f"{path}?{query}" if query else path
