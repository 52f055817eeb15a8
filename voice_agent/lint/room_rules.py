"""Warnings on `room`: what is set beside it to no effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..format.diagnostics import Diagnostic
from ..format.yaml_source import Source

_KIND = "no-effect"


def room_warnings(source: Source, *, realtime: bool) -> Iterator[Diagnostic]:
    """Yield the warnings on what a profile, valid or not, sets to no effect beside its `room`.

    `realtime` tells whether its llm hears and speaks by itself.
    """
    room = source.data.get("room")
    if not isinstance(room, dict):
        return
    hears, speaks = (room.get(key) is not False for key in ("audio_input", "audio_output"))
    if not hears and source.data.get("stt") is not None:
        message = "the agent hears nobody, as line {} says, so nothing uses this model"
        yield _warning(source, ["stt"], message, "leave it out", "audio_input")
    speaks = speaks or source.data.get("avatar") is not None  # which speaks in its place
    if not speaks and source.data.get("tts") is not None:
        message = "the agent only writes, as line {} says, so nothing uses this model"
        yield _warning(source, ["tts"], message, "leave it out", "audio_output")
    if not speaks and room.get("text_output") is False:
        message = "the agent does not speak either, as line {} says, so nobody learns its answers"
        hint = "leave one of the two out"
        yield _warning(source, ["room", "text_output"], message, hint, "audio_output")
    if room.get("video_input") is True and not realtime:
        message = "only a realtime llm looks at what callers show, and this profile's llm is none"
        yield _warning(source, ["room", "video_input"], message, "leave it out, or use one")


def _warning(
    source: Source, where: list[str | int], message: str, hint: str, because: str = ""
) -> Diagnostic:
    """Return a warning on the value at a path; `because` is the reason, a key of `room`."""
    other: Any = source.key(["room", because]) if because else None
    said = message.format(source.line(other)) if because else message
    node = source.value(where)
    return source.at(node, _KIND, said, hint, severity="warning", other=other)
