"""What the stand-in is to hear in a call: the caller's own words, or those that are misheard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..format.scenario import Scenario, ScenarioTurn, Spoken
from ..standin.calls import KnownCall, Utterance
from .audio_io import RATE


def with_the_heard(call: KnownCall, scenario: Scenario | None, spoken: Spoken) -> KnownCall:
    """Return the call with what is heard in it, where the caller says what is in `spoken`.

    `scenario` is None for a call derived from the profile.
    """
    if scenario is None:
        said = [(text, pcm) for (_, text), pcm in spoken.items()]
    elif scenario.is_recognized:
        return call
    else:
        said = [each for turn in scenario.turns for each in _heard(turn, spoken)]
    utterances = tuple(Utterance(text, pcm, RATE) for text, pcm in said)
    return replace(call, utterances=utterances, hears_really=False)


def _heard(turn: ScenarioTurn, spoken: Spoken) -> Iterator[tuple[str, bytes]]:
    """Yield what is heard in a turn, with its audio."""
    texts = [part for part in turn.user if isinstance(part, str)]
    said = [spoken[turn.voice, text] for text in texts]
    if turn.audio is not None:
        texts, said = [turn.audio], [spoken["", turn.audio]]
    if turn.hears is not None:
        texts = _shared(turn.hears.text, said)
    yield from zip(texts, said, strict=True)


def _shared(text: str, said: Sequence[bytes]) -> list[str]:
    """Return the text in parts, one for each piece of audio, by the pieces' lengths."""
    if len(said) == 1:
        return [text]
    words = text.split()
    whole = sum(map(len, said))
    parts, length, first = [], 0, 0
    for pcm in said:
        length += len(pcm)
        last = round(len(words) * length / whole)
        parts.append(" ".join(words[first:last]))
        first = last
    return parts
