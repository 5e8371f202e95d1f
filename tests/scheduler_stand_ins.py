"""A stand-in for the engine: steps whose scores are a function of parameters and resource."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sklearn_hpt._trial import FoldResult, StepResult

SECONDS = 0.25  # at each checkpoint


def x_of(params, resource):
    return params["x"]


def result_of(step, score=x_of, n_folds=3, should_continue=lambda step, scores: True):
    """Return what came of a step.

    `score` is a function of the parameters and a resource level; it returns a number or several
    metrics, of which the first drives the search, or None where fits fail. Each fold scores a
    hundredth less than the one before.
    """
    folds, fold_scores, intermediate = [], [], []
    for number in range(n_folds):
        if number and not should_continue(step, list(fold_scores)):
            folds += [None] * (n_folds - number)
            break
        parts = [_part(score(step.trial.params, at), number) for at in step.checkpoints or (None,)]
        *before, last = parts
        folds.append(replace(last, intermediate=tuple(before)))
        fold_scores.append(_objective(last))
        intermediate.append(tuple(map(_objective, before)))
    return StepResult(step, tuple(folds), tuple(fold_scores), tuple(intermediate))


def run(scheduler, score=x_of, *, window=3, waiting=(), n_folds=3):
    """Run a scheduler to its end; return the results, and who had ended after each.

    There are `window` steps at a time, told in starting order; the first are those `waiting`.
    """
    waiting, results, ended = list(waiting), [], []
    while True:
        while len(waiting) < window and (step := scheduler.ask()) is not None:
            waiting.append(step)
        if not waiting:
            return results, ended
        result = result_of(waiting.pop(0), score, n_folds, scheduler.should_continue)
        results.append(result)
        ended.append(list(scheduler.tell(result)))


def _part(score, number):
    if score is None:
        return FoldResult(np.nan, SECONDS, 0.0, 5, fit_error="Traceback")
    less = 0.01 * number
    if isinstance(score, Mapping):
        scores = {name: value - less for name, value in score.items()}
    else:
        scores = score - less
    return FoldResult(scores, SECONDS, 0.0, 5)


def _objective(part):
    scores = part.test_scores
    return next(iter(scores.values())) if isinstance(scores, Mapping) else scores
