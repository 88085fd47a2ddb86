"""Read Gong: the reply of `/v2/calls/transcript`, with the parties of `/v2/calls/extensive`."""

from collections.abc import Iterator
from dataclasses import replace

from service.errors import UnreadableSource
from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import (
    JsonObject,
    find_value,
    iter_objects,
    read_number,
    read_text,
)
from service.transcripts.turns import Side, Skipped

__all__ = ["is_gong", "read_gong"]

_SIDES = {"internal": Side.SELLER, "external": Side.CUSTOMER}


def is_gong(document: object) -> bool:
    """Tell whether a JSON document has Gong's `callTranscripts`."""
    return isinstance(document, dict) and "callTranscripts" in document


def read_gong(document: object) -> Entries:
    """Make a turn of each sentence; its side comes from the affiliation of the party that speaks.

    Times are ms from the start of the call. The `parties` may be in the file, in the call, or in
    `calls`; without them the sides are unknown. Raises UnreadableSource unless there is one call.
    """
    calls = list(iter_objects(document, "callTranscripts"))
    call = calls[0] if calls else None
    if len(calls) != 1 or not isinstance(call, JsonObject):
        raise UnreadableSource(
            "callTranscripts must hold one call; send one call at a time", line=1
        )
    speakers = _find_speakers(document, call)
    for monologue in iter_objects(call, "transcript"):
        if isinstance(monologue, Skipped):
            yield monologue
            continue
        speaker_id = read_text(monologue.get("speakerId"))
        by = speakers.get(speaker_id) or Speaker(speaker_id)
        for sentence in iter_objects(monologue, "sentences"):
            if isinstance(sentence, Skipped):
                yield sentence
                continue
            yield from make_turn(
                sentence.get("text"),
                by,
                line=sentence.line,
                start_ms=read_number(sentence.get("start")),
                end_ms=read_number(sentence.get("end")),
            )


def _find_speakers(document: object, call: JsonObject) -> dict[str, Speaker]:
    """Map each speaker id to its party; a party with two affiliations has no side."""
    speakers: dict[str, Speaker] = {}
    for party in _iter_parties(document, call):
        speaker_id = read_text(party.get("speakerId"))
        speaker = Speaker(
            speaker_id,
            name=read_text(party.get("name")),
            email=read_text(party.get("emailAddress")),
            side=_SIDES.get(read_text(party.get("affiliation")).casefold(), Side.UNKNOWN),
        )
        known = speakers.get(speaker_id, speaker)
        if speaker_id:
            speakers[speaker_id] = (
                known if known.side is speaker.side else replace(known, side=Side.UNKNOWN)
            )
    return speakers


def _iter_parties(document: object, call: JsonObject) -> Iterator[JsonObject]:
    calls = iter_objects(document, "calls") if find_value(document, "calls") else ()
    for owner in (document, call, *calls):
        if find_value(owner, "parties"):
            for party in iter_objects(owner, "parties"):
                if isinstance(party, JsonObject):
                    yield party
