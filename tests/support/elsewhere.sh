#!/bin/sh
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
# elsewhere.sh SUITE [VERB [ARGUMENT…]]: runs a verb of ./run (default: demo) in a bare root of a Debian suite, on a
# fresh clone of this repository's last commit. Nothing of this machine is to be seen in it but its processor and its
# network. With CXX set in the environment, the verb runs with that compiler; CXX=newest stands for the newest g++ of the suite, CXX=newest-clang for its newest clang++.
#
# INTHELOOP_ROOTS names the directory of the roots, and keeps them; without it they are made in a temporary directory
# and removed at the end. INTHELOOP_MIRROR names a mirror other than debootstrap's own.
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
if [ "$(id -u)" -ne 0 ]; then
    echo "./run elsewhere: a bare root takes the rights of root, for debootstrap, chroot and a mount of its own /proc" >&2
    exit 1
fi
for tool in debootstrap unshare chroot git; do
    command -v "$tool" >/dev/null || {
        echo "./run elsewhere: $tool is missing" >&2
        exit 1
    }
done

log=
if [ -n "${INTHELOOP_ROOTS-}" ]; then
    mkdir -p "$INTHELOOP_ROOTS"
    roots=$(cd "$INTHELOOP_ROOTS" && pwd)
    clean_up() { rm -f "$log"; }
else
    roots=$(mktemp -d "${TMPDIR:-/tmp}/intheloop-roots.XXXXXX")
    # Mounts in it went with the processes that ran in it.
    clean_up() { rm -rf --one-file-system "$roots" "$log"; }
fi
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
root=$roots/$suite
log=$(mktemp)
# Whole only when it has its last name.
if [ ! -d "$root" ]; then
    echo "making a root of $suite"
    rm -rf --one-file-system "$root.new"
    # shellcheck disable=SC2086 # a mirror that is not given is no argument
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$root.new" ${INTHELOOP_MIRROR-} >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        exit 1
    }
    # An installer writes it, debootstrap does not.
    [ -e "$root.new/etc/hosts" ] || printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' >"$root.new/etc/hosts"
    # The lists of a mirror that was frozen are signed, and only too old for apt.
    echo 'Acquire::Check-Valid-Until "false";' >"$root.new/etc/apt/apt.conf.d/90frozen-mirror"
    mv "$root.new" "$root"
fi

# inside COMMAND…: runs it in the root; no process and no mount of it stays.
inside() {
    # shellcheck disable=SC2016 # the inner shell expands these
    unshare --mount --pid --fork --kill-child sh -c '
        mount --make-rprivate / && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" || exit 1
        exec chroot "$0" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$root" "$@"
}

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
inside env ${compiler:+CXX="$compiler"} ${CI:+CI="$CI"} /intheloop/run "$@" || status=$?
exit "$status"
