// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_HPP
#define INTHELOOP_RECORDING_HPP

#include <intheloop/base/config.hpp>

// A program may have global names that are names of parameters here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

#include <intheloop/recording/player.hpp>
#include <intheloop/recording/recorder.hpp>
#include <intheloop/recording/recording.hpp>

#pragma GCC diagnostic pop

#endif
