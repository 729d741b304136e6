"""The catalogue of browsers agrees with `harness run --browser` and with set-up."""

from __future__ import annotations

import pytest

from harness.browsers.catalogue import CATALOGUE, ENGINES, entry_of
from harness.core.errors import UsageError
from harness.setup.catalogue import parts_of
from harness.setup.host import Host
from harness.setup.parts.browsers import STOCK


@pytest.mark.parametrize("browser", STOCK, ids=lambda browser: browser.name)
def test_a_stock_browser_is_a_part_and_a_level_of_the_factor_browser(browser) -> None:
    """Adding one to STOCK is all it takes."""
    assert browser.name in CATALOGUE
    assert entry_of(browser.name).parts == (browser.name,)
    assert browser.name in {part.name for part in parts_of(Host.here())}


def test_every_planned_engine_is_in_the_catalogue() -> None:
    assert set(ENGINES) <= CATALOGUE.keys()


def test_an_unknown_browser_is_refused_with_the_names_that_are_known() -> None:
    with pytest.raises(UsageError, match="netscape") as refused:
        entry_of("netscape")
    assert "webkitgtk" in str(refused.value.hint)
