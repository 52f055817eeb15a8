"""Which voices speak in a call: those of its language, or English ones where there are none.

A Piper voice in a file that the operator names comes first, then espeak-ng, then Piper's Joe, who
speaks English. The two sides of a call can be told apart where there are voices for both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import UsageError
from . import espeak, piper_voice
from .piper_voice import Piper, PiperFile
from .speech import Engine

Side = Literal["agent", "caller"]

VARIABLE = "OFFLINE_VOICE"
"""The variable that names Piper voices, with the separator of PATH between them."""
_NAME_ONE = f"name a Piper voice in {VARIABLE}"
_SHORTCOMINGS = {
    "ja": "espeak-ng speaks, which reads no kanji, and says “Chinese letter” in place of each. "
    f"Write kana, or {_NAME_ONE}."
}
_VARIANTS: dict[Side, str] = {"agent": "f3", "caller": "m3"}
_SPEAKERS: dict[Side, int] = {"agent": 0, "caller": 1}


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices of a call: of a Piper file, else of espeak-ng, else Joe's."""

    file: str | None = None
    """The path of a Piper voice."""
    speakers: int = 1
    """How many speakers the file has."""
    espeak: str | None = None
    """The file of espeak-ng's voice."""
    note: str = ""
    """Why they do not speak the language as they should, and what helps; "" if they do."""

    def of(self, side: Side) -> Engine:
        """Return the voice of a side."""
        if self.espeak is not None:
            return espeak.Espeak(self.espeak, _VARIANTS[side])
        file = Path(self.file) if self.file else None
        return Piper(file, _SPEAKERS[side] if self.speakers > 1 else None)


def named_voices(files: Sequence[str] | None = None) -> list[PiperFile]:
    """Return the Piper voices that were named, else those in OFFLINE_VOICE; raise UsageError."""
    names = files or [
        name for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name.strip()
    ]
    return [piper_voice.read_file(Path(name)) for name in dict.fromkeys(names)]


def choose(language: str, name: str, files: Sequence[PiperFile] = ()) -> Voices:
    """Return the voices for a language such as "de" or "pt-BR", whose English name is `name`.

    A voice for another region of it will do. Raise UsageError for a file that cannot speak.
    """
    if (file := _closest(language, files)) is not None:
        piper_voice.check_file(file.path)
        return Voices(file=str(file.path), speakers=file.speakers)
    if _base(language) == "en":
        return Voices()
    if (voice := espeak.find_voice(language)) is not None:
        return Voices(espeak=voice, note=_SHORTCOMINGS.get(_base(language), ""))
    if espeak.installed():
        why, help_ = f"espeak-ng does not know {name}", f"N{_NAME_ONE[1:]}."
    else:
        why, help_ = "no voice for it is installed", f"Install espeak-ng, or {_NAME_ONE}."
    return Voices(note=f"{name} is spoken with an English voice, as {why}. {help_}")


def check_needed(files: Sequence[PiperFile], languages: Mapping[str, str]) -> None:
    """Raise UsageError for a Piper voice that no profile needs.

    `languages` are those of the profiles, by the profiles' names.
    """
    for file in files:
        if not any(_speaks(file, language) for language in languages.values()):
            spoken = ", ".join(f'"{name}" is in {of}' for name, of in languages.items())
            raise UsageError(
                f'The Piper voice "{file.path.name}" speaks {file.language}, but {spoken}.'
            )


def _closest(language: str, files: Sequence[PiperFile]) -> PiperFile | None:
    fitting = [file for file in files if _speaks(file, language)]
    exact = [file for file in fitting if _written(file.language) == language.lower()]
    return next(iter(exact + fitting), None)


def _speaks(file: PiperFile, language: str) -> bool:
    return _base(file.language) == _base(language)


def _base(language: str) -> str:
    return _written(language).partition("-")[0]


def _written(language: str) -> str:
    return language.lower().replace("_", "-")
