"""Answers of the lake that a process keeps: files never change once written, so an answer holds for as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import pyarrow as pa

Row = dict[str, Any]
KEPT_ANSWERS = 1_000
KEPT_TABLES_BYTES = 48_000_000


class Tables:
    """The last long answers, oldest out first, bounded by what they weigh."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, tuple[object, ...]], pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, tuple[object, ...]]) -> pa.Table | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[str, tuple[object, ...]], found: pa.Table) -> None:
        if found.nbytes > KEPT_TABLES_BYTES // 4:
            return
        with self._lock:
            if (before := self._kept.pop(key, None)) is not None:
                self._bytes -= before.nbytes
            self._kept[key] = found
            self._bytes += found.nbytes
            while self._bytes > KEPT_TABLES_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes


class Answers:
    """The last answers, oldest out first. Callers must not change the rows they get."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, tuple[object, ...]], list[Row]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, tuple[object, ...]]) -> list[Row] | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[str, tuple[object, ...]], rows: list[Row]) -> None:
        with self._lock:
            self._kept[key] = rows
            while len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)


class Begun:
    """What somebody has begun, so that nobody else begins it; the oldest are forgotten."""

    def __init__(self) -> None:
        self._begun: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, key: str) -> bool:
        """Whether it is for the caller to do."""
        with self._lock:
            if key in self._begun:
                return False
            self._begun[key] = None
            while len(self._begun) > KEPT_ANSWERS:
                self._begun.popitem(last=False)
            return True

    def end(self, key: str) -> None:
        """It is done and may be begun again once it is forgotten elsewhere."""
        with self._lock:
            self._begun.pop(key, None)
