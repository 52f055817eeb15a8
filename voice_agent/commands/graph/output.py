"""The output of `show --graph`, in each of its formats."""

from __future__ import annotations

from ...errors import UsageError
from ...format.profile import Profile
from . import mermaid, text
from .drawing import as_json, graph


def show_graph(profile: Profile, form: str | None) -> None:
    """Print where calls go in a profile, for a terminal or in the format that was asked for."""
    found = graph(profile)
    if form == "yaml":
        raise UsageError("--graph is drawn as text, or with --format json or mermaid.")
    if form == "json":
        print(as_json(found))
    else:
        print(*(mermaid.lines(found) if form else text.lines(found)), sep="\n")
