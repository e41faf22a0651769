// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_FORM_SOURCE_HPP
#define INTHELOOP_NET_DETAIL_FORM_SOURCE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/multipart.hpp>
#include <intheloop/net/byte_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace intheloop::net {

// Gives a form piece by piece: what stands in memory, and what its parts' sources give. Reads each
// source only when the bytes before it were taken, one piece at a time.
class form_source final : public byte_source {
public:
    // The form has a part with a source.
    explicit form_source(codec::form_body&& form) : form_(std::move(form)) {}

    // Of the first source.
    INTHELOOP_DECL boost::asio::any_io_executor get_executor() const override;
    INTHELOOP_DECL void async_read(std::string& into, read_handler handler) override;

private:
    // Gives what stands in memory before the next source, or behind the last one.
    INTHELOOP_DECL void give_memory(std::string& into);
    INTHELOOP_DECL std::optional<error> check(std::string& piece);

    codec::form_body form_;
    std::size_t part_ = 0;   // the one that is given, or comes next
    bool is_within_ = false; // its source is being read
    bool is_over_ = false;
    std::uint64_t given_ = 0; // by its source
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/form_source.ipp>
#endif

#endif
