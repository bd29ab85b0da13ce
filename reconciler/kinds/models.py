"""Language models by provider, spelled exactly as the live API expects. Data.

Source: LLM-test, commits 4706613 and 5d9fe45, "tested against live API". No spelling of a Gemini or
deepmyst model has been seen to work, and Custom accepts any.
"""

from collections.abc import Mapping

MODELS: Mapping[str, tuple[str, ...]] = {
    "OpenAI": (
        *("GPT-5", "GPT-5-Mini", "GPT-5-Nano"),
        *("GPT-4.1", "GPT-4.1-Mini", "GPT-4.1-Nano", "GPT-4o", "GPT-4o-mini"),
    ),
    "Gemini": (),
    "Groq": ("openai/gpt-oss-120b", "openai/gpt-oss-20b"),
    "deepmyst": (),
    "Custom": (),
}

FIXED_TEMPERATURES: Mapping[str, float] = {"GPT-5": 1.0}
"""By the start of a model's name. Source: guide of the global settings (2026)."""
