// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_SANITIZERS_HPP
#define INTHELOOP_TESTS_SUPPORT_SANITIZERS_HPP

// 1 under AddressSanitizer and ThreadSanitizer, which take memory of their own and have an operator
// new of their own; else 0.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INTHELOOP_TESTS_ARE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INTHELOOP_TESTS_ARE_SANITIZED 1
#endif
#endif
#ifndef INTHELOOP_TESTS_ARE_SANITIZED
#define INTHELOOP_TESTS_ARE_SANITIZED 0
#endif

namespace support {

inline constexpr bool is_sanitized = INTHELOOP_TESTS_ARE_SANITIZED == 1;

} // namespace support

#endif
