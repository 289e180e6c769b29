from infra.bundle import ROOT
from infra.inventory import page

RESOURCES = ROOT / "docs" / "resources.md"


def test_the_page_is_what_the_template_says() -> None:
    """`make docs` writes it anew."""
    assert page() == RESOURCES.read_text(encoding="utf-8")
