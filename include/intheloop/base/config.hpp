// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_CONFIG_HPP
#define INTHELOOP_BASE_CONFIG_HPP

// The version of the library, sent in the User-Agent header. The build files read it from here.
#define INTHELOOP_VERSION_STRING "0.1.0"
// The version for #if, in Boost's form: INTHELOOP_VERSION / 100000 is the major version,
// INTHELOOP_VERSION / 100 % 1000 the minor version, INTHELOOP_VERSION % 100 the patch level.
#define INTHELOOP_VERSION 100

// Reports one message where the library can't be compiled. The #include beside each #error names no
// file: it stops compilers that would go on with hundreds of errors after an #error.
#if __cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L)
#error "intheloop needs C++20: compile with -std=c++20 or later"
#include <see_the_error_above>
#elif defined(BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
#error "intheloop needs Asio's any_io_executor: do not define BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT"
#include <see_the_error_above>
#elif defined(BOOST_ASIO_DISABLE_THREADS)
#error "intheloop needs Asio with threads: do not define BOOST_ASIO_DISABLE_THREADS"
#include <see_the_error_above>
#elif !__has_include(<boost/version.hpp>)
#error "intheloop needs Boost 1.81 or later: none is among the include directories"
#include <see_the_error_above>
#endif
#include <boost/version.hpp>
#if BOOST_VERSION < 108100
#error "intheloop needs Boost 1.81 or later: <boost/version.hpp> is of an older one"
#include <see_the_error_above>
#endif

// Makes functions that are not templates inline by default. With INTHELOOP_SEPARATE_COMPILATION
// defined for the whole program, the headers only declare them, and the one file that includes
// <intheloop/src.hpp> holds their code.
#ifdef INTHELOOP_SEPARATE_COMPILATION
#define INTHELOOP_DECL
#else
#define INTHELOOP_DECL inline
#endif

#endif
