"""The JSON that tools export, as far as it is read: for schemas, and to list what is wrong.

Readers take more than these models: what of a file can't be used is left out, and the rest is read.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = [
    "AWSExport",
    "AssemblyAIExport",
    "DeepgramExport",
    "FirefliesExport",
    "GongExport",
    "RecallExport",
    "SegmentsExport",
    "UtterancesExport",
]


def _check_time(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float | str)):
        raise PydanticCustomError("no_time", "Should be a number")
    return value


def _check_label(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | str)):
        raise PydanticCustomError("no_label", "Should be a string or a whole number")
    return value


_NUMBER = {"type": ["number", "string", "null"]}
_LABEL = {"type": ["string", "integer", "null"]}
_Seconds = Annotated[
    object,
    BeforeValidator(_check_time),
    WithJsonSchema(_NUMBER | {"description": "Seconds from the start of the call."}),
]
_Milliseconds = Annotated[
    object,
    BeforeValidator(_check_time),
    WithJsonSchema(_NUMBER | {"description": "Milliseconds from the start of the call."}),
]
_InUnit = Annotated[
    object,
    BeforeValidator(_check_time),
    WithJsonSchema(_NUMBER | {"description": "From the start of the call, in `unit`."}),
]
_Label = Annotated[object, BeforeValidator(_check_label), WithJsonSchema(_LABEL)]
_Share = Annotated[
    object,
    BeforeValidator(_check_time),
    WithJsonSchema(_NUMBER | {"description": "How sure the recognition is, from 0 to 1."}),
]


class _Export(BaseModel):
    """Whatever else a tool puts into its export is no fault."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)


class Utterance(_Export):
    """What one speaker said in one go."""

    text: str
    speaker: Annotated[_Label, Field(description="A name, or an id of the speaker.")] = None
    name: _Label = None
    email: _Label = None
    start: _InUnit = None
    end: _InUnit = None
    confidence: _Share = None


class UtterancesExport(_Export):
    """Utterances of any tool, with the unit of their times."""

    unit: Annotated[Literal["ms", "s"], Field(description="The unit of `start` and `end`.")]
    utterances: Annotated[list[Utterance], Field(min_length=1)]


class AssemblyAIUtterance(_Export):
    """One of AssemblyAI's utterances."""

    text: str
    speaker: _Label = None
    start: _Milliseconds = None
    end: _Milliseconds = None
    confidence: _Share = None


class AssemblyAIExport(_Export):
    """What AssemblyAI returns for a transcript with `speaker_labels`."""

    utterances: Annotated[list[AssemblyAIUtterance], Field(min_length=1)]
    audio_url: Annotated[
        object, Field(description="If it is there, the format need not be named.")
    ] = None


class DeepgramUtterance(_Export):
    """One of Deepgram's utterances."""

    transcript: str
    speaker: _Label = None
    channel: _Label = None
    start: _Seconds = None
    end: _Seconds = None
    confidence: _Share = None


class DeepgramResults(_Export):
    """The part of Deepgram's reply that is read."""

    utterances: Annotated[list[DeepgramUtterance], Field(min_length=1)]


class DeepgramExport(_Export):
    """What Deepgram returns with `utterances=true` and `diarize=true`."""

    results: DeepgramResults


class AWSSegment(_Export):
    """What one speaker said in one go."""

    transcript: str
    speaker_label: _Label = None
    start_time: _Seconds = None
    end_time: _Seconds = None


class AWSResults(_Export):
    """The part of Amazon Transcribe's result that is read; `items` with speakers will do too."""

    audio_segments: Annotated[list[AWSSegment], Field(min_length=1)]


class AWSExport(_Export):
    """What Amazon Transcribe writes with `ShowSpeakerLabels=true`."""

    results: AWSResults


class Segment(_Export):
    """What one speaker said in one go."""

    text: str
    speaker: _Label = None
    start: _Seconds = None
    end: _Seconds = None


class SegmentsExport(_Export):
    """What WhisperX writes with diarization, and OpenAI as `diarized_json`."""

    segments: Annotated[list[Segment], Field(min_length=1)]


class FirefliesSentence(_Export):
    """One sentence of Fireflies' transcript."""

    text: str
    speaker_id: _Label = None
    speaker_name: _Label = None
    start_time: _Seconds = None
    end_time: _Seconds = None


class FirefliesTranscript(_Export):
    """A transcript as Fireflies' GraphQL returns it."""

    sentences: Annotated[list[FirefliesSentence], Field(min_length=1)]


class FirefliesData(_Export):
    """The data of a reply of Fireflies' GraphQL."""

    transcript: FirefliesTranscript


class FirefliesExport(_Export):
    """The reply of Fireflies' `transcript` query; `transcript` or `sentences` alone will do."""

    data: FirefliesData


class RecallParticipant(_Export):
    """Who said the words."""

    id: _Label = None
    name: _Label = None
    email: _Label = None


class RecallTime(_Export):
    """A time of Recall.ai."""

    relative: _Seconds = None


class RecallWord(_Export):
    """A word, or several."""

    text: str
    start_timestamp: RecallTime | None = None
    end_timestamp: RecallTime | None = None


class RecallEntry(_Export):
    """What one participant said in one go."""

    words: Annotated[list[RecallWord], Field(min_length=1)]
    participant: RecallParticipant | None = None


class RecallExport(RootModel[Annotated[list[RecallEntry], Field(min_length=1)]]):
    """The list behind Recall.ai's `transcript.data.download_url`."""


class GongSentence(_Export):
    """One sentence of a monologue."""

    text: str
    start: _Milliseconds = None
    end: _Milliseconds = None


class GongMonologue(_Export):
    """What one speaker said in one go."""

    sentences: list[GongSentence]
    speakerId: _Label = None  # noqa: N815 - Gong's own name


class GongCall(_Export):
    """One call of Gong."""

    transcript: Annotated[list[GongMonologue], Field(min_length=1)]


class GongParty(_Export):
    """One party of the call."""

    speakerId: _Label = None  # noqa: N815 - Gong's own name
    name: _Label = None
    emailAddress: _Label = None  # noqa: N815 - Gong's own name
    affiliation: Annotated[
        _Label, Field(description="`Internal` is our side, `External` the customer's.")
    ] = None


class GongExport(_Export):
    """The reply of Gong's `/v2/calls/transcript`, best with the parties of the call."""

    callTranscripts: Annotated[list[GongCall], Field(min_length=1, max_length=1)]  # noqa: N815
    parties: Annotated[
        list[GongParty] | None,
        Field(description="From `/v2/calls/extensive`; without them no side is known."),
    ] = None
