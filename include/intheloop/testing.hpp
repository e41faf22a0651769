// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_HPP
#define INTHELOOP_TESTING_HPP

#include <intheloop/base/config.hpp>

// A program may have global names that are names of parameters here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

#include <intheloop/testing/answer.hpp>
#include <intheloop/testing/certificate.hpp>
#include <intheloop/testing/export_content.hpp>
#include <intheloop/testing/fault.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>
#include <intheloop/testing/server.hpp>
#include <intheloop/testing/server_options.hpp>
#include <intheloop/testing/typed_request.hpp>
#include <intheloop/testing/verification.hpp>
#include <intheloop/testing/virtual_clock.hpp>

#pragma GCC diagnostic pop

#endif
