"""Utterances in JSON: each tool's keys and unit, and what is wrong said with its line."""

import json

import pytest

from service.errors import UnreadableSource
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import NOBODY, Side

ASSEMBLYAI = {
    "id": "6ee1", "status": "completed", "audio_url": "https://x.example/a.mp3", "text": "...",
    "utterances": [
        {"speaker": "A", "text": "And SAP?", "start": 250, "end": 1250, "confidence": 0.97,
         "channel": None, "words": [{"text": "And", "start": 250, "end": 400, "speaker": "A"}]},
        {"speaker": "B", "text": "Nightly.", "start": 1300, "end": 2000, "confidence": 0.9},
    ],
}  # fmt: skip
DEEPGRAM = {
    "metadata": {"channels": 1},
    "results": {
        "channels": [{"alternatives": [{"transcript": "..."}]}],
        "utterances": [
            {"start": 0.25, "end": 1.25, "confidence": 0.97, "channel": 0, "speaker": 0,
             "transcript": "And SAP?", "words": [], "id": "u1"},
            {"start": 1.3, "end": 2.0, "confidence": 0.9, "channel": 1, "speaker": 0,
             "transcript": "Nightly.", "words": [], "id": "u2"},
        ],
    },
}  # fmt: skip
SENTENCES = [
    {"index": 0, "speaker_id": 0, "speaker_name": "Tom", "text": "And SAP?", "raw_text": "and sap",
     "start_time": 0.25, "end_time": 1.25},
    {"index": 1, "speaker_id": 1, "speaker_name": None, "text": None, "raw_text": "nightly",
     "start_time": "1.3", "end_time": "2"},
]  # fmt: skip
RECALL = [
    {"participant": {"id": 100, "name": "Tom", "is_host": True, "email": "tom@us.example"},
     "words": [
         {"text": "And", "start_timestamp": {"relative": 0.25, "absolute": "2026-01-01T00:00:00Z"},
          "end_timestamp": {"relative": 0.5}},
         {"text": "SAP?", "start_timestamp": {"relative": 0.6},
          "end_timestamp": {"relative": 1.25}},
     ]},
    {"participant": {"id": 200, "name": None},
     "words": [{"text": "Nightly.", "start_timestamp": {"relative": 1.3}, "end_timestamp": None}]},
]  # fmt: skip
EARLIER_RECALL = [
    {"speaker": "Tom", "speaker_id": 100,
     "words": [{"text": "And SAP?", "start_timestamp": 0.25, "end_timestamp": 1.25}]},
    {"speaker": None, "speaker_id": 200,
     "words": [{"text": "Nightly.", "start_timestamp": 1.3, "end_timestamp": 2.0}]},
]  # fmt: skip
DECLARED = {
    "unit": "ms",
    "utterances": [
        {"speaker": "Tom", "text": "And SAP?", "start": 250, "end": 1250, "confidence": 0.97},
        {"speaker": "2", "name": "Ann", "email": "a@b.example", "text": "Nightly.", "start": 1300},
    ],
}

Told = tuple[str, str | None, int | None, int | None, str, float | None]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            ASSEMBLYAI,
            [("A", None, 250, 1250, "And SAP?", 0.97), ("B", None, 1300, 2000, "Nightly.", 0.9)],
        ),
        (
            DEEPGRAM,
            [
                ("0-0", None, 250, 1250, "And SAP?", 0.97),
                ("1-0", None, 1300, 2000, "Nightly.", 0.9),
            ],
        ),
        *(
            (
                document,
                [
                    ("0", "Tom", 250, 1250, "And SAP?", None),
                    ("1", None, 1300, 2000, "nightly", None),
                ],
            )
            for document in (
                {"data": {"transcript": {"sentences": SENTENCES}}},
                {"transcript": {"sentences": SENTENCES}},
                {"sentences": SENTENCES},
            )
        ),
        (
            RECALL,
            [
                ("100", "Tom", 250, 1250, "And SAP?", None),
                ("200", None, 1300, None, "Nightly.", None),
            ],
        ),
        (
            EARLIER_RECALL,
            [
                ("100", "Tom", 250, 1250, "And SAP?", None),
                ("200", None, 1300, 2000, "Nightly.", None),
            ],
        ),
        (
            DECLARED,
            [
                ("Tom", "Tom", 250, 1250, "And SAP?", 0.97),
                ("2", "Ann", 1300, None, "Nightly.", None),
            ],
        ),
    ],
)
def test_each_export_is_known_by_its_keys_and_read_in_its_unit(
    document: object, told: list[Told]
) -> None:
    transcript = read_source(json.dumps(document))
    assert told == [
        (t.speaker_id, t.name, t.start_ms, t.end_ms, t.text, t.confidence) for t in transcript.turns
    ]
    assert transcript.skipped == ()


def test_an_address_is_kept_where_the_tool_knows_it() -> None:
    assert [turn.email for turn in read_source(json.dumps(RECALL)).turns] == [
        "tom@us.example",
        None,
    ]


def test_a_turn_has_the_line_its_object_begins_on() -> None:
    assert [turn.line for turn in read_source(json.dumps(ASSEMBLYAI, indent=2)).turns] == [7, 23]
    assert [turn.line for turn in read_source(json.dumps(ASSEMBLYAI)).turns] == [1, 1]


@pytest.mark.parametrize(
    ("utterance", "reason"),
    [
        ({"text": "x", "start": "soon"}, "its start can't be used; the turn is kept without"),
        ({"text": "x", "start": True}, "its start can't be used; the turn is kept without"),
        ({"text": "x", "start": 1e300}, "its start can't be used; the turn is kept without"),
        ({"text": "x", "start": 9, "end": 8}, "its end can't be used; the turn is kept without"),
        ({"text": "x", "end": float("nan")}, "its end can't be used; the turn is kept without"),
        ({"text": "x", "confidence": 97}, "its confidence can't be used; the turn is kept without"),
        ({"text": ""}, "no text"),
        ({"text": None}, "no text"),
        ({"text": ["x"]}, "no text"),
        ({}, "no text"),
        ("x", "not an object"),
        (None, "not an object"),
    ],
)
def test_what_cannot_be_used_is_reported_and_loses_nothing_else(
    utterance: object, reason: str
) -> None:
    document = {"unit": "s", "utterances": [utterance, {"text": "the rest is read"}]}
    transcript = read_source(json.dumps(document))
    assert [s.reason for s in transcript.skipped] == [reason]
    assert len(transcript.turns) == (2 if "kept" in reason else 1)


@pytest.mark.parametrize(
    "more", [{}, {"id": "a"}, {"unit": "seconds"}, {"unit": 1}, {"unit": ["s"]}]
)
def test_a_unit_is_never_guessed(more: dict[str, object]) -> None:
    with pytest.raises(UnreadableSource, match="which unit are the times in"):
        read_source(json.dumps({"utterances": [{"text": "x", "start": 1}]} | more))


@pytest.mark.parametrize(
    ("document", "source_format", "advice"),
    [
        (ASSEMBLYAI | {"utterances": None}, None, "transcribe with speaker_labels"),
        ({"results": {"channels": []}}, None, "transcribe with utterances=true and diarize=true"),
        ({"data": {"transcript": None}}, None, "ask for the transcript's sentences"),
        ({"id": "r"}, Format.RECALL, "transcript.data.download_url"),
        ({"unit": "s"}, Format.UTTERANCES, "no list of utterances"),
    ],
)
def test_an_export_without_utterances_says_what_to_ask_for(
    document: object, source_format: Format | None, advice: str
) -> None:
    with pytest.raises(UnreadableSource, match=advice):
        read_source(json.dumps(document), source_format)


def test_an_utterance_by_nobody_is_nobodys() -> None:
    assert read_source('{"unit": "s", "utterances": [{"text": "x"}]}').turns[0].speaker_id == NOBODY


WORDS = [
    {"text": "And", "start": 250, "end": 400, "speaker": "A"},
    {"text": "SAP?", "start": 500, "end": 1250, "speaker": "A"},
    {"text": "Nightly.", "start": 1300, "end": 2000, "speaker": "B"},
]
DEEPGRAM_WORDS = [
    {"word": w["text"], "start": w["start"] / 1000, "end": w["end"] / 1000, "speaker": n}  # type: ignore[operator]
    for w, n in zip(WORDS, (0, 0, 1), strict=True)
]
AWS_ITEMS = [
    {"type": "pronunciation", "alternatives": [{"content": "And"}], "start_time": "0.25",
     "end_time": "0.4", "speaker_label": "spk_0"},
    {"type": "pronunciation", "alternatives": [{"content": "SAP"}], "start_time": "0.5",
     "end_time": "1.25", "speaker_label": "spk_0"},
    {"type": "punctuation", "alternatives": [{"content": "?"}]},
    {"type": "pronunciation", "alternatives": [{"content": "Nightly."}], "start_time": "1.3",
     "end_time": "2.0", "speaker_label": "spk_1"},
]  # fmt: skip
UNLABELLED = [
    {key: value for key, value in item.items() if key != "speaker_label"} for item in AWS_ITEMS
]
LABELS = {"segments": [
    {"items": [{"start_time": i["start_time"], "speaker_label": i["speaker_label"]}]}
    for i in AWS_ITEMS if "start_time" in i
]}  # fmt: skip
SEGMENTS = [
    {"start": 0.25, "end": 1.25, "text": " And SAP?", "speaker": "A"},
    {"start": 1.3, "end": 2.0, "text": " Nightly.", "speaker": "B"},
]


def a_deepgram(*channels: object) -> dict[str, object]:
    return {"results": {"channels": [{"alternatives": [channel]} for channel in channels]}}


@pytest.mark.parametrize(
    ("document", "source_format", "speakers"),
    [
        ({"audio_url": "x", "utterances": None, "words": WORDS}, Format.ASSEMBLYAI, ["A", "B"]),
        ({"acoustic_model": "x", "audio_duration": 3, "utterances": None, "words": WORDS},
         Format.ASSEMBLYAI, ["A", "B"]),
        (a_deepgram({"words": DEEPGRAM_WORDS}), Format.DEEPGRAM, ["0-0", "0-1"]),
        ({"results": {"transcripts": [], "items": AWS_ITEMS}}, Format.AWS, ["spk_0", "spk_1"]),
        ({"results": {"transcripts": [], "items": UNLABELLED, "speaker_labels": LABELS}},
         Format.AWS, ["spk_0", "spk_1"]),
        ({"segments": SEGMENTS, "language": "en"}, Format.SEGMENTS, ["A", "B"]),
        ({"task": "transcribe", "duration": 3, "text": "x",
          "segments": [each | {"type": "transcript.text.segment"} for each in SEGMENTS]},
         Format.SEGMENTS, ["A", "B"]),
        ({"segments": [{"start": 0.25, "end": 2, "text": "And SAP? Nightly.", "speaker": "A",
                        "words": DEEPGRAM_WORDS}]}, Format.SEGMENTS, ["0", "1"]),
    ],
)  # fmt: skip
def test_words_and_segments_say_who_spoke_where_there_are_no_utterances(
    document: object, source_format: Format, speakers: list[str]
) -> None:
    transcript = read_source(json.dumps(document))
    assert [turn.speaker_id for turn in transcript.turns] == speakers
    assert [turn.text for turn in transcript.turns] == ["And SAP?", "Nightly."]
    assert [(turn.start_ms, turn.end_ms) for turn in transcript.turns] == [
        (250, 1250),
        (1300, 2000),
    ]
    assert read_source(json.dumps(document), source_format) == transcript


def test_assemblyais_own_export_is_known_by_its_words_in_whole_numbers() -> None:
    utterance = {"speaker": "A", "text": "And SAP?", "start": 250, "end": 1250, "words": WORDS[:2]}
    [turn] = read_source(json.dumps({"utterances": [utterance]})).turns
    assert (turn.start_ms, turn.end_ms) == (250, 1250)


@pytest.mark.parametrize("name", ["1", "0-1"])
def test_a_speaker_of_deepgrams_only_channel_is_called_by_its_number(name: str) -> None:
    call = read_source(json.dumps(a_deepgram({"words": DEEPGRAM_WORDS})))
    assert [turn.side for turn in resolve_sides(call, customers=[name]).turns] == [
        Side.SELLER,
        Side.CUSTOMER,
    ]


def test_channels_are_put_in_the_order_in_which_their_words_were_said() -> None:
    call = read_source(
        json.dumps(a_deepgram({"words": DEEPGRAM_WORDS[2:]}, {"words": DEEPGRAM_WORDS[:2]}))
    )
    assert [(turn.speaker_id, turn.name) for turn in call.turns] == [("1-0", None), ("0-1", None)]


@pytest.mark.parametrize(
    ("document", "advice"),
    [
        ({"results": {"transcripts": [{"transcript": "x"}]}}, "ShowSpeakerLabels=true"),
        (a_deepgram({"words": [{"word": "x"}]}), "utterances=true and diarize=true"),
        ({"audio_url": "x", "utterances": None, "words": [{"text": "x"}]}, "speaker_labels"),
    ],
)
def test_an_export_in_which_nothing_says_who_spoke_is_refused(
    document: object, advice: str
) -> None:
    with pytest.raises(UnreadableSource, match=advice):
        read_source(json.dumps(document))
