"""Constants travel once, and nothing of them stays."""

import ast
import collections
import functools
import gc
import operator
import os
import signal
import subprocess
import sys
import threading
import time
import types
import typing
import weakref
from collections import Counter
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from engine_stand_ins import (
    PATIENCE,
    FakeEvaluation,
    Script,
    backend,
    executor,
    run,
    wait_until,
)

from sklearn_hpt.engine._shared import FileShared, Shared

PROCESSES = ["loky", "multiprocessing", "dask-processes"]
LARGE = 2**20  # numbers: more than a megabyte

pytestmark = pytest.mark.filterwarnings(
    # Python 3.12 warns of forks, which the multiprocessing backend makes.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


class CountsItsLoading:
    """Leaves a line in a file wherever it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __getstate__(self):
        return {"path": self.path}

    def __setstate__(self, state):
        self.__dict__.update(state)
        with Path(self.path).open("a") as file:
            file.write(f"{os.getpid()}\n")


def use(shared, _):
    time.sleep(0.01)
    assert shared.value.path
    return os.getpid()


def describe_arrays(shared):
    return {name: (array.flags.writeable, array.sum()) for name, array in shared.value.items()}


def call(shared, *args):
    return shared.value(*args)


def apply(function, shared):
    return function(shared.value)


def fingerprint(value):
    if isinstance(value, np.ndarray):
        content = value.tolist() if value.dtype.hasobject else value.tobytes()
        value = value.shape, value.dtype, content
    return joblib.hash(value)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Return a function that lists the folders with constants."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return lambda: list(tmp_path.glob("sklearn_hpt_*"))


class TestShared:
    @pytest.mark.parametrize("name", PROCESSES)
    def test_is_loaded_once_by_each_process(self, name, tmp_path):
        path = tmp_path / "loads"
        with backend(name), executor() as pool:
            shared = pool.share(CountsItsLoading(str(path)))
            futures = [pool.submit(use, shared, i) for i in range(30)]
            pids = {future.result(PATIENCE) for future in futures}
            shared.close()
        loads = Counter(int(line) for line in path.read_text().split())
        loads.pop(os.getpid(), None)
        assert pids <= set(loads)
        assert set(loads.values()) == {1}

    @pytest.mark.parametrize("name", ["sequential", "threading"])
    def test_is_the_very_object_in_one_process(self, name, folders):
        with backend(name), executor() as pool:
            shared = pool.share(value := object())
            assert pool.submit(operator.attrgetter("value"), shared).result(PATIENCE) is value
            assert folders() == []

    def test_maps_large_arrays_and_copies_small_ones(self):
        value = {"large": np.ones(LARGE), "small": np.ones(10)}
        with executor(2) as pool:
            shared = pool.share(value)
            assert pool.submit(describe_arrays, shared).result(PATIENCE) == {
                "large": (False, LARGE),
                "small": (True, 10),
            }
            shared.close()

    @pytest.mark.parametrize(
        "value",
        [
            np.arange(LARGE).reshape(1024, -1),
            np.asfortranarray(np.arange(LARGE).reshape(1024, -1)),
            np.arange(2 * LARGE).reshape(1024, -1)[::2],
            np.arange(LARGE).astype("datetime64[s]"),
            np.array([["a", 1.0], [None, 2]], dtype=object),
            pd.DataFrame(np.ones((1024, 1024)), columns=[f"x{i}" for i in range(1024)]),
            pd.DataFrame({"text": ["a", "b"] * 1000, "number": range(2000)}),
            scipy.sparse.random(1000, 1000, density=0.3, format="csr", random_state=0),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_is_the_same_elsewhere(self, value):
        with executor(2) as pool:
            shared = pool.share(value)
            found = pool.submit(apply, fingerprint, shared).result(PATIENCE)
            shared.close()
        assert found == fingerprint(value)

    def test_refers_to_files_that_are_mapped_already(self, tmp_path, folders):
        path = tmp_path / "array"
        mapped = np.memmap(path, dtype=float, mode="w+", shape=(LARGE,))
        mapped[:] = 7
        mapped.flush()
        with executor(2) as pool:
            shared = pool.share(mapped)
            n_bytes = sum(file.stat().st_size for file in folders()[0].iterdir())
            assert pool.submit(apply, np.max, shared).result(PATIENCE) == 7
            shared.close()
        assert n_bytes < 10_000

    @pytest.mark.parametrize("name", ["loky", "multiprocessing"])
    def test_is_removed_when_closed(self, name, folders):
        with backend(name), executor() as pool:
            shared = pool.share([1, 2])
            assert len(folders()) == 1
            shared.close()
            assert folders() == []
            shared.close()

    def test_is_removed_when_forgotten(self, folders):
        with executor(2) as pool:
            pool.share([1, 2])
            assert folders() == []

    def test_that_cannot_be_sent_leaves_nothing_behind(self, folders):
        with pytest.raises((TypeError, ValueError), match="pickle"):
            list(run(FakeEvaluation(threading.Lock()), Script(3), "loky", 2))
        assert folders() == []

    def test_is_removed_after_an_error(self, folders):
        class Broken(Script):
            def tell(self, result):
                assert len(folders()) == 1
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            list(run(FakeEvaluation(operator.add), Broken(3), "loky", 2))
        assert folders() == []

    def test_is_removed_after_the_process_was_killed_in_mid_task(self, folders, tmp_path):
        script = tmp_path / "script.py"
        script.write_text(
            """
import time
from sklearn_hpt.engine import JoblibExecutor

if __name__ == "__main__":
    pool = JoblibExecutor(2)
    shared = pool.share(list(range(1000)))
    print(pool.submit(len, [0]).result(), flush=True)
    for _ in range(2):
        pool.submit(time.sleep, 1000)
    time.sleep(1000)
"""
        )
        with subprocess.Popen(
            [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout.readline() == b"1\n"
            assert len(folders()) == 1
            process.send_signal(signal.SIGKILL)
        wait_until(lambda: folders() == [])

    def test_finds_another_place_where_there_is_no_room(self, folders, monkeypatch, tmp_path):
        written = Path.open

        def full(self, *args, **kwargs):
            if tmp_path in self.parents:
                raise OSError("no space left on device")
            return written(self, *args, **kwargs)

        monkeypatch.setattr(Path, "open", full)
        shared = FileShared([1, 2])
        assert folders() == []
        shared.close()

    @pytest.mark.parametrize("cls", [Shared, FileShared])
    def test_shows_no_data(self, cls):
        shared = cls(np.array([["a secret"]]))
        assert repr(shared) == f"{cls.__name__}(ndarray of shape (1, 1))"
        shared.close()


T = typing.TypeVar("T")


class Local:
    """Stands for a class that workers cannot import, once its module is "__main__"."""

    @property
    def answer(self):
        return 42


Local.__module__ = "__main__"
Record = collections.namedtuple("Record", "a b", module="__main__")


def closure(n):
    def inner(a):
        return a + n

    return inner


SENT = {
    "module": (np, lambda sent: sent.float64(1)),
    "property": (property(lambda self: 3), lambda sent: sent.fget(None)),
    "type variable": (T, lambda sent: sent.__name__),
    "code": (compile("1 + 1", "<test>", "eval"), eval),
    "lambda": (lambda: 5, lambda sent: sent()),
    "closure": (closure(2), lambda sent: sent(3)),
    "partial": (functools.partial(operator.add, 3), lambda sent: sent(4)),
    "method": ([1, 2].__len__, lambda sent: sent()),
    "method of a class": (dict.fromkeys, lambda sent: sent("a")),
    "unbound method": (list.append, lambda sent: sent.__name__),
    "class of a script": (Local, lambda sent: sent().answer),
    "instance of a script's class": (Local(), lambda sent: sent.answer),
    "named tuple of a script": (Record(1, 2), lambda sent: sent.b),
    "dict view": ({"a": 1}.keys(), list),
    "mapping proxy": (types.MappingProxyType({"a": 1}), dict),
    "weak set": (weakref.WeakSet(), len),
    "module's own module": (ast, lambda sent: sent.__name__),
}


@pytest.mark.parametrize("name", ["loky", "dask-processes"])
@pytest.mark.parametrize("way", ["constant", "argument"])
def test_whatever_joblib_sends_is_sent(name, way):
    with backend(name), executor() as pool:
        for what, (value, look) in SENT.items():
            shared = pool.share(value if way == "constant" else None)
            if way == "constant":
                found = pool.submit(apply, look, shared).result(PATIENCE)
            else:
                found = pool.submit(look, value).result(PATIENCE)
            assert found == look(value), what
            shared.close()


class TestLargeArraysInTasks:
    def test_are_written_once_for_as_long_as_they_live(self, folders):
        array = np.ones(LARGE)
        with executor(2) as pool:
            for _ in range(3):
                assert pool.submit(np.sum, array).result(PATIENCE) == LARGE
            assert len(folders()) == 1
            del array
            gc.collect()
            assert folders() == []

    def test_outlast_their_tasks_if_they_are_passing(self, folders):
        with executor(2) as pool:
            futures = [pool.submit(np.sum, np.ones(LARGE)[::2]) for _ in range(4)]
            assert [future.result(PATIENCE) for future in futures] == [LARGE / 2] * 4
            wait_until(lambda: folders() == [])

    def test_go_when_the_search_does(self, folders):
        array = np.ones(LARGE)
        with executor(2) as pool:
            assert pool.submit(np.sum, array).result(PATIENCE) == LARGE
        del pool
        gc.collect()
        assert folders() == []
        assert array.sum() == LARGE


def maps_of(process):
    return Path(f"/proc/{process}/maps").read_text()


def keep(shared, kept=[]):  # noqa: B006
    kept.append(shared.value)
    return os.getpid()


def pid_of(shared):
    shared.value.in_a_cycle = [shared.value]
    return os.getpid()


class Holder:
    def __init__(self, array):
        self.array = array


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
class TestWorkersLetGo:
    def test_of_what_a_search_shared(self, tmp_path, monkeypatch):
        monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
        with executor(2) as pool:
            shared = pool.share(Holder(np.ones(LARGE)))
            worker = pool.submit(pid_of, shared).result(PATIENCE)
            assert str(tmp_path) in maps_of(worker)
        wait_until(lambda: str(tmp_path) not in maps_of(worker))
        with executor(2) as pool:
            assert worker in {pool.submit(os.getpid).result(PATIENCE) for _ in range(9)}

    def test_or_they_end_if_somebody_else_holds_on_to_it(self):
        with executor(2) as pool:
            shared = pool.share(np.ones(LARGE))
            worker = pool.submit(keep, shared).result(PATIENCE)
        wait_until(lambda: not Path(f"/proc/{worker}/maps").exists() or not maps_of(worker))
        with executor(2) as pool:
            assert pool.submit(os.getpid).result(PATIENCE) != worker

    def test_after_an_error_in_the_search(self, tmp_path, monkeypatch):
        monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
        workers = []
        pool = None

        def fail():
            nonlocal pool
            with executor(2) as pool:
                shared = pool.share(Holder(np.ones(LARGE)))
                workers.append(pool.submit(pid_of, shared).result(PATIENCE))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fail()
        wait_until(lambda: str(tmp_path) not in maps_of(workers[0]))
