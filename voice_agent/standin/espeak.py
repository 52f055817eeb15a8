"""espeak-ng: a program that speaks some hundred languages, where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    Samples: TypeAlias = np.ndarray[Any, np.dtype[np.int16]]

PROGRAM = "espeak-ng"
_WORDS_A_MINUTE = 175  # its own default
_LONGEST = 30.0  # seconds: it takes one for ten minutes of speech
# A line of `espeak-ng --voices`: priority, language, age and gender, name, file, other languages.
_LISTED = re.compile(r"^\s*(\d+)\s+(\S+)\s+\S+\s+\S+\s+(\S+)(.*)$")
_OTHER = re.compile(r"\((\S+) (\d+)\)")


@dataclass(frozen=True, slots=True)
class Espeak:
    """A voice of espeak-ng: `name` is a file of its voices, `variant` one of its speakers."""

    name: str
    variant: str

    def load(self) -> None:
        """Do nothing, as the program is started for every text."""

    def synthesize(self, text: str, slowness: float) -> Iterator[tuple[int, Samples]]:
        """Yield the sample rate and the samples of `text`; raise UsageError."""
        import numpy as np

        words = ["-v", f"{self.name}+{self.variant}", "-s", f"{_WORDS_A_MINUTE / slowness:.0f}"]
        wav = _run([*words, "-b", "1", "--stdin", "--stdout"], text)
        # The sizes in its header are not true, as it writes that before it has spoken.
        start = wav.find(b"data") + 8
        yield int.from_bytes(wav[24:28], "little"), np.frombuffer(wav[start:], "<i2")


def find_voice(language: str) -> str | None:
    """Return the file of the voice that speaks a language best, such as "gmw/de" for "de-AT".

    A voice for the region comes first. Return None where none speaks it, and where espeak-ng is
    not installed.
    """
    wanted = language.lower()
    voices = _voices() if installed() else []
    while wanted:
        fits = [(rank, file) for rank, spoken, file in voices if spoken == wanted]
        if fits:
            return min(fits, key=lambda fit: fit[0])[1]
        wanted = wanted.rpartition("-")[0]
    return None


def installed() -> bool:
    """Return whether the program is there."""
    return shutil.which(PROGRAM) is not None


@cache
def _voices() -> list[tuple[int, str, str]]:
    """Return its voices: rank, language and file; less is better, a voice's own language first."""
    voices = []
    for line in _run(["--voices"], "").decode("utf-8", "replace").splitlines():
        if (listed := _LISTED.match(line)) is not None:
            _, language, file, others = listed.groups()
            voices.append((0, language.lower(), file))
            voices += [(int(rank), other, file) for other, rank in _OTHER.findall(others)]
    return voices


def _run(arguments: list[str], text: str) -> bytes:
    try:
        ended = subprocess.run(  # noqa: S603
            [PROGRAM, *arguments],
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_LONGEST,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{PROGRAM} cannot be run: {error}.") from None
    if ended.returncode or not ended.stdout:
        said = " ".join(ended.stderr.decode("utf-8", "replace").split())
        raise UsageError(
            f"{PROGRAM} failed with exit code {ended.returncode}: {said or 'it said nothing'}. "
            f"Try it by hand: {PROGRAM} {' '.join(arguments)}"
        )
    return ended.stdout
