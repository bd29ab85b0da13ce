"""``python -m reconciler``: the console script under another name."""

import sys

from reconciler.cli import main

if __name__ == "__main__":
    sys.exit(main())
