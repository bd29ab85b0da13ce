"""``python -m reconciler``, and the console script; Ctrl-C ends it quietly from the start."""

import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `main` takes over

from reconciler.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
