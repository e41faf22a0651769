# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
# Read by the scripts that need a bare root of a Debian suite; `suite` names it, and `verb` the verb of ./run.
#
# INTHELOOP_ROOTS names the directory of the roots, and keeps them; without it they are made in a temporary directory
# and removed at the end. INTHELOOP_MIRROR names a mirror other than debootstrap's own.
# shellcheck shell=sh disable=SC2154 # the reader sets suite and verb

if [ "$(id -u)" -ne 0 ]; then
    echo "./run $verb: a bare root takes the rights of root, for debootstrap, chroot and a mount of its own /proc" >&2
    exit 1
fi
for tool in debootstrap unshare chroot git; do
    command -v "$tool" >/dev/null || {
        echo "./run $verb: $tool is missing" >&2
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
# A package that is installed must start no service.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

# inside COMMAND…: runs it in the root; no process and no mount of it stays.
inside() {
    # shellcheck disable=SC2016 # the inner shell expands these
    unshare --mount --pid --fork --kill-child sh -c '
        mount --make-rprivate / && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" || exit 1
        exec chroot "$0" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$root" "$@"
}
