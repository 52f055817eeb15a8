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
}

_FIXED = "LiveKit's own default applies, and a profile cannot set it"
_CODE = "it takes Python, and a profile has none"
_CALL = "it belongs to one call, and a profile is for all of them"
_KEYS = "credentials go into the file .env or the environment, never into a profile"
_TOP = "its keys go at the top of the profile"

# Keys that a profile does not have, and where else the thing is set.
ELSEWHERE = {
    "voice": 'it goes into "tts", after a colon: provider/model:voice',
    "language": 'it goes into "stt", after a colon: provider/model:language',
    "provider": 'it goes before the model, as in "llm: openai/gpt-4.1-mini"',
    "vad": "every agent listens with Silero VAD, and there is nothing to set",
    "turn_detection": "LiveKit detects the end of a turn its own way, and a profile cannot set it",
    "room": "the agent joins the room of each call",
    "room_options": "the agent meets every room in the same way, and there is nothing to set",
    "version": "the format of profiles has no versions",
    "agent": _TOP,
    **dict.fromkeys(
        ("url", "api_key", "api_secret", "livekit_api_key", "livekit_api_secret"), _KEYS
    ),
    **dict.fromkeys(("tools", "tool_handling", "mcp_servers", "loop", "http_session"), _CODE),
    **dict.fromkeys(("chat_ctx", "userdata", "session_host"), _CALL),
    **dict.fromkeys(
        (
            # AgentSession
            *("stt_context_options", "keyterms_options", "expressive"),
            *("use_tts_aligned_transcript", "tts_text_transforms", "min_consecutive_speech_delay"),
            *("video_sampler", "aec_warmup_duration", "ivr_detection"),
            *("transcription_timeout", "session_close_transcript_timeout", "conn_options"),
            *("min_endpointing_delay", "max_endpointing_delay", "false_interruption_timeout"),
            *("agent_false_interruption_timeout", "discard_audio_if_uninterruptible"),
            *("min_interruption_duration", "min_interruption_words", "resume_false_interruption"),
            # AgentSession.start and RoomOptions
            *("capture_run", "record", "room_input_options", "room_output_options"),
            *("text_input", "audio_input", "video_input", "audio_output", "text_output"),
            *("participant_kinds", "participant_identity", "close_on_disconnect"),
            "delete_room_on_close",
            # AgentSession.generate_reply and AgentSession.say
            *("tool_choice", "input_modality", "audio", "add_to_chat_ctx"),
            # TurnHandlingOptions
            *("user_turn_limit", "backchannel_boundary"),
            *("min_duration", "max_duration", "max_words", "alpha", "mode"),
            *("preemptive_tts", "max_speech_duration", "max_retries"),
            # The models
            *("base_url", "encoding", "sample_rate", "extra_kwargs", "fallback"),
            *("inference_class", "prompt_cache_breakpoints", "temperature", "max_tokens", "speed"),
        ),
        _FIXED,
    ),
}
