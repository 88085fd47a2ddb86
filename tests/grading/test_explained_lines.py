"""What was understood of each line, before anything is graded."""

import json

from service.grading.explained_lines import ExplainedLine, explain_source
from service.grading.scorecard import FoundPassages
from service.transcripts.read_source import read_source
from service.transcripts.turns import Side


def explain(text: str) -> list[ExplainedLine]:
    source = read_source(text)
    found = FoundPassages(passages=(), not_found=(), unassigned=(), skipped=source.skipped)
    return list(explain_source(text, source, found).lines)


def test_each_line_of_a_paragraph_has_its_speaker() -> None:
    lines = explain("Call\n\nAnn Lee: How?\nAnd when?\n\nBo Öz: Nightly.\nAnn Lee: Good.\n")
    assert [(line.line, line.speaker, line.text) for line in lines] == [
        (1, None, "Call"),
        (3, "Ann Lee", "Ann Lee: How?"),
        (4, "Ann Lee", "And when?"),
        (6, "Bo Öz", "Bo Öz: Nightly."),
        (7, "Ann Lee", "Ann Lee: Good."),
    ]
    assert lines[0].left_out == "text above the first speaker"


def test_all_lines_of_a_block_that_is_left_out_have_its_reason() -> None:
    lines = explain("WEBVTT\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000\nyes\n")
    assert [(line.line, line.left_out) for line in lines] == [
        (1, "times, a name or markup"),
        (3, "a STYLE block"),
        (4, "a STYLE block"),
        (6, "times, a name or markup"),
        (7, "answers no question"),
    ]


def test_of_json_each_turn_is_explained() -> None:
    segments = [
        {"start": 0, "end": 1, "text": "And SAP?", "speaker": "A"},
        {"start": 1, "text": ""},
    ]
    lines = explain(json.dumps({"segments": segments}))
    assert [(line.speaker, line.side, line.text, line.left_out) for line in lines] == [
        ("A", Side.UNKNOWN, "And SAP?", "answers no question"),
        (None, None, "", "no text"),
    ]
