"""The command `pull`: keep what the MCP servers of a profile say of their tools."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import OK, UNUSABLE, WRONG, UsageError
from ..format import catalog, mcp_package, mcp_snapshot
from ..format.diagnostics import printable
from ..format.loader import load
from ..format.mcp_snapshot import BadSnapshot, Tools
from ..format.profile import Profile
from ..format.typos import closest
from ..runtime import environment
from . import selection, variable_options
from .parser import Parser, add_profile_option, parser_of


def parser() -> Parser:
    """Return the parser of the command."""
    made = parser_of(
        "pull",
        "Ask the MCP servers of a profile for their tools, and keep the answers in a file beside "
        "the profile. Profiles are checked against it, and rehearsals play the servers from it. "
        "Programs that the profile names are started for it.",
        "It ends with 0 where all servers have answered, and with 2 where one cannot be reached. "
        "With --check, it writes nothing, and ends with 1 where a server has changed.",
    )
    made.add_argument("words", nargs="*", metavar="PROFILE [SERVER…]", help=_WORDS)
    add_profile_option(made)
    variable_options.add_variable_option(made)
    made.add_argument(
        "--check", action="store_true", help="only say what has changed, and write nothing"
    )
    return made


_WORDS = "a path, or a name in profiles/; then the names of servers, by default all of them"


def run(arguments: Sequence[str]) -> int:
    """Ask the servers that the arguments name, and return the exit code."""
    options = parser().parse_intermixed_args(arguments)
    environment.read_dotenv()
    profile, names = _profile(options.words, options.profile)
    mcp_package.require(profile)
    environment.require_secrets(profile)
    variable_options.use(options.var, [profile])
    before, answers = _before(profile), _ask(profile, names)
    tools = {name: each for name, each in answers.items() if not isinstance(each, str)}
    for name in tools:
        print(*_report(name, before.get(name), tools[name]), sep="\n")
    for name in answers.keys() - tools.keys():
        print(f'MCP server "{name}" cannot be asked: {answers[name]}.', file=sys.stderr)
    has_changed = any(tools[name] != before.get(name) for name in tools)
    if tools and not options.check:
        _write(profile, {**before, **tools})
    if len(tools) < len(answers):
        return UNUSABLE
    return WRONG if options.check and has_changed else OK


def _profile(words: Sequence[str], option: Sequence[str]) -> tuple[Profile, list[str]]:
    """Return the profile, and the names of the servers to ask."""
    named = selection.profile_option(option)
    first, servers = (named, list(words)) if named else (words[0] if words else "", list(words[1:]))
    found = selection.named([first] if first else [], [])
    if not found:
        raise UsageError(catalog.nothing_named())
    profile = load(catalog.find(found[0]))
    known = profile.mcp_servers
    if not known:
        raise UsageError(f'The profile "{profile.name}" has no MCP servers to ask.')
    for name in servers:
        if name not in known:
            close = closest(name, known)
            hint = f'Did you mean "{close}"?' if close else f"It has {', '.join(known)}."
            raise UsageError(f'The profile "{profile.name}" has no MCP server "{name}". {hint}')
    return profile, servers or list(known)


def _before(profile: Profile) -> dict[str, Tools]:
    """Return what the snapshot has of the servers that the profile still has."""
    try:
        found = mcp_snapshot.load(_path(profile))
    except BadSnapshot as why:
        path = mcp_snapshot.path_for(_path(profile))
        print(f"{path} is written anew, as it cannot be used: {why}.", file=sys.stderr)
        return {}
    return {name: found[name] for name in found if name in profile.mcp_servers}


def _ask(profile: Profile, names: Sequence[str]) -> dict[str, Tools | str]:
    # Here, as they import LiveKit, which takes two seconds.
    from ..runtime.tools.mcp.asking import ask
    from ..runtime.variables import Values

    return asyncio.run(ask(profile, names, Values(profile)))


def _report(name: str, before: Tools | None, now: Tools) -> Iterator[str]:
    """Yield lines on the tools of a server."""
    count = "1 tool" if len(now) == 1 else f"{len(now)} tools"
    changes = [*mcp_snapshot.compare(before or {}, now)]
    if before is None:
        yield f"{name}: {count}, asked for the first time"
    else:
        yield f"{name}: {count}, {'changed' if changes else 'as before'}"
    yield from (f"  {printable(each)}" for each in changes)


def _write(profile: Profile, servers: Mapping[str, Tools]) -> None:
    path = mcp_snapshot.path_for(_path(profile))
    written = mcp_snapshot.text(servers)
    try:
        if path.exists() and path.read_text("utf-8", errors="replace") == written:
            print(f"{path} is as it was.")
            return
        path.write_text(written, "utf-8")
    except OSError as error:
        raise UsageError(f'"{path}" cannot be written: {error.strerror}.') from None
    print(f"Wrote {path}.")


def _path(profile: Profile) -> Path:
    return Path(profile.path or profile.name)
