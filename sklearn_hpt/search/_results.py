"""From finished steps to what scikit-learn formats as ``cv_results_``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


from sklearn_hpt._sklearn import insert_error_scores, warn_or_raise_about_fit_failures
from sklearn_hpt._trial import FoldResult, StepResult


def fold_outputs(
    results: Sequence[StepResult], error_score: str | float
) -> list[dict[str, Any]]:
    """Return one record a trial and fold, in scikit-learn's own form.

    Parameters
    ----------
    results : sequence of StepResult
        The rows.
    error_score : "raise" or float
        What a failed fit scores.

    Raises
    ------
    ValueError
        With scikit-learn's message, if nothing was fitted or all fits failed.

    Warns
    -----
    FitFailedWarning
        If some fits failed.
    """
    if not results:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    outputs = [_output(fold) for result in results for fold in result.finished_folds]
    warn_or_raise_about_fit_failures(outputs, error_score)
    # A callable scorer's metrics are known only from fits that succeeded.
    insert_error_scores(outputs, error_score)
    return outputs


def _output(fold: FoldResult) -> dict[str, Any]:
    output = {
        "fit_error": fold.fit_error,
        "test_scores": _scores(fold.test_scores),
        "n_test_samples": fold.n_test_samples,
        "fit_time": fold.fit_time,
        "score_time": fold.score_time,
    }
    if fold.train_scores is not None:
        output["train_scores"] = _scores(fold.train_scores)
    return output


def _scores(scores: Any) -> Any:
    return dict(scores) if isinstance(scores, Mapping) else scores
