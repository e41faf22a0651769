// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
//
// Include this in exactly one source file of a program that defines
// INTHELOOP_SEPARATE_COMPILATION and uses <intheloop/recording.hpp>. The program must include
// <intheloop/src.hpp> and <intheloop/testing/src.hpp> too.
#ifndef INTHELOOP_RECORDING_SRC_HPP
#define INTHELOOP_RECORDING_SRC_HPP

#include <intheloop/base/config.hpp>

#include <intheloop/recording/impl/exact_json.ipp>
#include <intheloop/recording/impl/exchange_converter.ipp>
#include <intheloop/recording/impl/found_address.ipp>
#include <intheloop/recording/impl/found_credential.ipp>
#include <intheloop/recording/impl/masked_files.ipp>
#include <intheloop/recording/impl/placeholders.ipp>
#include <intheloop/recording/impl/player.ipp>
#include <intheloop/recording/impl/recorded_files.ipp>
#include <intheloop/recording/impl/recorded_headers.ipp>
#include <intheloop/recording/impl/recorder.ipp>
#include <intheloop/recording/impl/recording.ipp>
#include <intheloop/recording/impl/replay_match.ipp>
#include <intheloop/recording/impl/secret_marks.ipp>

#endif
