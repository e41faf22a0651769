// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_HPP
#define INTHELOOP_OPENAPI_HPP

// OpenAPI documents from catalogs of endpoints. <intheloop.hpp> leaves this header out: the program
// that makes the document includes it.

#include <intheloop/openapi/document.hpp>

#endif
