"""One short call in every format that is read, for the documentation and its tests."""

import json
from dataclasses import dataclass

from pydantic import BaseModel

from service.transcripts.json_exports import (
    AssemblyAIExport,
    AWSExport,
    DeepgramExport,
    FirefliesExport,
    GongExport,
    RecallExport,
    SegmentsExport,
    UtterancesExport,
)

__all__ = ["Sample"]

_ASKED = "How do you load your tables?"
_SAID = "We're doing full loads every night."


@dataclass(frozen=True)
class Sample:
    """A source in one format: what it is, its text, and the model of its JSON, if it is JSON."""

    summary: str
    text: str
    document: type[BaseModel] | None = None


def _write_json(document: object) -> str:
    return json.dumps(document, indent=2)


WEBVTT = Sample(
    "WebVTT, as Zoom, Teams and most other tools export it",
    f"""\
WEBVTT

00:00:01.000 --> 00:00:04.000
<v Tom Okafor>{_ASKED}

00:00:05.000 --> 00:00:09.000
<v Dana Brekke>{_SAID}
""",
)
SRT = Sample(
    "SRT captions with names",
    f"""\
1
00:00:01,000 --> 00:00:04,000
Tom Okafor: {_ASKED}

2
00:00:05,000 --> 00:00:09,000
Dana Brekke: {_SAID}
""",
)
OTTER = Sample(
    "Otter's text export",
    f"""\
Tom Okafor  0:01
{_ASKED}

Dana Brekke  0:05
{_SAID}

Transcribed by https://otter.ai
""",
)
NAMED = Sample(
    "Any other text that names who speaks, as most tools copy it",
    f"""\
[00:01] Tom Okafor: {_ASKED}
[00:05] Dana Brekke: {_SAID}
""",
)
PLAIN = Sample(
    "Text of a call that names nobody; every grade is marked for review", f"{_ASKED}\n{_SAID}\n"
)
NOTES = Sample("Notes in plain text or Markdown", f"# Acme, 20 Nov\n\n- {_SAID}\n")
_TURNS = (
    {
        "speaker_id": "1",
        "name": "Tom Okafor",
        "side": "seller",
        "start_ms": 1000,
        "end_ms": 4000,
        "text": _ASKED,
    },
    {
        "speaker_id": "2",
        "name": "Dana Brekke",
        "email": "dana@acme.example",
        "side": "customer",
        "start_ms": 5000,
        "end_ms": 9000,
        "text": _SAID,
    },
)
TURNS = Sample(
    "Turns, one JSON object on each line: the form that everything else is read into",
    "".join(json.dumps(turn) + "\n" for turn in _TURNS),
)
GONG = Sample(
    "Gong's transcript with the parties of the call",
    _write_json(
        {
            "callTranscripts": [
                {
                    "callId": "77",
                    "transcript": [
                        {
                            "speakerId": "1",
                            "sentences": [{"start": 1000, "end": 4000, "text": _ASKED}],
                        },
                        {
                            "speakerId": "2",
                            "sentences": [{"start": 5000, "end": 9000, "text": _SAID}],
                        },
                    ],
                }
            ],
            "parties": [
                {"speakerId": "1", "name": "Tom Okafor", "affiliation": "Internal"},
                {"speakerId": "2", "name": "Dana Brekke", "affiliation": "External"},
            ],
        }
    ),
    GongExport,
)
UTTERANCES = Sample(
    "Utterances of any other tool, with the unit of their times",
    _write_json(
        {
            "unit": "s",
            "utterances": [
                {"speaker": "Tom Okafor", "start": 1.0, "end": 4.0, "text": _ASKED},
                {"speaker": "Dana Brekke", "start": 5.0, "end": 9.0, "text": _SAID},
            ],
        }
    ),
    UtterancesExport,
)
ASSEMBLYAI = Sample(
    "AssemblyAI's transcript with speaker labels",
    _write_json(
        {
            "audio_url": "https://example.com/call.mp3",
            "utterances": [
                {"speaker": "A", "start": 1000, "end": 4000, "text": _ASKED, "confidence": 0.98},
                {"speaker": "B", "start": 5000, "end": 9000, "text": _SAID, "confidence": 0.96},
            ],
        }
    ),
    AssemblyAIExport,
)
DEEPGRAM = Sample(
    "Deepgram's reply with utterances and speakers",
    _write_json(
        {
            "results": {
                "utterances": [
                    {"start": 1.0, "end": 4.0, "channel": 0, "speaker": 0, "transcript": _ASKED},
                    {"start": 5.0, "end": 9.0, "channel": 0, "speaker": 1, "transcript": _SAID},
                ]
            }
        }
    ),
    DeepgramExport,
)
AWS = Sample(
    "Amazon Transcribe's result with speaker labels",
    _write_json(
        {
            "results": {
                "audio_segments": [
                    {
                        "speaker_label": "spk_0",
                        "start_time": "1.0",
                        "end_time": "4.0",
                        "transcript": _ASKED,
                    },
                    {
                        "speaker_label": "spk_1",
                        "start_time": "5.0",
                        "end_time": "9.0",
                        "transcript": _SAID,
                    },
                ]
            }
        }
    ),
    AWSExport,
)
SEGMENTS = Sample(
    "Segments with speakers, as WhisperX and OpenAI's `diarized_json` write them",
    _write_json(
        {
            "segments": [
                {"speaker": "SPEAKER_00", "start": 1.0, "end": 4.0, "text": _ASKED},
                {"speaker": "SPEAKER_01", "start": 5.0, "end": 9.0, "text": _SAID},
            ]
        }
    ),
    SegmentsExport,
)
FIREFLIES = Sample(
    "Fireflies' reply to a transcript query",
    _write_json(
        {
            "data": {
                "transcript": {
                    "sentences": [
                        {
                            "speaker_id": 0,
                            "speaker_name": "Tom Okafor",
                            "start_time": 1.0,
                            "end_time": 4.0,
                            "text": _ASKED,
                        },
                        {
                            "speaker_id": 1,
                            "speaker_name": "Dana Brekke",
                            "start_time": 5.0,
                            "end_time": 9.0,
                            "text": _SAID,
                        },
                    ]
                }
            }
        }
    ),
    FirefliesExport,
)
RECALL = Sample(
    "Recall.ai's list of what each participant said",
    _write_json(
        [
            {
                "participant": {"id": 1, "name": "Tom Okafor"},
                "words": [
                    {
                        "text": _ASKED,
                        "start_timestamp": {"relative": 1.0},
                        "end_timestamp": {"relative": 4.0},
                    }
                ],
            },
            {
                "participant": {"id": 2, "name": "Dana Brekke"},
                "words": [
                    {
                        "text": _SAID,
                        "start_timestamp": {"relative": 5.0},
                        "end_timestamp": {"relative": 9.0},
                    }
                ],
            },
        ]
    ),
    RecallExport,
)
