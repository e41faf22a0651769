// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_TARGETS_HPP
#define INTHELOOP_TESTS_FUZZ_TARGETS_HPP

#include <fuzz/answer.hpp>
#include <fuzz/download.hpp>
#include <fuzz/json.hpp>
#include <fuzz/percent.hpp>
#include <fuzz/proxy.hpp>
#include <fuzz/rate_limit.hpp>
#include <fuzz/recording.hpp>
#include <fuzz/redact.hpp>
#if __has_include(<hiredis/hiredis.h>)
#include <fuzz/redis_reply.hpp>
#endif
#include <fuzz/request.hpp>
#include <fuzz/response.hpp>
#include <fuzz/resume_token.hpp>
#include <fuzz/retry_after.hpp>
#include <fuzz/route.hpp>
#include <fuzz/rows.hpp>
#include <fuzz/url.hpp>

namespace fuzz {

// Calls f(target) for each. One has a name, a property of whatever bytes come, run(catalog, bytes),
// and makes seeds from a catalog, seeds(catalog, keep), which calls keep(name, data). It may have
// words for a fuzzer's dictionary.
template <class F>
void for_each_target(F const& f) {
    f(answer_target{});
    f(download_target{});
    f(json_target{});
    f(percent_target{});
    f(proxy_target{});
    f(rate_limit_target{});
    f(recording_target{});
    f(redact_target{});
#if __has_include(<hiredis/hiredis.h>)
    f(redis_reply_target{});
#endif
    f(request_target{});
    f(response_target{});
    f(resume_token_target{});
    f(retry_after_target{});
    f(route_target{});
    f(rows_target{});
    f(url_target{});
}

} // namespace fuzz

#endif
