// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TRUSTED_BYTES_IPP
#define INTHELOOP_NET_IMPL_TRUSTED_BYTES_IPP

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/net/detail/trusted_bytes.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::net {

INTHELOOP_DECL trusted_bytes::trusted_bytes(tls_options const& options, std::time_t now)
    : now_(now) {
    if (!options.has_own_trust())
        add_system();
    for (std::string const* const path : {&options.ca_file, &options.crl_file}) {
        add(path->empty() ? "none" : "a file");
        if (!path->empty())
            add_file(*path, false);
    }
    add(options.ca_directory.empty() ? "none" : "a directory");
    if (!options.ca_directory.empty())
        add_directories(options.ca_directory, false);
    add(options.ca_pem);
    add(options.crl_pem);
}

INTHELOOP_DECL std::optional<trusted_bytes::fingerprint> trusted_bytes::hash() const {
    fingerprint made{};
    if (!are_known_ ||
        EVP_Digest(all_.data(), all_.size(), made.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return std::nullopt;
    return made;
}

INTHELOOP_DECL void trusted_bytes::add_file(std::string const& path, bool may_be_missing) {
    struct ::stat is {};
    if (::stat(path.c_str(), &is) != 0 && may_be_missing && errno == ENOENT)
        return add("missing");
    // A pipe gives its bytes once, and its writer is not to be disturbed.
    std::string content;
    if (S_ISREG(is.st_mode)) {
        intheloop::detail::file_descriptor const file(
            ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        are_known_ &= file && file.read_all(content);
    } else {
        are_known_ = false;
    }
    add(content);
}

INTHELOOP_DECL void trusted_bytes::add_directories(std::string const& paths, bool may_be_missing) {
    add(paths); // relative ones lead elsewhere in another working directory
    for_each_directory(paths,
                       [&](std::string const& path) { add_directory(path, may_be_missing); });
}

INTHELOOP_DECL void trusted_bytes::add_directory(std::string const& path, bool may_be_missing) {
    struct closer {
        void operator()(DIR* open) const noexcept { ::closedir(open); }
    };
    std::unique_ptr<DIR, closer> const directory(::opendir(path.c_str()));
    if (!directory && may_be_missing && errno == ENOENT)
        return add("missing");
    struct ::stat is {};
    if (!directory || ::fstat(::dirfd(directory.get()), &is) != 0) {
        are_known_ = false;
        return;
    }
    add_state(is);
    std::vector<std::string> names;
    while (dirent const* const entry = ::readdir(directory.get()))
        names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    for (std::string const& name : names) {
        add(name);
        if (name == "..")
            continue;
        if (::fstatat(::dirfd(directory.get()), name.c_str(), &is, 0) == 0)
            add_state(is);
        else
            add("leads nowhere");
    }
}

INTHELOOP_DECL void trusted_bytes::add_state(struct ::stat const& of) {
    // Longer than any clock of a file system takes for a step.
    constexpr std::time_t long_enough = 2;
    if (now_ - std::max(of.st_mtim.tv_sec, of.st_ctim.tv_sec) <= long_enough)
        are_known_ = false;
    for (auto const part :
         {static_cast<long long>(of.st_dev), static_cast<long long>(of.st_ino),
          static_cast<long long>(of.st_size), static_cast<long long>(of.st_mtim.tv_sec),
          static_cast<long long>(of.st_mtim.tv_nsec), static_cast<long long>(of.st_ctim.tv_sec),
          static_cast<long long>(of.st_ctim.tv_nsec)})
        add(std::to_string(part));
}

// The places in which OpenSSL looks for the system's authorities.
INTHELOOP_DECL void trusted_bytes::add_system() {
    auto const place = [](char const* variable, char const* otherwise) {
        char const* const set = ::secure_getenv(variable);
        return std::string(set ? set : otherwise);
    };
    add("the system's");
    add_file(place(X509_get_default_cert_file_env(), X509_get_default_cert_file()), true);
    add_directories(place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()), true);
}

} // namespace intheloop::net

#endif
