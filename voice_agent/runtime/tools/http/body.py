"""The body of an answer: read up to a limit, unpacked, and understood as JSON or text."""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from .failures import Failed

_CHUNK = 16 * 1024
# zlib tells gzip and deflate apart by itself with this.
_EITHER = zlib.MAX_WBITS | 32
_PACKED = ("gzip", "x-gzip", "deflate")
_NEVER_TEXT = ("text/html", "text/xml")


@dataclass(frozen=True, slots=True)
class Body:
    """What was read of a body, unpacked; `whole` is False where there is more than the limit."""

    raw: bytes
    whole: bool


async def read(response: aiohttp.ClientResponse, limit: int) -> Body:
    """Read a body, and unpack it, up to `limit` bytes of either.

    Raises Failed for one that is packed in another way than gzip and deflate, or badly.
    """
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed in ("identity", ""):
        return await _gathered(response.content.iter_chunked(_CHUNK), limit)
    if packed not in _PACKED:
        raise Failed("not_json", reason=f'The answer is packed as "{packed}", which nobody asked.')
    try:
        return await _gathered(_unpacked(response.content.iter_chunked(_CHUNK), limit), limit)
    except zlib.error:
        raise Failed("not_json", reason=f"The answer is no {packed}, as it says it is.") from None


def understood(body: Body, content_type: str, charset: str | None) -> Any:
    """Return the data of a body: what JSON says, else the text.

    Raises Failed for what is neither, and for JSON that is not read to its end.
    """
    if not body.raw:
        return None
    is_json = content_type in ("", "application/json") or content_type.endswith("+json")
    if not is_json and (not content_type.startswith("text/") or content_type in _NEVER_TEXT):
        raise Failed("not_json", reason=f'The answer is "{content_type}", not JSON or plain text.')
    if is_json and not body.whole:
        reason = f"The answer is longer than {len(body.raw)} bytes, four times response.max_size."
        raise Failed("too_large", reason=reason)
    text = _text(body, charset)
    if not is_json and text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        if not is_json:
            return text
        raise Failed("not_json", reason="The answer says that it is JSON, and is not.") from None


async def _gathered(chunks: AsyncIterator[bytes], limit: int) -> Body:
    raw = bytearray()
    async for chunk in chunks:
        raw += chunk
        if len(raw) > limit:
            return Body(bytes(raw[:limit]), whole=False)
    return Body(bytes(raw), whole=True)


async def _unpacked(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    unpacking = zlib.decompressobj(_EITHER)
    async for chunk in chunks:
        # A few bytes may unpack to gigabytes, so that it has to stop here, not afterwards.
        yield unpacking.decompress(chunk, limit + 1)
    yield unpacking.flush()
    if not unpacking.eof:
        raise zlib.error("It ends too early.")


def _text(body: Body, charset: str | None) -> str:
    """Return the text of a body; where it was cut within a character, without that."""
    try:
        decoder = codecs.getincrementaldecoder(charset or "utf-8-sig")()
        text = decoder.decode(body.raw, final=body.whole)
    except LookupError:
        reason = f'The answer names the charset "{charset}", which nobody knows.'
        raise Failed("not_json", reason=reason) from None
    except UnicodeDecodeError:
        reason = f"The answer is not {charset or 'UTF-8'}, as it should be."
        raise Failed("not_json", reason=reason) from None
    return str(text)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON.")
