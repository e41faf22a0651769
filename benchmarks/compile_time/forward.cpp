// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A header that only passes the library's types on.
#include <intheloop/fwd.hpp>

void use(intheloop::client& client, intheloop::report::export_request const& request);
