"""`make crash`: kill tagboat at every effect, and at random times, and see that the world comes right.

python -m tests.crash [--scenario NAME]… [--index KIND]… [--random N] [--seed S] [--step K] [--keep FOLDER]
"""

from __future__ import annotations

import sys

from tests.crash.suite import main

if __name__ == "__main__":
    sys.exit(main())
