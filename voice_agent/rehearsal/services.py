"""What the stand-in is to play behind the tools of a profile, as the profile declares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..format import mcp_snapshot
from ..format.mcp_snapshot import BadSnapshot
from ..format.profile import Profile
from ..format.tools import UNSET, Http, Parameter, Tool, Variable
from ..standin.calls import KnownCall
from ..standin.service import Service

_TRANSFER = "transfer_call"
_OF_TYPE: Mapping[str, Any] = {"integer": 4, "number": 4.5, "boolean": True}


def with_services(
    call: KnownCall,
    profile: Profile,
    answers: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> KnownCall:
    """Return the call with the agents of `profile`, and the services behind its tools.

    `answers` has, by the name of a tool, how its service answers the first requests; see
    `Service.answers`. Raises UsageError where nobody has asked an MCP server for its tools yet.
    """
    services = services_of(profile)
    for name, written in (answers or {}).items():
        service = services.get(name, Service(kind="mcp"))
        services[name] = replace(service, answers=tuple(dict(each) for each in written))
    told = {name: each.instructions for name, each in profile.agents.items()}
    agents = {name: each.common if each else "" for name, each in told.items()}
    return replace(call, services=services, agents=agents, mcp=_snapshot(profile))


def services_of(profile: Profile) -> dict[str, Service]:
    """Return the service behind each tool, by its name; nothing for those that need none."""
    services = {}
    for name, tool in profile.tools.declared.items():
        if tool.http is not None:
            services[name] = _http(tool, tool.http, profile.variables)
        elif tool.rpc is not None:
            payload = None if tool.rpc.payload is UNSET else tool.rpc.payload
            services[name] = Service(
                kind="rpc",
                body=payload,
                parameters=_schema(tool.parameters),
                example=_example(tool, profile.variables),
            )
    for server in profile.mcp_servers.values():
        for name, options in server.tools.items():
            if options.response.example is not UNSET:
                services[name] = Service(kind="mcp", example=options.response.example)
    if profile.tools.transfer_call is not None:
        services[_TRANSFER] = Service(kind="telephone")
    return services


def _snapshot(profile: Profile) -> dict[str, Any]:
    """Return the tools of the MCP servers that the stand-in plays, as the snapshot has them."""
    if not profile.mcp_servers:
        return {}
    path = profile.path or Path(profile.name)
    try:
        found = mcp_snapshot.load(path)
    except BadSnapshot as why:
        raise UsageError(
            f"The snapshot {mcp_snapshot.path_for(path)} cannot be used: {why}. Write it anew with "
            f'the command "pull {path.stem}".'
        ) from None
    servers = profile.mcp_servers.items()
    if missing := [name for name, each in servers if each.required and name not in found]:
        raise UsageError(
            "The stand-in plays MCP servers as they were when they were last asked, and nobody has "
            f'asked {" and ".join(missing)} yet. Ask with the command "pull {path.stem}".'
        )
    return {
        server: {name: tool.to_data() for name, tool in found[server].items()}
        for server in profile.mcp_servers
        if server in found
    }


def _http(tool: Tool, http: Http, variables: Mapping[str, Variable]) -> Service:
    return Service(
        method=http.method,
        url=http.url,
        headers=dict(http.headers),
        query=dict(http.query),
        body=None if http.body is UNSET else http.body,
        form=http.form,
        parameters=_schema(tool.parameters),
        example=_example(tool, variables),
    )


def _schema(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the JSON Schema of all arguments of a tool, with those that are ours."""
    return {
        "type": "object",
        "properties": {name: _property(each) for name, each in parameters.items()},
        "required": [
            name
            for name, each in parameters.items()
            if not each.optional and "{{" not in str(each.value)
        ],
    }


def _property(parameter: Parameter) -> dict[str, Any]:
    if parameter.value is UNSET:
        return dict(parameter.schema)
    # What is put into a template is not known here.
    return {} if "{{" in str(parameter.value) else {"const": parameter.value}


def _example(tool: Tool, variables: Mapping[str, Variable]) -> Any:
    """Return what a service answers: what is written, or else what the profile looks for in it."""
    response = tool.response
    if response.example is not UNSET:
        return response.example
    made: dict[str, Any] = {}
    for path in response.fields or ():
        _put(made, path, _spoken(path))
    for variable, path in response.save.items():
        _put(made, path, _sample(path, variables.get(variable)))
    return _with_lists(made) if made else None


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, unless there is more below it."""
    *before, last = path.split(".")
    for key in before:
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    if not isinstance(data.get(last), dict):
        data[last] = value


def _with_lists(data: Any) -> Any:
    """Return data with lists in place of mappings whose keys are numbers."""
    if not isinstance(data, dict):
        return data
    made = {key: _with_lists(each) for key, each in data.items()}
    return list(made.values()) if all(map(str.isdecimal, made)) else made


def _spoken(path: str) -> str:
    return f"example {path.rpartition('.')[2].replace('_', ' ')}"


def _sample(path: str, variable: Variable | None) -> Any:
    if variable is None:
        return _spoken(path)
    for written in (variable.sample, variable.default):
        if written is not UNSET:
            return written
    if variable.enum:
        return variable.enum[0]
    return _OF_TYPE.get(variable.type, _spoken(path))
