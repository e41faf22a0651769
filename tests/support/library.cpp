// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The library's separately compiled part. Boost.JSON is linked, so its sources stay out.
#include <intheloop/src.hpp>
