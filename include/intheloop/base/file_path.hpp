// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_FILE_PATH_HPP
#define INTHELOOP_BASE_FILE_PATH_HPP

#include <intheloop/base/config.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop {

// The path of a file, made from a text or a std::filesystem::path. (This header avoids
// <filesystem>, which takes longer to compile than this library's routes.)
class file_path {
public:
    file_path(std::string text) : text_(std::move(text)) {}
    file_path(std::string_view text) : text_(text) {}
    file_path(char const* text) : text_(text) {}
    template <class Path>
        requires requires(Path const& path) {
            { path.native() } -> std::convertible_to<std::string const&>;
        }
    file_path(Path const& path) : text_(path.native()) {}

    // Returns the path for system calls. The reference lives as long as this object.
    std::string const& native() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace intheloop

#endif
