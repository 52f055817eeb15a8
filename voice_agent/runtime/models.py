"""LiveKit's clients for the models that a profile names."""

from __future__ import annotations

from typing import Any

from livekit.agents import inference, llm


def stt(model: str) -> inference.STT:
    """Return the client for `provider/model[:language]`, a LiveKit Inference speech-to-text model.

    Raises ValueError where the credentials for LiveKit Inference are missing.
    """
    return inference.STT.from_model_string(model)


def language_model(model: str) -> llm.LLM[Any] | llm.RealtimeModel | llm.DuplexModel:
    """Return the client for `provider/model`, a LiveKit Inference LLM or realtime model.

    Raises ValueError where the credentials for LiveKit Inference are missing.
    """
    return inference.llm_from_model_string(model)


def tts(model: str) -> inference.TTS:
    """Return the client for `provider/model[:voice]`, a LiveKit Inference text-to-speech model.

    Raises ValueError where the credentials for LiveKit Inference are missing.
    """
    return inference.TTS.from_model_string(model)
