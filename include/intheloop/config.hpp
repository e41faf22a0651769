// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CONFIG_HPP
#define INTHELOOP_CONFIG_HPP

// The version of the library, as it stands in the User-Agent header.
#define INTHELOOP_VERSION_STRING "0.1.0"

// Functions that are not templates are inline by default. With INTHELOOP_SEPARATE_COMPILATION
// defined for the whole program, the headers only declare them, and the one file that includes
// <intheloop/src.hpp> holds their code.
#ifdef INTHELOOP_SEPARATE_COMPILATION
#define INTHELOOP_DECL
#else
#define INTHELOOP_DECL inline
#endif

#endif
