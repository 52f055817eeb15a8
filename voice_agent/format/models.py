"""The models of a profile in its data, which may be invalid, with their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .profile import Model, Models
from .schema import is_realtime, schema

ROLES = ("stt", "llm", "tts")


def entries(data: Any, role: str) -> Iterator[tuple[list[str | int], Any]]:
    """Yield what a profile has for each model of a role, with its path, in the order of trying."""
    written = data.get(role) if isinstance(data, dict) else None
    where: list[str | int] = [role]
    if isinstance(written, dict) and "fallback" in written:
        written, where = written["fallback"], [*where, "fallback"]
    if isinstance(written, list):
        yield from (([*where, number], each) for number, each in enumerate(written))
    elif written is not None:
        yield where, written


def first(data: Any, role: str) -> Any:
    """Return what a profile has for the model that is tried first; None where it has none."""
    return next((each for _, each in entries(data, role)), None)


def inference_names(data: Any, role: str) -> Iterator[tuple[list[str | int], str]]:
    """Yield the names of models on LiveKit Inference, with their paths."""
    for where, entry in entries(data, role):
        if isinstance(entry, dict) and "plugin" not in entry and "model" in entry:
            where, entry = [*where, "model"], entry["model"]
        if isinstance(entry, str):
            yield where, entry


def languages(data: Any) -> Iterator[str]:
    """Yield the languages that the models of `stt` name, as they are written."""
    for _, entry in entries(data, "stt"):
        name = entry.get("model") if isinstance(entry, dict) else entry
        if isinstance(entry, dict) and isinstance(entry.get("language"), str):
            yield entry["language"]
        elif isinstance(name, str) and ":" in name and not _is_plugin(entry):
            yield name.rpartition(":")[2]


def hears_and_speaks(llm: Models) -> bool:
    """Tell whether an `llm` is a realtime model, or several."""
    return all(map(is_realtime_model, llm.fallback))


def is_realtime_model(llm: Model) -> bool:
    """Tell whether one model of an `llm` is a realtime model."""
    return is_realtime({"plugin": llm.plugin} if llm.plugin else _name(llm))


def is_duplex(llm: Model) -> bool:
    """Tell whether one model of an `llm` hears and speaks at the same time."""
    return llm.plugin is None and _name(llm) in schema()["$defs"]["duplex"]["enum"]


def _name(model: Model) -> str:
    return (model.model or "").partition(":")[0]


def _is_plugin(entry: Any) -> bool:
    return isinstance(entry, dict) and "plugin" in entry
