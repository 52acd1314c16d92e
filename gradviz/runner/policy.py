"""What an untrusted script may do."""

from typing import Any


def compile_restricted(text: str, filename: str) -> Any:
    return compile(text, filename, "exec", dont_inherit=True)


def restricted_builtins(filename: str, output: Any) -> dict[str, Any]:
    import builtins

    return dict(vars(builtins))
