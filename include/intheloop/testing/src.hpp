// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
//
// Include this in exactly one source file of a program that defines
// INTHELOOP_SEPARATE_COMPILATION and uses <intheloop/testing.hpp>. The program must include
// <intheloop/src.hpp>, the library itself, too.
#ifndef INTHELOOP_TESTING_SRC_HPP
#define INTHELOOP_TESTING_SRC_HPP

#include <intheloop/base/config.hpp>

#include <intheloop/testing/impl/byte_range.ipp>
#include <intheloop/testing/impl/certificate.ipp>
#include <intheloop/testing/impl/connection.ipp>
#include <intheloop/testing/impl/connection_answer.ipp>
#include <intheloop/testing/impl/export_content.ipp>
#include <intheloop/testing/impl/file_blocks.ipp>
#include <intheloop/testing/impl/http_head.ipp>
#include <intheloop/testing/impl/journal.ipp>
#include <intheloop/testing/impl/listener.ipp>
#include <intheloop/testing/impl/multipart.ipp>
#include <intheloop/testing/impl/random.ipp>
#include <intheloop/testing/impl/received_request.ipp>
#include <intheloop/testing/impl/request_decode.ipp>
#include <intheloop/testing/impl/route_table.ipp>
#include <intheloop/testing/impl/server.ipp>
#include <intheloop/testing/impl/server_options.ipp>
#include <intheloop/testing/impl/service.ipp>
#include <intheloop/testing/impl/url_signer.ipp>
#include <intheloop/testing/impl/virtual_clock.ipp>

#endif
