"""How the document describes the body of a transcript: a schema and an example of each format."""

import json
from typing import Any

from pydantic import BaseModel, JsonValue

from service.transcripts.formats import MEDIA_TYPES, Format, JsonRecord
from service.transcripts.samples import Sample
from service.transcripts.turns import Turn

__all__ = ["describe_body", "schemas_of_exports"]

_JSON = "application/json"
_REF = "#/components/schemas/{model}"


def describe_body() -> dict[str, Any]:
    """Describe every media type that a transcript may have, by what is known of its formats."""
    return {
        "required": True,
        "description": "The transcript itself. The media type and its content tell the format, "
        "unless `format` names it.",
        "content": {media_type: _describe(media_type) for media_type in MEDIA_TYPES},
    }


def schemas_of_exports() -> dict[str, dict[str, Any]]:
    """Make the schemas of all JSON that is read, by name, as components of the document."""
    found: dict[str, dict[str, Any]] = {}
    models: list[type[BaseModel]] = [Turn]
    models += (each.document for each in _samples(_JSON).values() if each.document)
    for model in models:
        schema = model.model_json_schema(ref_template=_REF)
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found


def _describe(media_type: str) -> dict[str, Any]:
    samples = _samples(media_type)
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if media_type == _JSON:
        names = [each.document.__name__ for each in samples.values() if each.document]
        refs = [{"$ref": _REF.format(model=name)} for name in names]
        turns = {"type": "array", "items": {"$ref": _REF.format(model="Turn")}, "minItems": 1}
        schema = {"anyOf": [*refs, turns], "description": "An export of a tool, or turns."}
    elif Format.TURNS.value in samples:
        schema["description"] = "On each line an object as in the schema `Turn`."
    examples = {
        name: {"summary": sample.summary, "value": _value(media_type, sample)}
        for name, sample in samples.items()
    }
    return {"schema": schema, "examples": examples}


def _samples(media_type: str) -> dict[str, Sample]:
    """Find the samples of the formats that may come with a media type."""
    return {
        known.value: known.record.sample
        for known in Format
        if known.record.sample is not None and media_type in _media_types(known)
    }


def _media_types(known: Format) -> tuple[str, ...]:
    is_json = isinstance(known.record, JsonRecord)
    return known.record.media_types if is_json else (*known.record.media_types, "text/plain")


def _value(media_type: str, sample: Sample) -> JsonValue:
    document: JsonValue = json.loads(sample.text) if media_type == _JSON else sample.text
    return document
