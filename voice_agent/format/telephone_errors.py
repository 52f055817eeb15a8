"""Numbers that nobody could be put through to, and transfers that lack what LiveKit needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .diagnostics import Diagnostic, quote
from .sounds import clip_of, clips, sound_file
from .yaml_source import Source

_PLACE = ("tools", "transfer_call", "destinations")
# E.164: the country's code and the number, of 15 digits at most.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_TEL = re.compile(r"tel:\+?[0-9*#]{1,20}(;[^\s<>]+)?")
_SIP = re.compile(r"sip:([^\s@<>]+@)?[^\s@<>]+")
_SEPARATORS = re.compile(r"[\s()./-]+")
_EXAMPLE = 'for example, "+493012345678"'


def telephone_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the destinations of a profile's transfers."""
    for name, written in _destinations(source.data).items():
        if not isinstance(written, dict):
            continue
        where = (*_PLACE, name)
        if "transfer_to" in written:
            yield from _of_number(source, (*where, "transfer_to"), written["transfer_to"])
        if "warm" in written and written.get("mode", "cold") != "warm":
            message = 'the settings of "warm" are for a warm transfer, and this one is cold'
            hint = "write mode: warm beside it, or take it out"
            yield source.at(source.key([*where, "warm"]), "conflict", message, hint)
        yield from _of_sound(source, (*where, "warm", "hold_audio"), written.get("warm"))


def _destinations(data: Any) -> dict[str, Any]:
    for key in _PLACE:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _of_number(source: Source, where: tuple[str, ...], value: Any) -> Iterator[Diagnostic]:
    node = source.value(where)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        message = "YAML reads this as a number to count with, which loses its + and zeros"
        yield source.at(node, "no-number", message, _instead(str(node.value)))
    elif isinstance(value, str) and value.strip() and not _may_be_called(value):
        message = f"nobody can be called at {quote(value)}"
        yield source.at(node, "no-number", message, _instead(value))


def _may_be_called(address: str) -> bool:
    # A template here is an error of its own.
    return "{{" in address or any(each.fullmatch(address) for each in (_NUMBER, _TEL, _SIP))


def _instead(written: str) -> str:
    """Return how to write what may have been meant as a telephone number."""
    digits = _SEPARATORS.sub("", written.replace("(0)", "").removeprefix("tel:"))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if _NUMBER.fullmatch(digits):
        return f'write it in quotes, with its + and nothing between the digits: "{digits}"'
    if written.startswith("sips:"):
        return f"LiveKit knows sip: alone, as in {quote(written.replace('sips:', 'sip:', 1))}"
    if "@" in written and ":" not in written:
        return f"write sip: before it: {quote(f'sip:{written}')}"
    if re.fullmatch("[0-9]+", digits):
        return f"begin with + and the code of the country, in quotes; {_EXAMPLE}"
    return f"write a number with + and the code of the country, or a sip: address; {_EXAMPLE}"


def _of_sound(source: Source, where: tuple[str, ...], warm: Any) -> Iterator[Diagnostic]:
    name = warm.get("hold_audio") if isinstance(warm, dict) else None
    if not isinstance(name, str) or not name.strip() or clip_of(name):
        return
    if not sound_file(Path(source.path).parent, name):
        message = f"{quote(name)} is no clip of LiveKit's, and there is no such sound file beside "
        message += "this file or below it"
        hint = f"the clips are {', '.join(clips())}"
        yield source.at(source.value(where), "missing-file", message, hint)
