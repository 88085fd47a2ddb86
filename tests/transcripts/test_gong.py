"""Gong's transcript JSON: a turn a sentence, sides from its parties."""

import json

import pytest

from service.errors import UnreadableSource
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import NOBODY, Side
from tests.transcripts.writing import a_gong_call

PARTIES: list[dict[str, object]] = [
    {
        "speakerId": "1",
        "name": "Ann Lee",
        "emailAddress": "ann@acme.example",
        "affiliation": "External",
    },
    {"speakerId": "2", "name": "Tom", "affiliation": "Internal"},
    {"speakerId": "3", "name": None, "affiliation": "Unknown"},
    {"speakerId": None, "name": "Never spoke", "affiliation": "External"},
]
MONOLOGUES = [
    {
        "speakerId": "2",
        "topic": "Ingest",
        "sentences": [{"start": 0, "end": 900, "text": "And SAP?"}],
    },
    {
        "speakerId": "1",
        "topic": None,
        "sentences": [
            {"start": 1000, "end": 2000, "text": "Nightly."},
            {"start": 2000, "end": 5000, "text": "All tables."},
        ],
    },
    {"speakerId": "3", "sentences": [{"start": 6000, "end": 6100, "text": "Hm."}]},
    {"sentences": [{"text": "Who?"}]},
]
CALL = {"callId": "77", "transcript": MONOLOGUES}


@pytest.mark.parametrize(
    "document",
    [
        {"callTranscripts": [CALL], "parties": PARTIES},
        {"callTranscripts": [CALL | {"parties": PARTIES}]},
        {"callTranscripts": [CALL], "calls": [{"metaData": {"id": "77"}, "parties": PARTIES}]},
    ],
    ids=["of the file", "of the call", "of the calls"],
)
def test_sides_and_names_come_from_the_parties(document: dict[str, object]) -> None:
    turns = read_source(json.dumps(document)).turns
    assert [(t.speaker_id, t.name, t.side, t.start_ms, t.end_ms, t.text) for t in turns] == [
        ("2", "Tom", Side.SELLER, 0, 900, "And SAP?"),
        ("1", "Ann Lee", Side.CUSTOMER, 1000, 2000, "Nightly."),
        ("1", "Ann Lee", Side.CUSTOMER, 2000, 5000, "All tables."),
        ("3", None, Side.UNKNOWN, 6000, 6100, "Hm."),
        (NOBODY, None, Side.UNKNOWN, None, None, "Who?"),
    ]
    assert turns[1].email == "ann@acme.example"


def test_without_parties_and_with_two_affiliations_the_side_is_unknown() -> None:
    torn = [{"speakerId": "1", "affiliation": a} for a in ("External", "Internal", "External")]
    for parties in ([], torn):
        turns = read_source(json.dumps({"callTranscripts": [CALL], "parties": parties})).turns
        assert {turn.side for turn in turns} == {Side.UNKNOWN}


def test_what_holds_no_sentence_is_reported_with_its_line() -> None:
    broken = [*MONOLOGUES[:1], "x", {"speakerId": "1"}, {"sentences": [None, {"text": " "}]}]
    document = {"callTranscripts": [{"transcript": broken}]}
    transcript = read_source(json.dumps(document, indent=0), Format.GONG)
    assert len(transcript.turns) == 1
    assert [(s.line, s.reason) for s in transcript.skipped] == [
        (3, "not an object"),
        (17, "no list 'sentences'"),
        (20, "not an object"),
        (23, "no text"),
    ]


@pytest.mark.parametrize("calls", [[], [CALL, CALL], ["x", CALL], ["x"], "x", None])
def test_a_file_holds_one_call(calls: object) -> None:
    with pytest.raises(UnreadableSource, match="send one call at a time"):
        read_source(json.dumps({"callTranscripts": calls}))


def test_a_call_without_a_transcript_is_no_transcript() -> None:
    with pytest.raises(UnreadableSource, match="no list 'transcript'"):
        read_source(json.dumps({"callTranscripts": [{"callId": "77"}]}))
    with pytest.raises(UnreadableSource, match="no turn could be read"):
        read_source(json.dumps(a_gong_call([])))
