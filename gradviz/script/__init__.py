"""The document: a graph script's text."""

from gradviz.script.file import ScriptFileError, ScriptText, decode_script, read_script

__all__ = ["ScriptFileError", "ScriptText", "decode_script", "read_script"]
