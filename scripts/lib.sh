# What every script here shares. Sourced by bash, never run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
tools="$root/.tools"

# stop MESSAGE NEXT-STEP: one clear sentence, what to do, exit code 2.
stop() {
    printf '%s: %s\n  %s\n' "${0##*/}" "$1" "$2" >&2
    exit 2
}

# The machine's own Python, 3.11 or newer; never the one of this checkout's environment, because set-up
# may have to replace that. 3.11 and 3.12 come first: for them no package has to be compiled.
system_python() {
    local before name found
    for before in 13 99; do
        for name in python3 python3.11 python3.12 python3.13 python3.14 python3.15; do
            found="$(command -v "$name" || true)"
            case "$found" in '' | "$root/.venv/"*) continue ;; esac
            if "$found" -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, $before))" 2>/dev/null; then
                printf '%s\n' "$found"
                return
            fi
        done
    done
    stop "no Python 3.11 or newer was found on PATH." \
        "Install it (Debian: apt-get install python3) and run this again."
}

# set_up [OPTION...]: everything this checkout needs, quickly when it is there already.
set_up() {
    local python
    python="$(system_python)" || exit 2
    # -B: leave no byte code in scripts/; -E: the caller's PYTHON* settings are for the caller's programs.
    "$python" -BE "$root/scripts/bootstrap" "$@" </dev/null || exit $?
    # What set-up unpacked comes last: a program of the machine's own is always preferred.
    export TOCSIN_TOOLS="$tools" PATH="$PATH:$tools/bin"
    if [ -z "${SSL_CERT_FILE:-}" ] && [ -r "$tools/debian/ca-bundle.crt" ]; then
        export SSL_CERT_FILE="$tools/debian/ca-bundle.crt"
    fi
}
