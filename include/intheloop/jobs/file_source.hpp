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

// Opens a file to read from its beginning, in blocks of 64 KiB; errc::file_failed if it can't.
//
// Each read runs on the executor, and blocks its thread for as long as the disk does: there is no
// portable way to wait for a file. Give it an executor of another thread where that is too long.
// The source has to live until the handler of a read is called. A cancelled read ends with
// errc::cancelled if it has not begun.
INTHELOOP_DECL result<std::unique_ptr<byte_source>> open_file(boost::asio::any_io_executor executor,
                                                              file_path const& path);

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/file_source.ipp>
#endif

#endif
