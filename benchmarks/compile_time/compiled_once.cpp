// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The one file of a program that holds the code of the library.
#include <intheloop/src.hpp>
