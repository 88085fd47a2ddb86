"""Sentences of an answer that seem to talk to its grader."""

import re

from service.judging.homoglyphs import latin
from service.judging.sentences import overlap, sentences

__all__ = ["instruction_spans"]

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
_LABEL = r"[\"'`]?(?:good|partial|weak|unanswered)\b"
_SETTLED = r"(?=[\s\"'`]*(?:[.,;:!?)\n]|$|(?:and|here|at|for\s+(?:this|me|us|it|the))\b))"
_RESULT = (
    r"\b(?:verdict|grade|grading|rating|mark|level|label|outcome|score|assessment|classification"
    r"|evaluation|judgement|status|result|decision|finding|conclusion)s?\b"
)
_GRADING = r"\b(?:verdict|grade|grading|rating|assessment|classification|judgement|level)\b"
_PUT_DOWN = (
    r"\b(?:say|write|enter|choose|pick|tick|record|report|return|give|put|submit|output|suggest|use"
    r"|mark(?:ed)?|filed?|grade[ds]?|rate[ds]?|classify|fill\s+in|settle\s+on|round\s+up\s+to"
    r"|answer\s+with)\s+"
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
    r"^[^\w\n]*(?:system|assistant|developer|grader)\s*(?:prompt|message|note|override)?\s*[:>\]]",
    r"<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>|</?(?:system|answer|instructions?)\b[^>\n]{0,40}>",
    r"\"status\"\s*:\s*\"shown\"|\"signals\"\s*:\s*\{",
    r"\b(?:all|every)\s+(?:the\s+)?(?:good\s+)?signals?\s+(?:are|is|as|were)\s+"
    r"(?:shown|met|present|satisfied)",
    rf"{_RESULT}\s*[\"'`*|:=>\]<-][\s\"'`*|:=>\]<-]{{0,7}}{_LABEL}(?!\s+\w)",
    rf"{_GRADING}[^.!?\n]{{0,40}}\b(?:is|as|to|be|stays?|counts?|reads?|at|of|than|shows?)\s+"
    rf"{_LABEL}{_SETTLED}",
    rf"{_PUT_DOWN}(?:\w+\s+){{0,3}}?(?:(?:as|under|with|for)\s+)?{_LABEL}{_SETTLED}",
    rf"\b(?:grader|evaluator|assessor|examiner)\b[^.!?\n]{{0,60}}\b{_LABEL}",
    rf"\b(?:this|the|my|our)\s+(?:answer|reply|response|question)\b[^.!?\n]{{0,30}}"
    rf"\b(?:is|as|be)\s+{_LABEL}{_SETTLED}",
    rf"(?:=>|:=|->|→|\[x\])\s*{_LABEL}",
    rf"[=(:,]\s*[\"']{_LABEL}[\"']|>\s*{_LABEL}\s*<",
)
_INSTRUCTIONS = re.compile("|".join(_PATTERNS), re.IGNORECASE | re.MULTILINE)


def instruction_spans(text: str) -> list[tuple[int, int]]:
    """Where the text seems to talk to its grader: start and end of each such sentence.

    A suspicion to flag, not a proof: what is left of the answer still decides its grade. Letters
    that look Latin count as Latin.
    """
    text = latin(text)
    found = [match.span() for match in _INSTRUCTIONS.finditer(text)]
    return [(start, end) for start, end in sentences(text) if overlap(found, start, end)]
