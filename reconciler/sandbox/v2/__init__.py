"""The nested API of `/v2/voice-agents`: what only this generation knows."""
