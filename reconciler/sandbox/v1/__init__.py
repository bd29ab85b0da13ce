"""The flat API of `/v1/voice-agents`, in two of its shapes: what is specific to this generation."""
