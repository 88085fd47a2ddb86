"""Answers as data: delimiters nothing can forge, and flags for what talks to the grader."""

import hashlib
import re

from service.judging.models import Answer, Flag
from service.judging.spans import is_invisible
from service.playbooks.models import Question, SignalKind

__all__ = ["delimit", "flags_of", "instruction_spans", "neutralise", "recited_spans"]

_TAG_OPEN = re.compile(r"[<＜﹤](?=[/|!<＜A-Za-z])")
_TAG_CLOSE = re.compile(r"(?<=[A-Za-z0-9/|>＞\"'])[>＞﹥]")
_MARKER = re.compile(r"={3,}")
_CHAT_MARK = re.compile(r"\[(/?\s*(?:INST|SYS|SYSTEM|USER|ASSISTANT|SA))\]", re.IGNORECASE)

_IGNORE = r"\b(?:ignore|disregard|forget|override|bypass)\s+"
_GRADER = (
    r"(?:grader|judge|evaluator|reviewer|rater|scorer|examiner|ai|assistant|llm"
    r"|(?:language\s+)?model)s?"
)
_EARLIER = (
    r"(?:all|any|every|the|your|these|those|previous|prior|above|earlier|preceding|initial|given)"
)
_RULES = r"(?:instruction|prompt|rubric|guideline|criteri|grading|scoring|signal|rule)\w*"
_GRADE = r"\b(?:grade|mark|rate|score|classify|label|judge|treat|count|accept|evaluate)\s+"
_ANSWER = r"(?:this|me|(?:this|my|the|our)\s+(?:answer|response|reply|submission|one))"
_SAY = r"\b(?:return|output|(?:respond|reply|answer)\s+with)\b"
_VERDICT = (
    r"(?:good|great|excellent|perfect|pass(?:ed)?|correct|100\s*%"
    r"|full(?:\s+(?:marks|score|credit))?)"
)
_MUST_BE = r"(?:[:=]|should\s+be|must\s+be)"
_PATTERNS = (
    rf"{_IGNORE}(?:\w+\s+){{0,2}}{_EARLIER}\s+(?:\w+\s+){{0,2}}{_RULES}(?!\s+cache)",
    rf"{_IGNORE}(?:\w+\s+){{0,2}}(?:rubric|instructions)\b",
    rf"\b(?:dear|attention|(?:note|message)\s+(?:to|for))[\s,:]+(?:the\s+)?{_GRADER}\b",
    rf"\b(?:you\s+are|act\s+as|pretend\s+to\s+be)\s+(?:now\s+)?(?:\w+\s+){{0,2}}{_GRADER}\b",
    rf"{_GRADE}{_ANSWER}\b[^.!?\n]{{0,30}}\b{_VERDICT}\b",
    rf"\b(?:give|assign|award)\s+{_ANSWER}\s+[^.!?\n]{{0,30}}\b{_VERDICT}\b",
    rf"{_SAY}[^.!?\n]{{0,40}}(?:verdict|[\"'`:]\s*{_VERDICT}\b)",
    rf"\b(?:verdict|final\s+(?:grade|score|rating))\b[\"'`*]?\s*(?:{_MUST_BE}|is|->)?"
    rf"\s*[\"'`*]*{_VERDICT}\b",
    rf"\b(?:grade|rating|score)\b[\"'`*]?\s*{_MUST_BE}\s*[\"'`*]*{_VERDICT}\b",
    r"\b(?:new|updated|revised)\s+(?:system\s+)?(?:instructions?|rubric|prompt)\s*[:;-]",
    r"^\W*(?:system|assistant|developer|grader)\s*(?:prompt|message|note|override)?\s*[:>\]]",
    r"<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>|</?(?:system|answer|instructions?)\b[^>\n]{0,40}>",
    r"\"status\"\s*:\s*\"shown\"|\"signals\"\s*:\s*\{",
    r"\b(?:all|every)\s+(?:the\s+)?(?:good\s+)?signals?\s+(?:are|is|as|were)\s+"
    r"(?:shown|met|present|satisfied)",
)
_RECITED_WORDS = 6
_WORD = re.compile(r"\w+")
_INSTRUCTIONS = re.compile("|".join(_PATTERNS), re.IGNORECASE | re.MULTILINE)


def delimit(answer: Answer) -> str:
    """The conversation between marker lines made from a digest of it; a probe is marked [SA].

    The same answer always gives the same bytes, and no answer can contain its own digest.
    """
    said = "\n\n".join(
        neutralise(turn.text) if turn.side == "customer" else f"[SA] {turn.text}"
        for turn in answer.turns
    )
    marker = f"=== answer {hashlib.sha256(said.encode()).hexdigest()[:16]} ==="
    return f"{marker}\n{said}\n{marker}"


def neutralise(text: str) -> str:
    """The text without invisible characters, its markers, tags and chat templates disarmed."""
    visible = "".join(c for c in text if c.isprintable() or not is_invisible(c))
    disarmed = _TAG_CLOSE.sub("›", _TAG_OPEN.sub("‹", _MARKER.sub("==", visible)))
    return _CHAT_MARK.sub(r"(\1)", disarmed)


def instruction_spans(text: str) -> list[tuple[int, int]]:
    """Where the text seems to talk to its grader: start and end of each such sentence.

    A suspicion to flag, not a proof: what is left of the answer still decides its grade.
    """
    spans: list[tuple[int, int]] = []
    for match in _INSTRUCTIONS.finditer(text):
        start, end = _sentence_around(text, match.start(), match.end())
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def recited_spans(text: str, question: Question) -> list[tuple[int, int]]:
    """Where six words in a row or more are those of a good signal: start and end of each run.

    Nobody tells of their own platform in the very words of a playbook; they were read out or quoted
    back, and say nothing of what the customer does.
    """
    runs = {
        run
        for signal in question.of_kind(SignalKind.GOOD)
        for run in _runs(_WORD.findall(signal.text.casefold()))
    }
    words = list(_WORD.finditer(text))
    said = [word[0].casefold() for word in words]
    spans: list[tuple[int, int]] = []
    for place, run in enumerate(_runs(said)):
        if run in runs:
            start, end = words[place].start(), words[place + _RECITED_WORDS - 1].end()
            if spans and start <= spans[-1][1]:
                start = spans.pop()[0]
            spans.append((start, end))
    return spans


def flags_of(question: Question, answer: Answer) -> tuple[Flag, ...]:
    """What a person should know of this answer before trusting its grade."""
    found = {
        Flag.SUSPECTED_INSTRUCTIONS: instruction_spans(answer.text),
        Flag.RECITED_PLAYBOOK: recited_spans(answer.text, question),
    }
    return tuple(flag for flag, spans in found.items() if spans)


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    """Every six words in a row."""
    starts = range(len(words) - _RECITED_WORDS + 1)
    return [tuple(words[start : start + _RECITED_WORDS]) for start in starts]


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    before = max((m.end() for m in re.finditer(r"[.!?](?=\s)|\n", text[:start])), default=0)
    after = re.search(r"[.!?](?=\s|$)|\n", text[end:])
    return before, end + after.end() if after else len(text)
