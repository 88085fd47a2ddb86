"""Know what some models refuse, so that no call is spent on learning it at every start.

Only what a vendor documents for good is listed. Everything else is negotiated with the server, and
remembered for as long as the process lives.
"""

import re

__all__ = ["find_limits"]

# Models that always reason sample in their own way (OpenAI's guide "Using GPT-5", parameter
# compatibility; GPT-6 Astra's page). GPT-5.1 to 5.4 take both while they don't reason.
_REASONING = re.compile(
    r"(?:gpt-5|gpt-5-(?:mini|nano|pro|codex)|gpt-5\.5(?:-pro)?|gpt-[6-9](?:\.\d+)?-\w+|"
    r"o\d(?:-(?:mini|pro|preview))?|codex-mini)(?:-latest|-\d{4}-\d\d-\d\d)?"
)
_NO_SAMPLING = frozenset({"temperature", "logprobs", "top_logprobs"})


def find_limits(model: str) -> frozenset[str]:
    """Find the request parameters that a model is known to refuse; a vendor's prefix is ignored."""
    name = model.lower().rpartition("/")[2]
    return _NO_SAMPLING if _REASONING.fullmatch(name) else frozenset()
