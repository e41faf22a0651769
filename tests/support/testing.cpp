// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The test server's separately compiled part.
#include <intheloop/testing/src.hpp>
