"""Language models, by provider, in the exact spelling that the live API takes. Data.

Source: LLM-test, commits 4706613 and 5d9fe45, "tested against live API". No spelling of a model of
Gemini or deepmyst was seen to work, and Custom has any.
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
"""By the beginning of a model's name. Source: guide of the global settings (2026)."""
