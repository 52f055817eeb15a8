"""What is wrong with the MCP servers of a profile beyond the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any

from .declared_tools import allowed
from .diagnostics import Diagnostic, quote
from .mcp_names import ALL, servers_of
from .typos import closest
from .yaml_source import Source


def mcp_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the MCP servers of a profile, whatever they answer."""
    for name, server in servers_of(source.data).items():
        yield from _not_allowed(source, name, server)
        yield from _folder(source, name, server)


def _not_allowed(source: Source, name: str, server: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield the options of tools that the profile does not allow."""
    names, options = allowed(server), server.get("tools")
    if ALL in names or not isinstance(options, dict) or not names:
        return
    for tool in options:
        if tool not in names:
            close = closest(str(tool), names)
            message = f"{quote(str(tool))} is none of the allowed_tools, so nobody calls it"
            hint = f"did you mean {quote(close)}?" if close else "add it to them, or take it out"
            place = source.key(["mcp_servers", name, "tools", tool])
            yield source.at(place, "unknown-tool", message, hint)


def _folder(source: Source, name: str, server: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the folder in which a program runs."""
    written = server.get("cwd")
    if not isinstance(written, str) or not written.strip():
        return
    node = source.value(["mcp_servers", name, "cwd"])
    home = Path(source.path).parent
    if Path(written).is_absolute() or PureWindowsPath(written).is_absolute():
        message = f"{quote(written)} is an absolute path, which holds on one computer alone"
        hint = "write the path from the folder of the profile"
        yield source.at(node, "unusable-file", message, hint)
        return
    try:
        folder = (home / written).resolve()
        is_inside, is_there = folder.is_relative_to(home.resolve()), folder.is_dir()
    except (OSError, RuntimeError, ValueError):  # a name that no folder can have
        is_inside, is_there = True, False
    if not is_inside:
        message = f"{quote(written)} leads out of the folder of the profile, {home.as_posix()}"
        yield source.at(node, "unusable-file", message, "name a folder in it")
    elif not is_there:
        message = f"there is no folder {quote(written)} beside this file or below it"
        yield source.at(node, "missing-file", message)
