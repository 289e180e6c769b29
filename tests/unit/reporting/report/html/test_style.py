"""Colours that can be read in both themes."""

import pytest

from netpolwatch.reporting.report.html.style import PALETTES

_GROUNDS = ("page", "card", "code")
_INKS = ("text", "muted", "link", "critical", "high", "medium", "low", "info")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("ground", _GROUNDS)
@pytest.mark.parametrize("ink", _INKS)
def test_a_text_stands_out_from_its_ground(theme: str, ground: str, ink: str) -> None:
    palette = PALETTES[theme]
    pair = sorted((luminance(palette[ink]), luminance(palette[ground])), reverse=True)
    assert (pair[0] + 0.05) / (pair[1] + 0.05) >= 4.5
