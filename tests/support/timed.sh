#!/bin/sh
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
# timed.sh DIRECTORY COMMAND…: runs the command and writes its words, and the processor time of it and of its children
# as `times` prints it, into a file of DIRECTORY, for summary.py.
directory=$1
shift
"$@"
status=$?
{
    echo "$*"
    times
} >"$directory/$$"
exit "$status"
