"""How much room a card or a pill needs, without asking Qt: the bundled fonts' advance widths stand here."""

from __future__ import annotations

# Advance widths of DejaVu Sans for the characters 32 to 126, in thousandths of the font's size.
# fmt: off
_SANS = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775,
    752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390,
    337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
)
# fmt: on
_SANS_OTHER = {"·": 318, "…": 1000}
_WIDE = 838
_MONO = 602

CARD_HEIGHT = 104.0
CARD_MIN_WIDTH = 132.0
CARD_MAX_WIDTH = 320.0
CARD_PADDING = 14.0
VALUE_ROW = 15.0
PILL_HEIGHT = 30.0
PILL_MIN_WIDTH = 64.0
CHIP_HEIGHT = 24.0

NAME_FONT, SUB_FONT, VALUE_FONT, PILL_FONT, CHIP_FONT = 14.0, 10.5, 12.0, 11.5, 12.0

MAX_VALUE_ROWS, MAX_VALUE_COLS = 4, 4


def sans_width(text: str, size: float) -> float:
    """The width of a text in DejaVu Sans of a pixel size."""
    total = 0
    for character in text:
        place = ord(character) - 32
        total += _SANS[place] if 0 <= place < len(_SANS) else _SANS_OTHER.get(character, _WIDE)
    return total * size / 1000


def mono_width(text: str, size: float) -> float:
    """The width of a text in DejaVu Sans Mono of a pixel size."""
    return len(text) * _MONO * size / 1000


def card_size(name: str, sub: str, rows: list[list[str]] | None, slot: str) -> tuple[float, float]:
    """Width and height of a tensor card in pixels.

    Args:
        name: The variable's name.
        sub: Shape and dtype.
        rows: The numbers shown, or None for a thumbnail.
        slot: The longest text that its gradient slot will show.
    """
    columns = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    numbers = mono_width("0" * (sum(columns) + 2 * max(len(columns) - 1, 0)), VALUE_FONT)
    head = mono_width(name, NAME_FONT) + 14 + sans_width(sub, SUB_FONT)
    foot = sans_width("passing", SUB_FONT) + 12 + mono_width(slot, VALUE_FONT)
    width = 2 * CARD_PADDING + max(head, numbers, foot)
    height = CARD_HEIGHT + VALUE_ROW * max(0, (len(rows) if rows else 2) - 2)
    return min(max(CARD_MIN_WIDTH, round(width)), CARD_MAX_WIDTH), height


def pill_size(label: str, sub: str) -> tuple[float, float]:
    """Width and height of a function pill in pixels."""
    text = sans_width(f"{label} · {sub}" if sub else label, PILL_FONT)
    return max(PILL_MIN_WIDTH, round(text + 32)), PILL_HEIGHT


def failure_size(label: str) -> tuple[float, float]:
    """Width and height of the pill of what failed: with room for a sign, else as when it worked."""
    return max(PILL_MIN_WIDTH, round(sans_width(label, PILL_FONT) + 52)), PILL_HEIGHT


def chip_size(name: str) -> tuple[float, float]:
    """Width and height of an alias chip in pixels."""
    return max(40.0, round(mono_width(name, CHIP_FONT) + 24)), CHIP_HEIGHT
