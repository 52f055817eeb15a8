"""The snapshot of MCP servers: the tools that they had when `pull` last asked them.

It is a file beside the profile, desk.mcp.json for desk.yaml. Profiles are checked against it,
rehearsals play from it, and what has changed on a server since is the difference to it. It has what
the servers say of their tools, and neither their addresses nor any secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

SUFFIX = ".mcp.json"
_VERSION = 1
_LARGEST = 16 * 2**20  # bytes; a server with a thousand tools has less
_DAMAGED = "it is no snapshot, or was changed by hand"


@dataclass(frozen=True)
class ServerTool:
    """One tool as its server describes it."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None = None

    @cached_property
    def hash(self) -> str:
        """What differs as soon as anything in it does."""
        data = json.dumps([self.name, self._written()], sort_keys=True, ensure_ascii=True)
        return f"sha256:{hashlib.sha256(data.encode()).hexdigest()}"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The schemas of its parameters, by their names."""
        found = self.input_schema.get("properties")
        return found if isinstance(found, Mapping) else {}

    @property
    def required(self) -> Sequence[Any]:
        """The names of the parameters that a call must have."""
        found = self.input_schema.get("required")
        return found if isinstance(found, list) else ()

    def schema_without(self, names: Collection[str]) -> dict[str, Any]:
        """Return the schema of its parameters without some of them."""
        found = {"type": "object", **self.input_schema}
        if isinstance(properties := found.get("properties"), Mapping):
            found["properties"] = {
                name: properties[name] for name in properties if name not in names
            }
        if isinstance(required := found.get("required"), list):
            found["required"] = [each for each in required if each not in names]
        return found

    def to_data(self) -> dict[str, Any]:
        """Return it as it stands in a snapshot, under its name."""
        return {**self._written(), "hash": self.hash}

    def _written(self) -> dict[str, Any]:
        data = {"description": self.description, "input_schema": self.input_schema}
        return data if self.output_schema is None else {**data, "output_schema": self.output_schema}


Tools: TypeAlias = Mapping[str, ServerTool]
"""The tools of one server, by their names."""


class BadSnapshot(Exception):
    """A snapshot cannot be used; the text says why, after "because"."""


def path_for(profile: str | Path) -> Path:
    """Return where the snapshot of a profile is, beside the file of the profile."""
    return Path(profile).with_suffix(SUFFIX)


def load(profile: str | Path) -> dict[str, Tools]:
    """Return the tools of the servers in the snapshot of a profile; nothing where there is none.

    Raises BadSnapshot.
    """
    path = path_for(profile)
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadSnapshot(getattr(error, "strerror", None) or str(error)) from None
    if len(raw) > _LARGEST:
        raise BadSnapshot(f"it has more than {_LARGEST // 2**20} MiB")
    return _parsed(raw)


def _parsed(raw: bytes) -> dict[str, Tools]:
    try:
        data = json.loads(raw)
        if data["version"] != _VERSION:
            raise BadSnapshot("another version of this program has written it")
        servers = {name: _tools(tools) for name, tools in data["servers"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadSnapshot(_DAMAGED) from None
    return servers


def _tools(written: Mapping[str, Any]) -> Tools:
    tools = {}
    for name, each in written.items():
        fields = {key: value for key, value in each.items() if key != "hash"}
        tools[name] = tool = ServerTool(name=name, **fields)
        schemas = (tool.input_schema, tool.output_schema or {})
        well_formed = all(isinstance(schema, dict) for schema in schemas)
        if not (well_formed and isinstance(tool.description, str) and tool.hash == each["hash"]):
            raise BadSnapshot(_DAMAGED)
    return tools


def text(servers: Mapping[str, Tools]) -> str:
    """Return the text of a snapshot, the same for the same tools.

    Characters that nobody sees are written as escapes, so that none hides in a description.
    """
    data = {
        "version": _VERSION,
        "servers": {
            server: {name: tools[name].to_data() for name in tools}
            for server, tools in servers.items()
        },
    }
    written = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
    return "".join(map(_visible, written)) + "\n"


def _visible(char: str) -> str:
    return char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1]


def compare(old: Tools, new: Tools) -> Iterator[str]:
    """Yield a line for each thing in which the tools of a server differ from those before."""
    for name in sorted({*old, *new}):
        if name not in old:
            yield f"+ {name}: a new tool, {_quoted(new[name].description)}"
        elif name not in new:
            yield f"- {name}: the server has it no more"
        elif old[name].hash != new[name].hash:
            yield from (f"~ {name}: {each}" for each in _changes(old[name], new[name]))


def _changes(old: ServerTool, new: ServerTool) -> Iterator[str]:
    if old.description != new.description:
        was, now = _quoted(old.description), _quoted(new.description)
        yield f"its description was {was}, and is now {now}"
    inputs = list(_in_parameters(old, new))
    yield from inputs
    if not inputs and old.input_schema != new.input_schema:
        yield "the schema of its parameters has changed"
    if old.output_schema != new.output_schema:
        yield "the schema of its answers has changed"


def _in_parameters(old: ServerTool, new: ServerTool) -> Iterator[str]:
    before, after = old.parameters, new.parameters
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"it has a new parameter {_quoted(name)}"
        elif name not in after:
            yield f"its parameter {_quoted(name)} is gone"
        elif before[name] != after[name]:
            yield f"its parameter {_quoted(name)} has changed"
    for name in sorted({*before} & {*after}):
        needed = name in new.required
        if needed != (name in old.required):
            now = "is now required" if needed else "is no longer required"
            yield f"its parameter {_quoted(name)} {now}"


def _quoted(text: str) -> str:
    """Return what a server wrote, whole, since what is cut off might be what matters."""
    return f'"{"".join(map(_visible, " ".join(text.split())))}"'
