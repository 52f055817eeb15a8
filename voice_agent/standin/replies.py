"""The LLM's replies in a call, as a part of the address by which the call reaches the stand-in.

So each of the calls that share a stand-in has replies of its own, and none has to register them:
`http://127.0.0.1:PORT/with/REPLIES/v1` stands for `http://127.0.0.1:PORT/v1`.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import UsageError

LONGEST_LINE = 60_000
"""How many bytes the first line of a request may have; OpenAI's clients send no more than 65536."""
_PREFIX = "/with/"


def with_replies(url: str, replies: Sequence[str]) -> str:
    """Return the address for a call in which the LLM's nth answer is the nth of `replies`.

    An answer beyond them comes from the script, and so does one whose reply is empty. Raises
    UsageError for replies too long for an address: more than some 100,000 letters.
    """
    if not replies:
        return url
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(list(replies)).encode()))
    if len(packed) > LONGEST_LINE - 1000:
        raise UsageError("The replies of a call are longer than the offline stand-in can take.")
    return url.removesuffix("/v1") + f"{_PREFIX}{packed.decode()}/v1"


def split_replies(path: str) -> tuple[str, list[str]]:
    """Return the path without its replies, and the replies; raise ValueError with a sentence."""
    if not path.startswith(_PREFIX):
        return path, []
    packed, _, rest = path.removeprefix(_PREFIX).partition("/")
    try:
        replies = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed)))
    except (ValueError, zlib.error, binascii.Error):
        raise ValueError("The replies in the address cannot be read.") from None
    return f"/{rest}", [str(reply) for reply in replies]


def next_reply(replies: Sequence[str], messages: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the reply to a conversation, by how often the assistant has spoken in it."""
    turn = sum(message.get("role") == "assistant" for message in messages)
    return (replies[turn] or None) if turn < len(replies) else None
