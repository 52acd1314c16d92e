"""How PyTorch's functions take their arguments, and its errors where they do not fit.

`listed.txt` holds the signatures as PyTorch's sources write them. A call is checked against those of its function, one after the
other (`parser`); what is raised when none fits says what PyTorch says (`wording`).
"""

from .parser import Parser, check_all, check_methods, checked, parser_of, refusal

__all__ = ["Parser", "check_all", "check_methods", "checked", "parser_of", "refusal"]
