"""Where settings become objects: the one place that knows which part goes into which."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import cases_digest
from service.evaluation.intake.labelled_sources import LabelledSource, sources_digest
from service.evaluation.runs.run import Key
from service.judging.embedded import onnx_model
from service.judging.embedded.embedded_judge import EmbeddedJudge
from service.judging.embedded.relevance import Relevance
from service.judging.judge import Judge
from service.judging.letterless import Precheck
from service.judging.models import JudgeKind
from service.judging.verdict_definitions import verdict_definitions
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN, load_playbooks
from service.settings import JudgeName, Settings

if TYPE_CHECKING:
    from service.assignment.models import Assigner
    from service.jobs.runner import Runner
    from service.judging.prompt import Prompt
    from service.llm.chat import ChatModel
    from service.llm.openai import OpenAIModel

__all__ = [
    "build_assigner",
    "build_catalogue",
    "build_judge",
    "build_llm_judge",
    "build_models",
    "build_runner",
    "intake_key",
    "run_key",
]


def build_catalogue(settings: Settings) -> Catalogue:
    """The built-in playbooks, or those of the configured folder."""
    return Catalogue(load_playbooks(settings.playbooks or BUILT_IN))


def build_judge(settings: Settings) -> Judge:
    """The judge in use, with its pre-check, cache and fallback.

    Heavy packages are imported by the judge that needs them, so that the others start fast.
    Raises ConfigurationError where an LLM is wanted and none is configured.
    """
    kind = JudgeKind.EMBEDDED if settings.judge_in_use == "embedded" else JudgeKind.LLM
    return Precheck(_JUDGES[settings.judge_in_use](settings), kind)


def build_assigner(settings: Settings) -> "Assigner":
    """What finds the answers in notes and transcripts: the LLM where it judges, or helps to.

    Raises ConfigurationError where an LLM is wanted and none is configured.
    """
    from service.assignment.embedded_assigner import EmbeddedAssigner

    embedded = EmbeddedAssigner(Relevance(_embedded_scorer(settings)).of)
    if settings.judge_in_use == "embedded":
        return embedded
    from service.assignment.fallback import FallbackAssigner
    from service.assignment.llm_assigner import LLMAssigner

    prompt = _load_assign_prompt(settings)
    llm = LLMAssigner(build_models(settings), prompt, deadline_s=settings.deadline_s)
    return FallbackAssigner(llm, embedded) if settings.fallback == "embedded" else llm


def build_models(settings: Settings) -> "list[OpenAIModel]":
    """One adapter for each configured model name, sharing one client.

    Raises ConfigurationError where neither a key nor a base URL is set.
    """
    import openai

    from service.llm.openai import OpenAIModel

    if not (settings.api_key or settings.base_url):
        raise ConfigurationError(
            "the llm judge needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server without keys; "
            "the embedded judge (PROBEWISE_JUDGE=embedded) needs neither"
        )
    client = openai.AsyncOpenAI(
        api_key=settings.api_key.get_secret_value() if settings.api_key else "none",
        base_url=settings.base_url,
        max_retries=0,
    )
    options = {"temperature": settings.temperature, "logprobs": True, "top_logprobs": 5}
    if settings.max_output_tokens:
        options["max_completion_tokens"] = settings.max_output_tokens
    return [
        OpenAIModel(
            client,
            name,
            options=options,
            request_timeout_s=settings.request_timeout_s,
            max_attempts=settings.max_attempts,
        )
        for name in settings.models
    ]


def build_llm_judge(settings: Settings, models: "Sequence[ChatModel]") -> Judge:
    """The LLM judge over these models, without cache or fallback."""
    from service.judging.llm_judge import LLMJudge

    return LLMJudge(
        models,
        _prompt(settings),
        deadline_s=settings.deadline_s,
        review_below=settings.review_below,
    )


def build_runner(settings: Settings) -> "Runner":
    """What runs jobs and sees them through restarts; ConfigurationError for an unusable URL."""
    from service.jobs.durable import DurableRunner
    from service.storage.database import beside

    return DurableRunner(settings.jobs_url or beside(settings.database_url))


def run_key(settings: Settings, catalogue: Catalogue, cases: Sequence[Case]) -> Key:
    """What a run of the judge in use on these cases depends on.

    Only playbooks whose questions the cases ask count. Raises ConfigurationError where the prompt
    or the verdict definitions can't be used.
    """
    asked = {catalogue.question(case.question_id).playbook_id for case in cases}
    return _key(settings, catalogue, asked, cases_digest(cases))


def intake_key(settings: Settings, catalogue: Catalogue, sources: Sequence[LabelledSource]) -> Key:
    """What the figures of intake depend on: see run_key, and whatever assigns."""
    from service.assignment.weights import weights_digest

    asked = {source.gold.playbook for source in sources}
    every = {playbook.id for playbook in catalogue.playbooks}
    named = {playbook for playbook in asked if playbook is not None}
    playbooks = every if None in asked else named
    key = _key(settings, catalogue, playbooks, sources_digest(sources))
    if settings.judge_in_use == "embedded":
        assigner = f"embedded/{weights_digest()}"
    else:
        prompt = _load_assign_prompt(settings)
        assigner = f"{prompt.id}/{prompt.digest}"
    return key.model_copy(update={"parameters": {**key.parameters, "assigner": assigner}})


def _key(settings: Settings, catalogue: Catalogue, playbooks: Iterable[str], digest: str) -> Key:
    kind = settings.judge_in_use
    prompt = None if kind == "embedded" else _prompt(settings)
    embedded = (
        () if kind == "llm" else (f"embedded/{onnx_model.model_digest(_model_folder(settings))}",)
    )
    parameters: dict[str, float | int | str | None] = {}
    if prompt:
        parameters = {
            "endpoint": urlsplit(settings.base_url or "").hostname,
            "temperature": settings.temperature,
            "max_output_tokens": settings.max_output_tokens,
        }
    if kind == "cascade":
        parameters["cascade_threshold"] = settings.cascade_threshold
    return Key(
        judge=kind,
        models=(*embedded, *(settings.models if prompt else ())),
        prompt=prompt and prompt.id,
        prompt_digest=prompt and prompt.digest,
        verdicts_digest=verdict_definitions().digest,
        playbook_digests={name: catalogue.playbook(name).digest for name in sorted(playbooks)},
        golden_digest=digest,
        parameters=parameters,
    )


def _prompt(settings: Settings) -> "Prompt":
    return _load_prompt(settings.prompt, "grade", "PROBEWISE_PROMPT")


def _load_assign_prompt(settings: Settings) -> "Prompt":
    return _load_prompt(settings.assign_prompt, "assign", "PROBEWISE_ASSIGN_PROMPT")


def _load_prompt(prompt_id: str, name: str, variable: str) -> "Prompt":
    from service.judging.prompt import load_prompt

    prompt = load_prompt(prompt_id)
    if prompt.name != name:
        raise ConfigurationError(f"{prompt.id} doesn't {name}; set {variable} to a {name}@...")
    return prompt


def _embedded(settings: Settings) -> Judge:
    return EmbeddedJudge(_embedded_scorer(settings))


def _embedded_scorer(settings: Settings) -> Callable[[], onnx_model.Scorer]:
    return partial(_load_scorer, _model_folder(settings))


@cache
def _load_scorer(folder: Path) -> onnx_model.Scorer:
    """One model in memory, however many judges and assigners use it."""
    return onnx_model.OnnxScorer(folder)


def _model_folder(settings: Settings) -> Path:
    return settings.embedded_model or onnx_model.BUILT_IN


def _llm(settings: Settings) -> Judge:
    from service.judging.fallback import Fallback

    judge = _shared_llm(settings)
    return Fallback(judge, _embedded(settings)) if settings.fallback == "embedded" else judge


def _cascade(settings: Settings) -> Judge:
    from service.judging.cascade import Cascade

    return Cascade(
        _embedded(settings),
        _shared_llm(settings),
        threshold=settings.cascade_threshold,
        keep_unsure=settings.fallback == "embedded",
    )


def _shared_llm(settings: Settings) -> Judge:
    from service.judging.cache import Sharing

    judge = build_llm_judge(settings, build_models(settings))
    return Sharing(judge, size=settings.cache_size) if settings.cache_size else judge


_JUDGES: dict[JudgeName, Callable[[Settings], Judge]] = {
    "llm": _llm,
    "embedded": _embedded,
    "cascade": _cascade,
}
