// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <client/fixture.hpp>

namespace fixture {

INTHELOOP_TESTS_CALLS_OF(, report::export_report)
INTHELOOP_TESTS_CALLS_OF(, report::get_report)
INTHELOOP_TESTS_CALLS_OF(, drafts::create_draft)

} // namespace fixture
