"""The calls that a stand-in knows before they begin: what is said in each, and by what voice.

A rehearsal registers each of its calls, and gets an address for it alone:
`http://127.0.0.1:PORT/calls/NUMBER/v1` in place of `http://127.0.0.1:PORT/v1`.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections import Counter, deque
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .cues import Cue, Prompter
from .replies import Messages, Progress, Reply, ReplyData
from .service import Service
from .taking_over import Before
from .voices import Voices

PATH = "/calls"
"""Where a call is registered, with POST."""
SERVICES = "/services"
"""Where the services behind its tools are, below the path of a call."""
LARGEST_BODY = 256 * 2**20
"""How many bytes a request may have; a call brings its audio, and a conversation its pictures."""
_KEPT = 1000  # requests to services; a worker may take calls for months
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

    replies: tuple[ReplyData, ...] = ()
    """The answers of the language model. One beyond them, or in place of "", is the script's."""
    utterances: tuple[Utterance, ...] = ()
    """What the caller may say, in the order in which it is said."""
    cues: tuple[Cue, ...] = ()
    """In place of replies: what the language model does once the caller has said something."""
    otherwise: str = ""
    """What it says to all else, where it has cues."""
    hears_really: bool = True
    """Whether a recognizer listens, and not the ear that knows what the caller may say."""
    language: str = "en"
    """The language of the call."""
    voices: Voices = _JOE
    """Those in which the two sides speak."""
    services: Mapping[str, Service] = field(default_factory=dict)
    """What is behind the tools, by their names."""
    agents: Mapping[str, str] = field(default_factory=dict)
    """The instructions of each of several agents, by name, the one first that takes the call."""
    mcp: Mapping[str, Any] = field(default_factory=dict)
    """The snapshots of MCP servers, by the names that the profile gives them."""

    def reply(self, number: int) -> Reply:
        """Return the reply of this number, from 0; one without a text or a call is the script's."""
        return Reply.of(self.replies[number]) if number < len(self.replies) else Reply()

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
            fields["cues"] = tuple(Cue(**each) for each in fields.get("cues", ()))
            fields["utterances"] = tuple(
                Utterance(**{**each, "pcm": base64.b64decode(each["pcm"], validate=True)})
                for each in fields["utterances"]
            )
            fields["voices"] = Voices(**fields["voices"])
            services = fields.get("services", {})
            fields["services"] = {name: Service.of(data) for name, data in services.items()}
            call = cls(**fields)
            for number in range(len(call.replies)):
                call.reply(number)
            return call
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError("The body of the request does not describe a call.") from None


class RegisteredCall:
    """A call that is known, and what has come of it so far."""

    def __init__(self, known: KnownCall) -> None:
        self.known = known
        self.received: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        """The latest requests to the services behind tools, in the order in which they came."""
        self._served: Counter[str] = Counter()
        self.before: dict[str, Before] = {}
        """The latest request to the language model, by the conversation that it is of."""
        self._progress: dict[str, Progress] = {}
        self._prompters: dict[str, Prompter] = {}

    def receive(self, tool: str, request: dict[str, Any]) -> int:
        """Keep a request to the service of a tool; return its number, from 0."""
        self.received.append({"tool": tool, **request})
        self._served[tool] += 1
        return self._served[tool] - 1

    def forget(self) -> None:
        """Have the services begin anew, as a call is made again from its beginning."""
        self.received.clear()
        self._served.clear()

    def progress(self, conversation: str) -> Progress | None:
        """Return how far a conversation has come in the replies; None where there are none.

        Several conversations may share what is known, each in a room of its own.
        """
        if not (self.known.replies or self.known.cues):
            return None
        return self._progress.setdefault(conversation, Progress())

    def reply(
        self, conversation: str, step: int, messages: Messages, offered: Collection[str]
    ) -> Reply:
        """Return the reply to a request that offers these tools; see `Progress.step`."""
        if not self.known.cues:
            return self.known.reply(step)
        new = Prompter(self.known.cues, self.known.otherwise)
        return self._prompters.setdefault(conversation, new).reply(step, messages, offered)


class Calls:
    """The calls that were registered, by their number."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._registered: dict[str, RegisteredCall] = {}
        self._audio: dict[bytes, bytes] = {}

    def add(self, call: KnownCall) -> str:
        """Register a call, and return the path of its address."""
        number = str(next(self._numbers))
        # Many calls say the same: their audio is kept once.
        shared = tuple(
            Utterance(each.text, self._audio.setdefault(each.pcm, each.pcm), each.sample_rate)
            for each in call.utterances
        )
        self._registered[number] = RegisteredCall(replace(call, utterances=shared))
        return f"{PATH}/{number}/v1"

    def find(self, path: str) -> tuple[str, RegisteredCall]:
        """Return a path without its call, and the call; raise ValueError with a sentence.

        Without a call, it is one of which nothing is known.
        """
        if not path.startswith(f"{PATH}/"):
            return path, RegisteredCall(KnownCall())
        number, _, rest = path.removeprefix(f"{PATH}/").partition("/")
        if number not in self._registered:
            raise ValueError(f'The offline stand-in knows no call "{number}".')
        return f"/{rest}", self._registered[number]
