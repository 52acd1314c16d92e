"""What an untrusted script may import: modules that show chosen names and nothing else."""

from __future__ import annotations


class PublicModule:
    """A module as an untrusted script sees it: chosen names, not to be changed."""
