// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_ALLOCATIONS_HEAP_HPP
#define INTHELOOP_TESTS_CLIENT_ALLOCATIONS_HEAP_HPP

// Counts what this thread takes from the heap: a test server runs on others. Included by one
// program's only translation unit.
#include <support/sanitizers.hpp>

#include <malloc.h>
#include <openssl/crypto.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace heap {

struct counts {
    long allocations = 0;
    long buffers = 0; // allocations as large as a record of TLS
    long kept = 0;    // bytes

    void* add(void* made) {
        if (made) {
            auto const size = static_cast<long>(::malloc_usable_size(made));
            ++allocations;
            buffers += size >= 16 * 1024 ? 1 : 0;
            kept += size;
        }
        return made;
    }
    void* remove(void* owned) {
        if (owned)
            kept -= static_cast<long>(::malloc_usable_size(owned));
        return owned;
    }
};

inline thread_local counts of_operator_new;
inline thread_local counts of_openssl;

// Works only before anything of OpenSSL is used.
inline int const openssl_is_counted = CRYPTO_set_mem_functions(
    [](std::size_t size, char const*, int) {
        return size == 0 ? nullptr : of_openssl.add(std::malloc(size));
    },
    [](void* owned, std::size_t size, char const*, int) {
        return of_openssl.add(std::realloc(of_openssl.remove(owned), size));
    },
    [](void* owned, char const*, int) { std::free(of_openssl.remove(owned)); });

inline long kept() {
    return of_operator_new.kept + of_openssl.kept;
}

} // namespace heap

#if !INTHELOOP_TESTS_ARE_SANITIZED
void* operator new(std::size_t size) {
    if (void* const made = heap::of_operator_new.add(std::malloc(size != 0 ? size : 1)))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* made) noexcept {
    std::free(heap::of_operator_new.remove(made));
}
void operator delete(void* made, std::size_t) noexcept {
    std::free(heap::of_operator_new.remove(made));
}
#endif

#endif
