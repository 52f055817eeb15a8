"""The console in text: what the operator types, and what is shown and kept of the call."""
