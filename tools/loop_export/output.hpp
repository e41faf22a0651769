// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_OUTPUT_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_OUTPUT_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tools {

// Returns the descriptor that a path stands for: 1 for /dev/stdout, 3 for /dev/fd/3, also by a
// link. Nothing for any other path.
std::optional<int> descriptor_named(std::filesystem::path path);

// Tells whether a path stands for the standard output ("-"), for a descriptor that is open, or for
// a device or a pipe: bytes go right into it, and nothing can be gone on with.
bool is_stream(std::filesystem::path const& path);

// Where rows are written to: a stream, or a file that gets its name once it is whole. Until then it
// is "FILE.rows.part". Everything throws std::system_error where the system fails.
class output {
public:
    explicit output(std::filesystem::path path);
    ~output(); // removes what is not whole
    output(output const&) = delete;
    output& operator=(output const&) = delete;

    // Opens it, unless it is open. Returns false for a pipe that nobody has open for reading yet.
    [[nodiscard]] bool open();
    // Waits for a slow reader, and can be cancelled meanwhile.
    boost::asio::awaitable<void> write(std::string_view bytes);
    bool is_terminal() const;
    // All of it was written: durably and under its name, if it is a file's.
    void commit();

private:
    void look_for_room(boost::asio::any_io_executor const& executor);

    std::filesystem::path const path_;
    std::string part_; // its name, while there is one
    int descriptor_;
    bool is_new_ = true; // nothing was written
    // Can be read once the stream takes bytes; none for one that always does.
    std::optional<boost::asio::posix::stream_descriptor> room_;
};

} // namespace tools

#endif
