// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_COUNTED_HEAP_HPP
#define INTHELOOP_TESTS_SUPPORT_COUNTED_HEAP_HPP

// Counts the bytes that a thread takes from the heap. One file of a test program includes it, since
// it replaces the operators of the program; sanitizers have their own, and count nothing.
#include <support/sanitizers.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace tests {

inline thread_local std::size_t taken_from_heap = 0; // bytes

} // namespace tests

#if !INTHELOOP_TESTS_ARE_SANITIZED
void* operator new(std::size_t size) {
    tests::taken_from_heap += size;
    if (void* const made = std::malloc(size != 0 ? size : 1))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* made) noexcept {
    std::free(made);
}
void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}
#endif

#endif
