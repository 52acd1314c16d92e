"""Pictures of a recording as files, drawn by the canvas's own painter."""

from gradviz.export.pictures import render, write, write_picture, write_png, write_svg

__all__ = ["render", "write", "write_picture", "write_png", "write_svg"]
