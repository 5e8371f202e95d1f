"""A table of all scores on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sklearn_hpt._trial import Scores, StepResult

if TYPE_CHECKING:
    import pandas as pd


def learning_curves(results: Sequence[StepResult]) -> pd.DataFrame:
    """Return one row a trial, checkpoint and fold, sorted by trial.

    Parameters
    ----------
    results : sequence of StepResult
        All steps, those of a trial in their order.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    table = pd.DataFrame(_records(results))
    return table.sort_values(["trial", "resource", "split"], kind="stable", ignore_index=True)


def _records(results: Sequence[StepResult]) -> Iterator[dict[str, Any]]:
    seconds: dict[tuple[int, int], float] = defaultdict(float)
    names = _metrics_of(results)
    for result in results:
        number = result.step.trial.number
        for split, fold in enumerate(result.finished_folds):
            parts = (*fold.passed, fold)
            for resource, part in zip(result.step.checkpoints, parts, strict=True):
                seconds[number, split] += part.fit_time
                yield {
                    "trial": number,
                    "resource": resource,
                    "split": split,
                    **_columns("test", part.test_scores, names),
                    **_columns("train", part.train_scores, names),
                    **_columns("validation", part.validation_scores, names),
                    "time": seconds[number, split],
                }


def _metrics_of(results: Sequence[StepResult]) -> Sequence[str]:
    """Return the names of the metrics, if there are several, which a failure may not know."""
    folds = (part for r in results for fold in r.finished_folds for part in (*fold.passed, fold))
    scores = (fold.test_scores for fold in folds)
    return next((list(score) for score in scores if isinstance(score, Mapping)), ())


def _columns(part: str, scores: Scores | None, names: Sequence[str]) -> dict[str, float]:
    if scores is None:
        return {}
    if names and not isinstance(scores, Mapping):
        scores = dict.fromkeys(names, scores)
    if isinstance(scores, Mapping):
        return {f"{part}_{name}": value for name, value in scores.items()}
    return {f"{part}_score": scores}
