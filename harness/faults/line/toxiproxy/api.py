"""Toxiproxy's API behind one small door, with what toxiproxy-python lacks.

The library's client keeps host and port on a class (a second client re-points the first), has no
timeouts, cannot PATCH, and takes most error statuses for success. Here its ``Toxic`` and its
exceptions are used, and each call has a timeout, belongs to one server, and reads back what it
changed: Toxiproxy ignores a misspelt attribute silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from toxiproxy.api import validate_response
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists
from toxiproxy.toxic import Toxic

from harness.core.errors import HarnessError

TIMEOUT_S = 5.0
"""A wedged Toxiproxy answers after 25 s or never; a healthy one in milliseconds."""


class ToxiproxyError(HarnessError):
    """Toxiproxy refused a request, hung, or holds another state than requested."""


class ToxicNotFound(ToxiproxyError):
    """The proxy or the toxic is not there."""


class Proxy:
    """One proxy of one Toxiproxy server. Blocking; every call ends within ``timeout_s``."""

    def __init__(self, api: str, name: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._api = api
        self._name = name
        self._session = requests.Session()
        self._session.trust_env = False  # loopback: no HTTP proxy of the environment may interfere

    @property
    def listen(self) -> tuple[str, int]:
        """Return host and port where the proxy listens."""
        host, _, port = str(self._call("GET", "")["listen"]).rpartition(":")
        return host, int(port)

    @property
    def enabled(self) -> bool:
        """Return whether the proxy listens, as the server reports."""
        return bool(self._call("GET", "")["enabled"])

    def check_alive(self) -> None:
        """Raise ToxiproxyError when the server died or hangs, or has lost the proxy.

        Over a connection of its own: it may be called while another call is under way.
        """
        Proxy(self._api, self._name, timeout_s=self._timeout_s)._call("GET", "")

    def set_enabled(self, enabled: bool) -> None:
        """Make the proxy listen or refuse; open connections end when it stops listening."""
        self._call("PATCH", "", {"enabled": enabled})
        if self.enabled is not enabled:
            raise ToxiproxyError(f"proxy {self._name}: enabled is not {enabled} after PATCH")

    def point_at(self, upstream: str) -> None:
        """Send connections to another server from now on; open ones end."""
        self._call("PATCH", "", {"upstream": upstream})
        found = str(self._call("GET", "")["upstream"])
        if found != upstream:
            raise ToxiproxyError(f"proxy {self._name}: upstream is {found}, not {upstream}")

    def add_toxic(self, toxic: Toxic) -> None:
        """Add a toxic and check that the server holds exactly the requested attributes."""
        body = {
            "name": toxic.name,
            "type": toxic.type,
            "stream": toxic.stream,
            "toxicity": toxic.toxicity,
            "attributes": toxic.attributes,
        }
        self._call("POST", "/toxics", body)
        held = self._call("GET", f"/toxics/{toxic.name}")
        requested = {"stream": toxic.stream, "toxicity": toxic.toxicity, **toxic.attributes}
        holds = {**held, **held["attributes"]}  # with defaults for what was not requested
        for key, value in requested.items():
            found = holds.get(key)
            if found != value:
                raise ToxiproxyError(
                    f"toxic {toxic.name}: requested {key}={value!r}, the server holds {found!r}"
                )

    def toxics(self) -> list[str]:
        """Return the names of the toxics that the server holds."""
        return [str(toxic["name"]) for toxic in self._call("GET", "/toxics")]

    def remove_toxic(self, name: str) -> None:
        """Remove a toxic; no error if it is not there."""
        try:
            self._call("DELETE", f"/toxics/{name}")
        except ToxicNotFound:
            return

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"{self._api}/proxies/{self._name}{path}"
        try:
            answer = self._session.request(method, url, json=body, timeout=self._timeout_s)
            validate_response(answer)
        except NotFound as error:
            raise ToxicNotFound(f"Toxiproxy does not know {self._name}{path}") from error
        except (requests.RequestException, InvalidToxic, ProxyExists) as error:
            raise ToxiproxyError(f"Toxiproxy failed at {method} {path or '/'}: {error}") from error
        if not answer.ok:
            raise ToxiproxyError(f"Toxiproxy answered {answer.status_code} to {method} {url}")
        return answer.json() if answer.content else {}
