"""A folder whose every file would break what read or imported it."""

from __future__ import annotations

from pathlib import Path

_BREAKS = "raise RuntimeError('imported from the current folder')\n"
FILES = {
    "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
    "tox.ini": "[pytest]\naddopts = --no-such-option\n",
    "setup.cfg": "[tool:pytest]\naddopts = --no-such-option\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n"
    "[tool.locust]\nlocustfile = 'none.py'\nweb-port = 'none'\n",
    "locust.conf": "locustfile = none.py\nusers = none\n",
    "conftest.py": _BREAKS,
    "typing.py": _BREAKS,
    "pytest.py": _BREAKS,
    "locust.py": _BREAKS,
    **{
        f"{name}/__init__.py": _BREAKS
        for name in ("defects", "harness", "reports", "scenarios", "servers")
    },
}
_PROXY = "http://127.0.0.1:9"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
ENVIRONMENT = {
    **dict.fromkeys(_PROXIES, _PROXY),
    "PGSSLMODE": "require",
    "PGOPTIONS": "-c default_transaction_read_only=on",
    "PGCLIENTENCODING": "LATIN1",
    "PGHOSTADDR": "127.0.0.2",
    "PGSERVICE": "no-such-service",
    "PGTARGETSESSIONATTRS": "standby",
    "PGTZ": "Asia/Kathmandu",
    "PGDATESTYLE": "SQL, DMY",
    "LOCUST_RUN_TIME": "1s",
    "LOCUST_MODE_WORKER": "1",
    "LOCUST_USERS": "0",
    "PYTEST_ADDOPTS": "--no-such-option",
    "PYTEST_PLUGINS": "no.such.plugin",
    "NODE_OPTIONS": "--require=/no/such/module.js",
    "PWDEBUG": "1",
    "DEBUG": "*",
    "SELENIUM_REMOTE_URL": _PROXY,
    "MOZ_LOG": "all:5",
    "CHROMIUM_FLAGS": "--no-such-flag --proxy-server=127.0.0.1:9",
    "CHROME_LOG_FILE": "/no/such/folder/log",
    "PROMETHEUS_MULTIPROC_DIR": "/no/such/folder",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONINSPECT": "1",
    "PYTHONSTARTUP": "/no/such/file.py",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONIOENCODING": "ascii",
    "GIT_DIR": "/no/such/repository",
    "GIT_WORK_TREE": "/no/such/tree",
    "GIT_CEILING_DIRECTORIES": "/",
    "SSLKEYLOGFILE": "/no/such/folder/keys",
    "SSL_CERT_FILE": "/no/such/file.pem",
    "XDG_RUNTIME_DIR": "/no/such/folder",
    "XDG_CONFIG_HOME": "/no/such/folder",
    "XDG_DATA_HOME": "/no/such/folder",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/no/such/bus",
    "GSETTINGS_BACKEND": "no-such-backend",
    "LC_ALL": "tr_TR.UTF-8",
    "LANGUAGE": "tr",
    "TZ": "Asia/Kathmandu",
    "IFS": "/",
    "POSIXLY_CORRECT": "1",
    "GODEBUG": "http2debug=2,panicnil=1",
    "GOMEMLIMIT": "1",
}
"""What a caller may have set for other programs, or by mistake."""


def make_hostile(folder: Path) -> Path:
    """Fill a new folder with such files; return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
