"""Keys that people bring from other programs and from LiveKit's Python API, and ours for them."""

from __future__ import annotations

# Other names of keys.
ALSO_CALLED = {
    "prompt": "instructions",
    "system": "instructions",
    "system_prompt": "instructions",
    "greeting": "on_enter",
    "first_message": "on_enter",
    "id": "name",
    "interruptible": "allow_interruptions",
    "interruptions": "allow_interruptions",
    "model": "llm",
    "input": "user_input",
    "text": "say",
    "message": "say",
    **dict.fromkeys(
        ("tool", "functions", "function_tools", "function_calls", "actions", "skills"), "tools"
    ),
    **dict.fromkeys(("mcp", "mcp_server"), "mcp_servers"),
    **dict.fromkeys(
        ("hangup", "hang_up", "end_call_tool", "end_call_function", "end_conversation"), "end_call"
    ),
    **dict.fromkeys(
        ("transfer", "transfers", "call_transfer", "transfer_to_number", "forward_call"),
        "transfer_call",
    ),
    **dict.fromkeys(
        ("dtmf", "send_dtmf", "press_digit", "press_digits", "keypad"), "send_dtmf_events"
    ),
    **dict.fromkeys(
        ("timeout_seconds", "timeout_secs", "timeout_ms", "response_timeout_secs"), "timeout"
    ),
    **dict.fromkeys(("request_body", "json", "data"), "body"),
    **dict.fromkeys(("speak_during_execution", "execution_message"), "filler"),
    **dict.fromkeys(("async", "run_in_background"), "background"),
    **dict.fromkeys(
        ("vars", "variable", "variable_values", "dynamic_variables", "placeholders"), "variables"
    ),
    **dict.fromkeys(("source", "origin", "path_in_metadata"), "from"),
    **dict.fromkeys(("mock", "mock_value", "test_value", "placeholder"), "sample"),
    **dict.fromkeys(("default_value", "fallback_value"), "default"),
    **dict.fromkeys(
        ("knowledge_base", "knowledge_bases", "documents", "files", "rag", "prompt_files"),
        "knowledge",
    ),
    **dict.fromkeys(("time_zone", "tz"), "timezone"),
    **dict.fromkeys(("chat_history", "conversation_history", "messages"), "history"),
    "room_options": "room",
    **dict.fromkeys(("record", "recordings", "recording_enabled"), "recording"),
    "background_sound": "background_audio",
    **dict.fromkeys(("extend", "include", "includes", "base", "inherit", "inherits"), "extends"),
    **dict.fromkeys(("path", "from_file"), "file"),
    **dict.fromkeys(
        (
            *("states", "nodes", "stages", "steps", "flow", "flows", "workflow", "tasks"),
            *("subagents", "sub_agents", "squad", "members", "assistants"),
        ),
        "agents",
    ),
    **dict.fromkeys(("handoff", "edges", "transitions", "next", "next_agents"), "handoffs"),
    **dict.fromkeys(
        ("state_prompt", "general_prompt", "role_message", "role_messages", "task_messages"),
        "instructions",
    ),
    **dict.fromkeys(("general_tools", "global_functions"), "tools"),
    **dict.fromkeys(
        ("context", "context_strategy", "context_engineering_plan", "history_strategy"), "chat_ctx"
    ),
    **dict.fromkeys(("slots", "fields", "data_collection"), "collect"),
    **dict.fromkeys(("ivr", "dtmf_menu", "keypad_menu"), "menu"),
    **dict.fromkeys(
        ("description", "condition", "forward_condition", "transition_condition", "trigger"), "when"
    ),
    **dict.fromkeys(("transition_speech", "transition_message", "handoff_message"), "say"),
    **dict.fromkeys(("parameters", "arguments", "args"), "with"),
}

_CALL = "it belongs to one call, and a profile is for all of them"
_KEYS = (
    "credentials go into the file .env, and an option of a model or a plugin that takes one is "
    'written as "{{ secrets.NAME }}"'
)
_TOP = "its keys go at the top of the profile"
_CODE = "it takes Python, and a profile has none"


def _of_model(role: str) -> str:
    return f'it goes under "{role}.extra_kwargs", where the model has it'


# Keys that a profile does not have, and where else the thing is set.
ELSEWHERE = {
    "voice": 'it goes into "tts", after a colon: provider/model:voice',
    "language": 'it goes into "stt", after a colon: provider/model:language',
    "provider": 'it goes before the model, as in "llm: openai/gpt-4.1-mini"',
    **dict.fromkeys(
        ("room_input_options", "room_output_options"), 'its settings are those of "room"'
    ),
    "version": "the format of profiles has no versions",
    "agent": _TOP,
    **dict.fromkeys(
        ("starting_state", "start_node", "initial_node", "start_agent", "entry_point"),
        'the first one under "agents" takes the call',
    ),
    **dict.fromkeys(
        ("prompt_file", "instructions_file", "system_prompt_file", "prompt_path"),
        'its text is "instructions": write "file: prompts/desk.md" on a line below that key',
    ),
    **dict.fromkeys(
        ("url", "api_key", "api_secret", "livekit_api_key", "livekit_api_secret", "secrets"), _KEYS
    ),
    **dict.fromkeys(("loop", "http_session"), _CODE),
    **dict.fromkeys(("chat_ctx", "userdata", "session_host"), _CALL),
    **dict.fromkeys(("temperature", "max_tokens", "top_p"), _of_model("llm")),
    **dict.fromkeys(("speed", "emotion"), _of_model("tts")),
    **dict.fromkeys(("keywords",), _of_model("stt")),
    **dict.fromkeys(
        ("fallback", "fallbacks", "fallback_models"),
        'write a list under "stt", "llm" or "tts": the first model that works is used',
    ),
    **dict.fromkeys(
        ("plugin", "plugins"), 'it goes under "stt", "llm" or "tts", as in llm: {plugin: openai}'
    ),
    **dict.fromkeys(
        ("http", "rpc", "webhook_tool", "api_request", "integrations"),
        "it goes into a tool, as in tools: {opening_hours: {http: GET https://api.example.com}}",
    ),
    **dict.fromkeys(
        ("end_call_message", "goodbye", "goodbye_message"), 'it is "say" under "tools.end_call"'
    ),
    "end_call_phrases": 'add end_call to "tools": the llm decides when, and no phrase does',
    **dict.fromkeys(
        ("transfer_to", "escalate", "forwarding_phone_number", "destinations"),
        'it goes under "tools.transfer_call.destinations", with a name of your own',
    ),
    # Their old names in LiveKit
    "min_endpointing_delay": 'it is "min_delay" under "turn_handling.endpointing"',
    "max_endpointing_delay": 'it is "max_delay" under "turn_handling.endpointing"',
    "min_interruption_words": 'it is "min_words" under "turn_handling.interruption"',
    "min_interruption_duration": 'it is "min_duration" under "turn_handling.interruption"',
    "agent_false_interruption_timeout": (
        'it is "false_interruption_timeout" under "turn_handling.interruption"'
    ),
    "keyterms_options": 'it is "session.stt_context_options"',
}

_IN_INSTRUCTIONS = 'tell the agent in "instructions" to'

# What keys of other products stand for at the top of a profile, and what to do without it.
NOT_YET = {
    key: f"a profile cannot {wanted} yet; {instead}"
    for keys, wanted, instead in (
        (
            "on_call",
            "use a tool before the first word",
            f"{_IN_INSTRUCTIONS} use it first",
        ),
        (
            "on_silence on_user_away silence silence_timeout silence_timeout_seconds idle_timeout "
            "idle_messages reminders",
            "have the agent speak up when the caller is silent",
            "it waits until the caller speaks",
        ),
        (
            "on_exit on_end on_session_end on_call_end on_hangup summary webhook webhooks "
            "webhook_url results analysis post_call",
            "do anything at the end of a call",
            "a webhook of your LiveKit server can tell you that its room has ended",
        ),
        (
            "max_duration max_call_duration max_duration_seconds call_timeout timeout time_limit",
            "limit how long a call lasts",
            "it lasts until the caller hangs up",
        ),
        (
            "voicemail voicemail_detection voicemail_message answering_machine_detection amd",
            "tell an answering machine from a person",
            "the agent speaks to either",
        ),
        ("phone_number phone_numbers", "name its telephone number", "LiveKit's dispatch rules do"),
        ("on_error", "say what happens after a failure", "LiveKit tries again by itself"),
    )
    for key in keys.split()
}

# Keys of settings further down that mean something else at the top of a profile.
MEANS_ELSE = {"api_key", "api_secret", "max_duration", "timeout", "version"}

_LLM, _TTS = "inference/llm:LLM", "inference/tts:TTS"
# Methods, whose parameters are not read.
_START, _REPLY = "voice/agent_session:start", "voice/agent_session:generate_reply"


def _of(holder: str, *names: str) -> dict[str, str]:
    return {name: f"{holder}.{name}" for name in names}


LIVEKITS = {
    **_of(_START, "capture_run"),
    **_of(_REPLY, "tool_choice", "input_modality", "add_to_chat_ctx"),
    **_of(_LLM, "extra_kwargs", "inference_class", "prompt_cache_breakpoints"),
    **_of(_TTS, "base_url", "encoding", "sample_rate"),
}
"""Options of LiveKit's that a profile does not take, and what they are in its source."""
