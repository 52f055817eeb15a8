"""What the schema cannot say of models: which go together, and what their providers take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .diagnostics import Diagnostic, quote
from .models import SUFFIXES, entries, holders, is_duplex_name
from .schema import is_realtime
from .schema_errors import schema_problems
from .sdk_types import extra_kwargs_of
from .value_errors import Where
from .yaml_source import Source

_ANOTHER = "name realtime models alone, or none"
_CLASSES = {"stt": "inference/stt:STT", "llm": "inference/llm:LLM", "tts": "inference/tts:TTS"}
_DUPLEX = "inference/realtime/gpt_live:DuplexModel"


def model_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the models of a profile beyond the schema."""
    if not isinstance(source.data, dict):
        return
    for where, holder in holders(source.data):
        yield from _mixed(source, where, holder)
        for role, option in SUFFIXES.items():
            yield from _said_twice(source, entries(holder, role, where), option)
    # An option that LiveKit does not list may be a new one of the provider's: lint warns of it.
    yield from (each for each in provider_problems(source) if each.kind != "unknown-key")


def provider_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield where `extra_kwargs` differ from what LiveKit lists for the provider's model."""
    for role, kind in _CLASSES.items():
        for above, holder in holders(source.data):
            for where, entry in entries(holder, role, above):
                if not isinstance(entry, dict) or "plugin" in entry:
                    continue
                if not isinstance(entry.get("extra_kwargs"), dict):
                    continue
                name = str(entry.get("model")).partition(":")[0]
                listed = extra_kwargs_of(_DUPLEX if is_duplex_name(name) else kind, name)
                yield from schema_problems(source, listed, [*where, "extra_kwargs"])


def _mixed(source: Source, above: Where, holder: Any) -> Iterator[Diagnostic]:
    """Yield the models of `llm` that LiveKit cannot try one after another."""
    tried = list(entries(holder, "llm", above))
    if len(tried) < 2:
        return
    realtime = [where for where, entry in tried if is_realtime(entry)]
    for where, entry in tried:
        name = entry.get("model") if isinstance(entry, dict) else entry
        if is_duplex_name(name):
            message = f"{quote(str(name))} cannot be one of several: LiveKit has no fallback for it"
            hint = "name it alone, or take another model"
            yield source.at(source.value(where), "conflict", message, hint)
        elif where in realtime and len(realtime) < len(tried):
            message = "a realtime model cannot stand in a list with models that are not"
            yield source.at(source.value(where), "conflict", message, _ANOTHER)


def _said_twice(
    source: Source, tried: Iterator[tuple[list[str | int], Any]], option: str
) -> Iterator[Diagnostic]:
    """Yield the options that the name of the model says as well, after its colon."""
    for where, entry in tried:
        if not isinstance(entry, dict) or "plugin" in entry or option not in entry:
            continue
        if ":" in str(entry.get("model")):
            other = source.key([*where, "model"])
            key = source.key([*where, option])
            message = f"{quote(option)} cannot stand beside the {option} in the model's name on "
            message += source.line_in_words(other, key)
            yield source.at(key, "conflict", message, "keep one of the two", other=other)
