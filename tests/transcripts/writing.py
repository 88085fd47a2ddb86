"""Turns written as each tool writes them, to see them read back."""

import html
import json
from collections.abc import Callable, Mapping, Sequence

from service.transcripts.formats import Format
from service.transcripts.turns import Side, Turn

__all__ = ["KEPT", "WRITERS", "a_gong_call"]

_AFFILIATIONS = {Side.CUSTOMER: "External", Side.SELLER: "Internal", Side.UNKNOWN: "Unknown"}


def _stamp(ms: int | None, point: str) -> str:
    seconds, part = divmod(ms or 0, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{part:03}"


def _cue(turn: Turn, payload: str, point: str = ".") -> str:
    times = f"{_stamp(turn.start_ms, point)} --> {_stamp(turn.end_ms, point)}"
    return f"{times}\n{payload}\n\n"


def teams(turns: Sequence[Turn]) -> str:
    voices = (f"<v {html.escape(t.name or '')}>{html.escape(t.text)}</v>" for t in turns)
    return "WEBVTT\n\n" + "".join(_cue(*pair) for pair in zip(turns, voices, strict=True))


def zoom(turns: Sequence[Turn]) -> str:
    cues = (_cue(turn, f"{turn.name}: {html.escape(turn.text)}") for turn in turns)
    return "WEBVTT\n\n" + "".join(f"{n}\n{cue}" for n, cue in enumerate(cues, 1))


def srt(turns: Sequence[Turn]) -> str:
    cues = (_cue(turn, f"{turn.name}: {html.escape(turn.text)}", ",") for turn in turns)
    return "".join(f"{n}\n{cue}" for n, cue in enumerate(cues, 1))


def otter(turns: Sequence[Turn]) -> str:
    return "".join(
        f"{t.name}  {(t.start_ms or 0) // 60_000}:{(t.start_ms or 0) // 1000 % 60:02}\n{t.text}\n\n"
        for t in turns
    )


def gong(turns: Sequence[Turn]) -> str:
    parties = {
        turn.speaker_id: {
            "speakerId": turn.speaker_id,
            "name": turn.name,
            "emailAddress": turn.email,
            "affiliation": _AFFILIATIONS[turn.side],
        }
        for turn in turns
    }
    return json.dumps(a_gong_call(turns) | {"parties": list(parties.values())}, indent=1)


def a_gong_call(turns: Sequence[Turn]) -> dict[str, object]:
    monologues = [
        {
            "speakerId": turn.speaker_id,
            "topic": "Discovery",
            "sentences": [{"start": turn.start_ms, "end": turn.end_ms, "text": turn.text}],
        }
        for turn in turns
    ]
    return {"callTranscripts": [{"callId": "77", "transcript": monologues}]}


def _spoken(turn: Turn, unit: int = 1, text: str = "text") -> dict[str, object]:
    return {
        text: turn.text,
        "confidence": turn.confidence,
        "start": (turn.start_ms or 0) / unit,
        "end": (turn.end_ms or 0) / unit,
    }


def utterances(turns: Sequence[Turn]) -> str:
    spoken = [_spoken(t, 1000) | {"speaker": t.speaker_id, "name": t.name} for t in turns]
    return json.dumps({"unit": "s", "utterances": spoken})


def assemblyai(turns: Sequence[Turn]) -> str:
    spoken = [_spoken(turn) | {"speaker": turn.speaker_id, "words": []} for turn in turns]
    return json.dumps({"id": "a", "audio_url": "https://x.example/a", "utterances": spoken})


def deepgram(turns: Sequence[Turn]) -> str:
    spoken = [_spoken(turn, 1000, "transcript") | {"speaker": turn.speaker_id} for turn in turns]
    return json.dumps({"metadata": {}, "results": {"utterances": spoken}}, ensure_ascii=False)


def fireflies(turns: Sequence[Turn]) -> str:
    sentences = [
        {
            "index": index,
            "speaker_id": turn.speaker_id,
            "speaker_name": turn.name,
            "text": turn.text,
            "start_time": (turn.start_ms or 0) / 1000,
            "end_time": str((turn.end_ms or 0) / 1000),
        }
        for index, turn in enumerate(turns)
    ]
    return json.dumps({"data": {"transcript": {"id": "f", "sentences": sentences}}})


def recall(turns: Sequence[Turn]) -> str:
    return json.dumps(
        [
            {
                "participant": {"id": turn.speaker_id, "name": turn.name, "email": turn.email},
                "words": [
                    {
                        "text": word,
                        "start_timestamp": {"relative": (turn.start_ms or 0) / 1000},
                        "end_timestamp": {"relative": (turn.end_ms or 0) / 1000},
                    }
                    for word in turn.text.split()
                ],
            }
            for turn in turns
        ]
    )


def canonical(turns: Sequence[Turn]) -> str:
    return "".join(f"{turn.model_dump_json()}\n" for turn in turns)


WRITERS: Mapping[str, tuple[Format, Callable[[Sequence[Turn]], str]]] = {
    "teams": (Format.WEBVTT, teams),
    "zoom": (Format.WEBVTT, zoom),
    "srt": (Format.SRT, srt),
    "otter": (Format.OTTER, otter),
    "gong": (Format.GONG, gong),
    "utterances": (Format.UTTERANCES, utterances),
    "assemblyai": (Format.ASSEMBLYAI, assemblyai),
    "deepgram": (Format.DEEPGRAM, deepgram),
    "fireflies": (Format.FIREFLIES, fireflies),
    "recall": (Format.RECALL, recall),
    "turns": (Format.TURNS, canonical),
}
_CUE = {"name", "text", "start_ms", "end_ms"}
KEPT: Mapping[str, set[str]] = {
    "teams": _CUE,
    "zoom": _CUE,
    "srt": _CUE,
    "otter": {"name", "text", "start_ms"},
    "gong": _CUE | {"speaker_id", "email", "side"},
    "utterances": _CUE | {"speaker_id", "confidence"},
    "assemblyai": _CUE - {"name"} | {"speaker_id", "confidence"},
    "deepgram": _CUE - {"name"} | {"speaker_id", "confidence"},
    "fireflies": _CUE | {"speaker_id"},
    "recall": _CUE | {"speaker_id", "email"},
    "turns": _CUE | {"speaker_id", "email", "side", "confidence", "line", "heading"},
}
