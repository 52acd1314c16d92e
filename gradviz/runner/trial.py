"""A script tried out, so that an edit that cannot work is refused before it is made, with the engine's own reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gradviz.runner.audit import wall_in
from gradviz.runner.child import limited
from gradviz.runner.limits import Limits
from gradviz.runner.script import ScriptRun

TRIAL: Final = "gradviz.runner.trial.trial"
_LIMITS: Final = Limits(seconds=2.0, events=20_000, output=1 << 12)


def trial(body: bytes, argument: Mapping[str, Any]) -> dict[str, Any]:
    """Runs a script restricted, in a process of its own, for a worker to compute.

    Args:
        body: The script's text.
        argument: ``filename``, what its code is called.

    Returns:
        ``message`` and ``line`` of what went wrong, "" and 0 where nothing did.
    """
    text, filename = body.decode(errors="surrogatepass"), argument["filename"]  # there is none when a worker rehearses
    wall_in()
    run = ScriptRun(text, filename, trusted=False, limits=_LIMITS)
    with limited(_LIMITS, run):
        run.run()
    errors = run.builder.build().errors
    return {"message": errors[-1].message, "line": errors[-1].line} if errors else {"message": "", "line": 0}
