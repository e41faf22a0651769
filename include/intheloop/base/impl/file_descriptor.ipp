// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_IMPL_FILE_DESCRIPTOR_IPP
#define INTHELOOP_BASE_IMPL_FILE_DESCRIPTOR_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/base/detail/fnv_1a.hpp>
#include <intheloop/base/detail/without_signal.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace intheloop::detail {

INTHELOOP_DECL error file_failure(char const* doing, std::string const& path) {
    int const why = errno;
    return error(errc::file_failed, std::string("can't ") + doing + ' ' + path + ": " +
                                        std::generic_category().message(why));
}

INTHELOOP_DECL file_descriptor::~file_descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

INTHELOOP_DECL std::optional<std::size_t> file_descriptor::read(char* into,
                                                                std::size_t most) const {
    for (;;) {
        auto const size = ::read(number_, into, most);
        if (size >= 0)
            return static_cast<std::size_t>(size);
        if (errno != EINTR)
            return std::nullopt;
    }
}

INTHELOOP_DECL bool file_descriptor::read_all(std::string& content) const {
    content.clear();
    for (;;) {
        char block[16 * 1024];
        auto const size = read(block, sizeof block);
        if (!size || *size == 0)
            return size.has_value();
        content.append(block, *size);
    }
}

// Calls `write_some` until it has taken all bytes. The limit is asked for each time, which takes
// one system call: a program may change it.
template <class WriteSome>
bool write_all(std::string_view bytes, WriteSome write_some) {
    std::optional<without_signal> quiet;
    struct ::rlimit limit {};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY)
        quiet.emplace(SIGXFSZ);
    while (!bytes.empty()) {
        auto const written = write_some(bytes);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

INTHELOOP_DECL bool file_descriptor::write(std::string_view bytes) const {
    return write_all(bytes, [this](std::string_view rest) {
        return ::write(number_, rest.data(), rest.size());
    });
}

INTHELOOP_DECL bool file_descriptor::write_at(std::uint64_t offset, std::string_view bytes) const {
    std::uint64_t const end = offset + bytes.size();
    return write_all(bytes, [this, end](std::string_view rest) {
        return ::pwrite(number_, rest.data(), rest.size(), static_cast<::off_t>(end - rest.size()));
    });
}

INTHELOOP_DECL bool file_descriptor::try_lock() const {
    return ::flock(number_, LOCK_EX | LOCK_NB) == 0;
}

INTHELOOP_DECL bool file_descriptor::has_name(std::string const& path) const {
    struct ::stat opened {
    }, named{};
    return ::fstat(number_, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

INTHELOOP_DECL bool file_descriptor::is_of_user_alone(std::string const& path) const {
    struct ::stat is {};
    return ::fstat(number_, &is) == 0 && S_ISREG(is.st_mode) && is.st_nlink <= 1 &&
           is_own(is.st_uid, path);
}

INTHELOOP_DECL bool file_descriptor::make_private() const {
    if (::fchmod(number_, 0600) == 0)
        return true;
    int const why = errno;
    struct ::stat is {};
    bool const is_anothers = ::fstat(number_, &is) == 0 && is.st_uid != ::geteuid();
    errno = why;
    return why == ENOSYS || why == EOPNOTSUPP || (why == EPERM && is_anothers);
}

INTHELOOP_DECL bool file_descriptor::close() {
    return ::close(std::exchange(number_, -1)) == 0;
}

INTHELOOP_DECL file_descriptor open_without_waiting(std::string const& path) {
    file_descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file && ::fcntl(file.get(), F_SETFL, O_RDONLY) != 0)
        return {};
    return file;
}

// Looks at the owner that a new file gets beside it.
INTHELOOP_DECL bool is_own(unsigned owner, std::string const& path) {
    if (owner == ::geteuid())
        return true;
    std::string name = beside(path, ".XXXXXX");
    file_descriptor const made(::mkostemp(name.data(), O_CLOEXEC));
    if (!made)
        return false;
    struct ::stat is {};
    bool const is_same = ::fstat(made.get(), &is) == 0 && is.st_uid == owner;
    ::unlink(name.c_str());
    return is_same;
}

INTHELOOP_DECL bool names_a_file(std::string const& path) {
    return !path.empty() && path.back() != '/' && path.find('\0') == path.npos;
}

INTHELOOP_DECL std::string absolute_path(std::string const& path) {
    if (path.starts_with('/'))
        return path;
    std::unique_ptr<char, decltype(&::free)> const here(::realpath(".", nullptr), &::free);
    if (!here)
        return {};
    std::string absolute = here.get();
    if (!absolute.ends_with('/'))
        absolute += '/';
    return absolute += path;
}

INTHELOOP_DECL std::string directory_of(std::string const& path) {
    std::size_t const slash = path.rfind('/');
    if (slash == path.npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

INTHELOOP_DECL std::optional<error> flush_directory_of(std::string const& path) {
    std::string const directory = directory_of(path);
    file_descriptor const opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened)
        return file_failure("open", directory);
    if (::fsync(opened.get()) != 0 && errno != EINVAL)
        return file_failure("flush", directory);
    return std::nullopt;
}

INTHELOOP_DECL std::string beside(std::string const& path, std::string_view suffix) {
    constexpr std::size_t longest_suffix = 24, usual = 255;
    long const told = ::pathconf(directory_of(path).c_str(), _PC_NAME_MAX);
    std::size_t const most = told > 64 ? static_cast<std::size_t>(told) : usual;
    std::size_t const begin = path.rfind('/') + 1; // npos + 1 is 0
    std::string_view const name = std::string_view(path).substr(begin);
    if (name.size() + longest_suffix <= most)
        return path + std::string(suffix);
    std::uint64_t const digest = fnv_1a(name);
    std::string octets;
    for (int shift = 56; shift >= 0; shift -= 8)
        octets += static_cast<char>(digest >> shift & 0xff);
    std::string const mark = '~' + to_hexadecimal(octets);
    std::string cut = path.substr(0, begin);
    cut += cut_text(name, most - longest_suffix - mark.size());
    return cut.append(mark).append(suffix);
}

} // namespace intheloop::detail

#endif
