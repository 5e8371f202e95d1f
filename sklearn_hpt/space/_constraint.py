"""Which parameters go together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

_MAX_REMEMBERED = 20_000


class Constraint:
    """A user's rule, asked once for each configuration.

    Parameters
    ----------
    rule : callable
        Returns whether the parameters it is given go together.
    """

    def __init__(self, rule: Callable[[dict[str, Any]], bool]) -> None:
        self._rule = rule
        self._verdicts: dict[Hashable, bool] = {}

    def __repr__(self) -> str:
        return repr(self._rule)

    def allows(self, key: Hashable, params: Mapping[str, Any]) -> bool:
        """Return whether a configuration may be evaluated.

        Parameters
        ----------
        key : hashable
            What it shares with its equals.
        params : mapping of str to object
            Its parameters. The rule gets a copy.

        Raises
        ------
        ValueError
            If the rule raises or gives no answer.
        """
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._verdict(params)
            if len(self._verdicts) >= _MAX_REMEMBERED:
                self._verdicts.clear()
            self._verdicts[key] = verdict
        return verdict

    def refuses_all(self) -> ValueError:
        """Return the error to raise if hardly anything that it allows was found."""
        return ValueError(
            f"constraint={self!r} leaves hardly anything to search: it refuses all of "
            "param_distributions, or nearly all of thousands of draws. Let it allow more, or let "
            "param_distributions hold only what goes together: narrower ranges, or a list of dicts."
        )

    def _verdict(self, params: Mapping[str, Any]) -> bool:
        try:
            answer = self._rule(dict(params))
            verdict = bool(answer)
        except Exception as error:
            raise ValueError(
                f"constraint={self!r} cannot tell whether {dict(params)!r} go together: "
                f"{type(error).__name__}: {error}. Let it return True or False for all parameters "
                "of param_distributions; of several dicts it gets the parameters of one at a time."
            ) from error
        if answer is None:
            raise ValueError(
                f"constraint={self!r} returned None for {dict(params)!r}: let it return True where "
                "parameters go together, and False where they do not."
            )
        return verdict
