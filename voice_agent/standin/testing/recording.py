"""A recording of what clients send to the stand-in, for tests to look at."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from ..realtime_response import RATE

# Authorization and X-LiveKit-Worker-Token carry credentials, and are never kept.
_HEADERS = ("content-type", "user-agent")
_HEADER_PREFIX = "x-livekit-"
_SECRET_HEADERS = ("x-livekit-worker-token",)
_AUDIO = ("input_audio", "input_audio_buffer.append")


class Recorder:
    """A list of everything clients send, in the order it arrived, and a file of it if asked for.

    An entry is a dict: `time` (seconds since the epoch), `connection` (1 for the first request),
    `service` ("stt", "tts", "llm", "realtime", "models" or "other"), `method`, `path` with its
    query, `headers` (lower-case names, no credentials) and `message`: the JSON body or websocket
    message, None where there is none, as when a websocket opens. Audio is replaced by its length,
    `{"ms": 50.0}`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[dict[str, Any]] = []
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the entries stay."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def messages(self, service: str) -> list[Any]:
        """Every message sent to one service, in order."""
        return [
            entry["message"]
            for entry in self.entries
            if entry["service"] == service and entry["message"] is not None
        ]

    def add(self, entry: dict[str, Any]) -> None:
        """Keep one entry; a line is on disk when this returns."""
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()


class Request:
    """The recording of one request or one websocket."""

    def __init__(
        self,
        recorder: Recorder,
        number: int,
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
    ) -> None:
        self._recorder = recorder
        self._about = {
            "connection": number,
            "service": service,
            "method": method,
            "path": path,
            "headers": _shown(headers),
        }
        self._sample_rate = RATE if service == "realtime" else 0

    def add(self, message: Any) -> None:
        """Keep what was sent, without its audio."""
        self._recorder.add({"time": time.time(), **self._about, "message": self._plain(message)})

    def _plain(self, message: Any) -> Any:
        if not isinstance(message, dict):
            return message
        if message.get("type") == "session.create":
            settings = message.get("settings")
            rate = str((settings if isinstance(settings, dict) else message).get("sample_rate"))
            self._sample_rate = int(rate) if rate.isdecimal() else 0
        audio = message.get("audio")
        if message.get("type") in _AUDIO and isinstance(audio, str):
            return {**message, "audio": {"ms": self._milliseconds(audio)}}
        return message

    def _milliseconds(self, audio: str) -> float | None:
        if not self._sample_rate:
            return None
        size = len(audio) * 3 // 4 - audio.count("=", -2)
        return round(size / 2 / self._sample_rate * 1000, 1)


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in _HEADERS
        or (name.lower().startswith(_HEADER_PREFIX) and name.lower() not in _SECRET_HEADERS)
    }
