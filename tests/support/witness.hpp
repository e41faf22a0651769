// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_WITNESS_HPP
#define INTHELOOP_TESTS_SUPPORT_WITNESS_HPP

namespace support {

// Says when its scope, or the frame of its coroutine, is destroyed.
class witness {
public:
    explicit witness(bool& gone) : gone_(gone) {}
    ~witness() { gone_ = true; }
    witness(witness const&) = delete;
    witness& operator=(witness const&) = delete;

private:
    bool& gone_;
};

} // namespace support

#endif
