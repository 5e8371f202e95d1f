"""The arithmetic of halving: how many trials get how much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  it is experimental
from sklearn.model_selection import HalvingRandomSearchCV
from sklearn.tree import DecisionTreeClassifier

from sklearn_hpt.schedulers import (
    halving_bracket,
    hyperband_brackets,
    n_possible_rungs,
    n_required_rungs,
)


def table(brackets):
    return [[(rung.n_trials, rung.resource) for rung in bracket] for bracket in brackets]


def test_hyperband_is_the_table_of_li_et_al():
    """R = 81, eta = 3: table 1 of the paper of 2018."""
    paper = [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]
    assert table(hyperband_brackets(1, 81, 3)) == paper
    assert table(hyperband_brackets(1, 81, 3, n_brackets=2)) == paper[:2]
    assert table(hyperband_brackets(1, 81, 3, n_brackets=9)) == paper


def test_brackets_scale_with_the_candidates_of_the_first():
    assert table(hyperband_brackets(1, 9, 3, n_candidates=18)) == [
        [(18, 1), (6, 3), (2, 9)],
        [(9, 3), (3, 9)],
        [(6, 9)],
    ]


@given(st.integers(1, 50), st.integers(1, 2000), st.floats(1.5, 6), st.integers(1, 500))
def test_brackets_climb_to_the_most_within_the_bounds(least, more, factor, n_candidates):
    most = least + more
    for bracket in hyperband_brackets(least, most, factor, n_candidates=n_candidates):
        resources = [rung.resource for rung in bracket]
        counts = [rung.n_trials for rung in bracket]
        assert resources[-1] == most
        assert resources == sorted(resources)
        assert resources[0] >= 1
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] >= 1


@given(st.integers(1, 50), st.integers(0, 2000), st.floats(1.5, 6), st.integers(1, 500))
def test_rungs_number_no_more_than_fit_and_are_needed(least, more, factor, n_candidates):
    most = least + more
    bracket = halving_bracket(n_candidates, least, most, factor)
    assert all(least <= rung.resource <= most for rung in bracket)
    assert len(bracket) == min(
        n_possible_rungs(least, most, factor), n_required_rungs(n_candidates, factor)
    )
    assert bracket[0].n_trials == n_candidates


@pytest.mark.parametrize("power", range(1, 8))
def test_powers_of_the_factor_are_counted_exactly(power):
    """Logarithms of floats are off by a little: log(243, 3) is 4.999999999999999."""
    assert n_possible_rungs(1, 3**power, 3) == power + 1
    assert n_possible_rungs(1, 3**power - 1, 3) == power
    assert n_required_rungs(10**power, 10) == power + 1


@pytest.mark.parametrize("is_aggressive", [True, False])
@pytest.mark.parametrize(
    ("n_candidates", "most", "factor"), [(20, 100, 3), (31, 64, 2), (9, 90, 3)]
)
def test_a_bracket_is_scikit_learns(n_candidates, most, factor, is_aggressive):
    X, y = make_classification(n_samples=100, random_state=0)
    theirs = HalvingRandomSearchCV(
        DecisionTreeClassifier(),
        {"min_samples_leaf": range(1, 40)},
        n_candidates=n_candidates,
        factor=factor,
        min_resources=16,
        max_resources=most,
        aggressive_elimination=is_aggressive,
        cv=2,
        refit=False,
        random_state=0,
    ).fit(X, y)
    bracket = halving_bracket(n_candidates, 16, most, factor, is_aggressive=is_aggressive)
    assert [rung.resource for rung in bracket] == theirs.n_resources_
    assert [rung.n_trials for rung in bracket] == theirs.n_candidates_
