"""What pages write to their consoles, kept for the evidence of a red cell."""

from __future__ import annotations

from playwright.async_api import BrowserContext, ConsoleMessage, WebError

MOST_LINES = 2_000
"""A page that writes without end must not fill the harness's memory."""


class Console:
    """The lines of every page of a context, oldest first."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def listen(self, context: BrowserContext) -> None:
        """Listen to all pages of a context, those to come included."""
        context.on("console", self._on_message)
        context.on("weberror", self._on_error)

    def _on_message(self, message: ConsoleMessage) -> None:
        self._keep(f"{message.type}: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self._keep(f"uncaught: {error.error}")

    def _keep(self, line: str) -> None:
        if len(self.said) < MOST_LINES:
            self.said.append(line)
