"""The JSON Schemas beside the data files, written from the models: `make schemas`."""

import json
from pathlib import Path

from pydantic import BaseModel

from service.evaluation.intake.labelled_sources import GoldSource
from service.evaluation.robustness.suite import Suite
from service.judging.prompt import Prompt
from service.judging.verdict_definitions import VerdictDefinitions
from service.playbooks.models import Playbook

__all__ = ["SCHEMAS", "schema_text"]

ROOT = Path(__file__).parent.parent
SCHEMAS: dict[str, type[BaseModel]] = {
    "playbooks/playbook.schema.json": Playbook,
    "prompts/prompt.schema.json": Prompt,
    "prompts/verdicts.schema.json": VerdictDefinitions,
    "evals/robustness.schema.json": Suite,
    "evals/intake/source.schema.json": GoldSource,
}


def schema_text(model: type[BaseModel]) -> str:
    """The model's JSON Schema as it is committed."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file, model in SCHEMAS.items():
        (ROOT / file).write_text(schema_text(model), "utf-8")
