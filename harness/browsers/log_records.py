"""What libraries log of a remote browser: its address without what opens it.

urllib3 warns of every retry, selenium and asyncio of what they could not do, with the address; the
log of the run's pytest keeps what is logged.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from typing import Any

from harness.browsers.drivers.remote import addresses, without_login


def hide_logins_in_logs() -> None:
    """Let every record that is logged from now on hold no login of an announced address."""
    make = logging.getLogRecordFactory()

    def made(*arguments: Any, **more: Any) -> logging.LogRecord:
        record = make(*arguments, **more)
        if known := list(addresses().values()):
            with contextlib.suppress(TypeError, ValueError):  # arguments that do not fit the text
                record.msg, record.args = _hidden(record.getMessage(), known), None
            if record.exc_info:
                trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
                record.exc_text = _hidden(trace, known)
        return record

    logging.setLogRecordFactory(made)


def _hidden(text: str, known: list[str]) -> str:
    for address in known:
        text = without_login(text, address)
    return text
