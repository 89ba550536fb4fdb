"""`python -m api.serving.confined NAME`: what is wrong with a pack in this folder, as far as a little time goes.

What `leeway check --format json` prints, by a process of its own: whatever is in the files, it takes no more time and
memory than this, waits for what is more urgent, and stands in nobody's way.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Final

SECONDS: Final = 20
"""Of the processor."""
MEMORY: Final = 2 * 1024**3


def main() -> None:
    """Set the limits, then check."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from api.cli import main as leeway  # noqa: PLC0415 - within the limits

    leeway(["--packs", ".", "check", "--format", "json", sys.argv[1]])


if __name__ == "__main__":
    main()
