# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
# Read by ./run: which Debian or Ubuntu packages each purpose takes, and how they get onto the machine.
# shellcheck shell=sh disable=SC2034,SC2086,SC2046 # used by ./run; the lists are meant to be split

# compiler_packages: of the compiler that CXX names, with its sanitizers.
compiler_packages() {
    case ${CXX-} in
        clang++-*) echo "clang-${CXX#clang++-} libclang-rt-${CXX#clang++-}-dev" ;;
        g++-*) echo "$CXX" ;;
    esac
}

# boost and its parts stand for the newest of their packages: the names differ from release to release. later:NAME+…
# stands for packages of which only later releases have the first.
BUILD_PACKAGES="g++ $(compiler_packages) meson ninja-build pkg-config boost boost-json libssl-dev libcli11-dev libcctz-dev tzdata"

# redis_package: of the server for the tests of Redis.
redis_package() {
    case ${INTHELOOP_TEST_REDIS-} in
        valkey-server) echo valkey-server ;;
        *) echo redis-server ;;
    esac
}

TEST_PACKAGES="$BUILD_PACKAGES boost-url doctest-dev libgtest-dev nginx-light tinyproxy-bin haproxy libhiredis-dev $(redis_package) openssl strace python3 python3-werkzeug groff-base libspdlog-dev prometheus-cpp-dev later:opentelemetry-cpp-dev+libabsl-dev"
BENCH_PACKAGES="$BUILD_PACKAGES libhiredis-dev redis-server nginx-light openssl python3 libcurl4-openssl-dev libcpp-httplib-dev python3-aiohttp python3-requests node-undici curl valgrind strace"
OLDEST_BOOST=1.81

is_installed() {
    dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed # for any architecture
}

# newest_boost VERSIONED…: of the names libboost1.NN-dev, what stands between libboost and -dev in the newest that is
# new enough, or nothing.
newest_boost() {
    printf '%s\n' "$@" | sed -n 's/^libboost\(1\.[0-9]*\)-dev$/\1/p' | sort -V | while read -r version; do
        dpkg --compare-versions "$version" lt "$OLDEST_BOOST" || echo "$version"
    done | tail -n 1
}

is_new_enough() {
    [ -n "$1" ] && dpkg --compare-versions "$1" ge "$OLDEST_BOOST"
}

# installed_boost: prints what stands between libboost and -dev in the packages that are here; fails where none is.
installed_boost() {
    if is_installed libboost-dev && is_new_enough "$(dpkg-query -W -f='${Version}' libboost-dev)"; then
        return 0
    fi
    version=$(newest_boost $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null |
        sed -n 's/^installed //p'))
    [ -n "$version" ] && echo "$version"
}

# offered_boost: the same of what the lists of packages offer; the name without a version is preferred.
offered_boost() {
    if is_new_enough "$(LC_ALL=C apt-cache policy libboost-dev | sed -n 's/^ *Candidate: *//p')"; then
        return 0
    fi
    version=$(newest_boost $(apt-cache pkgnames libboost1.))
    [ -n "$version" ] && echo "$version"
}

is_offered() {
    apt-cache show "$1" >/dev/null 2>&1
}

# names_of INFIX PACKAGE…: the packages by the names that they have in this release.
names_of() {
    infix=$1
    shift
    for package; do
        case $package in
            boost) echo "libboost$infix-dev" ;;
            boost-*) echo "libboost-${package#boost-}$infix-dev" ;;
            later:*)
                package=${package#later:}
                if is_installed "${package%%+*}" || is_offered "${package%%+*}"; then
                    echo "$package" | tr + '\n'
                fi
                ;;
            *) echo "$package" ;;
        esac
    done
}

missing_of() {
    for package; do
        is_installed "$package" || printf ' %s' "$package"
    done
}

# need PACKAGE…: installs those that are missing, or says how and stops.
need() {
    if ! command -v dpkg-query >/dev/null; then
        command -v meson >/dev/null && command -v ninja >/dev/null && return 0
        echo "./run: it knows the packages of Debian only; docs/guide/installing.md names what is needed" >&2
        exit 1
    fi
    boost=$(installed_boost) && has_boost=true || has_boost=false
    if $has_boost && [ -z "$(missing_of $(names_of "$boost" "$@"))" ]; then
        return 0
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=sudo
    else
        if $has_boost || boost=$(offered_boost); then
            command="apt-get update && apt-get install --no-install-recommends$(missing_of $(names_of "$boost" "$@"))"
        else # apt has no lists yet, so the names are not known
            command='./run setup'
        fi
        printf 'Missing packages. As root, run:\n  %s\n' "$command" >&2
        exit 1
    fi
    $as_root apt-get update -qq
    $has_boost || boost=$(offered_boost) || {
        echo "./run: this release has no Boost $OLDEST_BOOST or newer; install one by hand" >&2
        exit 1
    }
    missing=$(missing_of $(names_of "$boost" "$@"))
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    # An older Boost can't stand beside a newer one, and somebody may need it.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-remove --no-install-recommends $missing || {
        echo "./run: could not install$missing; if a package had to be removed for them, remove it by hand" >&2
        exit 1
    }
}
