// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Holds all that is not a template, Boost.JSON included: the program links nothing of Boost.
#include <intheloop/src.hpp>
