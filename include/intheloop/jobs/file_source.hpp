// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_FILE_SOURCE_HPP
#define INTHELOOP_JOBS_FILE_SOURCE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/file_path.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/net/byte_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace intheloop {

// Opens a file, to read it from its beginning in blocks of 64 KiB. Returns errc::file_failed if it
// can't be opened. Does not wait for the writer of a pipe: if nobody has the pipe open for writing,
// or nothing comes through it, the first read fails with errc::file_failed.
//
// Each read runs on the executor, and blocks its thread for as long as the disk takes, or the
// writer of a pipe: there is no portable way to wait for a file. Use the executor of another thread
// where that takes too long. The source must live until the handler of a read is called.
// Cancellation ends a read with errc::cancelled if the read has not begun yet.
INTHELOOP_DECL result<std::unique_ptr<byte_source>> open_file(boost::asio::any_io_executor executor,
                                                              file_path const& path);

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/file_source.ipp>
#endif

#endif
