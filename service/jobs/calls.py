"""Jobs that grade a call, as far as its parts were delivered."""

import asyncio
from collections.abc import Collection, Sequence
from weakref import WeakValueDictionary

from service.errors import UnreadableSource
from service.grading.passage_grader import Origin, PassageGrader
from service.grading.scorecard import FoundPassages, GradedPassage
from service.jobs.progress import Progress
from service.jobs.queue import Outcome, digest_content, new_job
from service.records import Frozen
from service.storage.jobs import CallPart, JobKind, JobRepository, StoredJob
from service.transcripts.call_parts import join_parts
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Skipped, Transcript

__all__ = ["CallGrader", "DeliveredPart", "new_call_job"]


class DeliveredPart(Frozen):
    """One delivery of a call, and the names of those who speak for the customer and for us."""

    transcript: Transcript
    customers: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


def new_call_job(
    part: DeliveredPart, origin: Origin, playbook: str, *, event_id: str | None, content: bytes
) -> tuple[StoredJob, CallPart]:
    """Make the job of a delivery, and the part to store with it.

    The same event is the same job; without one, the same content is.
    """
    event = (event_id,) if event_id else ("", digest_content(content))
    job = new_job(
        JobKind.TRANSCRIPT,
        {"origin": origin.model_dump(mode="json"), "playbook": playbook},
        key=(origin.tool, origin.call_id, *event),
        content=content,
    )
    written = part.model_dump(mode="json", exclude_defaults=True)
    return job, CallPart(tool=origin.tool, call_id=origin.call_id, content=written)


class CallGrader:
    """Grades calls, one job of a call at a time.

    `ours` are the names and domains of our own side.
    """

    def __init__(self, jobs: JobRepository, passages: PassageGrader, ours: Collection[str]) -> None:
        self._jobs = jobs
        self._passages = passages
        self._ours = ours
        self._calls: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def grade(self, job: StoredJob, progress: Progress) -> Outcome:
        """Grade all parts of the job's call that are there; see Worker in queue.py.

        The grades of an earlier job of the call are found again.
        """
        origin = Origin.model_validate(job.request["origin"])
        async with self._calls.setdefault((origin.tool, origin.call_id), asyncio.Lock()):
            stored = await self._jobs.find_parts(origin.tool, origin.call_id)
            parts = [DeliveredPart.model_validate(part.content) for part in stored]
            call = self._set_sides(parts)
            return await self._score(call, str(job.request["playbook"]), origin, progress)

    def _set_sides(self, parts: Sequence[DeliveredPart]) -> Transcript:
        """Join the parts; a customer who has not spoken so far is reported, and no error."""
        call = join_parts(part.transcript for part in parts)
        customers = sorted({name for part in parts for name in part.customers})
        ours = sorted({*self._ours, *(name for part in parts for name in part.ours)})
        try:
            return resolve_sides(call, ours, customers)
        except UnreadableSource as error:
            skipped = (*call.skipped, Skipped(reason=error.told))
            call = resolve_sides(call, ours, customers, is_whole=False)
            return call.model_copy(update={"skipped": skipped})

    async def _score(
        self, call: Transcript, playbook: str, origin: Origin, progress: Progress
    ) -> Outcome:
        total = finished = 0

        def on_found(found: FoundPassages) -> None:
            nonlocal total
            total = len(found.passages)
            progress(total, 0)

        def on_graded(_: GradedPassage) -> None:
            nonlocal finished
            finished += 1
            progress(total, finished)

        whole = await self._passages.score(
            call, playbook, origin, on_found=on_found, on_graded=on_graded
        )
        card = whole.without_details()
        ungraded = frozenset(each.ungraded.reason for each in card.results if each.ungraded)
        return Outcome(result=card, ungraded=ungraded)
