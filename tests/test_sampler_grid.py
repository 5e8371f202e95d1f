"""The grid: in scikit-learn's order, each configuration once."""

import pytest
from sklearn.model_selection import ParameterGrid

from sklearn_hpt.samplers import GridSampler
from sklearn_hpt.space import Space


@pytest.mark.parametrize(
    "grid",
    [
        {"b": [2, 1], "a": ["x", "y"]},
        {"n": (1, 3), "a": ["x"]},
        [{"a": [3, 1, 2]}, {"a": [1, 5], "b": [0, None]}],
    ],
)
def test_grid_goes_in_the_order_of_parameter_grid(grid):
    listed = {"n": [1, 2, 3], "a": ["x"]} if "n" in grid else grid
    sampler = GridSampler(Space(grid))
    assert list(iter(sampler.ask, None)) == list(ParameterGrid(listed))


def test_grid_proposes_initial_params_first_and_the_rest_in_order():
    sampler = GridSampler(Space({"n": [1, 2, 3, 4]}), initial_params=[{"n": 3}])
    assert [params["n"] for params in iter(sampler.ask, None)] == [3, 1, 2, 4]


def test_grid_of_overlapping_spaces_has_each_configuration_once():
    sampler = GridSampler(Space([{"n": [1, 2]}, {"n": [2, 3]}, {"n": [1, 3]}]))
    assert [params["n"] for params in iter(sampler.ask, None)] == [1, 2, 3]


@pytest.mark.parametrize("space", [{"x": (0.0, 1.0)}, {"n": range(10**4), "m": range(10**4)}])
def test_grid_refuses_what_it_cannot_finish(space):
    with pytest.raises(ValueError, match="too large to enumerate"):
        GridSampler(Space(space))
