"""The model names that the schema offers and that the installed LiveKit lists."""

from __future__ import annotations

from functools import cache

from ..format import sdk_source
from ..format.models import ROLES
from ..format.schema import offered, schema

__all__ = ["ROLES", "bare", "installed", "listed"]


@cache
def listed(role: str) -> tuple[str, ...]:
    """Return the names that the schema lists for a key, without voice or language."""
    return tuple(dict.fromkeys(map(bare, offered(schema()["properties"][role]))))


@cache
def installed(role: str) -> tuple[str, ...]:
    """Return the names that the installed LiveKit lists for a key; none if it cannot be read."""
    names = sdk_source.listed_models(role)
    return (*names, *sdk_source.realtime_models()) if role == "llm" else names


def bare(name: str) -> str:
    """Return a model's name without its voice or language."""
    return name.partition(":")[0]
