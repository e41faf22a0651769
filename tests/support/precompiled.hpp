// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Nearly every test includes these. Each test includes all that it uses nevertheless: the other
// compilers get no precompiled header.
#ifndef INTHELOOP_TESTS_SUPPORT_PRECOMPILED_HPP
#define INTHELOOP_TESTS_SUPPORT_PRECOMPILED_HPP

#include <intheloop.hpp>
#include <intheloop/testing.hpp>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#endif
