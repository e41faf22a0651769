// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_API_DOCUMENTED_HPP
#define INTHELOOP_API_DOCUMENTED_HPP

#include <intheloop/api/documentation.hpp>
#include <intheloop/api/drafts.hpp>
#include <intheloop/api/report.hpp>
#include <intheloop/endpoint/catalog.hpp>

namespace intheloop {

// Every route in the vendor's API reference.
inline constexpr catalog<report::export_report, report::get_report, drafts::create_draft,
                         documentation::ask>
    documented_endpoints{};

} // namespace intheloop

#endif
