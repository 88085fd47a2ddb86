"""Recognise a refusal under its many names: a finish reason, an error's code, plain prose."""

import re

from service.llm.thinking import leave_out_thinking

__all__ = ["declines_in_prose", "is_refusal_error", "is_refusal_reason"]

_REASON = re.compile(
    r"content_?filter|safety|prohibit|block|recitation|spii|refus|moderat|guardrail|sensitive|"
    r"violat|policy|jailbreak|harm|flagged|declin",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"content[ _-]?filter|content[ _-]?management[ _-]policy|content[ _-]policy|"
    r"responsible[ _-]?ai|jailbreak|data_inspection|moderation|flagged|prohibited[ _-]content|"
    r"safety[ _-](?:system|filter|policy|policies|settings|reasons|violation)|"
    r"usage[ _-]polic|sensitive[ _-](?:content|words?)",
    re.IGNORECASE,
)
_REFUSING = {400, 403, 422, 451}

_TASK = (
    r"\b(?:help|assist|comply|grad(?:e|ing)|judg(?:e|ing)|assess|evaluat(?:e|ing)|rat(?:e|ing)|"
    r"scor(?:e|ing)|do (?:this|that|so)|provide|process|fulfil\w*|continue|answer|discuss|engage|"
    r"complete|respond|reply|participate)\b"
)
_DECLINE = re.compile(
    rf"\bi(?:'m| am)? (?:sorry,? but i )?(?:can't|cannot|can not|won't|will not|unable to|"
    rf"not able to|not (?:allowed|permitted|comfortable)(?: to| with)?|prefer not to|"
    rf"(?:must|have to|need to) (?:decline|refuse))(?:[^.!?\n]{{0,20}}?{_TASK})|"
    r"\bi (?:must |have to |need to |respectfully )?(?:decline|refuse)\b|"
    r"\b(?:this|that|the|your) (?:content|request|conversation|prompt) (?:violates|goes against)|"
    r"\bagainst (?:my|our|the) (?:guidelines|polic\w+|rules)|"
    r"\b(?:es tut mir leid|ich kann (?:das|dabei|diese\w*|ihnen|dir)\b.{0,40}\bnicht|"
    r"je suis désolée?|je ne peux pas|lo siento|no puedo ayudar|mi dispiace|desculpe)|"
    r"申し訳|抱歉|我无法|我不能",
    re.IGNORECASE,
)
_BEGINNING = 300


def is_refusal_reason(reason: str) -> bool:
    """True if a finish reason says that a filter, or the model itself, declined."""
    return _REASON.search(reason) is not None


def is_refusal_error(status: int, words: str) -> bool:
    """True if an error's words and codes say that the request's content was declined."""
    return status in _REFUSING and _ERROR.search(words) is not None


def declines_in_prose(text: str) -> bool:
    """True if a reply begins by declining, in place of the object that was asked for."""
    said = leave_out_thinking(text[: 20 * _BEGINNING]).replace("’", "'")
    prose, _, _ = said.partition("{")
    return _DECLINE.search(" ".join(prose[:_BEGINNING].split())) is not None
