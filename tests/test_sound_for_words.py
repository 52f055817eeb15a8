"""Sound files in place of a voice: what is heard, and what is written of it."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from livekit.agents import inference
from support.profiles import MODELS, write_profile

from voice_agent import load
from voice_agent.rehearsal.call import calling
from voice_agent.runtime import build

SECONDS = 1.5


@pytest.mark.calls
async def test_a_file_beside_what_is_said_is_heard_and_the_text_is_its_transcript(
    tmp_path: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wave.open(str(tmp_path / "hello.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"\x00\x10\x00\xf0" * int(SECONDS * 8_000))
    spoken: list[str] = []
    monkeypatch.setattr(inference.TTS, "synthesize", lambda _, text: spoken.append(text))
    monkeypatch.setattr(inference.TTS, "stream", lambda *_, **__: spoken.append(""))
    text = (
        "variables: {name: {default: Ada}}\ninstructions: Be brief.\n"
        f'on_enter: {{say: "Hello {{{{ name }}}}.", audio: hello.wav}}\n{MODELS}'
    )
    profile = load(write_profile(tmp_path / "desk.yaml", text))
    async with calling(build.build_agent(profile), lambda: build.build_session(profile)) as call:
        assert await call.until(lambda: call.count("response") > 0, 30)
        assert await call.until(lambda: bool(call.heard), 30)
    [heard] = call.heard
    assert heard.stopped - heard.started == pytest.approx(SECONDS, abs=0.75)
    assert [event.text for event in call.events if event.name == "response"] == ["Hello Ada."]
    assert spoken == []
