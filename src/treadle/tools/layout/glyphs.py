"""How wide a text is, without a font at hand: advances per character, and texts fitted into a width.

The advances are the wider ones of Inter and of Liberation Sans (which has Arial's and Helvetica's), so that a text
fits in whichever of them the reader's machine has.
"""

from __future__ import annotations

from typing import Final

# fmt: off
# Thousandths of an em for the characters from space to tilde.
_REGULAR: Final[tuple[int, ...]] = (
    281, 278, 403, 631, 638, 889, 667, 222, 362, 362, 500, 659, 280, 460, 278, 357, 625, 556, 605, 636, 642, 608,
    624, 571, 616, 624, 278, 280, 659, 659, 659, 556, 1015, 676, 667, 727, 722, 667, 611, 778, 740, 278, 543, 667,
    562, 889, 753, 778, 667, 778, 722, 667, 642, 741, 676, 949, 667, 667, 625, 362, 357, 362, 469, 556, 497, 564,
    621, 558, 621, 582, 361, 609, 591, 237, 237, 544, 237, 869, 585, 597, 609, 609, 372, 523, 364, 581, 557, 812,
    540, 557, 541, 362, 327, 362, 659,
)
_BOLD: Final[tuple[int, ...]] = (
    278, 309, 396, 643, 649, 889, 722, 238, 393, 393, 543, 673, 295, 466, 290, 379, 667, 556, 621, 652, 666, 632,
    648, 587, 646, 648, 290, 295, 673, 673, 673, 611, 999, 724, 722, 744, 724, 667, 611, 778, 744, 278, 561, 722,
    611, 906, 741, 778, 667, 778, 722, 667, 660, 734, 724, 1007, 690, 705, 653, 393, 379, 393, 584, 556, 497, 575,
    630, 577, 630, 593, 377, 625, 613, 278, 278, 569, 278, 898, 611, 611, 625, 625, 397, 556, 380, 611, 576, 837,
    562, 576, 562, 393, 358, 393, 673,
)
# fmt: on
ELLIPSIS: Final = "…"
_MOST_LINES: Final = 3
# Where a name may be broken without losing a character that is seen.
_BREAKS: Final = frozenset(" -_./:")


def measure(text: str, size: float, bold: bool = False) -> float:
    """The width of one line of `text` in pixels at a font size of `size` pixels."""
    table = _BOLD if bold else _REGULAR
    total = 0
    for char in text:
        code = ord(char)
        total += table[code - 32] if 32 <= code < 127 else _other(code)
    return total * size / 1000


def _other(code: int) -> int:
    """Latin and Greek letters are narrow, East Asian characters and pictures take a whole em."""
    if code == 0x2026:
        return 1000
    return 680 if code < 0x1100 else 560 if 0x2010 <= code < 0x2030 else 1000


def fit(text: str, size: float, width: float, bold: bool = False) -> str:
    """`text`, or as much of its beginning as fits into `width` with an ellipsis behind it."""
    if measure(text, size, bold) <= width:
        return text
    room = width - measure(ELLIPSIS, size, bold)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle], size, bold) <= room else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def wrap(text: str, size: float, width: float, bold: bool = False) -> tuple[str, ...]:
    """`text` in as few lines as hold it, of about the same width; three at most, the last one shortened."""
    whole = measure(text, size, bold)
    for count in range(1, _MOST_LINES + 1):
        for share in range(10, 26, 3):
            lines = _break(text, size, min(width, whole / count * share / 10), bold)
            if len(lines) <= count:
                return tuple(lines)
    lines = _break(text, size, width, bold)
    rest = text[sum(map(len, lines[: _MOST_LINES - 1])) :]
    return (*(each.strip() for each in lines[: _MOST_LINES - 1]), fit(rest.strip(), size, width, bold))


def _break(text: str, size: float, width: float, bold: bool) -> list[str]:
    """Lines no wider than `width`; a word that is wider is cut."""
    lines, start, stop = [], 0, 0
    for at in range(1, len(text) + 1):
        if measure(text[start:at].strip(), size, bold) > width and at - 1 > start:
            cut = stop if stop > start else at - 1
            lines.append(text[start:cut])
            start = cut
        if at < len(text) and _may_break(text, at):
            stop = at
    return [*lines, text[start:]]


def _may_break(text: str, at: int) -> bool:
    """After a blank or a mark, and between `lower` and `Upper`."""
    before, after = text[at - 1], text[at]
    return before in _BREAKS or (before.islower() and after.isupper())
