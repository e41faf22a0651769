#!/bin/sh
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
# valkey.sh [FILTER]: runs the tests of Redis (FILTER: ^redis) against the Valkey of Debian 13, which is installed in a
# bare root; it runs the tests that were built here. Needs root.
set -eu
cd "$(dirname "$0")/../.."
suite=trixie # the script below names it too
verb=valkey
. tests/support/roots.sh
inside env DEBIAN_FRONTEND=noninteractive sh -c 'command -v valkey-server >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends valkey-server; }' >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    exit 1
}
# With the libraries of its own suite, and without a chroot: the tests' files are here.
server=$roots/valkey-server
cat >"$server" <<'END'
#!/bin/sh
root=$(dirname "$0")/trixie
for loader in "$root"/lib*/ld-linux*.so.* "$root"/usr/lib/*/ld-linux*.so.*; do
    [ ! -x "$loader" ] || break
done
libraries=$(printf '%s:' "$root"/usr/lib/*-linux-gnu*)
exec "$loader" --library-path "${libraries%:}" "$root/usr/bin/valkey-server" "$@"
END
chmod +x "$server"
version=$("$server" --version)
echo "== $version"
status=0
INTHELOOP_TEST_REDIS=$server ./run test "${1-^redis}" || status=$?
exit "$status"
