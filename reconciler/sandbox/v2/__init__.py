"""The nested API of `/v2/voice-agents`: everything specific to this generation."""
