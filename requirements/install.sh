#!/bin/sh
# install.sh run|test|stack|bench|script: installs everything that a target of the Makefile needs.
#   run    the site on SQLite: no server, no compiler
#   stack  the site on MariaDB and Redis: their servers, and what mysqlclient needs to compile
#   test   stack, and the tools of the tests
#   bench  the Flask stack of the notes, into .venv-flask
#   script Flask-Script of the notes, which needs an older Flask, into .venv-flask-script
# As root it installs missing Debian packages; otherwise it prints one line to type. A second run has
# no effect. PYTHON names another python3 than the first suitable one.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # the folders of servers, which an ordinary user's PATH may lack
door=${1:-}
venv=.venv

main() {
    case $door in
        run) lock=requirements/embedded.txt covers="run" ;;
        stack) lock=requirements.txt covers="run stack" ;;
        test) lock=requirements/test.txt covers="run stack test" ;;
        bench) lock=requirements/flask.txt covers="bench" venv=.venv-flask ;;
        script) lock=requirements/flask-script.txt covers="script" venv=.venv-flask-script ;;
        *) fail "usage: requirements/install.sh run|stack|test|bench|script" ;;
    esac
    find_python
    install_packages "$(missing_packages)"
    make_venv
    install_lock
}

fail() {
    echo "$1" >&2
    exit 1
}

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && return
    done
    fail "Python 3.11 or newer is needed: install it, or name one: make PYTHON=/path/to/python3"
}

missing_packages() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "python$version-venv"
    case $door in run | script) return ;; esac
    has mariadbd && has mariadb-install-db || echo mariadb-server-core # starts no service
    has my_print_defaults || echo mariadb-client-core                  # mariadb-install-db runs it
    has redis-server || echo redis-server
    has gcc || echo gcc libc6-dev
    has pkg-config || echo pkg-config
    has_client_library || echo libmariadb-dev
    has_headers || echo "python$version-dev"
    [ "$door" != bench ] || has wrk || echo wrk
    [ "$door" = test ] || return 0
    has msgfmt || echo gettext
    has chromium || echo chromium
    has_chinese_font || echo fonts-wqy-microhei
}

has() {
    command -v "$1" >/dev/null
}

has_client_library() { # under any of the names that mysqlclient looks for
    for name in libmariadb mariadb mysqlclient; do
        pkg-config --exists "$name" 2>/dev/null && return
    done
    return 1
}

has_headers() {
    "$python" -c 'import sysconfig; open(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null
}

has_chinese_font() { # without one Chromium shows Chinese pages as rows of boxes
    [ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || # fc-list may not be installed
        [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]
}

install_packages() {
    packages=$(echo $1)
    [ -n "$packages" ] || return 0
    command="apt-get install -y --no-install-recommends $packages"
    if [ "$(id -u)" != 0 ] || ! has apt-get; then
        fail "Something is missing; as root, type: apt-get update && $command"
    fi
    echo "Installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    without_services quietly $command
}

# The package redis-server starts a service, now and at each boot. Only its program is needed.
without_services() {
    policy=/usr/sbin/policy-rc.d
    had_redis=$(has redis-server && echo yes || echo no)
    [ -e $policy ] || {
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    }
    "$@"
    if [ "$had_redis" = no ] && has redis-server; then
        update-rc.d redis-server disable 2>/dev/null || true
    fi
}

quietly() {
    output=$("$@" 2>&1) || fail "$output"
}

make_venv() {
    if [ -x $venv/bin/python ] && [ "$(fingerprint $venv/bin/python)" = "$(fingerprint "$python")" ]; then
        return
    fi
    echo "Making $venv with Python $version"
    "$python" -m venv --clear $venv
}

fingerprint() { # a venv has the fingerprint of the Python with which it was made
    "$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null
}

install_lock() {
    locks="requirements/embedded.txt requirements.txt requirements/test.txt"
    case $door in bench | script) locks=$lock ;; esac
    state=$(cat $locks | sha256sum)
    stamp=$venv/installed
    grep -qsxF "$state $door" $stamp && return
    echo "Installing $lock into $venv"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $lock
    for each in $covers; do echo "$state $each"; done >$stamp
}

main
