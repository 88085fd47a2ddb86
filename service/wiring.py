"""Where settings become objects: the one place that knows which part goes into which."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from service.errors import ConfigurationError
from service.judging.embedded.judge import EmbeddedJudge
from service.judging.embedded.scorer import OnnxScorer
from service.judging.judge import Judge
from service.judging.models import JudgeKind
from service.judging.precheck import Precheck
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN, load_playbooks
from service.settings import JudgeName, Settings

if TYPE_CHECKING:
    from service.judging.chat import ChatModel
    from service.judging.openai_model import OpenAIModel

__all__ = ["build_catalogue", "build_judge", "build_llm_judge", "build_models"]


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


def build_models(settings: Settings) -> "list[OpenAIModel]":
    """One adapter for each configured model name, sharing one client.

    Raises ConfigurationError where neither a key nor a base URL is set.
    """
    import openai

    from service.judging.openai_model import OpenAIModel

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
    from service.judging.llm import LLMJudge
    from service.judging.prompt import load_prompt

    return LLMJudge(
        models,
        load_prompt(settings.prompt),
        deadline_s=settings.deadline_s,
        review_below=settings.review_below,
    )


def _embedded(settings: Settings) -> Judge:
    return EmbeddedJudge(OnnxScorer)


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
    from service.judging.sharing import Sharing

    return Sharing(build_llm_judge(settings, build_models(settings)), size=settings.cache_size)


_JUDGES: dict[JudgeName, Callable[[Settings], Judge]] = {
    "llm": _llm,
    "embedded": _embedded,
    "cascade": _cascade,
}
