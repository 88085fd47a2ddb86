"""Read Deepgram: its utterances, or else its paragraphs or words, which say who spoke too."""

from service.errors import UnreadableSource
from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import (
    JsonObject,
    as_list,
    find_value,
    iter_objects,
    read_ms,
    read_text,
)
from service.transcripts.readers.spoken_words import WordKeys, group_words, have_speakers
from service.transcripts.readers.utterances import DEEPGRAM, read_shape
from service.transcripts.turns import Skipped, Turn

__all__ = ["is_deepgram", "read_deepgram"]

_WORDS = WordKeys(("punctuated_word", "word"), "speaker", "start", "end")
_ADVICE = "no list of utterances; transcribe with utterances=true and diarize=true"


def is_deepgram(document: object) -> bool:
    """Tell whether a JSON document has `results` as Deepgram has them."""
    results = find_value(document, "results")
    if not isinstance(document, dict) or "results" not in document:
        return False
    return (
        not isinstance(results, dict)
        or not results
        or bool({"channels", "utterances"} & set(results))
    )


def read_deepgram(document: object) -> Entries:
    """Make a turn of each utterance, or else of each paragraph, or of each speaker's words.

    A speaker's id is the number of the channel and of the speaker in it, such as `0-1`; with one
    channel the speaker is called `1` too, as Deepgram's users write it. Raises UnreadableSource if
    nothing says who spoke.
    """
    if isinstance(find_value(document, "results.utterances"), list):
        yield from _name_speakers(read_shape(document, DEEPGRAM), document)
        return
    channels = find_value(document, "results.channels")
    found = [_read_channel(channel, number) for number, channel in enumerate(as_list(channels))]
    if not any(found):
        raise UnreadableSource(_ADVICE, line=1)
    entries = [entry for channel in found for entry in channel]
    # Channels are read one after the other, and their words were said at the same time.
    entries.sort(key=lambda entry: (entry.start_ms or 0) if isinstance(entry, Turn) else 0)
    yield from _name_speakers(iter(entries), document)


def _read_channel(channel: object, number: int) -> list[Turn | Skipped]:
    alternatives = as_list(find_value(channel, "alternatives"))
    best = alternatives[0] if alternatives else None
    paragraphs = find_value(best, "paragraphs.paragraphs")
    if have_speakers(paragraphs, _WORDS):
        return [entry for each in as_list(paragraphs) for entry in _read_paragraph(each, number)]
    words = find_value(best, "words")
    if have_speakers(words, _WORDS):
        return list(group_words(as_list(words), _WORDS, prefix=f"{number}-"))
    return []


def _read_paragraph(paragraph: object, channel: int) -> Entries:
    if not isinstance(paragraph, JsonObject):
        yield Skipped(reason="not an object")
        return
    sentences = [s for s in iter_objects(paragraph, "sentences") if isinstance(s, JsonObject)]
    label = read_text(paragraph.get("speaker"))
    yield from make_turn(
        " ".join(read_text(sentence.get("text")) for sentence in sentences),
        Speaker(f"{channel}-{label}") if label else Speaker(),
        line=paragraph.line,
        start_ms=read_ms(paragraph.get("start"), 1000),
        end_ms=read_ms(paragraph.get("end"), 1000),
    )


def _name_speakers(entries: Entries, document: object) -> Entries:
    """Call the speakers of a single channel by their number alone."""
    channels = as_list(find_value(document, "results.channels"))
    numbers = {
        find_value(u, "channel")
        for u in as_list(find_value(document, "results.utterances"))
        if isinstance(find_value(u, "channel"), int | str | None)
    }
    is_single = len(channels) <= 1 and len(numbers) <= 1
    for entry in entries:
        channel, dash, label = (
            entry.speaker_id.partition("-") if isinstance(entry, Turn) else ("",) * 3
        )
        is_numbered = dash and channel.isdecimal() and label.isdecimal()
        if isinstance(entry, Turn) and is_numbered:
            yield entry.model_copy(update={"name": label if is_single else None})
        else:
            yield entry
