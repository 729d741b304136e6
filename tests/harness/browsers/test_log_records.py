"""What a library logs holds no login of a remote browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from harness.browsers.drivers.remote import announce
from harness.browsers.log_records import hide_logins_in_logs
from harness.core.environment import ADDRESSES_VARIABLE


@pytest.fixture(autouse=True)
def hidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = logging.getLogRecordFactory()
    monkeypatch.setenv(ADDRESSES_VARIABLE, "")
    announce({"phone": "webdriver+http://qa:hush%2Fed@host:4444/wd?token=t0psecret#safari"})
    hide_logins_in_logs()
    yield
    logging.setLogRecordFactory(before)


def test_no_record_holds_the_login_of_a_remote_browser(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("library")
    logger.warning("Retrying %s: %r", "http://host:4444/wd?token=t0psecret", ("hush/ed", 3))
    try:
        raise OSError("http://qa:hush%2Fed@host:4444/wd")
    except OSError:
        logger.exception("it failed")
    assert "Retrying http://host:4444/wd?***: ('***', 3)" in caplog.text
    assert "OSError: http://***:***@host:4444/wd" in caplog.text
    for secret in ("t0psecret", "hush"):
        assert secret not in caplog.text


def test_a_record_whose_arguments_do_not_fit_is_logged_as_it_always_was() -> None:
    factory = logging.getLogRecordFactory()
    record = factory("library", logging.WARNING, "x.py", 1, "%d %d", ("a",), None)
    assert (record.msg, record.args) == ("%d %d", ("a",))


def test_without_an_address_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESSES_VARIABLE, "")
    record = logging.getLogRecordFactory()("library", 30, "x.py", 1, "%s", ("a",), None)
    assert (record.msg, record.args) == ("%s", ("a",))
