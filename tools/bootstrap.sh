#!/bin/sh
# Make the virtual environment: find a Python, install the locked dependencies and this project.
#
#     tools/bootstrap.sh [VENV]        (default: .venv)
#
# An environment that is there and whose Python fits is taken over. On Debian and Ubuntu the
# missing python3-venv is installed when that is possible without asking; elsewhere the last line
# says what to do.
set -eu

venv=${1:-.venv}
cd "$(dirname "$0")/.."

# gevent, which Locust needs, has no macOS wheel for Python 3.11.
case $(uname -s) in
Darwin) least=12 ;;
*) least=11 ;;
esac

say() { printf '%s\n' "$*" >&2; }

fits() { # PYTHON: it runs (a version manager's stub may not) and is new enough
    "$1" -c "import sys; sys.exit(sys.version_info < (3, $least))" >/dev/null 2>&1
}

find_python() { # [MODULE]: print the first Python that fits and has the module
    for name in python3.13 python3.12 python3.11 python3; do
        found=$(command -v "$name" 2>/dev/null) || continue
        fits "$found" || continue
        "$found" -c "import ${1:-sys}" >/dev/null 2>&1 || continue
        printf '%s\n' "$found"
        return 0
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_install() { # PACKAGE...
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root true || return 1
    say "installing $* with apt-get"
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=1 \
        -o Acquire::http::Timeout=10 -o DPkg::Lock::Timeout=120 \
        install --no-install-recommends "$@"
    as_root "$@" >&2 </dev/null && return 0
    as_root apt-get -q -o Acquire::http::Timeout=10 update >&2 </dev/null || return 1
    as_root "$@" >&2 </dev/null
}

say_what_to_do() {
    say "No Python 3.$least or newer that can make virtual environments was found. Bring one:"
    say "  Debian 12, Ubuntu 24.04 or newer:  sudo apt-get install python3 python3-venv"
    say "  Fedora:                            sudo dnf install python3"
    say "  macOS:                             brew install python@3.13"
    say "Then say make again."
}

if ! fits "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ]; then
        say "$venv is in the way and is no virtual environment; move it, or say make VENV=ELSEWHERE"
        exit 2
    fi
    # Debian ships ensurepip apart; without it a virtual environment has no pip.
    python=$(find_python ensurepip) || {
        apt_install python3 python3-venv || true
        python=$(find_python ensurepip) || {
            say_what_to_do
            exit 4
        }
    }
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

# Wheels only: building a dependency from source would fetch build tools that no hash holds.
say "installing the locked dependencies into $venv"
"$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement requirements.lock
"$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --no-index --no-deps --no-build-isolation --editable .
