"""What Tab, Return, Backspace, Home and the comment key do in a script: edits through a text cursor, one undo step each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtGui import QTextCursor, QTextDocument

from gradviz.panels.highlighter import utf16_place
from gradviz.script.changes import Change

INDENT = 4
_DEDENTS = re.compile(r"\s*(return|pass|break|continue|raise)\b")
_OPENS = re.compile(r".*:\s*(#.*)?$")


def _indentation(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def selected_lines(cursor: QTextCursor) -> range:
    """The block numbers that the selection touches; a selection that ends at a line's start leaves that line out."""
    document = cursor.document()
    first = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd())
    stop = last.blockNumber()
    if stop > first.blockNumber() and cursor.selectionEnd() == last.position():
        stop -= 1
    return range(first.blockNumber(), stop + 1)


def indent(cursor: QTextCursor) -> None:
    """Tab: spaces up to the next stop, or a stop more for every selected line."""
    cursor.beginEditBlock()
    if cursor.hasSelection() and len(selected_lines(cursor)) > 1:
        for line in selected_lines(cursor):
            block = cursor.document().findBlockByNumber(line)
            if block.text().strip():
                QTextCursor(block).insertText(" " * INDENT)
    else:
        column = cursor.document().findBlock(cursor.selectionStart())
        place = cursor.selectionStart() - column.position()
        cursor.insertText(" " * (INDENT - place % INDENT))
    cursor.endEditBlock()


def unindent(cursor: QTextCursor) -> None:
    """Shift+Tab: a stop less for every selected line."""
    cursor.beginEditBlock()
    for line in selected_lines(cursor):
        block = cursor.document().findBlockByNumber(line)
        text = block.text()
        lead = text[: len(text) - len(text.lstrip(" "))]
        if text.startswith("\t"):
            count = 1
        elif lead:
            count = (len(lead) - 1) % INDENT + 1
        else:
            continue
        edit = QTextCursor(block)
        edit.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, count)
        edit.removeSelectedText()
    cursor.endEditBlock()


def new_line(cursor: QTextCursor) -> None:
    """Return: the line's indentation again, one stop more after a colon, one less after return and the like."""
    before = cursor.block().text()[: cursor.positionInBlock()] if not cursor.hasSelection() else ""
    if cursor.hasSelection():
        block = cursor.document().findBlock(cursor.selectionStart())
        before = block.text()[: cursor.selectionStart() - block.position()]
    lead = _indentation(before)
    if _OPENS.match(before) and not before.lstrip().startswith("#"):
        lead += " " * INDENT
    elif _DEDENTS.match(before):
        lead = lead[: max(0, len(lead) - INDENT)]
    cursor.beginEditBlock()
    cursor.insertText("\n" + lead)
    cursor.endEditBlock()


def unindent_backspace(cursor: QTextCursor) -> bool:
    """Backspace within the indentation: back to the stop before. Returns whether it applied."""
    place = cursor.positionInBlock()
    before = cursor.block().text()[:place]
    if cursor.hasSelection() or not before or before.strip(" "):
        return False
    count = (place - 1) % INDENT + 1
    cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, count)
    cursor.removeSelectedText()
    return True


def smart_home(cursor: QTextCursor, mode: QTextCursor.MoveMode) -> None:
    """Home: to the first character of the line's text, and from there to the line's start."""
    block = cursor.block()
    first = block.position() + len(_indentation(block.text()))
    cursor.setPosition(block.position() if cursor.position() == first else first, mode)


def toggle_comment(cursor: QTextCursor) -> None:
    """Comments the selected lines out, or in again where all of them are."""
    document = cursor.document()
    blocks = [document.findBlockByNumber(n) for n in selected_lines(cursor)]
    blocks = [block for block in blocks if block.text().strip()]
    if not blocks:
        return
    out = all(block.text().lstrip().startswith("#") for block in blocks)
    column = min(len(_indentation(block.text())) for block in blocks)
    cursor.beginEditBlock()
    for block in blocks:
        edit = QTextCursor(block)
        if out:
            text = block.text()
            place = len(_indentation(text))
            count = 2 if text[place : place + 2] == "# " else 1
            edit.setPosition(block.position() + place)
            edit.setPosition(block.position() + place + count, QTextCursor.MoveMode.KeepAnchor)
            edit.removeSelectedText()
        else:
            edit.setPosition(block.position() + column)
            edit.insertText("# ")
    cursor.endEditBlock()


def replace_text(document: QTextDocument, text: str) -> None:
    """Makes a document's text another one as a single undo step, touching only what differs."""
    old = document.toRawText().replace("\u2029", "\n")
    if old == text:
        return
    start = next((i for i, (a, b) in enumerate(zip(old, text, strict=False)) if a != b), min(len(old), len(text)))
    limit = min(len(old), len(text)) - start
    tail = next((i for i in range(limit) if old[-1 - i] != text[-1 - i]), limit)
    edit = QTextCursor(document)
    edit.beginEditBlock()
    edit.setPosition(utf16_place(old, start))
    edit.setPosition(utf16_place(old, len(old) - tail), QTextCursor.MoveMode.KeepAnchor)
    edit.insertText(text[start : len(text) - tail])
    edit.endEditBlock()


def apply_changes(document: QTextDocument, changes: Sequence[Change]) -> None:
    """Replaces ranges of a document's text as a single undo step.

    Args:
        document: What to change.
        changes: In order and apart from each other; offsets count characters of the text before.
    """
    old = document.toRawText().replace("\u2029", "\n")
    edit = QTextCursor(document)
    edit.beginEditBlock()
    for change in reversed(changes):
        edit.setPosition(utf16_place(old, change.start))
        edit.setPosition(utf16_place(old, change.end), QTextCursor.MoveMode.KeepAnchor)
        edit.insertText(change.text)
    edit.endEditBlock()
