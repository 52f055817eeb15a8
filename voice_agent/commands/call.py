"""The command `call`: try one tool of a profile, without a call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ..errors import OK, WRONG, UsageError
from ..format import catalog, mcp_package, mcp_snapshot
from ..format.diagnostics import printable
from ..format.mcp_names import ALL, llm_name
from ..format.mcp_snapshot import BadSnapshot, ServerTool
from ..format.profile import Profile
from ..format.tool_schema import schema_of
from ..format.tools import McpTool, Tool, Treatment
from ..format.typos import closest
from ..rehearsal.services import with_services
from ..runtime import environment
from ..runtime.secrets import hidden
from ..runtime.variables import Origins, Values
from ..standin.calls import KnownCall
from ..standin.process import Standin, check_extra
from . import tool_explanations, variable_options
from .call_arguments import typed
from .parser import Parser, add_profile_option, parser_of
from .selection import profile_option
from .variable_options import add_variable_option

if TYPE_CHECKING:
    from ..runtime.tools.trial import Trial


def run(arguments: Sequence[str]) -> int:
    """Call the tool that the arguments name, show what comes of it, and return the exit code."""
    options = parser().parse_intermixed_args(arguments)
    environment.read_dotenv()
    profile = catalog.load_chosen(profile_option(options.profile))
    known = _known(profile)
    if options.tool not in known:
        raise UsageError(_unknown(options.tool, profile, list(known)))
    given = typed(options.arguments, known[options.tool], options.tool)
    variable_options.use(options.var, [profile])
    variables = variable_options.given(options.var, [profile])
    values = Values(profile, Origins(given=variables, samples=True))
    tool = profile.tools.declared.get(options.tool)
    if on_server := _of_servers(profile).get(options.tool):
        return _on_server(profile, *on_server, given, values, offline=options.offline)
    if tool is None or tool.rpc or tool.switch:
        lines = tool_explanations.explained(profile, options.tool, given, values)
        print(*map(printable, lines), sep="\n")
        return OK
    if not options.offline:
        environment.require_secrets(profile, tool)
    trial = _tried(profile, options.tool, tool, given, values, offline=options.offline)
    for line in _lines(trial, tool, offline=options.offline):
        print(printable(hidden(line)))
    return WRONG if trial.outcome.failure else OK


def _known(profile: Profile) -> dict[str, Mapping[str, Any]]:
    """Return the tools of a profile, each with the schema of what the llm gives to it."""
    declared = {name: schema_of(tool) for name, tool in profile.tools.declared.items()}
    of_servers = {
        name: tool.schema_without(
            profile.mcp_servers[server].tools.get(tool.name, McpTool()).values
        )
        for name, (server, tool) in _of_servers(profile).items()
    }
    return {**declared, **tool_explanations.schemas(profile), **of_servers}


def _of_servers(profile: Profile) -> dict[str, tuple[str, ServerTool]]:
    """Return the tools of MCP servers that the snapshot has and the profile allows."""
    if not profile.mcp_servers:
        return {}
    try:
        found = mcp_snapshot.load(profile.path or profile.name)
    except BadSnapshot:
        return {}
    return {
        llm_name(name): (server, tool)
        for server, written in profile.mcp_servers.items()
        for name, tool in found.get(server, {}).items()
        if name in written.allowed_tools or ALL in written.allowed_tools
    }


def _options(profile: Profile, server: str, tool: ServerTool) -> McpTool:
    return profile.mcp_servers[server].tools.get(tool.name, McpTool())


def _unknown(name: str, profile: Profile, known: list[str]) -> str:
    sentence = f'The profile "{profile.name}" has no tool "{name}".'
    if close := closest(name, known):
        return f'{sentence} Did you mean "{close}"?'
    if profile.mcp_servers and not _of_servers(profile):
        stem = profile.path.stem if profile.path else profile.name
        return f'{sentence} Those of MCP servers are known after the command "pull {stem}".'
    if known:
        return f"{sentence} There are: {', '.join(known)}."
    return f'{sentence} It has none: declare it under "tools".'


def _on_server(
    profile: Profile,
    server: str,
    tool: ServerTool,
    arguments: dict[str, Any],
    values: Values,
    *,
    offline: bool,
) -> int:
    """Call a tool of an MCP server, show what comes of it, and return the exit code."""
    mcp_package.require(profile)
    if not offline:
        environment.require_secrets(profile, profile.mcp_servers[server])
    with ExitStack() as stack:
        if offline:
            _play(profile, stack)
        from ..runtime.call_state import CallState  # here, as they import LiveKit
        from ..runtime.tools.mcp.trial import attempt

        trial = asyncio.run(attempt(server, tool.name, arguments, CallState(profile, values)))
    for line in _lines(trial, _options(profile, server, tool), offline=offline):
        print(printable(hidden(line)))
    return WRONG if trial.outcome.failure else OK


def _play(profile: Profile, stack: ExitStack) -> None:
    check_extra()
    standin = stack.enter_context(Standin())
    os.environ.update(standin.environment_with(with_services(KnownCall(), profile)))


def _tried(
    profile: Profile,
    name: str,
    tool: Tool,
    arguments: dict[str, Any],
    values: Values,
    *,
    offline: bool,
) -> Trial:
    with ExitStack() as stack:
        if offline and tool.http:
            _play(profile, stack)
        # Importing LiveKit takes two seconds, which no mistake so far need wait for.
        from ..runtime.call_state import CallState
        from ..runtime.tools.trial import attempt

        return asyncio.run(attempt(name, tool, arguments, CallState(profile, values)))


def _lines(trial: Trial, tool: Treatment, *, offline: bool) -> Iterator[str]:
    """Yield the request, the answers, and what the llm would be told of them."""
    requests = trial.outcome.requests
    if requests:
        yield from _request(requests[0])
    by = " of the stand-in" if offline else ""
    for number, each in enumerate(requests, 1):
        which = f" {number}" if len(requests) > 1 else ""
        yield f"Answer{which}{by}: {_summary(each)}"
        yield from _indented(each["answer"] or "")
        yield ""
    if trial.outcome.failure:
        yield f"Failed ({trial.outcome.failure}): {trial.outcome.reason}".rstrip(" :")
        yield ""
    for name, value in trial.saved.items():
        yield f"Saved as {name}: {value}"
    yield "The llm is told:"
    yield from _indented(trial.told)
    if tool.silent:
        yield "It says nothing to it, as the tool is silent."


def _request(request: Mapping[str, Any]) -> Iterator[str]:
    yield "Request:"
    yield f"  {request['method']} {request['url']}"
    for name, value in request["headers"].items():
        yield f"  {name}: {value}"
    if request["body"]:
        yield ""
        yield from _indented(request["body"])
    yield ""


def _summary(request: Mapping[str, Any]) -> str:
    after = f"after {request['seconds']:.2f} s"
    if request["status"] is None and request["answer"] is None:
        return f"none {after}"
    status = "" if request["status"] is None else f"{request['status']} "  # MCP has none
    return f"{status}{after}, {request['size']} bytes"


def _indented(text: str) -> Iterator[str]:
    return (f"  {line}" for line in text.splitlines())


def parser() -> Parser:
    """Return the options of the command."""
    made = parser_of(
        "call",
        "Try one tool of a profile without a call: show the request, the answer, and what the llm "
        "would be told. Secrets are not shown.",
        "It ends with 0 if the tool did its work, and with 1 if it failed.",
        offline="have the stand-in answer, as the profile describes it, and reach no service",
    )
    made.add_argument("tool", metavar="TOOL", help="the name of the tool in the profile")
    made.add_argument(
        "arguments",
        nargs="*",
        default=[],
        metavar="NAME=VALUE",
        help="what the llm would give to it; a list or a mapping is JSON",
    )
    add_profile_option(made)
    add_variable_option(made)
    return made
