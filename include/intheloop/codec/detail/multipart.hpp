// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_MULTIPART_HPP
#define INTHELOOP_CODEC_DETAIL_MULTIPART_HPP

// Forms: multipart/form-data (RFC 7578), written as browsers do.

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::codec {

// One part of a form: bytes or a source of bytes, behind its header.
class form_part {
public:
    form_part() {}

    std::string_view name; // static
    std::string head;      // with the empty line at its end
    std::string bytes;
    std::shared_ptr<byte_source> source; // instead of `bytes`
    std::optional<std::uint64_t> source_size;
};

// A form cut into what is in memory and what comes from sources: in front of each source, and
// behind the last one, stand bytes.
class form_body {
public:
    form_body() {}

    class streamed_part {
    public:
        std::string before; // bytes in front of it
        std::string_view name;
        std::shared_ptr<byte_source> source;
        std::optional<std::uint64_t> size;
    };
    std::vector<streamed_part> streamed;
    std::string last;
    std::string content_type;

    // Returns the size of all, if each source's is known.
    INTHELOOP_DECL std::optional<std::uint64_t> size() const;
};

// Makes the body of parts, with a boundary that occurs in none that is in memory.
INTHELOOP_DECL form_body join_parts(std::vector<form_part>&& parts,
                                    intheloop::detail::random_numbers& random);

} // namespace intheloop::codec

#endif
