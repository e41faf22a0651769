#!/bin/sh
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
# elsewhere.sh SUITE [VERB [ARGUMENT…]]: runs a verb of ./run (default: demo) in a bare root of a Debian suite, on a
# fresh clone of this repository's last commit. Nothing of this machine is to be seen in it but its processor and its
# network. With CXX set in the environment, the verb runs with that compiler; CXX=newest stands for the newest g++ of the suite, CXX=newest-clang for its newest clang++.
# INTHELOOP_TEST_REDIS goes on to it: it may name the Valkey of that suite. roots.sh says where the root lies.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || {
    echo "usage: ./run elsewhere SUITE [VERB [ARGUMENT...]], for example ./run elsewhere trixie test" >&2
    exit 2
}
suite=$1
shift
[ $# -gt 0 ] || set -- demo
case $suite in
    *[!a-z0-9.-]* | -* | '')
        echo "./run elsewhere: $suite is no name of a suite" >&2
        exit 2
        ;;
esac
verb=elsewhere
. tests/support/roots.sh

# newest_of PATTERN: the package with that name that has the highest number, without snapshots of what is to come.
newest_of() {
    inside apt-get update -qq
    inside apt-cache pkgnames | grep -E "$1" | sort -rV | while read -r name; do
        case $(inside apt-cache policy "$name" | sed -n 's/^ *Candidate: *//p') in
            *'~++'* | *'+git'* | '' | '(none)') ;;
            *)
                echo "$name"
                break
                ;;
        esac
    done
}

case ${CXX-} in
    newest) compiler=$(newest_of '^g\+\+-[0-9]+$') ;;
    newest-clang) compiler=$(newest_of '^clang-[0-9]+$' | sed 's/^clang-/clang++-/') ;;
    *) compiler=${CXX-} ;; # ./run installs what it needs
esac

rm -rf --one-file-system "$root/intheloop"
git clone -q --no-local --depth 1 "file://$(pwd)" "$root/intheloop"
echo "== $suite, $(inside sh -c '. /etc/os-release && echo "$PRETTY_NAME"')${compiler:+, $compiler}: ./run $*"
status=0
# shellcheck disable=SC2086 # no compiler is no argument
inside env ${compiler:+CXX="$compiler"} ${CI:+CI="$CI"} ${INTHELOOP_TEST_REDIS:+INTHELOOP_TEST_REDIS="$INTHELOOP_TEST_REDIS"} \
    /intheloop/run "$@" || status=$?
exit "$status"
