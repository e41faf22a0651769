// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TRUSTED_BYTES_HPP
#define INTHELOOP_NET_DETAIL_TRUSTED_BYTES_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/directory_list.hpp>
#include <intheloop/net/tls_options.hpp>

#include <sys/stat.h>

#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::net {

// All that options trust, as bytes: two lists of options with the same bytes trust the same. Files
// count with their content, directories with the state of their entries, which OpenSSL reads when
// it needs them.
class trusted_bytes {
public:
    using fingerprint = std::array<unsigned char, 32>;

    INTHELOOP_DECL explicit trusted_bytes(tls_options const& options,
                                          std::time_t now = std::time(nullptr));

    // Returns nothing if the bytes can't be known: a file can't be read, or not twice; or a
    // directory was changed so lately that another change might not show.
    INTHELOOP_DECL std::optional<fingerprint> hash() const;

private:
    // Begins with the size, so that no two lists of texts are the same bytes.
    void add(std::string_view text) {
        all_ += std::to_string(text.size()) + ':';
        all_ += text;
    }
    INTHELOOP_DECL void add_file(std::string const& path, bool may_be_missing);
    INTHELOOP_DECL void add_directories(std::string const& paths, bool may_be_missing);
    INTHELOOP_DECL void add_directory(std::string const& path, bool may_be_missing);
    INTHELOOP_DECL void add_state(struct ::stat const& of);
    INTHELOOP_DECL void add_system();

    std::time_t now_;
    std::string all_;
    bool are_known_ = true;
};

} // namespace intheloop::net

#endif
