"""Otter's text export: a speaker and a time above each paragraph."""

import pytest

from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import NOBODY

EXPORT = """\
Acme deep-dive
SPEAKERS
Ann Lee, Unknown Speaker

Ann Lee  0:12  
How late may it be?

Unknown Speaker  59:58
An hour. Not more:

1:00:05
never more than that.

Ann Lee\t\t1:02:33
See you at 10:30
or  so.

Tom  1:02:40

Transcribed by https://otter.ai
"""  # noqa: W291  # Otter ends its headers with two spaces


def test_each_paragraph_is_a_turn_from_its_time_on() -> None:
    transcript = read_source(EXPORT)
    assert [
        (t.speaker_id, t.name, t.start_ms, t.end_ms, t.text, t.line) for t in transcript.turns
    ] == [
        ("Ann Lee", "Ann Lee", 12_000, None, "How late may it be?", 5),
        (NOBODY, None, 3_598_000, None, "An hour. Not more:", 8),
        (NOBODY, None, 3_605_000, None, "never more than that.", 11),
        ("Ann Lee", "Ann Lee", 3_753_000, None, "See you at 10:30 or so.", 14),
    ]
    above = [(line, "text above the first speaker") for line in (1, 2, 3)]
    rest = [(20, "Otter's own footer"), (18, "no text")]
    assert [(s.line, s.reason) for s in transcript.skipped] == above + rest


@pytest.mark.parametrize(
    ("text", "source_format"),
    [
        ("Ann  0:01\nyes\n\nTom  0:05\nno", Format.OTTER),
        ("Ann  0:01\nyes\n\nTranscribed by https://otter.ai", Format.OTTER),
        ("Welcome  10:00\nDemo  10:30\nQuestions  11:00", Format.PLAIN),
        ("10:30\nintro\n10:45\nCDC", Format.PLAIN),
        ("Ann 0:01\nyes\n\nTom 0:05\nno", Format.NAMED),
        ("call with Ann  10:30\nloads nightly", Format.PLAIN),
    ],
)
def test_other_text_with_times_in_it_is_not_taken_for_otters(
    text: str, source_format: Format
) -> None:
    assert read_source(text) == read_source(text, source_format)
