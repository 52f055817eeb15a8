"""What callers in the tests say."""

from __future__ import annotations

from voice_agent.rehearsal.audio_io import RATE
from voice_agent.standin.speech import Voice


async def speech(text: str) -> bytes:
    """Return `text` as Piper speaks it, as the line of a call carries it."""
    voice = Voice()
    try:
        return b"".join([piece async for piece in voice.speak(text, RATE)])
    finally:
        voice.close()
