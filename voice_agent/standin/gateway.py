"""The gateway: an HTTP server on loopback that LiveKit's own inference clients talk to."""

from __future__ import annotations

import contextlib
import itertools
from types import TracebackType

from aiohttp import web

from . import calls, llm, openai_errors, realtime, service_server, stt, tts
from .calls import SERVICES, Calls, KnownCall, RegisteredCall
from .exchange import Exchange, refuse
from .instruments import Instruments
from .listener import Listeners
from .log import logger
from .passthrough import Upstream
from .speech import Engine, Voice

_SERVICES = {
    ("POST", "/v1/chat/completions"): "llm",
    ("GET", "/v1/models"): "models",
    ("GET", "/v1/stt"): "stt",
    ("GET", "/v1/tts"): "tts",
    ("GET", "/v1/realtime"): "realtime",
    # LiveKit's client does not put "/realtime" behind an address with a path like that of a call.
    ("GET", "/v1"): "realtime",
    ("POST", calls.PATH): "calls",
}


class Gateway:
    """The LiveKit Inference gateway's stand-in, in the running event loop, on a free port.

    With `llm_url`, another server answers LLM requests, with its model `llm_model`, except those
    of a call with replies of its own (see `calls`). `warm` loads the models at once instead of when
    they are first asked for. `instruments` are for tests.
    """

    def __init__(
        self,
        *,
        instruments: Instruments | None = None,
        llm_url: str | None = None,
        llm_model: str | None = None,
        warm: bool = False,
    ) -> None:
        self._instruments = instruments or Instruments()
        self._upstream = Upstream(llm_url, llm_model) if llm_url else None
        self._completions = llm.Completions(self._upstream)
        self._warm = warm
        self._voices: dict[Engine, Voice] = {}
        self._listeners = Listeners()
        self._calls = Calls()
        self._numbers = itertools.count(1)
        self._port = 0

    @property
    def url(self) -> str:
        """The address for LIVEKIT_INFERENCE_URL, by which LiveKit's clients come here."""
        return f"{self._origin}/v1"

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def register(self, call: KnownCall) -> str:
        """Return the address for one call, in which the stand-in uses what it knows of it.

        With `warm`, what the agent will say has been made by then, so that it takes no time from
        calls.
        """
        if self._warm:
            for number in range(len(call.replies)):
                try:
                    await self._voice_of(call).prepare(call.reply(number).text)
                except Exception:
                    logger.exception("the voice cannot speak")
        if self._warm and call.hears_really:
            await self._listeners.warm()
        return self._origin + self._calls.add(call)

    def _voice_of(self, call: KnownCall) -> Voice:
        """Return the voice by which the agent speaks; calls share it, as a model takes 60 MB."""
        engine = call.voices.of("agent")
        if engine not in self._voices:
            self._voices[engine] = Voice(engine)
            if self._warm:
                self._voices[engine].warm()
        return self._voices[engine]

    async def __aenter__(self) -> Gateway:
        app = web.Application(client_max_size=calls.LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # Work for a client that has gone is cancelled.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        if self._warm:
            self._voice_of(KnownCall())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()
        await self._listeners.close()
        for voice in self._voices.values():
            voice.close()
        if self._upstream is not None:
            await self._upstream.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            path, call = self._calls.find(request.path)
        except ValueError as error:
            return openai_errors.response(404, str(error))
        if path == SERVICES or path.startswith(f"{SERVICES}/"):
            return await service_server.serve(request, call)
        service = _SERVICES.get((request.method, path), "other")
        number = next(self._numbers)
        received = self._instruments.watch(
            number, service, request.method, _shown(request, path), request.headers
        )
        if service != "llm":
            received(None)
        if service == "other":
            return openai_errors.response(404, "The offline stand-in has no such service.")
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return openai_errors.response(401, "The request has no bearer token.")
        model = await _model(request, service)
        if (refusal := self._instruments.refusal(service, model)) is not None:
            return await refuse(request, refusal)
        exchange = Exchange(service, number, self._instruments, received, model)
        try:
            return await self._answer(request, exchange, call)
        except ConnectionError:
            if request.transport and not request.transport.is_closing():
                raise
            # A client that hangs up has been interrupted, which is nothing to report. aiohttp finds
            # out by itself that nobody can be answered.
            return web.Response()

    async def _answer(
        self, request: web.Request, exchange: Exchange, call: RegisteredCall
    ) -> web.StreamResponse:
        match exchange.service:
            case "llm":
                return await self._completions.serve(request, exchange, call)
            case "stt":
                return await stt.serve(request, exchange, call.known, self._listeners)
            case "tts":
                return await tts.serve(request, exchange, self._voice_of(call.known))
            case "realtime":
                return await realtime.serve(
                    request,
                    exchange,
                    call,
                    listeners=self._listeners,
                    completions=self._completions,
                    voice=self._voice_of(call.known),
                )
            case "calls":
                return await self._register(request)
            case _:
                return llm.models()

    async def _register(self, request: web.Request) -> web.Response:
        try:
            call = KnownCall.from_json(await request.read())
        except ValueError as error:
            return openai_errors.response(400, str(error))
        return web.json_response({"url": await self.register(call)})


async def _model(request: web.Request, service: str) -> str:
    """Return the model that a request asks for; "" where it names none."""
    if service != "llm":
        return request.query.get("model", "")
    with contextlib.suppress(ValueError):
        body = await request.json()
        return str(body.get("model", "")) if isinstance(body, dict) else ""
    return ""


def _shown(request: web.Request, path: str) -> str:
    query = request.query_string
    return f"{path}?{query}" if query else path
