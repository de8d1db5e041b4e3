"""How wide a text is, without a font at hand: advances per character, and texts fitted into a width.

`measure` takes the wider ones of Inter and of Liberation Sans (which has Arial's and Helvetica's), so that a text looks
right in whichever of them the reader's machine has. `widest` takes DejaVu Sans, which a bare Linux falls back to: a
text may come nearer to the edge of its box there, but not reach it.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
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
_WIDE: Final[tuple[int, ...]] = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656,
    557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613,
    635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818,
    592, 592, 525, 636, 337, 636, 838,
)
_WIDE_BOLD: Final[tuple[int, ...]] = (
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775,
    637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675,
    716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924,
    645, 652, 582, 712, 365, 712, 838,
)
# fmt: on
_JOINER: Final = "\u200d"  # holds the parts of one picture together
ELLIPSIS: Final = "…"
_MOST_LINES: Final = 3
# Where a name may be broken without losing a character that is seen.
_BREAKS: Final = frozenset(" -_./:")


def measure(text: str, size: float, bold: bool = False) -> float:
    """The width of one line of `text` in pixels at a font size of `size` pixels."""
    return _width(text, _BOLD if bold else _REGULAR) * size / 1000


def widest(text: str, size: float, bold: bool = False) -> float:
    """The width of `text` in the widest font that it is likely to be shown in."""
    return max(measure(text, size, bold), _width(text, _WIDE_BOLD if bold else _WIDE, 1.2) * size / 1000)


def _width(text: str, table: tuple[int, ...], others: float = 1.0) -> float:
    if text.isascii() and text.isprintable():
        return sum([table[ord(char) - 32] for char in text])
    return sum(table[ord(char) - 32] if " " <= char <= "~" else _other(char) * others for char in text)


@lru_cache(4096)
def _other(char: str) -> int:
    """Marks upon letters take nothing, other letters as much as wide Latin ones, East Asian ones and pictures an em."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return 1250 if char >= "\U0001f000" else 1000
    if char in "\u2014\u2026\u2030" or "\u2190" <= char < "\u2c00":
        return 1000
    return 830 if char.isupper() else 680


def fit(text: str, size: float, width: float, bold: bool = False) -> str:
    """`text`, or as much of its beginning as fits into `width` with an ellipsis behind it."""
    if measure(text, size, bold) <= width:
        return text
    room = width - measure(ELLIPSIS, size, bold)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle], size, bold) <= room else (low, middle - 1)
    while low and not _parts(text, low):
        low -= 1
    return text[:low].rstrip() + ELLIPSIS


def _parts(text: str, at: int) -> bool:
    """Whether a text may be cut there: not within a letter with its marks, or a picture of several characters."""
    after = text[at : at + 1]
    joined = text[at - 1] == _JOINER or after in (_JOINER, "") or "\U0001f3fb" <= after <= "\U0001f3ff"
    return not joined and unicodedata.category(after) not in ("Mn", "Me", "Cf")


def wrap(text: str, size: float, width: float, bold: bool = False) -> tuple[str, ...]:
    """`text` in as few lines as hold it, of about the same width; three at most, the last one shortened."""
    whole = measure(text, size, bold)
    if whole <= width:
        return (text,)
    for count in range(2, _MOST_LINES + 1):
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
            cut = stop if stop > start else next((n for n in range(at - 1, start, -1) if _parts(text, n)), at - 1)
            lines.append(text[start:cut])
            start = cut
        if at < len(text) and _may_break(text, at):
            stop = at
    return [*lines, text[start:]]


def _may_break(text: str, at: int) -> bool:
    """After a blank or a mark, and between `lower` and `Upper`."""
    before, after = text[at - 1], text[at]
    return before in _BREAKS or (before.islower() and after.isupper())
