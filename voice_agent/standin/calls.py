"""The calls that a stand-in knows before they begin: what is said in each, and by what voice.

A rehearsal registers each of its calls, and gets an address for it alone:
`http://127.0.0.1:PORT/calls/NUMBER/v1` in place of `http://127.0.0.1:PORT/v1`.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .voices import Voices

PATH = "/calls"
"""Where a call is registered, with POST."""
LARGEST_BODY = 256 * 2**20
"""How many bytes a request may have; a call brings its audio, and a conversation its pictures."""
_JOE = Voices()


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that the caller may say."""

    text: str
    """What is to be heard in it; "" for nothing."""
    pcm: bytes
    """16-bit mono."""
    sample_rate: int
    """Hz, of `pcm`."""


@dataclass(frozen=True, slots=True)
class KnownCall:
    """What is known of a call before it begins."""

    replies: tuple[str, ...] = ()
    """The answers of the language model. One beyond them, or in place of "", is the script's."""
    utterances: tuple[Utterance, ...] = ()
    """What the caller may say, in the order in which it is said."""
    hears_really: bool = True
    """Whether a recognizer listens, and not the ear that knows what the caller may say."""
    language: str = "en"
    """The language of the call."""
    voices: Voices = _JOE
    """Those in which the two sides speak."""

    def to_json(self) -> bytes:
        """Return the body of the request that registers it."""
        fields = asdict(self)
        for utterance in fields["utterances"]:
            utterance["pcm"] = base64.b64encode(utterance["pcm"]).decode()
        return json.dumps(fields).encode()

    @classmethod
    def from_json(cls, body: bytes) -> KnownCall:
        """Return the call that a request registers; raise ValueError with a sentence."""
        try:
            fields: dict[str, Any] = json.loads(body)
            fields["replies"] = tuple(fields["replies"])
            fields["utterances"] = tuple(
                Utterance(**{**each, "pcm": base64.b64decode(each["pcm"], validate=True)})
                for each in fields["utterances"]
            )
            fields["voices"] = Voices(**fields["voices"])
            return cls(**fields)
        except (ValueError, TypeError, KeyError):
            raise ValueError("The body of the request does not describe a call.") from None


_UNKNOWN = KnownCall()


class Calls:
    """The calls that were registered, by their number."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._known: dict[str, KnownCall] = {}
        self._audio: dict[bytes, bytes] = {}

    def add(self, call: KnownCall) -> str:
        """Register a call, and return the path of its address."""
        number = str(next(self._numbers))
        # Many calls say the same: their audio is kept once.
        shared = tuple(
            Utterance(each.text, self._audio.setdefault(each.pcm, each.pcm), each.sample_rate)
            for each in call.utterances
        )
        self._known[number] = replace(call, utterances=shared)
        return f"{PATH}/{number}/v1"

    def find(self, path: str) -> tuple[str, KnownCall]:
        """Return a path without its call, and the call; raise ValueError with a sentence.

        Without a call, it is one of which nothing is known.
        """
        if not path.startswith(f"{PATH}/"):
            return path, _UNKNOWN
        number, _, rest = path.removeprefix(f"{PATH}/").partition("/")
        if number not in self._known:
            raise ValueError(f'The offline stand-in knows no call "{number}".')
        return f"/{rest}", self._known[number]


def next_reply(replies: Sequence[str], messages: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the reply to a conversation, by how often the assistant has spoken in it."""
    turn = sum(message.get("role") == "assistant" for message in messages)
    return (replies[turn] or None) if turn < len(replies) else None
