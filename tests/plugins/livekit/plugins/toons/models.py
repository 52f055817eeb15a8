from __future__ import annotations

import enum
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectOptions, llm, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.voice import avatar

Models = Literal["toons-1", "toons-large"]
DEFAULT_VOICE = "wile"


class Mood(enum.Enum):
    CALM = "calm"
    HASTY = "hasty"


@dataclass
class Prosody:
    rate: float
    mood: Mood = Mood.CALM


class TTS(tts.TTS):
    def __init__(
        self,
        *,
        voice: str = DEFAULT_VOICE,
        model: Models | str = "toons-1",
        encoding: Literal["mp3", "pcm"] = "pcm",
        speed: NotGivenOr[float] = NOT_GIVEN,
        prosody: NotGivenOr[Prosody] = NOT_GIVEN,
        pause: timedelta | None = None,
        extra: dict[str, Any] | None = None,
        api_key: NotGivenOr[str] = NOT_GIVEN,
        http_session: aiohttp.ClientSession | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        _secret_switch: bool = False,
    ) -> None:
        capabilities = tts.TTSCapabilities(streaming=False)
        super().__init__(capabilities=capabilities, sample_rate=24000, num_channels=1)
        key = api_key or os.environ.get("TOONS_API_KEY")
        if not key:
            raise ValueError("Toons needs a key, as api_key or in TOONS_API_KEY")
        self.given = {"voice": voice, "prosody": prosody, "pause": pause, "conn": conn_options}

    def synthesize(self, text: str, *, conn_options: Any = None) -> Any:
        raise NotImplementedError


class STT(stt.STT):
    def __init__(self, *, language: str, interim_results: bool = True) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(self, buffer: Any, **options: Any) -> Any:
        raise NotImplementedError


class LLM(llm.LLM):
    def __init__(
        self, *, model: str = "toons-1", temperature: NotGivenOr[float] = NOT_GIVEN
    ) -> None:
        super().__init__()

    @staticmethod
    def with_local(*, port: int = 1234) -> LLM:
        return LLM()

    def chat(self, **options: Any) -> Any:
        raise NotImplementedError


class Adapter(llm.LLM):
    """One that nothing but Python can make."""

    def __init__(self, graph: Callable[[], None]) -> None:
        super().__init__()


class Loose(tts.TTS):
    """One that takes whatever it is given."""

    def __init__(self, *, voice: str = "", **kwargs: Any) -> None:
        raise NotImplementedError


class Quiet(rtc.FrameProcessor[rtc.AudioFrame]):
    """One that takes all noise out, and all else with it."""

    def __init__(self, *, level: float = 1.0, key: str = "") -> None:
        self.level = level
        self.key = key

    @property
    def enabled(self) -> bool:
        return True

    @enabled.setter
    def enabled(self, value: bool) -> None:
        raise NotImplementedError

    def _process(self, frame: rtc.AudioFrame) -> rtc.AudioFrame:
        return rtc.AudioFrame(
            bytes(len(frame.data) * 2),
            frame.sample_rate,
            frame.num_channels,
            frame.samples_per_channel,
        )

    def _close(self) -> None:
        pass


class AvatarSession(avatar.AvatarSession[Any]):
    """A face that tells what befalls it."""

    def __init__(self, *, replica_id: str) -> None:
        super().__init__()
        self.replica_id = replica_id
        self.told: list[str] = []

    @property
    def avatar_identity(self) -> str:
        return "toons"

    async def start(self, agent_session: Any, room: rtc.Room) -> None:
        try:
            agent_session.current_agent  # noqa: B018
        except RuntimeError:  # for a session that is not started
            self.told.append("started before the call")

    async def wait_for_join(self, *, timeout: float | None = 30.0) -> None:
        self.told.append("waited for")
