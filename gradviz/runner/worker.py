"""`python -m gradviz.runner.worker`: a warm process that runs each script in a child of its own."""

from __future__ import annotations

import sys

from gradviz.runner.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
