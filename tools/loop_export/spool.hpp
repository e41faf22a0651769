// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_SPOOL_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_SPOOL_HPP

#include "../shared/exit_code.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace tools {

// Bytes that wait in a temporary file without a name, which goes with this object: first all are
// written, then they are read. The file is in $TMPDIR, or else in /tmp; throws stopped if it can't
// be made there. All else throws std::system_error where the system fails.
class spool {
public:
    spool() : file_(make(), &std::fclose) {}

    void write(std::string_view bytes) {
        check(std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size());
    }
    // Replaces what is in `into` by the next bytes; false at the end.
    bool read(std::string& into) {
        if (!is_read_)
            check(std::fflush(file_.get()) == 0 && std::fseek(file_.get(), 0, SEEK_SET) == 0);
        is_read_ = true;
        into.resize(65536);
        into.resize(std::fread(into.data(), 1, into.size(), file_.get()));
        check(std::ferror(file_.get()) == 0);
        return !into.empty();
    }

private:
    static constexpr char failure[] = "can't keep the table in a temporary file";

    static std::FILE* make() {
        char const* const named = std::getenv("TMPDIR");
        std::string const directory = named && *named ? named : "/tmp";
        std::string path = directory + "/loop-export-XXXXXX";
        int const descriptor = ::mkostemp(path.data(), O_CLOEXEC);
        if (descriptor >= 0)
            ::unlink(path.c_str());
        std::FILE* const file = descriptor >= 0 ? ::fdopen(descriptor, "w+") : nullptr;
        std::string const why = file ? "" : std::generic_category().message(errno);
        if (!file)
            throw stopped(bad_usage, failure + (" in " + directory) + ": " + why);
        return file;
    }

    static void check(bool is_done) {
        if (!is_done)
            throw std::system_error(errno, std::generic_category(), failure);
    }

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    bool is_read_ = false;
};

} // namespace tools

#endif
