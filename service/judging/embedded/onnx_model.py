"""Run the trained model with onnxruntime.

A model is a folder. `words.onnx` reads question, signals and answer, and tells what the question
asks for. If that is practice, two networks judge, which learnt from different hands: `first.onnx`
reads on from there, `second.onnx` reads everything itself. If it is knowledge, the match of words
judges (`word_match.py`). `tokenizer.json` and `card.json` are in the folder too.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from service.errors import ConfigurationError
from service.judging.embedded.packing import MARKERS, PackedSequence, pack
from service.judging.embedded.reliance import Reliance
from service.judging.embedded.scorer import STATUSES, VERDICTS, Array, QuestionKind, Scores
from service.judging.embedded.word_match import MatchRegression, match_words
from service.judging.models import SignalStatus, Verdict
from service.judging.review import ReviewReason
from service.playbooks.models import Question, SignalKind
from service.records import Frozen

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = [
    "BUILT_IN",
    "ModelCard",
    "OnnxScorer",
    "OpinionCalibration",
    "VerdictCalibration",
    "compute_model_digest",
    "count_threads",
    "join_opinions",
    "read_card",
]

BUILT_IN = Path(__file__).parent / "model"
_FILES = ("words.onnx", "first.onnx", "second.onnx", "tokenizer.json", "card.json")


class VerdictCalibration(Frozen):
    """The figures that turn logits into probabilities: softmax of (logit + bias) / temperature."""

    temperature: float
    biases: dict[Verdict, float] = Field(default_factory=dict)


class OpinionCalibration(Frozen):
    """The figures that make one verdict of two networks': softmax of their weighted logs + bias."""

    weights: tuple[float, float]
    biases: dict[Verdict, float] = Field(default_factory=dict)


class ModelCard(Frozen):
    """A model's name, its calibration for each kind of question, and its regressions."""

    name: str
    practice: OpinionCalibration
    knowledge: VerdictCalibration
    matching: MatchRegression
    reliance: Reliance


class OnnxScorer:
    """A scorer that runs the packed cross-encoder; several threads may call it at the same time.

    Each answer runs by itself: int8 activations are scaled per run, so in a batch one answer would
    change another's scores.
    """

    def __init__(self, folder: Path = BUILT_IN) -> None:
        from tokenizers import Tokenizer

        try:
            self._card = read_card(folder)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._words = _open_session(folder / "words.onnx")
            self._first = _open_session(folder / "first.onnx")
            self._second = _open_session(folder / "second.onnx")
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions of their own
            raise _explain_unloadable(folder, error) from error
        self._find_kind_once = lru_cache(maxsize=256)(self._find_kind)

    @property
    def name(self) -> str:
        return self._card.name

    def find_kind(self, question: Question) -> QuestionKind:
        """Find what the question asks for, by its words and those of its signals."""
        return self._find_kind_once(question)

    def score(self, question: Question, text: str) -> Scores:
        """Score one answer; if it is longer than the model reads, in windows that are joined."""
        kind = self.find_kind(question)
        sequences = pack(self._tokenizer, question, text)
        run = self._match_knowledge if kind is QuestionKind.KNOWLEDGE else self._judge_practice
        scores = _join_windows([run(packed) for packed in sequences])
        confidence, doubts = self._rely(kind, question, scores)
        is_whole = sequences[0].is_of_whole
        return replace(scores, confidence=confidence, doubts=doubts, of_whole=is_whole)

    def _rely(
        self, kind: QuestionKind, question: Question, scores: Scores
    ) -> tuple[float, tuple[ReviewReason, ...]]:
        """Give confidence and doubts; a match of words is never to be relied on alone."""
        if kind is QuestionKind.KNOWLEDGE:
            return float(scores.verdicts.max()), (ReviewReason.LOW_CONFIDENCE,)
        return self._card.reliance.judge(question, scores)

    def _find_kind(self, question: Question) -> QuestionKind:
        tokens = _make_inputs(pack(self._tokenizer, question, "")[0])
        (knowledge,) = self._words.run(["knowledge"], tokens)
        return QuestionKind.KNOWLEDGE if knowledge[0] > 0 else QuestionKind.PRACTICE

    def _judge_practice(self, packed: PackedSequence) -> Scores:
        """Ask both networks, and join what they say."""
        inputs = _make_inputs(packed)
        (hidden,) = self._words.run(["hidden"], inputs)
        tokens = {name: row for name, row in inputs.items() if name != "parts"}
        first = _ask(self._first, {"hidden": hidden, **tokens}, packed)
        second = _ask(self._second, tokens, packed)
        return Scores(
            verdicts=join_opinions((first.verdicts, second.verdicts), self._card.practice),
            statuses=_average(first.statuses, second.statuses),
            evidence=_average(first.evidence, second.evidence),
            offsets=packed.offsets,
            opinions=(first.verdicts, second.verdicts),
        )

    def _match_knowledge(self, packed: PackedSequence) -> Scores:
        """Match words; this never finds that a signal is planned or contradicted."""
        (hidden,) = self._words.run(["hidden"], _make_inputs(packed))
        found = match_words(np.asarray(hidden)[0], packed)
        good = np.array(packed.ids)[packed.markers] == MARKERS[SignalKind.GOOD]
        shown = good * self._card.matching.score_shown(found)
        statuses = np.zeros((len(shown), len(STATUSES)), np.float32)
        statuses[:, STATUSES.index(SignalStatus.SHOWN)] = shown
        statuses[:, STATUSES.index(SignalStatus.ABSENT)] = 1 - shown
        return Scores(
            verdicts=_calibrate(self._card.matching.score_verdicts(found), self._card.knowledge),
            statuses=statuses,
            evidence=found.evidence,
            offsets=packed.offsets,
        )


def join_opinions(opinions: Sequence[Array], calibration: OpinionCalibration) -> Array:
    """Join the verdicts (4) of both networks to one."""
    biases = [calibration.biases.get(verdict, 0.0) for verdict in VERDICTS]
    logs = [w * np.log(o + 1e-9) for w, o in zip(calibration.weights, opinions, strict=True)]
    return _compute_softmax(np.asarray(sum(logs) + np.array(biases), dtype=np.float32))


def _ask(network: "InferenceSession", inputs: dict[str, Any], packed: PackedSequence) -> Scores:
    """Get one network's opinion."""
    names = ["verdict", "status", "query", "key"]
    outputs = network.run(names, inputs)
    verdict, status, query, key = (np.asarray(output)[0] for output in outputs)
    said = slice(packed.answer_start, packed.answer_start + len(packed.offsets))
    likeness = query[packed.markers] @ key[said].T
    return Scores(
        verdicts=_compute_softmax(verdict),
        statuses=_compute_softmax(status[packed.markers]),
        evidence=(1 / (1 + np.exp(-likeness))).astype(np.float32),
        offsets=packed.offsets,
    )


def _average(one: Array, other: Array) -> Array:
    return np.asarray((one + other) / 2, dtype=np.float32)


def _make_inputs(packed: PackedSequence) -> dict[str, Any]:
    """Make the inputs of the networks, by their names."""
    read = {"ids": packed.ids, "segments": packed.segments, "parts": packed.parts}
    return {name: np.array([row], dtype=np.int64) for name, row in read.items()}


def _open_session(file: Path) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # The judge scores as many answers at a time as there are processors, so one thread is enough.
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def read_card(folder: Path) -> ModelCard:
    """Read a model's card; OSError or ValueError if there is none or it is not a valid one."""
    return ModelCard.model_validate_json((folder / "card.json").read_text("utf-8"))


def compute_model_digest(folder: Path = BUILT_IN) -> str:
    """Identify a model: 12 hexadecimal digits that change with weights, vocabulary or calibration.

    Raises ConfigurationError if one of the files can't be read.
    """
    content = hashlib.sha256()
    for name in _FILES:
        try:
            content.update((folder / name).read_bytes())
        except OSError as error:
            raise _explain_unloadable(folder, error) from error
    return content.hexdigest()[:12]


def _explain_unloadable(folder: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"{folder}: the embedded model can't be loaded: {error}")


def count_threads() -> int:
    """Count the processors that this process may use: as many answers are scored at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _calibrate(verdicts: Array, calibration: VerdictCalibration) -> Array:
    biases = np.array([calibration.biases.get(v, 0.0) for v in VERDICTS], dtype=np.float32)
    return _compute_softmax((verdicts + biases) / calibration.temperature)


def _compute_softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _join_windows(windows: list[Scores]) -> Scores:
    """Join the scores of a long answer's windows.

    For the verdict, a window weighs as much as it seems to be an answer at all. A signal takes its
    status from the window that shows it most.
    """
    if len(windows) == 1:
        return windows[0]
    unanswered = VERDICTS.index(Verdict.UNANSWERED)
    # 1.001 and not 1, so that the weights are not all zero if nothing is an answer.
    weights = np.array([1.001 - window.verdicts[unanswered] for window in windows])
    verdicts = np.average([window.verdicts for window in windows], axis=0, weights=weights)
    said = np.array([window.opinions for window in windows])  # (windows, networks, 4), or (w, 0)
    opinions = np.average(said, axis=0, weights=weights) if said.size else said[0]
    absent = np.array([window.statuses[:, 0] for window in windows])
    best = absent.argmin(axis=0)
    statuses = np.array([windows[w].statuses[s] for s, w in enumerate(best)])
    evidence = np.concatenate(
        [w.evidence * (best == place)[:, None] for place, w in enumerate(windows)], axis=1
    )
    offsets = [offset for window in windows for offset in window.offsets]
    return Scores(
        verdicts.astype(np.float32), statuses, evidence, offsets, tuple(opinions.astype(np.float32))
    )
