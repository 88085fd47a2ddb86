"""A source made to be slow or to fill the memory is read or refused all the same."""

import json
import tracemalloc
from contextlib import suppress

import pytest

from service.errors import UnreadableSource
from service.transcripts.formats import Format
from service.transcripts.read_source import MAX_BYTES, read_source

pytestmark = pytest.mark.slow

MANY = 100_000
CUE = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
SOURCES = {
    "tags": CUE + "<b>" * MANY + "x",
    "open tags": CUE + "<v " * MANY,
    "voices": CUE + "<v A>" * (MANY // 2) + "x",
    "entities": CUE + "&#" * MANY + "9" * MANY + ";",
    "white space": CUE + " " * MANY + "x",
    "digits": "WEBVTT\n\n" + "9" * MANY + ":00.000 --> 00:02.000\nx\n\n" + CUE,
    "dashes": "1" + "-" * MANY,
    "gaps": "1\n00:01,000 --> 00:02,000\nx" + "\n\nx" * (MANY // 2),
    "cue upon cue": "1\n" + "00:01,000 --> 00:02,000\n" * 40_000 + "x",
    "wide lines": "x" + " " * MANY + "y\n# " + " #" * MANY + "\n**" + "*" * MANY,
    "wide header": "A" + " " * MANY + "y 0:01\nx\nB  0:02\nz",
    "names": "\n".join(f"Ann Lee{n}: x" for n in range(40_000)),
    "colons": "a: " * MANY,
    "brackets": "[" * MANY + "\n" + "[0:01] " * MANY,
    "comments": "<!--" * MANY,
    "rows": "<table>" + "<tr><td>" * (MANY // 2),
    "bold": "<b>" * MANY + "x",
    "cells": "|" * MANY + "\n" + "| a " * 30_000,
    "front matter": "---\n" + "a: b\n" * 40_000,
    "nicknames": 'A "' * MANY + ": x",
    "identifiers": "WEBVTT\n\n" + ("x " * MANY) + "\n00:01.000 --> 00:02.000\nx",
    "short lines": "\n" + "x\n" * (2 * MANY),
    "deep lists": '{"unit": "s", "utterances": ' + "[" * MANY,
    "deep objects": '{"a":' * MANY,
    "escaped quotes": '{"' + '\\"' * MANY,
    "quotes": '{"' * MANY,
    "long number": f'{{"unit": "s", "utterances": [{{"text": "x", "start": {"9" * MANY}}}]}}',
    "long id": f'{{"unit": "s", "utterances": [{{"text": "x", "speaker": {"9" * MANY}}}]}}',
    "empty objects": '{"unit": "s", "utterances": [' + "{}," * MANY + "{}]}",
    "a long name on many turns": json.dumps({
        "parties": [{"speakerId": "1", "name": "n" * 2 * MANY}],
        "callTranscripts": [
            {"transcript": [{"speakerId": "1", "sentences": [{"text": "x"}] * 20_000}]}
        ],
    }),
}  # fmt: skip


@pytest.mark.parametrize("source_format", [None, Format.NOTES, Format.NAMED])
@pytest.mark.parametrize("kind", SOURCES)
def test_a_hostile_source_is_read_or_refused(kind: str, source_format: Format | None) -> None:
    """A reader whose time grows with the square of the length would hang here."""
    assert len(SOURCES[kind]) <= MAX_BYTES
    with suppress(UnreadableSource):
        read_source(SOURCES[kind], source_format)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["voices", "empty objects", "a long name on many turns"])
def test_a_hostile_source_fills_no_memory(kind: str) -> None:
    tracemalloc.start()
    with suppress(UnreadableSource):
        read_source(SOURCES[kind])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000
