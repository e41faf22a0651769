// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_DIRECTORY_LIST_HPP
#define INTHELOOP_NET_DETAIL_DIRECTORY_LIST_HPP

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

namespace intheloop::net {

// Calls f(path) for each directory of a list: OpenSSL takes several, with colons between them.
template <class F>
void for_each_directory(std::string const& paths, F f) {
    for (std::size_t at = 0; at <= paths.size();) {
        std::size_t const end = std::min(paths.find(':', at), paths.size());
        if (end != at)
            f(paths.substr(at, end - at));
        at = end + 1;
    }
}

// Returns 0 if one of the directories can be searched, or why the last one can't be.
inline int problem_of_directories(std::string const& paths) {
    int problem = ENOENT;
    bool is_any_there = false;
    for_each_directory(paths, [&](std::string const& path) {
        struct ::stat is {};
        if (::stat((path + "/.").c_str(), &is) == 0)
            is_any_there = true;
        else
            problem = errno;
    });
    return is_any_there ? 0 : problem;
}

} // namespace intheloop::net

#endif
