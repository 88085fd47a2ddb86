"""Fit the embedded assigner on the dev split: `python -m evals.intake.fit`.

Writes service/assignment/weights.json, for notes and for calls: a chain over the topics by
wording, one that knows the judge's relevance too, a gate for what says something on its topic, and
the threshold of best F1, the last two on sources left out of the fit.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from service.assignment.models import can_be_evidence
from service.assignment.topic_chain import Array, Chain, sum_paths
from service.assignment.turn_scores import (
    add_context,
    build_gate_features,
    choose_pairs,
    estimate_chances,
    estimate_topic_chances,
    measure_likeness,
    score_relevance,
)
from service.assignment.weights import WEIGHTS_FILE, Gate, Topic, Weights
from service.judging.embedded.embedded_judge import RelevanceScorer
from service.judging.embedded.onnx_model import OnnxScorer
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Turn

SOURCES = Path(__file__).parent
RIDGE = 2e-5  # likeness is small, so its weight is large
LULL = 4  # turns between two of one answer that may be about it or not
THRESHOLDS = np.arange(0.2, 0.6, 0.025)

Mask = NDArray[np.bool_]


@dataclass
class Source:
    """One source with its gold pairs (turns, questions), and what is read off it."""

    kind: str
    turns: Sequence[Turn]
    questions: Sequence[Question]
    gold: Mask
    evidence: Mask
    likeness: Array
    relevance: Array

    @property
    def allowed(self) -> Mask:
        """The topics that the gold pairs leave open for each turn, none first."""
        allowed = np.ones((len(self.gold), self.gold.shape[1] + 1), dtype=bool)
        for turn in np.flatnonzero(self.evidence):
            if self.gold[turn].any():
                allowed[turn] = [False, *self.gold[turn]]
            elif not self._is_lull(turn):
                allowed[turn, 1:] = False
        return allowed

    def _is_lull(self, turn: int) -> bool:
        before = self.gold[max(0, turn - LULL) : turn]
        after = self.gold[turn + 1 : turn + 1 + LULL]
        before, after = before[before.any(axis=1)], after[after.any(axis=1)]
        return bool(len(before) and len(after) and (before[-1] & after[0]).any())


def main() -> None:
    sources = read_sources()
    scorer = OnnxScorer()
    relevance = RelevanceScorer(lambda: scorer)
    fitted = {}
    for kind in ("notes", "calls"):
        own = [source for source in sources if source.kind == kind]
        fitted[kind] = fit(own, relevance).model_dump()
        print(kind, json.dumps(fitted[kind]))
    WEIGHTS_FILE.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")


def read_sources(split: str = "dev") -> list[Source]:
    """The sources of a split, nothing scored yet."""
    catalogue = Catalogue(load_playbooks())
    sources = []
    for file in sorted(SOURCES.glob("*.yaml")):
        meta = YAML(typ="safe").load(file)
        if meta["split"] == split:
            sources.append(_source(file, meta, catalogue))
    return sources


def _source(file: Path, meta: dict, catalogue: Catalogue) -> Source:  # type: ignore[type-arg]
    text = next(f for f in file.parent.glob(f"{file.stem}.*") if f.suffix != ".yaml")
    transcript = resolve_sides(
        read_source(
            text.read_bytes(), Format.NOTES if meta["kind"] == "notes" else None, text.name
        ),
        (),
        meta.get("customer", ()),
    )
    playbook = meta["playbook"]
    questions = catalogue.playbook(playbook).questions if playbook else catalogue.questions
    at = {turn.line: number for number, turn in enumerate(transcript.turns)}
    gold = np.zeros((len(at), len(questions)), dtype=bool)
    for place, question in enumerate(questions):
        for answer in meta["answers"]:
            if answer["question_id"] == question.id:
                gold[[at[line] for line in answer["lines"]], place] = True
    turns = add_context(transcript.turns)
    likeness = measure_likeness(turns, questions)
    return Source(
        kind="notes" if meta["kind"] == "notes" else "calls",
        turns=turns,
        questions=questions,
        gold=gold,
        evidence=np.array([can_be_evidence(turn) for turn in transcript.turns]),
        likeness=likeness,
        relevance=np.zeros_like(likeness),
    )


def fit(sources: Sequence[Source], relevance: RelevanceScorer) -> Weights:
    """The weights of one kind of source, its gate and threshold cross-fitted by source."""
    gate, untried = Gate(bias=0, topic=1, words=0), 0.5
    wording = fit_topic(sources, with_relevance=False)
    first = Weights(wording=wording, topics=wording, gate=gate, threshold=untried)
    for source in sources:
        pairs = choose_pairs(source.turns, source.likeness, first)
        source.relevance = score_relevance(source.turns, source.questions, pairs, relevance.measure)
    topics = fit_topic(sources, with_relevance=True)
    left_out = [
        (s, fit_topic([other for other in sources if other is not s], with_relevance=True))
        for s in sources
    ]
    gate = fit_gate(left_out)
    found = [
        (estimate_chances(s.turns, s.likeness, s.relevance, _weights(t, gate, untried)), s)
        for s, t in left_out
    ]
    scores = {threshold: f1(found, threshold) for threshold in THRESHOLDS}
    threshold = max(scores, key=scores.__getitem__)
    print(f"F1 on sources left out of the chain: {scores[threshold]:.3f}")
    return Weights(wording=wording, topics=topics, gate=gate, threshold=round(threshold, 3))


def _weights(topics: Topic, gate: Gate, threshold: float) -> Weights:
    return Weights(wording=topics, topics=topics, gate=gate, threshold=threshold)


def fit_topic(sources: Sequence[Source], *, with_relevance: bool) -> Topic:
    """The topic of greatest conditional likelihood given the gold pairs, weights ridged."""
    allowed = [source.allowed for source in sources]

    def loss(values: Array) -> float:
        topic = _topic(values, with_relevance=with_relevance)
        total = 0.0
        for source, open_to in zip(sources, allowed, strict=True):
            scores = topic.bias + topic.likeness * source.likeness
            scores = scores + topic.relevance * source.relevance
            total += sum_paths(scores, topic.chain) - sum_paths(scores, topic.chain, open_to)
        return total / 10 + RIDGE * topic.likeness**2

    start = np.array([3.0, 3.0, 1.0, -1.0, 20.0, *([0.2] if with_relevance else [])])
    found = minimize(loss, start, method="L-BFGS-B").x
    return _topic(np.round(found, 3), with_relevance=with_relevance)


def _topic(values: Array, *, with_relevance: bool) -> Topic:
    change, begin, end, bias, likeness = values[:5]
    return Topic(
        chain=Chain(change=change, begin=begin, end=end),
        bias=bias,
        likeness=likeness,
        relevance=values[5] if with_relevance else 0.0,
    )


def fit_gate(found: Sequence[tuple[Source, Topic]]) -> Gate:
    """Logistic regression of the gold pairs on the topic's log odds and the turn's length."""
    features, gold = [], []
    for source, topic in found:
        topics = estimate_topic_chances(source.likeness, source.relevance, topic)
        features.append(build_gate_features(source.turns, topics)[source.evidence].reshape(-1, 2))
        gold.append(source.gold[source.evidence].reshape(-1))
    fitted = LogisticRegression().fit(np.concatenate(features), np.concatenate(gold))
    topic_weight, words = (round(float(value), 3) for value in fitted.coef_[0])
    return Gate(bias=round(float(fitted.intercept_[0]), 3), topic=topic_weight, words=words)


def f1(found: Sequence[tuple[Array, Source]], threshold: float) -> float:
    """F1 of pairs, over all sources."""
    right = wrong = missed = 0
    for chance, source in found:
        given = (chance > threshold) & source.evidence[:, None]
        right += int((given & source.gold).sum())
        wrong += int((given & ~source.gold).sum())
        missed += int((~given & source.gold).sum())
    return 2 * right / max(1, 2 * right + wrong + missed)


if __name__ == "__main__":
    main()
