// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_HEAP_HPP
#define INTHELOOP_BENCHMARKS_HEAP_HPP

// Counts what a program takes from the heap. A program that links heap.cpp does so from its start.
// OpenSSL's memory is counted apart.

namespace heap {

struct counts {
    long allocations; // of operator new, and of Asio, which also takes from aligned_alloc
    long kept;        // bytes
    long openssl_allocations;
    long openssl_kept;
};

// `kept` is exact where glibc's caches of freed memory are off: with the environment's
// GLIBC_TUNABLES=glibc.malloc.tcache_count=0.
counts now();

} // namespace heap

#endif
