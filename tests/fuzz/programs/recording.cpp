// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/recording/impl/exact_json.ipp>
#include <intheloop/recording/impl/found_address.ipp>
#include <intheloop/recording/impl/found_credential.ipp>
#include <intheloop/recording/impl/placeholders.ipp>
#include <intheloop/recording/impl/recorded_headers.ipp>
#include <intheloop/recording/impl/recording.ipp>
#include <intheloop/recording/impl/replay_match.ipp>
#include <intheloop/recording/impl/secret_marks.ipp>
#include <intheloop/testing/impl/multipart.ipp>

#include <fuzz/program.hpp>
#include <fuzz/recording.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::recording_target)
