"""Leave out what a model wrote for itself: a draft in its thinking is never its reply.

Servers should keep thinking apart from the reply, and many don't. The marks below are those of the
model families that are served today; an opened thought that never ends takes the rest with it, and
an end without a beginning takes everything before it.
"""

import re

__all__ = ["leave_out_thinking"]

_NAMES = (
    r"(?:seed:|ant)?think(?:ing)?|thoughts?|reason(?:ing)?|reflections?|reflect|scratch_?pad|"
    r"analysis|inner_monologue|(?:start|begin|end)_(?:of_)?(?:thinking|thought|reasoning)"
)
# <think>, </thinking>, [THINK], <|START_THINKING|>, <|end_of_thought|>, ◁think▷
_MARK = re.compile(
    rf"(?:<\|?|\[|◁)(?P<slash>/?)(?P<name>{_NAMES})(?:\s[^<>\n]{{0,40}})?(?:\|?>|\]|▷)",
    re.IGNORECASE,
)
# Gemma opens a thought with <|channel>thought and ends it with <channel|>.
_GEMMA = re.compile(r"<\|channel>\s*thought\b.*?(?:<channel\|>|\Z)", re.DOTALL)
# Harmony: <|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...
_HARMONY = re.compile(
    r"<\|channel\|>(?P<channel>[^<]*)(?:<\|constrain\|>[^<]*)?<\|message\|>"
    r"(?P<text>.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
# The same, from a server that dropped the marks and kept the words between them.
_BARE_HARMONY = re.compile(r"\A\s*analysis.*assistant\s?final", re.DOTALL)


def leave_out_thinking(text: str) -> str:
    """Return what a reply says once its thinking is left out; empty if all of it is thinking."""
    if "<|channel|>" in text:
        text = _find_final_channel(text)
    return _leave_out_marked(_BARE_HARMONY.sub("", _GEMMA.sub("", text)))


def _find_final_channel(text: str) -> str:
    """Join what was said on the final channel, or to a tool; all else is a draft."""
    return "\n".join(
        found["text"]
        for found in _HARMONY.finditer(text)
        if found["channel"].split()[:1] == ["final"] or "to=functions" in found["channel"]
    )


def _leave_out_marked(text: str) -> str:
    kept: list[str] = []
    place, is_thinking = 0, False
    for mark in _MARK.finditer(text):
        if _is_end(mark):
            if not is_thinking:
                kept.clear()  # the thought began before the reply did
            place, is_thinking = mark.end(), False
        elif not is_thinking:
            kept.append(text[place : mark.start()])
            is_thinking = True
    if not is_thinking:
        kept.append(text[place:])
    return "".join(kept)


def _is_end(mark: re.Match[str]) -> bool:
    return bool(mark["slash"]) or mark["name"].lower().startswith("end_")
