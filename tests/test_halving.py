"""Successive halving, Hyperband and ASHA: what a user gets."""

import functools
import gc
import os
import pickle
import signal
import threading
import weakref
from pathlib import Path
from typing import ClassVar

import joblib
import numpy as np
import pytest
from engine_stand_ins import PATIENCE, released
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.tree import DecisionTreeClassifier

from sklearn_hpt import SuccessiveHalvingSearch
from sklearn_hpt.engine import Engine
from sklearn_hpt.samplers import BayesSampler, RandomSampler
from sklearn_hpt.schedulers import SuccessiveHalving
from sklearn_hpt.space import Space

X, y = make_classification(n_samples=60, n_features=5, random_state=0)
NON_FINITE = pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
FAILING = pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")


class Grower(BaseEstimator):
    """Scores its value, and a little for each epoch; fails, or scores NaN, from one of them on."""

    def __init__(self, value=0.0, fails_at=None, nan_at=None):
        self.value = value
        self.fails_at = fails_at
        self.nan_at = nan_at

    def fit(self, X, y=None):
        self.n_epochs_ = 0
        return self.partial_fit(X, y)

    def partial_fit(self, X, y=None):
        self.n_epochs_ = getattr(self, "n_epochs_", 0) + 1
        if self.fails_at is not None and self.n_epochs_ >= self.fails_at:
            raise ValueError("told to fail")
        return self

    def score(self, X, y=None):
        if self.nan_at is not None and self.n_epochs_ >= self.nan_at:
            return np.nan
        return self.value + 0.001 * self.n_epochs_


def halving(estimator=None, space=None, **options):
    """Nine candidates by default, of which three go on to 3 epochs and one to 9."""
    settings = {"resource": "epochs", "max_resources": 9, "cv": 2, "random_state": 0}
    space = {"value": [float(v) for v in range(9)]} if space is None else space
    estimator = Grower() if estimator is None else estimator
    return SuccessiveHalvingSearch(estimator, space, **{**settings, **options})


def column(search, name):
    return np.asarray(search.cv_results_[name]).tolist()


def values(search, iteration):
    params = np.array([p["value"] for p in search.cv_results_["params"]])
    return sorted(params[search.cv_results_["iter"] == iteration].tolist())


class TestRungs:
    def test_the_best_third_goes_on(self):
        search = halving().fit(X, y)
        assert [values(search, rung) for rung in range(3)] == [list(range(9)), [6, 7, 8], [8]]
        assert search.n_candidates_ == [9, 3, 1]
        assert search.n_resources_ == [1, 3, 9]
        assert (search.n_iterations_, search.n_remaining_candidates_) == (3, 1)
        assert (search.n_required_iterations_, search.n_possible_iterations_) == (3, 3)
        assert column(search, "n_resources") == [1] * 9 + [3] * 3 + [9]
        assert search.best_index_ == 12
        assert search.best_score_ == pytest.approx(8.009)

    def test_the_best_is_of_the_top_rung_and_ranks_first_within_it(self):
        """More training may cost score: a lower rung's score does not win."""

        class Declining(Grower):
            def score(self, X, y=None):
                return self.value - self.n_epochs_ * (1 + (self.value == 8))

        search = halving(Declining(), n_candidates=9, max_resources=3).fit(X, y)
        results = search.cv_results_
        is_top = results["iter"] == results["iter"].max()
        top_ranks = np.where(is_top, results["rank_test_score"], 10**6)
        assert results["mean_test_score"][~is_top].max() > search.best_score_
        assert search.best_index_ == top_ranks.argmin()
        assert search.best_params_ == {"value": 7.0}

    @pytest.mark.parametrize(("n_candidates", "most"), [(9, 81), (10, 100), (5, 7), (20, 37)])
    def test_exhaust_leaves_the_last_rung_all_there_is(self, n_candidates, most):
        space = {"value": (0.0, 1.0)}
        search = halving(
            space=space, n_candidates=n_candidates, min_resources="exhaust", max_resources=most
        ).fit(X, y)
        assert most // 3 < search.n_resources_[-1] <= most
        assert search.n_resources_[-1] * 3 > most
        assert search.n_iterations_ == search.n_required_iterations_

    def test_candidates_exhaust_the_resource(self):
        search = halving(space={"value": (0.0, 1.0)}, max_resources=27, refit=False).fit(X, y)
        assert search.n_candidates_ == [27, 9, 3, 1]
        assert search.n_resources_[-1] == 27

    def test_aggressive_elimination_evaluates_nobody_twice_with_the_same(self):
        search = halving(
            space={"value": (0.0, 1.0)},
            n_candidates=27,
            max_resources=3,
            aggressive_elimination=True,
        ).fit(X, y)
        assert search.n_resources_ == [1, 1, 1, 3]
        assert search.n_candidates_ == [27, 9, 3, 1]
        evaluated = [
            (params["value"], amount)
            for params, amount in zip(
                search.cv_results_["params"], search.cv_results_["n_resources"], strict=True
            )
        ]
        assert len(evaluated) == len(set(evaluated)) == 27 + 1

    def test_a_small_space_ends_it(self):
        search = halving(space={"value": [1.0, 2.0]}).fit(X, y)
        assert search.best_params_ == {"value": 2.0}
        assert search.n_candidates_[0] == 2


class TestGuide:
    """The metric of `refit` decides who is promoted."""

    SCORING: ClassVar[dict] = {
        "up": lambda estimator, X, y: estimator.value,
        "down": lambda estimator, X, y: -estimator.value,
    }

    @pytest.mark.parametrize(("refit", "best"), [("up", 8), ("down", 0), (False, 8)])
    def test_metric(self, refit, best):
        search = halving(scoring=self.SCORING, refit=refit).fit(X, y)
        assert values(search, 2) == [best]
        if refit:
            assert search.best_params_ == {"value": best}
            assert search.best_score_ == {"up": 8, "down": 0}[refit]

    def test_a_callable_refit_chooses_any_row_and_the_refit_has_its_epochs(self):
        search = halving(refit=lambda results: int(np.argmin(results["mean_test_score"])))
        search.fit(X, y)
        assert search.best_params_ == {"value": 0.0}
        assert search.best_estimator_.n_epochs_ == 1


@FAILING
@NON_FINITE
class TestFailures:
    def test_a_failed_candidate_is_not_promoted_nor_a_nan_the_best(self):
        space = [
            {"value": [float(v) for v in range(6)]},
            {"value": [90.0], "fails_at": [1]},
            {"value": [91.0], "nan_at": [1]},
            {"value": [92.0], "fails_at": [2]},
        ]
        search = halving(space=space).fit(X, y)
        assert {90.0, 91.0} & set(values(search, 1)) == set()
        assert 92.0 in values(search, 1)
        assert values(search, 2) == [5.0]
        assert search.best_params_ == {"value": 5.0}
        assert search.best_score_ == pytest.approx(5.009)

    def test_those_that_fail_on_every_later_rung_leave_the_best_of_the_rung_below(self):
        space = {"value": [float(v) for v in range(9)], "fails_at": [2]}
        search = halving(space=space).fit(X, y)
        assert search.best_params_["value"] == 8.0
        assert search.cv_results_["iter"][search.best_index_] == 0
        assert np.isfinite(search.best_score_)
        assert np.isnan(search.cv_results_["mean_test_score"][-3:]).all()

    def test_all_failing_is_scikit_learns_error(self):
        with pytest.raises(ValueError, match="All the 18 fits failed"):
            halving(Grower(fails_at=1)).fit(X, y)

    def test_error_score_raise_ends_it_on_a_later_rung(self):
        with pytest.raises(ValueError, match="told to fail"):
            halving(Grower(fails_at=3), error_score="raise").fit(X, y)

    def test_an_error_score_is_a_score_like_any_other_in_the_results(self):
        space = [{"value": [1.0, 2.0]}, {"value": [9.0], "fails_at": [1]}]
        with pytest.warns(FitFailedWarning):
            search = halving(space=space, error_score=-5.0).fit(X, y)
        assert min(column(search, "mean_test_score")) == -5.0
        assert search.best_params_ == {"value": 2.0}


class TestBrackets:
    @pytest.mark.parametrize(
        ("brackets", "counts"), [(2, [9, 5]), ("hyperband", [9, 5, 3]), (7, [9, 5, 3])]
    )
    def test_each_has_its_rungs(self, brackets, counts):
        search = halving(space={"value": (0.0, 1.0)}, brackets=brackets).fit(X, y)
        own, rungs = search.cv_results_["bracket"], search.cv_results_["iter"]
        first = [(own == b) & (rungs == b) for b in range(len(counts))]
        assert [mask.sum() for mask in first] == counts
        assert len(set(own.tolist())) == len(counts)
        for rung, amount in enumerate([1, 3, 9]):
            assert set(search.cv_results_["n_resources"][rungs == rung]) == {amount}
        assert search.n_candidates_ == np.bincount(rungs).tolist()
        assert search.cv_results_["n_resources"][search.best_index_] == 9

    def test_one_has_no_column(self):
        assert "bracket" not in halving().fit(X, y).cv_results_

    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_stand_one_after_the_other(self, n_jobs):
        with joblib.parallel_config("threading", n_jobs=n_jobs):
            search = halving(space={"value": (0.0, 1.0)}, brackets="hyperband").fit(X, y)
        rows = list(zip(column(search, "bracket"), column(search, "iter"), strict=True))
        assert rows == sorted(rows)

    def test_promotions_do_not_wait_for_other_brackets_new_trials(self):
        """On one worker the first bracket is all but over before the second begins."""
        order = []

        class Noting(Grower):
            def score(self, X, y=None):
                order.append(self.n_epochs_)
                return super().score(X, y)

        halving(Noting(), {"value": (0.0, 1.0)}, brackets="hyperband", refit=False).fit(X, y)
        before_the_top = order[: order.index(9)]
        assert before_the_top.count(3) <= 2 * (3 + 2)  # the second bracket alone starts 5


@functools.cache
def _reproducible(sampler, brackets, n_jobs, backend):
    options = {"sampler": sampler, "brackets": brackets, "n_jobs": n_jobs}
    space = {"max_depth": (1, 8), "max_features": (0.1, 1.0), "criterion": ["gini", "entropy"]}
    with joblib.parallel_config(backend):
        search = halving(
            RandomForestClassifier(random_state=0), space, resource="n_estimators", **options
        ).fit(X, y)
    results = search.cv_results_
    return [
        (p, *rest)
        for p, *rest in zip(
            results["params"], results["iter"], results["mean_test_score"], strict=True
        )
    ]


@pytest.mark.parametrize(("backend", "n_jobs"), [("threading", 2), ("threading", 3), ("loky", 2)])
@pytest.mark.parametrize("brackets", [1, "hyperband"])
@pytest.mark.parametrize("sampler", ["random", "bayes", "genetic"])
def test_the_same_trials_anywhere(sampler, brackets, backend, n_jobs):
    expected = _reproducible(sampler, brackets, 1, "threading")
    assert _reproducible(sampler, brackets, n_jobs, backend) == expected


class TestSamplers:
    SPACE: ClassVar[dict] = {"value": (0.0, 1.0)}

    @pytest.mark.parametrize("sampler", ["random", "bayes", "genetic", RandomSampler, BayesSampler])
    def test_by_name_or_class(self, sampler):
        search = halving(space=self.SPACE, sampler=sampler, brackets="hyperband").fit(X, y)
        tried = [params["value"] for params in search.cv_results_["params"]]
        assert len(set(tried)) == 9 + 5 + 3

    def test_an_object_is_copied(self):
        sampler = RandomSampler(Space(self.SPACE), random_state=3)
        first, second = (halving(space=self.SPACE, sampler=sampler).fit(X, y) for _ in range(2))
        assert first.cv_results_["params"] == second.cv_results_["params"]
        expected = RandomSampler(Space(self.SPACE), random_state=3).ask()
        assert first.cv_results_["params"][0] == expected

    def test_a_model_learns_where_the_best_are(self):
        """Of 40 candidates, those of the model are nearer to the best than random draws."""

        class Peaked(Grower):
            def score(self, X, y=None):
                return -abs(self.value - 0.3)

        def distance(sampler):
            search = halving(Peaked(), self.SPACE, sampler=sampler, n_candidates=40, cv=2)
            params = search.fit(X, y).cv_results_["params"][20:40]
            return np.mean([abs(p["value"] - 0.3) for p in params])

        assert distance("bayes") < distance("random") / 2

    def test_initial_params_are_tried_first(self):
        search = halving(space=self.SPACE, initial_params={"value": 0.25}).fit(X, y)
        assert search.cv_results_["params"][0] == {"value": 0.25}


class TestArguments:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"resource": "n_trees"}, r"resource=n_trees.*parameters"),
            ({"resource": "epochs", "max_resources": "auto"}, r"max_resources='auto'.*epochs"),
            ({"n_iter": 3, "n_candidates": 4}, r"n_iter=3.*n_candidates=4"),
            (
                {"brackets": 2, "aggressive_elimination": True},
                r"aggressive_elimination.*brackets=2",
            ),
            ({"min_resources": 10}, r"min_resources_=10 is greater.*max_resources_=9"),
            ({"resource": "value", "max_resources": 9}, r"resource.*searched"),
            ({"resource": "n_samples", "max_resources": 61}, r"max_resources=61.*n_samples=60"),
        ],
    )
    def test_what_cannot_work_names_parameter_and_value(self, options, message):
        with pytest.raises(ValueError, match=f"(?s){message}"):
            halving(**options).fit(X, y)

    def test_few_samples_are_warned_of_unless_all_are_used(self):
        options = {"resource": "n_samples", "max_resources": "auto"}
        tree, space = DecisionTreeClassifier(), {"min_samples_leaf": range(1, 9)}
        with pytest.warns(UserWarning, match="n_samples.*only 60"):
            halving(tree, space, **options).fit(X, y)
        halving(tree, space, min_resources="exhaust", n_candidates=2, **options).fit(X, y)


class TestWhatIsKept:
    def test_after_a_time_limit(self):
        search = halving(space={"value": (0.0, 1.0)}, timeout=1e-9).fit(X, y)
        assert len(search.cv_results_["params"]) == 1
        assert search.n_iterations_ == 1
        assert search.n_candidates_ == [1]
        assert search.best_estimator_.n_epochs_ == 1

    def test_after_an_interrupt_on_a_later_rung(self):
        class Interrupting(Grower):
            def partial_fit(self, X, y=None):
                super().partial_fit(X, y)
                if self.n_epochs_ == 2:
                    raise KeyboardInterrupt
                return self

        search = halving(Interrupting())
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, y)
        assert len(search.cv_results_["params"]) == 9
        assert search.best_params_ == {"value": 8.0}

    def test_in_a_pickle_and_not_in_a_clone(self):
        search = halving(SGDClassifier(random_state=0), {"alpha": (1e-4, 1e-1)}).fit(X, y)
        loaded = pickle.loads(pickle.dumps(search))
        np.testing.assert_array_equal(loaded.predict(X), search.predict(X))
        assert loaded.n_resources_ == search.n_resources_
        assert not hasattr(clone(search), "cv_results_")

    def test_a_second_fit_starts_afresh(self):
        search = halving().fit(X, y)
        first = search.cv_results_["params"]
        assert search.fit(X, y).cv_results_["params"] == first

    def test_verbose_says_what_is_done(self, capsys):
        halving(verbose=3).fit(X, y)
        out = capsys.readouterr().out
        assert "Fitting 2 folds for each of 9 candidates, totalling 26 fits" in out
        assert "[CV 1/2] END resource=9, value=8.0, score=8.009; total time=" in out
        assert out.count("END") == 26

    def test_groups_keep_together(self):
        groups = np.repeat(np.arange(12), 5)
        search = halving(cv=GroupKFold(3)).fit(X, y, groups=groups)
        assert search.n_splits_ == 3

    def test_nested_in_parallel_cross_validation(self):
        search = halving(SGDClassifier(random_state=0), {"alpha": (1e-4, 1e-1)}, n_candidates=3)
        scores = cross_validate(search, X, y, cv=2, n_jobs=2, error_score="raise")["test_score"]
        assert np.isfinite(scores).all()


class TestAsynchronous:
    @pytest.mark.parametrize("n_candidates", [1, 2, 4, 10, 27])
    def test_leaves_one_at_the_top(self, n_candidates):
        search = halving(
            space={"value": (0.0, 1.0)}, n_candidates=n_candidates, reproducible=False
        ).fit(X, y)
        planned = halving(space={"value": (0.0, 1.0)}, n_candidates=n_candidates).fit(X, y)
        assert search.n_resources_ == planned.n_resources_
        assert search.cv_results_["n_resources"][search.best_index_] == search.n_resources_[-1]
        for rung in range(1, search.n_iterations_):
            below, here = (values(search, r) for r in (rung - 1, rung))
            assert set(here) <= set(below)

    def test_nobody_waits_for_a_rung_to_end(self):
        """While one trial of the lowest rung sleeps, others get to the top."""
        with released() as (at_the_top,):

            class Sleeping(Grower):
                def partial_fit(self, X, y=None):
                    super().partial_fit(X, y)
                    if self.value == 0.0 and not at_the_top.wait(PATIENCE):
                        raise TimeoutError("Nobody got to the top meanwhile.")
                    if self.n_epochs_ == 9:
                        at_the_top.set()
                    return self

            search = halving(
                Sleeping(),
                {"value": [float(v) for v in range(27)]},
                n_candidates=27,
                reproducible=False,
                error_score="raise",
            )
            with joblib.parallel_config("threading", n_jobs=3):
                search.fit(X, y)
        assert search.n_candidates_[0] == 27

    def test_window_follows_the_workers(self):
        running, most, lock = [], [], threading.Lock()

        class Busy(Grower):
            def partial_fit(self, X, y=None):
                with lock:
                    running.append(self)
                    most.append(len({model.value for model in running}))
                threading.Event().wait(0.01)
                with lock:
                    running.remove(self)
                return super().partial_fit(X, y)

        search = halving(
            Busy(), {"value": (0.0, 1.0)}, n_candidates=20, reproducible=False, cv=2, refit=False
        )
        with joblib.parallel_config("threading", n_jobs=8):
            search.fit(X, y)
        assert max(most) > 2


class Killer(Grower):
    """Kills its worker once, in its second epoch; notes all epochs in files."""

    def __init__(self, value=0.0, folder=None, parent=None):
        super().__init__(value)
        self.folder = folder
        self.parent = parent

    def partial_fit(self, X, y=None):
        super().partial_fit(X, y)
        mark = Path(self.folder) / f"killed {self.value}"
        if self.n_epochs_ == 2 and os.getpid() != self.parent and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        with (Path(self.folder) / f"first epochs {self.value}").open("a") as file:
            file.write("x" if self.n_epochs_ == 1 else "")
        return self


def test_a_killed_worker_costs_no_training_of_the_rungs_before(tmp_path):
    search = halving(
        Killer(folder=str(tmp_path), parent=os.getpid()),
        {"value": [1.0, 2.0, 3.0]},
        n_jobs=2,
        max_resources=3,
        refit=False,
    ).fit(X, y)
    assert (tmp_path / "killed 3.0").exists()
    assert search.best_score_ == pytest.approx(3.003)
    # The first epoch of each fold was trained once: what followed continued from it.
    assert [len((tmp_path / f"first epochs {v}.0").read_text()) for v in (1, 2, 3)] == [2, 2, 2]


class TestStates:
    def test_are_freed_as_trials_end_and_hold_no_data(self, monkeypatch):
        alive, counts = weakref.WeakSet(), []
        data = np.ones((60, 5))

        class Watched(Grower):
            def partial_fit(self, X, y=None):
                alive.add(self)
                return super().partial_fit(X, y)

        tell = SuccessiveHalving.tell
        engines = []
        make = Engine.__init__

        def remember(self, *args, **options):
            make(self, *args, **options)
            engines.append(self)

        def count(self, result):
            ended = tell(self, result)
            (engine,) = engines
            reached = engine._states._reached
            states = [state for folds in reached.values() for state in folds]
            held = [part for state in states for part in (state._data, state._stages)]
            counts.append((len(reached), all(part is None for part in held)))
            return ended

        monkeypatch.setattr(Engine, "__init__", remember)
        monkeypatch.setattr(SuccessiveHalving, "tell", count)
        halving(Watched(), refit=False, cv=2).fit(data, y)
        assert [n for n, _ in counts][:9] == list(range(1, 10))
        # The steps of the next rung take their trials' states over, and leave new ones.
        assert [n for n, _ in counts][9:] == [1, 2, 3, 1]
        assert all(is_empty for _, is_empty in counts)
        assert engines[0]._states._reached == {}
        gc.collect()
        assert len(alive) == 0


class Stumbler(Grower):
    """Fails in its second epoch on the fold that is trained with the first sample."""

    def partial_fit(self, X, y=None):
        super().partial_fit(X, y)
        if self.n_epochs_ == 2 and (globals()["X"][0] == X).all(axis=1).any():
            raise ValueError("stumbled")
        return self


@FAILING
@pytest.mark.parametrize(("backend", "n_jobs"), [("sequential", 1), ("threading", 2), ("loky", 2)])
def test_a_fold_that_failed_does_not_go_on_from_half_way(backend, n_jobs):
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        search = halving(Stumbler(), error_score=100.0, refit=False).fit(X, y)
    failed = np.array([search.cv_results_[f"split{k}_test_score"] == 100 for k in range(2)])
    assert column(search, "n_resources")[-1] == 9
    # From 3 epochs on, on one of two folds.
    np.testing.assert_array_equal(failed.sum(axis=0), search.cv_results_["n_resources"] > 1)
