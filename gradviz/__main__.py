"""`python -m gradviz` is `gradviz`."""

import sys

from gradviz.cli import main

sys.exit(main())
