"""A run in batches in a process of its own, to be shot by ``test_batch_kill``."""

from __future__ import annotations

import sys
from pathlib import Path

for _folder in (Path(__file__).parent, *(Path(__file__).parents[1] / n for n in ("live", "run"))):
    sys.path.insert(0, str(_folder))

from batched import many, run  # noqa: E402 # the path is set above

from cxscore.providers.batch_opening import BatchLimits  # noqa: E402
from cxscore.store import Ledger  # noqa: E402


def main(store: str, provider: str, n: int, most: int) -> None:
    """Score ``n`` conversations into ``store``, ``most`` in a batch."""
    with Ledger.open(store) as ledger:
        run(ledger, many(n, every=4), provider, limits=BatchLimits(requests=most))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
