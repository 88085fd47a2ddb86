"""Gong: what `/v2/calls/transcript` returns, with the parties of `/v2/calls/extensive`."""

from collections.abc import Iterator
from dataclasses import replace

from service.transcripts.readers.entry import Entries, Speaker, spoken
from service.transcripts.readers.json_with_lines import Record, at, number, records, text_of
from service.transcripts.turns import IntakeError, Side, Skipped

__all__ = ["entries"]

_SIDES = {"internal": Side.SELLER, "external": Side.CUSTOMER}


def entries(document: object) -> Entries:
    """A turn for each sentence, its side from the affiliation of the party that speaks.

    Times are ms from the start of the call. Parties stand in `parties` of the file, of the call,
    or of `calls`; without them the sides are unknown. Raises IntakeError unless there is one call.
    """
    calls = list(records(document, "callTranscripts"))
    call = calls[0] if calls else None
    if len(calls) != 1 or not isinstance(call, Record):
        raise IntakeError("callTranscripts must hold one call; send one call at a time", line=1)
    speakers = _speakers(document, call)
    for monologue in records(call, "transcript"):
        if isinstance(monologue, Skipped):
            yield monologue
            continue
        speaker_id = text_of(monologue.get("speakerId"))
        by = speakers.get(speaker_id) or Speaker(speaker_id)
        for sentence in records(monologue, "sentences"):
            if isinstance(sentence, Skipped):
                yield sentence
                continue
            yield from spoken(
                sentence.get("text"),
                by,
                line=sentence.line,
                start_ms=number(sentence.get("start")),
                end_ms=number(sentence.get("end")),
            )


def _speakers(document: object, call: Record) -> dict[str, Speaker]:
    """The parties by the id they speak under; one of two affiliations has no side."""
    speakers: dict[str, Speaker] = {}
    for party in _parties(document, call):
        speaker_id = text_of(party.get("speakerId"))
        speaker = Speaker(
            speaker_id,
            name=text_of(party.get("name")),
            email=text_of(party.get("emailAddress")),
            side=_SIDES.get(text_of(party.get("affiliation")).casefold(), Side.UNKNOWN),
        )
        known = speakers.get(speaker_id, speaker)
        if speaker_id:
            speakers[speaker_id] = (
                known if known.side is speaker.side else replace(known, side=Side.UNKNOWN)
            )
    return speakers


def _parties(document: object, call: Record) -> Iterator[Record]:
    owners = [document, call, *(records(document, "calls") if at(document, "calls") else [])]
    for owner in owners:
        if at(owner, "parties"):
            yield from (p for p in records(owner, "parties") if isinstance(p, Record))
