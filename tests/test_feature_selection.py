"""The transformer that applies a mask of features, and masks through searches."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_hpt import BayesSearch, FeatureMask, GeneticSearch, Subset

MASK = (True, False, True, False)
X = np.arange(12.0).reshape(3, 4)


@parametrize_with_checks([FeatureMask()])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("mask", [MASK, list(MASK), np.array(MASK), pd.Series(MASK)])
@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array, sparse.csc_matrix, pd.DataFrame])
def test_the_features_of_the_mask_are_kept(mask, make):
    kept = FeatureMask(mask).fit_transform(make(X))
    assert sparse.issparse(kept) == sparse.issparse(make(X))
    np.testing.assert_array_equal(kept.toarray() if sparse.issparse(kept) else kept, X[:, [0, 2]])


def test_no_mask_keeps_all_features():
    np.testing.assert_array_equal(FeatureMask().fit_transform(X), X)


def test_names_follow_their_features():
    frame = pd.DataFrame(X, columns=list("abcd"))
    selector = FeatureMask(MASK).set_output(transform="pandas").fit(frame)
    assert list(selector.get_feature_names_out()) == ["a", "c"]
    pd.testing.assert_frame_equal(selector.transform(frame), frame[["a", "c"]])
    assert selector.get_support(indices=True).tolist() == [0, 2]


def test_values_do_not_matter():
    strings = np.array([["a", None, "c", 1.0]], dtype=object)
    assert FeatureMask(MASK).fit_transform(strings).tolist() == [["a", "c"]]
    assert np.isnan(FeatureMask(MASK).fit_transform([[np.nan, 1, 2, 3]])[0, 0])


def test_a_mask_can_be_cloned_pickled_and_shown():
    selector = clone(FeatureMask(MASK)).fit(X)
    again = pickle.loads(pickle.dumps(selector))
    np.testing.assert_array_equal(again.transform(X), selector.transform(X))
    assert repr(MASK) in repr(selector)
    assert "FeatureMask" in selector._repr_html_()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ((True, False), "mask has 2 entries, but X has 4 features"),
        ((1, 0, 1, 0), "must hold a boolean for each feature"),
        ([[True, False, True, False]], "must hold a boolean for each feature"),
        ("all", "must hold a boolean for each feature"),
        ((False,) * 4, "selects no feature"),
    ],
)
def test_a_mask_that_does_not_fit_is_an_error_that_says_so(mask, message):
    with pytest.raises(ValueError, match=message):
        FeatureMask(mask).fit(X)


def data():
    return make_classification(
        150, 10, n_informative=3, n_redundant=0, shuffle=False, class_sep=1.5, random_state=0
    )


def pipeline():
    return make_pipeline(FeatureMask(), LogisticRegression())


SPACE = {"featuremask__mask": Subset(10), "logisticregression__C": loguniform(1e-2, 1e2)}


@pytest.mark.parametrize("strategy", ["steady-state", "generational", "cma"])
def test_evolution_selects_informative_features_and_leaves_out_noise(strategy):
    def worth(estimator, X, y):
        support = estimator[0].support_
        return support[:3].sum() - support[3:].sum() / 2

    search = GeneticSearch(
        pipeline(), SPACE, n_iter=150, scoring=worth, cv=2, strategy=strategy, random_state=0
    ).fit(*data())
    drawn = RandomizedSearchCV(
        pipeline(), SPACE, n_iter=150, scoring=worth, cv=2, random_state=0
    ).fit(*data())
    assert search.best_score_ > drawn.best_score_
    assert search.best_score_ >= 2.5


@pytest.mark.parametrize("searcher", [BayesSearch, GeneticSearch])
def test_masks_in_results_are_as_those_of_a_grid_search(searcher):
    X, y = data()
    search = searcher(pipeline(), SPACE, n_iter=12, cv=2, random_state=0).fit(X, y)
    masks = [params["featuremask__mask"] for params in search.cv_results_["params"]]
    grid = GridSearchCV(pipeline(), {"featuremask__mask": masks}, cv=2).fit(X, y)
    column, expected = (s.cv_results_["param_featuremask__mask"] for s in (search, grid))
    assert type(column) is type(expected)
    assert column.dtype == expected.dtype == object
    assert column.tolist() == expected.tolist() == masks
    assert len(pd.DataFrame(search.cv_results_).drop_duplicates("param_featuremask__mask")) > 6
    np.testing.assert_array_equal(
        search.best_estimator_[0].support_, search.best_params_["featuremask__mask"]
    )
    again = clone(search).fit(X, y)
    assert again.cv_results_["params"] == search.cv_results_["params"]
    assert "FeatureMask" in search._repr_html_()


def test_a_small_subset_is_gone_through_and_starts_from_the_estimators_own_mask():
    X, y = data()
    search = GeneticSearch(
        FeatureMask(),
        {"mask": Subset(3)},
        n_iter=20,
        scoring=lambda estimator, X, y: float(estimator.support_.sum()),
        cv=2,
        initial_params="defaults",
    ).fit(X[:, :3], y)
    masks = [params["mask"] for params in search.cv_results_["params"]]
    assert masks[0] == (True, True, True)
    assert len(set(masks)) == len(masks) == 7


def test_a_subset_of_another_length_than_the_data_fails_with_the_remedy():
    X, y = data()
    search = GeneticSearch(pipeline(), {"featuremask__mask": Subset(9)}, n_iter=3, cv=2)
    with pytest.raises(ValueError, match="mask has 9 entries, but X has 10 features"):
        search.set_params(error_score="raise").fit(X, y)
