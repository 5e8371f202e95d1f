"""What all tests share."""

import signal

import pytest

SECONDS = 120


@pytest.fixture(autouse=True)
def _no_hang():
    """Fail a test whose search waits for what never comes, and go on with the others."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def fail(signum, frame):
        raise TimeoutError(f"Not done after {SECONDS} s: it waits for what never comes.")

    previous = signal.signal(signal.SIGALRM, fail)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
