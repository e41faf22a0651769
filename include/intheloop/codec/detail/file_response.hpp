// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_FILE_RESPONSE_HPP
#define INTHELOOP_CODEC_DETAIL_FILE_RESPONSE_HPP

// Responses of the server of an exported file: of an object storage, or of a CDN before one.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>

#include <optional>
#include <string_view>

namespace intheloop::codec {

// Refuses a file that is encoded, by any of its Content-Encoding fields: the download asks for
// none. An empty coding, `identity` and `aws-chunked` leave the bytes as they are, and so do
// `none`, `utf-8`, `utf8` and `binary`, which are no codings. (Uploads to S3 leave such ones
// behind.)
INTHELOOP_DECL std::optional<error> refuse_file_coding(headers const& fields);

// Reads the code and the message out of the body of a refusal: the XML of S3, Google and Azure
// (`<Error><Code>ExpiredToken</Code><Message>...`), or JSON with `code` and `message`. Shows the
// beginning of any other text as the detail.
INTHELOOP_DECL void read_file_refusal(headers const& fields, std::string_view body, error& into);

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/file_response.ipp>
#endif

#endif
