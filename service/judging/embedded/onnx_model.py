"""The seam to the trained model, and the ONNX model behind it.

A model is a folder: `lower.onnx` reads question, signals and answer. Where the question asks for
practice, `practice.onnx` goes on to read and judges; where it asks for knowledge, their match does
(`matching.py`). Beside them are `tokenizer.json` and `card.json`.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from service.errors import ConfigurationError
from service.judging.embedded.packing import MARKERS, Packed, pack
from service.judging.embedded.question_kind import Asks
from service.judging.embedded.word_match import Matching, match
from service.judging.models import SignalStatus, Verdict
from service.playbooks.models import Question, SignalKind
from service.records import Frozen

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = [
    "BUILT_IN",
    "STATUSES",
    "VERDICTS",
    "Calibration",
    "Card",
    "OnnxScorer",
    "Scorer",
    "Scores",
    "model_digest",
    "read_card",
]

BUILT_IN = Path(__file__).parent / "model"
_FILES = ("lower.onnx", "practice.onnx", "tokenizer.json", "card.json")
VERDICTS = tuple(Verdict)
STATUSES = (
    SignalStatus.ABSENT,
    SignalStatus.SHOWN,
    SignalStatus.PLANNED,
    SignalStatus.CONTRADICTED,
)

Array = NDArray[np.float32]


class Calibration(Frozen):
    """A verdict's probability is the softmax of (logit + bias) / temperature.

    Below the probability `review_below` a person should look at the grade.
    """

    temperature: float
    biases: dict[Verdict, float] = Field(default_factory=dict)
    review_below: float


class Card(Frozen):
    """What is known of a model beside its weights: name, calibrations, what a match tells."""

    name: str
    practice: Calibration
    knowledge: Calibration
    matching: Matching


@dataclass(frozen=True)
class Scores:
    """One judgement: `verdicts` (4) and each signal's `statuses` (signals, 4) sum to 1 in each row.

    `evidence` (signals, answer tokens) is how much each token shows each signal, 0 to 1; `offsets`
    are the tokens' start and end characters in the answer. `review_below` is the calibration's.
    """

    verdicts: Array
    statuses: Array
    evidence: Array
    offsets: list[tuple[int, int]]
    review_below: float


class Scorer(Protocol):
    """Anything that scores an answer against a question's signals."""

    @property
    def name(self) -> str: ...

    def asks(self, question: Question) -> Asks: ...

    def score(self, question: Question, text: str) -> Scores: ...


class OnnxScorer:
    """Runs the packed cross-encoder, loaded on first use; safe to call from several threads.

    Each answer runs by itself: int8 activations are scaled per run, so a batch would let one answer
    change another's scores.
    """

    def __init__(self, folder: Path = BUILT_IN) -> None:
        from tokenizers import Tokenizer

        try:
            self._card = read_card(folder)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._lower = _session(folder / "lower.onnx")
            self._practice = _session(folder / "practice.onnx")
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions of their own
            raise _unloadable(folder, error) from error
        self._asks = lru_cache(maxsize=256)(self._told)

    @property
    def name(self) -> str:
        return self._card.name

    def asks(self, question: Question) -> Asks:
        """What the question asks for, by its words and its signals'."""
        return self._asks(question)

    def score(self, question: Question, text: str) -> Scores:
        """The scores of one answer, its windows joined where it is longer than the model reads."""
        asks = self.asks(question)
        windows = [self._run(asks, packed) for packed in pack(self._tokenizer, question, text)]
        return windows[0] if len(windows) == 1 else _join(windows)

    def _told(self, question: Question) -> Asks:
        tokens = _tokens(pack(self._tokenizer, question, "")[0])
        (knowledge,) = self._lower.run(["knowledge"], tokens)
        return Asks.KNOWLEDGE if knowledge[0] > 0 else Asks.PRACTICE

    def _run(self, asks: Asks, packed: Packed) -> Scores:
        (hidden,) = self._lower.run(["hidden"], _tokens(packed))
        judged = self._matched if asks is Asks.KNOWLEDGE else self._read_on
        return judged(np.asarray(hidden), packed)

    def _read_on(self, hidden: Array, packed: Packed) -> Scores:
        """What the upper layers make of `hidden` (1, tokens, size)."""
        tokens = {name: row for name, row in _tokens(packed).items() if name != "parts"}
        names = ["verdict", "status", "query", "key"]
        outputs = self._practice.run(names, {"hidden": hidden, **tokens})
        verdict, status, query, key = (np.asarray(output)[0] for output in outputs)
        said = slice(packed.answer_start, packed.answer_start + len(packed.offsets))
        likeness = query[packed.markers] @ key[said].T
        return Scores(
            verdicts=_calibrated(verdict, self._card.practice),
            statuses=_softmax(status[packed.markers]),
            evidence=(1 / (1 + np.exp(-likeness))).astype(np.float32),
            offsets=packed.offsets,
            review_below=self._card.practice.review_below,
        )

    def _matched(self, hidden: Array, packed: Packed) -> Scores:
        """What matching words tells; that a signal is planned or contradicted it can't."""
        found = match(hidden[0], packed)
        good = np.array(packed.ids)[packed.markers] == MARKERS[SignalKind.GOOD]
        shown = good * self._card.matching.shown(found)
        statuses = np.zeros((len(shown), len(STATUSES)), np.float32)
        statuses[:, STATUSES.index(SignalStatus.SHOWN)] = shown
        statuses[:, STATUSES.index(SignalStatus.ABSENT)] = 1 - shown
        return Scores(
            verdicts=_calibrated(self._card.matching.verdicts(found), self._card.knowledge),
            statuses=statuses,
            evidence=found.evidence,
            offsets=packed.offsets,
            review_below=self._card.knowledge.review_below,
        )


def _tokens(packed: Packed) -> dict[str, Any]:
    """What the lower layers read."""
    read = {"ids": packed.ids, "segments": packed.segments, "parts": packed.parts}
    return {name: np.array([row], dtype=np.int64) for name, row in read.items()}


def _session(file: Path) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def read_card(folder: Path) -> Card:
    """Raises OSError or ValueError where there is none, or it is not as it should be."""
    return Card.model_validate_json((folder / "card.json").read_text("utf-8"))


def model_digest(folder: Path = BUILT_IN) -> str:
    """Changes when the weights, the vocabulary or the calibration do; 12 hexadecimal digits.

    Raises ConfigurationError where one of the files can't be read.
    """
    content = hashlib.sha256()
    for name in _FILES:
        try:
            content.update((folder / name).read_bytes())
        except OSError as error:
            raise _unloadable(folder, error) from error
    return content.hexdigest()[:12]


def _unloadable(folder: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"{folder}: the embedded model can't be loaded: {error}")


def threads() -> int:
    """How many answers to score at once: the processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _calibrated(verdicts: Array, calibration: Calibration) -> Array:
    biases = np.array([calibration.biases.get(v, 0.0) for v in VERDICTS], dtype=np.float32)
    return _softmax((verdicts + biases) / calibration.temperature)


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _join(windows: list[Scores]) -> Scores:
    """Verdicts weigh each window by how much of an answer it holds; signals take their best one."""
    unanswered = VERDICTS.index(Verdict.UNANSWERED)
    weights = np.array([1.001 - window.verdicts[unanswered] for window in windows])
    verdicts = np.average([window.verdicts for window in windows], axis=0, weights=weights)
    absent = np.array([window.statuses[:, 0] for window in windows])
    best = absent.argmin(axis=0)
    statuses = np.array([windows[w].statuses[s] for s, w in enumerate(best)])
    evidence = np.concatenate(
        [w.evidence * (best == place)[:, None] for place, w in enumerate(windows)], axis=1
    )
    offsets = [offset for window in windows for offset in window.offsets]
    return Scores(verdicts.astype(np.float32), statuses, evidence, offsets, windows[0].review_below)
