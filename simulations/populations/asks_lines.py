"""Requests from JSON Lines: what `leeway decide --requests` takes, a request a line."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from engine.language.diagnostics import Diagnostic, Mark
from engine.problems import RequestError
from engine.request_json import request_of
from schemas.request import DecisionRequest
from simulations.populations.population import Numbers, Origin
from simulations.populations.problem import PopulationError
from simulations.populations.recorded import Past


@dataclass(frozen=True, eq=False)
class Lines:
    """The requests of a file; a compressed one is read from its start for each batch."""

    file: Path
    hash: str
    """Of the file's bytes, uncompressed."""
    offsets: Numbers
    """Where each line begins."""
    lines: Numbers
    """The number of each line in the file, from 1; empty lines are left out."""

    @property
    def origin(self) -> Origin:
        """Return that these are asks from a file."""
        return "asks"

    def __len__(self) -> int:
        """Return how many requests there are."""
        return len(self.offsets)

    def read(self, places: Numbers) -> Iterator[Past]:
        """Yield the requests at these places."""
        with opened(self.file) as stream:
            for offset, line in zip(self.offsets[places].tolist(), self.lines[places].tolist(), strict=True):
                stream.seek(offset)
                yield Past(read_request(stream.readline()), Mark(self.file.as_posix(), line))


def lines_of(file: Path) -> Lines:
    """Return the requests of a file of JSON Lines, plain or compressed (`.gz`)."""
    digest = hashlib.sha256()
    offsets, lines = array("q"), array("q")
    offset = 0
    try:
        with opened(file) as stream:
            for number, line in enumerate(stream, 1):
                if not line.isspace():
                    offsets.append(offset)
                    lines.append(number)
                digest.update(line)
                offset += len(line)
    except (OSError, EOFError, zlib.error):
        raise PopulationError([Diagnostic(Mark(file.as_posix()), "not-a-file", "this cannot be read")]) from None
    return Lines(file, f"sha256:{digest.hexdigest()}", np.array(offsets, np.int64), np.array(lines, np.int64))


def opened(file: Path) -> BinaryIO:
    """Return the stream of a file's bytes, uncompressed."""
    return cast("BinaryIO", gzip.open(file)) if file.suffix == ".gz" else file.open("rb")


def read_request(line: bytes) -> DecisionRequest | RequestError:
    """Return the request that a line writes, or why it is none."""
    try:
        return request_of(line.rstrip(b"\r\n"))
    except RequestError as problem:
        return problem
