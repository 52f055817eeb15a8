"""Sound files that an agent speaks from: all of a file is heard, from its first moment on."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from support.profiles import MINIMAL, write_profile

from voice_agent import load
from voice_agent.runtime.saying import frames

RATE = 48000


@pytest.mark.parametrize("seconds", [0.05, 1.3])
async def test_a_file_is_heard_from_its_first_sample_to_its_last(
    tmp_path: Path, seconds: float
) -> None:
    ramp = (np.arange(round(RATE * seconds)) // 4 + 1).astype("<i2")
    with wave.open(str(tmp_path / "hello.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(ramp.tobytes())
    profile = load(write_profile(tmp_path / "desk.yaml", MINIMAL))
    heard = [np.frombuffer(each.data, np.int16) async for each in frames(profile, "hello.wav")]
    assert np.array_equal(np.concatenate(heard), ramp)


async def test_a_file_that_has_gone_is_said_to_be_missing(tmp_path: Path) -> None:
    profile = load(write_profile(tmp_path / "desk.yaml", MINIMAL))
    with pytest.raises(FileNotFoundError, match=r"no sound file .hello\.wav."):
        frames(profile, "hello.wav")
