"""Build everything once from the settings: the one place that knows which part goes into which."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cache, cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from service.errors import ConfigurationError
from service.judging.embedded import onnx_model
from service.judging.embedded.embedded_judge import EmbeddedJudge, RelevanceScorer
from service.judging.embedded.scorer import Scorer
from service.judging.guarded_judge import GuardedJudge
from service.judging.letterless import LetterlessJudge
from service.judging.models import Judge, JudgeKind
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN, load_playbooks
from service.settings import Settings

if TYPE_CHECKING:
    from service.assignment.models import Assigner
    from service.evaluation.cases.case import Case
    from service.evaluation.intake.labelled_sources import LabelledSource
    from service.evaluation.runs.run import RunKey
    from service.evaluation.runs.run_keys import RunKeyMaker
    from service.grading.answers import AnswerGrader
    from service.grading.passage_grader import PassageGrader
    from service.jobs.queue import JobQueue
    from service.jobs.runner import Runner
    from service.judging.prompt import Prompt
    from service.llm.openai import OpenAIModel
    from service.storage.database import Database
    from service.storage.engagements import EngagementRepository
    from service.storage.grades import GradeRepository
    from service.storage.job_list import JobList
    from service.storage.jobs import JobRepository

__all__ = ["Parts"]


class Parts:
    """All that a process needs, each part built from the settings when it is first asked for.

    Heavy packages are imported by the part that needs them, so that a command starts fast. A test
    replaces a part by setting it before it is asked for: `parts.judge = FakeJudge()`. Any part
    raises ConfigurationError if its settings can't be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def catalogue(self) -> Catalogue:
        """The built-in playbooks, or those of the configured folder."""
        return Catalogue(load_playbooks(self.settings.playbooks or BUILT_IN))

    @cached_property
    def models(self) -> "list[OpenAIModel]":
        """One adapter for each configured model name, sharing one key and address."""
        return _build_models(self.settings)

    @cached_property
    def llm_judge(self) -> Judge:
        """The LLM judge over the models, without cache or fallback."""
        from service.judging.llm_judge import LLMJudge

        return LLMJudge(
            self.models,
            self.grade_prompt,
            deadline_s=self.settings.deadline_s,
            review_below=self.settings.review_below,
        )

    @cached_property
    def embedded_judge(self) -> Judge:
        """The judge that needs neither key nor network."""
        return EmbeddedJudge(partial(_load_model, self._model_folder))

    @cached_property
    def judge(self) -> Judge:
        """The judge in use, with its guard, pre-check, cache and fallback."""
        kind = JudgeKind.EMBEDDED if self._is_embedded else JudgeKind.LLM
        return GuardedJudge(LetterlessJudge(self._build_judge(), kind))

    @cached_property
    def assigner(self) -> "Assigner":
        """The finder of answers in notes and transcripts: an LLM if one judges, or helps to."""
        from service.assignment.embedded_assigner import EmbeddedAssigner, FallbackAssigner

        embedded = EmbeddedAssigner(
            RelevanceScorer(partial(_load_model, self._model_folder)).measure
        )
        if self._is_embedded:
            return embedded
        from service.assignment.llm_assigner import LLMAssigner

        deadline_s = self.settings.deadline_s
        llm = LLMAssigner(self.models, self.assign_prompt, deadline_s=deadline_s)
        return FallbackAssigner(llm, embedded) if self.settings.fallback == "embedded" else llm

    @cached_property
    def grade_prompt(self) -> "Prompt":
        """The prompt that grades an answer."""
        return _load_prompt(self.settings.prompt, "grade", "PROBEWISE_PROMPT")

    @cached_property
    def assign_prompt(self) -> "Prompt":
        """The prompt that finds the answers in notes and transcripts."""
        return _load_prompt(self.settings.assign_prompt, "assign", "PROBEWISE_ASSIGN_PROMPT")

    @cached_property
    def database(self) -> "Database":
        """The one database of all repositories."""
        from service.storage.database import Database

        return Database(self.settings.database_url)

    @cached_property
    def grades(self) -> "GradeRepository":
        """The stored grades."""
        from service.storage.grades import GradeRepository

        return GradeRepository(self.database)

    @cached_property
    def engagements(self) -> "EngagementRepository":
        """The engagements that have grades."""
        from service.storage.engagements import EngagementRepository

        return EngagementRepository(self.database)

    @cached_property
    def jobs(self) -> "JobRepository":
        """The stored jobs."""
        from service.storage.jobs import JobRepository

        return JobRepository(self.database)

    @cached_property
    def job_list(self) -> "JobList":
        """The stored jobs as a list."""
        from service.storage.job_list import JobList

        return JobList(self.database)

    @cached_property
    def answers(self) -> "AnswerGrader":
        """Grades answers, and stores every grade."""
        from service.grading.answers import AnswerGrader

        return AnswerGrader(self.catalogue, self.judge, self.grades)

    @cached_property
    def passages(self) -> "PassageGrader":
        """Grades notes and transcripts, and stores every grade."""
        from service.grading.passage_grader import PassageGrader

        return PassageGrader(self.catalogue, self.assigner, self.answers)

    @cached_property
    def unstored_passages(self) -> "PassageGrader":
        """Grades notes and transcripts, and stores nothing: no database is opened."""
        from service.grading.answers import AnswerGrader
        from service.grading.passage_grader import PassageGrader

        answers = AnswerGrader(self.catalogue, self.judge)
        return PassageGrader(self.catalogue, self.assigner, answers)

    @cached_property
    def runner(self) -> "Runner":
        """Runs jobs, and sees them through restarts."""
        from service.jobs.durable import DurableRunner
        from service.storage.database import jobs_database_url

        url = self.settings.jobs_url or jobs_database_url(self.settings.database_url)
        return DurableRunner(url)

    @cached_property
    def queue(self) -> "JobQueue":
        """The queue of jobs, with a worker for each kind."""
        from service.grading.passage_grader import PassageGrader
        from service.jobs.batches import BatchGrader
        from service.jobs.calls import CallGrader
        from service.jobs.queue import JobQueue
        from service.jobs.storage_patience import PatientGrader
        from service.storage.jobs import JobKind

        answers = PatientGrader(self.catalogue, self.judge, self.grades)
        passages = PassageGrader(self.catalogue, self.assigner, answers)
        workers = {
            JobKind.TRANSCRIPT: CallGrader(self.jobs, passages, self.settings.ours).grade,
            JobKind.BATCH: BatchGrader(answers).grade,
        }
        return JobQueue(self.jobs, self.runner, workers, at_once=self.settings.jobs_at_once)

    def run_key(self, cases: "Sequence[Case]") -> "RunKey":
        """Tell what a run of the judge in use on these cases depends on."""
        return self._key_maker.make_key(cases)

    def intake_key(self, sources: "Sequence[LabelledSource]") -> "RunKey":
        """Tell what the figures of intake depend on: see run_key, and whatever assigns."""
        from service.evaluation.intake.labelled_sources import digest_sources

        playbooks = [source.gold.playbook for source in sources]
        return self._key_maker.make_intake_key(playbooks, digest_sources(sources))

    async def aclose(self) -> None:
        """Close what was built: what works first, then what it works on."""
        async with AsyncExitStack() as closing:
            for name in (
                "database",
                "llm_judge",
                "embedded_judge",
                "judge",
                "assigner",
                "runner",
                "queue",
            ):
                if name in self.__dict__:  # a part that nobody asked for was never built
                    closing.push_async_callback(self.__dict__[name].aclose)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    @property
    def _is_embedded(self) -> bool:
        return self.settings.judge_in_use == "embedded"

    @property
    def _model_folder(self) -> Path:
        return self.settings.embedded_model or onnx_model.BUILT_IN

    def _build_judge(self) -> Judge:
        if self._is_embedded:
            return self.embedded_judge
        from service.judging.cache import CachingJudge

        settings, llm = self.settings, self.llm_judge
        cached = CachingJudge(llm, size=settings.cache_size) if settings.cache_size else llm
        if settings.judge_in_use == "cascade":
            from service.judging.cascade import Cascade

            return Cascade(
                self.embedded_judge,
                cached,
                threshold=settings.cascade_threshold,
                keep_unsure=settings.fallback == "embedded",
            )
        from service.judging.cascade import Fallback

        return Fallback(cached, self.embedded_judge) if settings.fallback == "embedded" else cached

    @cached_property
    def _key_maker(self) -> "RunKeyMaker":
        from service.evaluation.runs.run_keys import RunKeyMaker

        return RunKeyMaker(
            self.settings,
            self.catalogue,
            self._model_folder,
            grade_prompt=None if self._is_embedded else self.grade_prompt,
            assign_prompt=None if self._is_embedded else self.assign_prompt,
        )


@cache
def _load_model(folder: Path) -> Scorer:
    """Load one model into memory, however many judges and assigners of the process use it."""
    return onnx_model.OnnxScorer(folder)


def _build_models(settings: Settings) -> "list[OpenAIModel]":
    import openai

    from service.llm.bounded_client import BoundedClient
    from service.llm.openai import OpenAIModel

    if not (settings.llm_api_key or settings.base_url):
        raise ConfigurationError(
            "the llm judge needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server without keys; "
            "the embedded judge (PROBEWISE_JUDGE=embedded) needs neither"
        )
    client = openai.AsyncOpenAI(
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else "none",
        base_url=settings.base_url,
        max_retries=0,
        http_client=BoundedClient(),
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


def _load_prompt(prompt_id: str, name: str, variable: str) -> "Prompt":
    from service.judging.prompt import load_prompt

    prompt = load_prompt(prompt_id)
    if prompt.name != name:
        raise ConfigurationError(f"{prompt.id} doesn't {name}; set {variable} to a {name}@...")
    return prompt
