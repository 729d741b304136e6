"""Hosts: this machine at once, another only by its name, both never."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.core.errors import HarnessError, UsageError
from harness.target.described.safety import check_host, check_rate, is_loopback, resolved


def at(*addresses: str) -> Callable[[str], list[str]]:
    return lambda host: list(addresses)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("::1", "127.9.9.9"), ("::ffff:127.0.0.1",)])
def test_this_machine_needs_no_owner(addresses: tuple[str, ...]) -> None:
    assert is_loopback("http://shop.test:8080", at(*addresses))
    assert check_host("http://shop.test:8080", "", at(*addresses)) is False


@pytest.mark.parametrize("own_host", ["", "shop", "other.example", "shop.example.evil.example"])
def test_another_machine_is_refused_without_its_very_name(own_host: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_host("https://shop.example", own_host, at("203.0.113.7"))
    assert "add --i-own-this-target shop.example" in caught.value.line


def test_an_owner_may_send_to_a_machine_by_its_name() -> None:
    assert check_host("https://shop.example", "Shop.Example", at("203.0.113.7")) is True


def test_a_name_of_both_is_refused_with_an_owner_too() -> None:
    with pytest.raises(UsageError, match="both this machine and another"):
        check_host("http://shop.example", "shop.example", at("127.0.0.1", "203.0.113.7"))


def test_a_name_that_leads_nowhere_is_no_loopback() -> None:
    def nowhere(host: str) -> list[str]:
        raise OSError(8, "unknown name")

    with pytest.raises(HarnessError, match="has no address: unknown name"):
        is_loopback("http://shop.invalid", nowhere)
    with pytest.raises(UsageError):
        check_host("http://shop.invalid", "", at())


def test_the_address_of_loopback_resolves_to_itself() -> None:
    assert resolved("127.0.0.1") == {"127.0.0.1"}


def test_a_load_within_the_limits_is_sent_and_one_beyond_is_refused() -> None:
    limits = {"rate_max": 5.0, "duration_max_s": 120.0}
    check_rate("trickle", 100, 20, **limits)
    with pytest.raises(UsageError, match="10 requests a second"):
        check_rate("trickle", 200, 20, **limits)
    with pytest.raises(UsageError, match="for 600 s"):
        check_rate("roadmap", 600, 600, **limits)
