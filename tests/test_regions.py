"""Regions of a space: what they hold, where they move points, which choice is neglected."""

import numpy as np

from sklearn_hpt.samplers._bayes._regions import Choice, Whole, neglected_choice
from sklearn_hpt.space import Space

MIXED = Space({"x": (0.0, 1.0), "kind": ["a", "b", "c"], "n": [1, 2, 3]})
TWO_KINDS = Space({"kind": ["a", "b"], "other": ["c", "d"]})
CONDITIONAL = Space([{"kind": ["a", "b"], "x": (0.0, 1.0)}, {"y": (0.0, 1.0)}])


def test_projected_points_are_canonical_and_in_the_region():
    rng = np.random.default_rng(0)
    for space, column in [(MIXED, 1), (CONDITIONAL, 0)]:
        points = space.sample(50, rng)
        for unit in space.axes[column].centers:
            region = Choice(space, column, unit)
            moved = region.project(points)
            assert region.holds(moved).all()
            assert np.array_equal(space.canonical(moved), moved)
            kept = region.holds(points)
            assert np.array_equal(moved[kept], points[kept])


def test_projecting_changes_no_other_parameter():
    points = MIXED.sample(20, np.random.default_rng(0))
    moved = Choice(MIXED, 1, MIXED.axes[1].centers[0]).project(points)
    assert np.array_equal(moved[:, [0, 2]], points[:, [0, 2]])


def test_the_whole_holds_everything():
    points = MIXED.sample(5, np.random.default_rng(0))
    assert Whole().holds(points).all()
    assert Whole().project(points) is points


def test_the_least_tried_choice_is_neglected():
    tried = np.array([MIXED.encode({"x": 0.5, "kind": k, "n": 1}) for k in "aabcc"])
    region = neglected_choice(MIXED, tried, np.ones_like, np.random.default_rng(0))
    assert MIXED.decode(region.project(tried[:1])[0])["kind"] == "b"


def test_parameters_that_matter_are_drawn_more_often_and_none_never():
    tried = TWO_KINDS.sample(5, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    columns = [
        neglected_choice(TWO_KINDS, tried, lambda _: np.array([9.0, 1.0]), rng).column
        for _ in range(200)
    ]
    assert 130 < columns.count(0) < 190


def test_the_choice_is_between_sub_spaces_where_there_are_several():
    tried = np.array([CONDITIONAL.encode({"kind": k, "x": 0.5}) for k in "ab"])
    for seed in range(5):
        region = neglected_choice(CONDITIONAL, tried, np.ones_like, np.random.default_rng(seed))
        assert list(CONDITIONAL.decode(region.project(tried[:1])[0])) == ["y"]


def test_ordered_parameters_leave_no_choice():
    space = Space({"x": (0.0, 1.0), "n": [1, 2, 3]})
    tried = space.sample(3, np.random.default_rng(0))
    assert neglected_choice(space, tried, np.ones_like, None) is None
