"""The keyless stand-in for the LiveKit Inference gateway."""
