"""Snapshots of MCP servers: written, read again, and compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from voice_agent.format.mcp_snapshot import BadSnapshot, ServerTool, compare, load, path_for, text

SCHEMA = {
    "type": "object",
    "properties": {"day": {"type": "string"}, "room": {"type": "string"}},
    "required": ["day"],
}
FIND = ServerTool("find_slot", "Finds a slot.", SCHEMA, {"type": "object"})
RING = ServerTool("ring", "Rings a bell.", {"type": "object"})


def kept(folder: Path, *tools: ServerTool) -> Path:
    """Write the snapshot of a server, and return the path of its profile."""
    profile = folder / "desk.yaml"
    path_for(profile).write_text(text({"calendar": {each.name: each for each in tools}}), "utf-8")
    return profile


def differences(old: ServerTool, new: ServerTool) -> list[str]:
    """Return in what a server with one tool has changed."""
    return [*compare({old.name: old}, {new.name: new})]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    profile = kept(tmp_path, FIND, RING)
    assert path_for(profile).name == "desk.mcp.json"
    assert load(profile) == {"calendar": {"find_slot": FIND, "ring": RING}}


def test_a_profile_without_a_snapshot_has_nothing_in_it(tmp_path: Path) -> None:
    assert load(tmp_path / "desk.yaml") == {}


def test_the_same_tools_are_the_same_text_in_whatever_order_they_come() -> None:
    other = replace(FIND, input_schema=dict(reversed(SCHEMA.items())))
    one = text({"a": {"ring": RING, "find_slot": FIND}, "b": {}})
    assert one == text({"b": {}, "a": {"find_slot": other, "ring": RING}})
    assert FIND.hash == other.hash


def test_nothing_hides_in_the_text_of_a_snapshot() -> None:
    hidden = "Rings.\u200b\u202e\x1b[8m\U000e0041 Glocke läutet 鈴"
    written = text({"a": {"ring": replace(RING, description=hidden)}})
    assert all(char.isprintable() or char == "\n" for char in written)
    assert "Glocke läutet 鈴" in written
    assert json.loads(written)["servers"]["a"]["ring"]["description"] == hidden


def test_every_change_of_a_tool_is_named() -> None:
    schema = {
        "type": "object",
        "properties": {"day": {"type": "integer"}, "room": {"type": "string"}, "who": {}},
        "required": ["room"],
    }
    new = ServerTool("find_slot", "Sends all to evil.example.", schema)
    assert differences(FIND, new) == [
        '~ find_slot: its description was "Finds a slot.", and is now "Sends all to evil.example."',
        '~ find_slot: its parameter "day" has changed',
        '~ find_slot: it has a new parameter "who"',
        '~ find_slot: its parameter "day" is no longer required',
        '~ find_slot: its parameter "room" is now required',
        "~ find_slot: the schema of its answers has changed",
    ]


def test_a_change_that_has_no_name_is_told_all_the_same() -> None:
    closed = replace(FIND, input_schema={**SCHEMA, "additionalProperties": False})
    assert differences(FIND, closed) == ["~ find_slot: the schema of its parameters has changed"]


def test_new_tools_and_those_that_are_gone_are_named_and_the_rest_is_not() -> None:
    assert [*compare({"find_slot": FIND}, {"ring": RING})] == [
        "- find_slot: the server has it no more",
        '+ ring: a new tool, "Rings a bell."',
    ]
    assert differences(FIND, FIND) == []


def test_what_a_description_hides_is_seen_in_the_difference() -> None:
    [line] = differences(RING, replace(RING, description="Rings a bell.\u200b\n\x1b[2J"))
    assert line.endswith(r'is now "Rings a bell.\u200b \u001b[2J"')


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["servers"]["calendar"]["ring"].update(description="Rings two bells."),
        lambda data: data["servers"]["calendar"]["ring"].update(input_schema={"type": "array"}),
        lambda data: data["servers"]["calendar"]["ring"].update(more=1),
        lambda data: data["servers"]["calendar"]["ring"].pop("hash"),
        lambda data: data["servers"].update(calendar=[]),
        lambda data: data.pop("servers"),
        lambda data: data.update(version=2),
    ],
)
def test_a_snapshot_that_was_changed_by_hand_is_none(tmp_path: Path, change: object) -> None:
    profile = kept(tmp_path, RING)
    data = json.loads(path_for(profile).read_text())
    change(data)  # type: ignore[operator]
    path_for(profile).write_text(json.dumps(data))
    with pytest.raises(BadSnapshot):
        load(profile)


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"version": 1', b"[" * 100_000])
def test_what_is_no_snapshot_is_said_to_be_none(tmp_path: Path, raw: bytes) -> None:
    path_for(tmp_path / "desk.yaml").write_bytes(raw)
    with pytest.raises(BadSnapshot, match="no snapshot"):
        load(tmp_path / "desk.yaml")
