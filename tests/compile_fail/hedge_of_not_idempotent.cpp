// expect: intheloop: only a call of an idempotent endpoint can be hedged
// expect-error-first
#include <intheloop.hpp>

#include <chrono>

namespace loop = intheloop;

#ifdef CONTROL
auto start(loop::client& client, loop::report::get_request const& request) {
    loop::call_options const options;
    return client.async_call(loop::report::get_report, request,
                             options.hedge(std::chrono::milliseconds(300)));
}
#else
auto start(loop::client& client, loop::drafts::create_request const& request) {
    loop::call_options const options;
    return client.async_call(loop::drafts::create_draft, request,
                             options.hedge(std::chrono::milliseconds(300)));
}
#endif
