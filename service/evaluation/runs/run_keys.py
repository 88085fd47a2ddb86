"""Make the key of a run from the settings: all that its figures depend on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from service.assignment.weights import digest_weights
from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import digest_cases
from service.evaluation.runs.run import RunKey
from service.judging.embedded.onnx_model import compute_model_digest
from service.judging.prompt import Prompt
from service.judging.verdict_definitions import read_verdict_definitions
from service.playbooks.catalogue import Catalogue
from service.settings import Settings

__all__ = ["RunKeyMaker"]


@dataclass(frozen=True)
class RunKeyMaker:
    """What keys are made of.

    The prompts are those of the LLM, None if it is not asked; `model_folder` has the embedded
    judge's model.
    """

    settings: Settings
    catalogue: Catalogue
    model_folder: Path
    grade_prompt: Prompt | None
    assign_prompt: Prompt | None

    def make_key(self, cases: Sequence[Case]) -> RunKey:
        """Make the key of a run on these cases; only what they ask counts of the playbooks."""
        names = sorted({case.question_id for case in cases})
        questions = {name: self.catalogue.question(name) for name in names}
        asked = {question.playbook_id for question in questions.values()}
        digests = {name: question.digest for name, question in questions.items()}
        key = self._make_key(asked, digest_cases(cases))
        return key.model_copy(update={"question_digests": digests})

    def make_intake_key(self, playbooks: Iterable[str | None], digest: str) -> RunKey:
        """Make the key of a measurement of intake, which depends on whatever assigns too.

        `playbooks` are those that the sources are about, None for any; `digest` is of the sources.
        """
        asked = set(playbooks)
        every = {playbook.id for playbook in self.catalogue.playbooks}
        named = {playbook for playbook in asked if playbook is not None}
        key = self._make_key(every if None in asked else named, digest)
        prompt = self.assign_prompt
        assigner = f"{prompt.id}/{prompt.digest}" if prompt else f"embedded/{digest_weights()}"
        return key.model_copy(update={"parameters": {**key.parameters, "assigner": assigner}})

    def _make_key(self, playbooks: Iterable[str], digest: str) -> RunKey:
        settings, prompt = self.settings, self.grade_prompt
        kind = settings.judge_in_use
        embedded = f"embedded/{compute_model_digest(self.model_folder)}"
        parameters: dict[str, float | int | str | None] = {}
        if prompt:
            parameters = {
                "endpoint": urlsplit(settings.base_url or "").hostname,
                "temperature": settings.temperature,
                "max_output_tokens": settings.max_output_tokens,
            }
        if kind == "cascade":
            parameters["cascade_threshold"] = settings.cascade_threshold
        return RunKey(
            judge=kind,
            models=(*(() if kind == "llm" else (embedded,)), *(settings.models if prompt else ())),
            prompt=prompt and prompt.id,
            prompt_digest=prompt and prompt.digest,
            verdicts_digest=read_verdict_definitions().digest,
            playbook_digests={
                name: self.catalogue.playbook(name).digest for name in sorted(playbooks)
            },
            golden_digest=digest,
            parameters=parameters,
        )
